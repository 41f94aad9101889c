"""Every topic that a ticket had is kept, with what it is called."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the change; the topics of today's tickets are known from the start, their names are not."""
    op.create_table(
        "topics",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("topic_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("own_name", sa.Text(), nullable=True),
        sa.Column("told_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("chat_id", "topic_id", name="pk_topics"),
    )
    op.create_index("ix_topics_ticket_id", "topics", ["ticket_id"])
    op.execute(
        "INSERT INTO topics (chat_id, topic_id, ticket_id) SELECT desk_chat_id, topic_id, max(id) FROM tickets"
        " WHERE desk_chat_id IS NOT NULL AND topic_id IS NOT NULL GROUP BY desk_chat_id, topic_id"
    )


def downgrade() -> None:
    """Takes the change back."""
    op.drop_index("ix_topics_ticket_id", "topics")
    op.drop_table("topics")
