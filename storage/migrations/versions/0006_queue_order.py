"""A queue of the outbox is ordered by a position of its own, so that a row can be put before others."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the change; what waits keeps its order."""
    op.drop_index("ix_outbox_lane", "outbox")
    # Said as SQL: Alembic would build the whole table anew on SQLite for a new name.
    op.execute("ALTER TABLE outbox RENAME COLUMN lane TO queue")
    op.add_column("outbox", sa.Column("position", sa.Float(), server_default="0", nullable=False))
    op.execute('UPDATE outbox SET "position" = id')
    op.create_index("ix_outbox_queue", "outbox", ["queue", "position"])


def downgrade() -> None:
    """Takes the change back; what was put before others goes in the order in which it was owed."""
    op.drop_index("ix_outbox_queue", "outbox")
    op.drop_column("outbox", "position")
    op.execute("ALTER TABLE outbox RENAME COLUMN queue TO lane")
    op.create_index("ix_outbox_lane", "outbox", ["lane", "id"])
