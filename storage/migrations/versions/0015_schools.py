"""Several schools share the bot: what there was is the first one's, and tickets keep the numbers that they have."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_schools = sa.table("schools", sa.column("id", sa.Integer), sa.column("last_number", sa.Integer))
_tickets = sa.table("tickets", sa.column("id", sa.BigInteger), sa.column("number", sa.Integer))
_dialogues = sa.table("dialogues", sa.column("school_id", sa.Integer))
_facts = sa.table("facts", sa.column("name", sa.String), sa.column("value", sa.Text))
_outbox = sa.table("outbox", sa.column("chat_id", sa.BigInteger), sa.column("school_id", sa.Integer))


def upgrade() -> None:
    """Makes the change."""
    op.create_table(
        "schools",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("slug", sa.String(24), nullable=True, unique=True),
        sa.Column("name", sa.String(160), nullable=False, server_default=""),
        sa.Column("contacts", sa.Text(), nullable=False, server_default=""),
        sa.Column("working_hours", sa.Text(), nullable=False, server_default=""),
        sa.Column("pack", sa.String(64), nullable=False, server_default=""),
        sa.Column("chat_id", sa.BigInteger(), nullable=True, unique=True),
        sa.Column("last_number", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("code_key", sa.String(64), nullable=True, unique=True),
        sa.Column("code_until", sa.Float(), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False, server_default="0"),
        sa.Column("left_at", sa.Float(), nullable=True),
        sqlite_autoincrement=True,
    )
    op.add_column("tickets", sa.Column("number", sa.Integer(), nullable=False, server_default="0"))
    op.execute(_tickets.update().values(number=_tickets.c.id))
    op.create_index("ix_tickets_desk_number", "tickets", ["desk_id", "number"], unique=True)
    newest = op.get_bind().execute(sa.select(sa.func.coalesce(sa.func.max(_tickets.c.id), 0))).scalar_one()
    op.execute(_schools.insert().values(last_number=newest))
    op.add_column("dialogues", sa.Column("school_id", sa.Integer(), nullable=True))
    op.execute(_dialogues.update().values(school_id=1))
    op.add_column("handovers", sa.Column("school_id", sa.Integer(), nullable=True))
    op.add_column("events", sa.Column("school_id", sa.Integer(), nullable=False, server_default="1"))
    op.create_index("ix_events_school", "events", ["school_id", "at"])
    op.add_column("outbox", sa.Column("school_id", sa.Integer(), nullable=False, server_default="1"))
    op.execute(_outbox.update().where(_outbox.c.chat_id < 0).values(school_id=-_outbox.c.chat_id))
    op.execute(_facts.update().where(_facts.c.name == "notice").values(name="notice:1"))
    _key_bans_by("school_id", "key")


def downgrade() -> None:
    """Takes the change back: only the first school stays."""
    _key_bans_by("key")
    op.execute(_facts.update().where(_facts.c.name == "notice:1").values(name="notice"))
    op.drop_column("outbox", "school_id")
    op.drop_index("ix_events_school", "events")
    op.drop_column("events", "school_id")
    op.drop_column("handovers", "school_id")
    op.drop_column("dialogues", "school_id")
    op.drop_index("ix_tickets_desk_number", "tickets")
    op.drop_column("tickets", "number")
    op.drop_table("schools")


def _key_bans_by(*names: str) -> None:
    """Makes the table of bans anew with another key; the bans of the first school stay."""
    by_school = "school_id" in names
    op.rename_table("bans", "old_bans")
    op.create_table(
        "bans",
        *([sa.Column("school_id", sa.Integer(), autoincrement=False, nullable=False)] if by_school else []),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint(*names, name="pk_bans_by_school" if by_school else "pk_bans_by_key"),
    )
    kept = "key, at, told"
    if by_school:
        op.execute(f"INSERT INTO bans (school_id, {kept}) SELECT 1, {kept} FROM old_bans")
    else:
        op.execute(f"INSERT INTO bans ({kept}) SELECT {kept} FROM old_bans WHERE school_id = 1")
    op.drop_table("old_bans")
