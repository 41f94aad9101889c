"""Indexes for the queries of the upkeep and of the picture jobs, but none of erased tickets, which pile up for ever."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the change."""
    op.create_index("ix_handovers_created_at", "handovers", ["created_at"])
    op.create_index("ix_jobs_not_before_created_at", "jobs", ["not_before", "created_at"])
    not_erased = sa.text("erased_at IS NULL")
    op.create_index(
        "ix_tickets_to_erase", "tickets", ["solved_at"], sqlite_where=not_erased, postgresql_where=not_erased
    )
    op.drop_index("ix_tickets_solved_at", "tickets")


def downgrade() -> None:
    """Takes the change back."""
    op.create_index("ix_tickets_solved_at", "tickets", ["solved_at"])
    op.drop_index("ix_tickets_to_erase", "tickets")
    op.drop_index("ix_jobs_not_before_created_at", "jobs")
    op.drop_index("ix_handovers_created_at", "handovers")
