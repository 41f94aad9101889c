"""A ticket keeps since when its family waits for the school's next word, and until when it is put off."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the change; of the families that wait already nobody knows since when: they are in the morning's list."""
    op.add_column("tickets", sa.Column("family_waits_since", sa.Float(), nullable=True))
    op.add_column("tickets", sa.Column("put_off_until", sa.Float(), nullable=True))


def downgrade() -> None:
    """Takes the change back."""
    op.drop_column("tickets", "put_off_until")
    op.drop_column("tickets", "family_waits_since")
