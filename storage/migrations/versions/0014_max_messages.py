"""MAX names its messages by strings, which get numbers here; a message keeps the name of its file."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Makes the change."""
    op.create_table(
        "max_messages",
        sa.Column("number", _SERIAL, primary_key=True),
        sa.Column("mid", sa.String(80), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False, index=True),
        sa.Column("at", sa.Float(), nullable=False, index=True),
        sa.UniqueConstraint("mid", "part"),
        sqlite_autoincrement=True,
    )
    op.add_column("ticket_messages", sa.Column("file_name", sa.Text(), nullable=True))


def downgrade() -> None:
    """Takes the change back."""
    op.drop_column("ticket_messages", "file_name")
    op.drop_table("max_messages")
