"""A ticket keeps which pack, in which version, its family was answered by."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the change; of older tickets nobody knows it."""
    op.add_column("tickets", sa.Column("pack", sa.Text(), nullable=True))


def downgrade() -> None:
    """Takes the change back."""
    op.drop_column("tickets", "pack")
