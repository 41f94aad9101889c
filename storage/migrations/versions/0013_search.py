"""The words of tickets may be searched for, and a ticket handed to somebody who wrote at its desk before."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_LEFT = "search_words_left"
_WORD = sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql")
_facts = sa.table("facts", sa.column("name", sa.String), sa.column("value", sa.Text))
_tickets = sa.table("tickets", sa.column("id", sa.BigInteger))


def upgrade() -> None:
    """Makes the change; the words of tickets that are here already are put by the bot, newest first, after its start.

    How a word is normalised is the bot's to know, and 100,000 tickets would hold up its start for minutes.
    """
    op.create_table(
        "ticket_words",
        sa.Column("desk_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("word", _WORD, nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("desk_id", "word", "ticket_id", name=op.f("pk_ticket_words")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_ticket_words_ticket", "ticket_words", ["ticket_id", "word"])
    op.create_table(
        "colleagues",
        sa.Column("desk_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("seen_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("desk_id", "account_id", name=op.f("pk_colleagues")),
    )
    op.add_column("tickets", sa.Column("taken_by_id", sa.BigInteger(), nullable=True))
    op.create_index("ix_tickets_desk_class", "tickets", ["desk_id", "class_name"])
    op.create_index("ix_tickets_desk_open", "tickets", ["desk_id", "is_open", "id"])
    newest = op.get_bind().execute(sa.select(sa.func.max(_tickets.c.id))).scalar()
    if newest is not None:
        op.execute(_facts.insert().values(name=_LEFT, value=str(newest)))


def downgrade() -> None:
    """Takes the change back."""
    op.execute(_facts.delete().where(_facts.c.name == _LEFT))
    op.drop_index("ix_tickets_desk_open", "tickets")
    op.drop_index("ix_tickets_desk_class", "tickets")
    op.drop_column("tickets", "taken_by_id")
    op.drop_table("colleagues")
    op.drop_table("ticket_words")
