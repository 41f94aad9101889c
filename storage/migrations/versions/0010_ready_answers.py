"""A desk keeps answers of its own, how often each was sent and helped, and which one a ticket was answered by."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the change; of the answers that were given before nobody knows which were ready ones."""
    op.create_table(
        "ready_answers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("matter", sa.String(length=32), nullable=True),
        sa.Column("question", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("for_families", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("told", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("told_helped", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("asks", sa.String(length=8), nullable=True),
        sa.Column("asks_message_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_ready_answers"),
        sa.UniqueConstraint("desk_id", "key", name="uq_ready_answers_desk_id_key"),
    )
    op.create_table(
        "ready_answer_uses",
        sa.Column("desk_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("choice", sa.String(length=32), nullable=False),
        sa.Column("matter", sa.String(length=32), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("helped", sa.Integer(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("desk_id", "choice", "matter", name="pk_ready_answer_uses"),
    )
    op.add_column("tickets", sa.Column("ready_answer", sa.String(length=80), nullable=True))


def downgrade() -> None:
    """Takes the change back."""
    op.drop_column("tickets", "ready_answer")
    op.drop_table("ready_answer_uses")
    op.drop_table("ready_answers")
