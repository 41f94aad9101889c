"""A ticket's facts (open, whose turn, opened again) take the place of the word that shows them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_tickets = sa.table(
    "tickets",
    sa.column("status", sa.String),
    sa.column("waiting_since", sa.Float),
    sa.column("is_open", sa.Boolean),
    sa.column("turn", sa.String),
    sa.column("reopened", sa.Boolean),
)


def upgrade() -> None:
    """Makes the change; a ticket that an answer of the school opened again waits for its family."""
    op.add_column("tickets", sa.Column("is_open", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("tickets", sa.Column("turn", sa.String(length=8), nullable=False, server_default="nobody"))
    op.add_column("tickets", sa.Column("reopened", sa.Boolean(), nullable=False, server_default=sa.false()))
    old = _tickets.c
    waits = sa.or_(old.status == "waiting_family", sa.and_(old.status == "reopened", old.waiting_since.is_not(None)))
    turn = sa.case((waits, "family"), (old.status == "in_work", "school"), else_="nobody")
    op.execute(
        _tickets.update()
        .where(old.status != "new")
        .values(is_open=old.status != "solved", turn=turn, reopened=old.status == "reopened")
    )
    op.drop_index("ix_tickets_status", "tickets")
    op.drop_column("tickets", "status")
    op.create_index("ix_tickets_is_open", "tickets", ["is_open"])


def downgrade() -> None:
    """Takes the change back; the column gets a default, without which SQLite adds none to a table with rows."""
    op.add_column("tickets", sa.Column("status", sa.String(length=16), nullable=False, server_default="new"))
    new = _tickets.c
    status = sa.case(
        (sa.not_(new.is_open), "solved"),
        (new.reopened, "reopened"),
        (new.turn == "school", "in_work"),
        (new.turn == "family", "waiting_family"),
        else_="new",
    )
    op.execute(_tickets.update().values(status=status))
    op.drop_index("ix_tickets_is_open", "tickets")
    for name in ("is_open", "turn", "reopened"):
        op.drop_column("tickets", name)
    op.create_index("ix_tickets_status", "tickets", ["status"])
