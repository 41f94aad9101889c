"""The topic of a private chat that a family writes in, and keyed hashes of its last messages."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the change."""
    with op.batch_alter_table("dialogues") as table:
        table.add_column(sa.Column("thread_id", sa.BigInteger))
        table.add_column(sa.Column("heard", sa.String(255), nullable=False, server_default=""))


def downgrade() -> None:
    """Takes the change back."""
    with op.batch_alter_table("dialogues") as table:
        table.drop_column("heard")
        table.drop_column("thread_id")
