"""A family's last update: one that comes again after others have passed changes nothing and shows nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the change."""
    op.add_column("dialogues", sa.Column("last_update", sa.BigInteger()))


def downgrade() -> None:
    """Takes the change back."""
    op.drop_column("dialogues", "last_update")
