"""Families that meet the same thing are counted for a short while, and may wait to be told that it works again."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the change."""
    serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "sightings",
        sa.Column("id", serial, nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("family_key", sa.String(64), nullable=False),
        sa.Column("matter", sa.String(48), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sightings"),
        sa.UniqueConstraint("family_key", "desk_id", "matter", name="uq_sightings_family_key_desk_id_matter"),
    )
    op.create_index("ix_sightings_at", "sightings", ["at"])
    op.create_table(
        "bad_days",
        sa.Column("id", serial, nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("matter", sa.String(48), nullable=False),
        sa.Column("marks", sa.Text(), nullable=False),
        sa.Column("told_at", sa.Float(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("settled_by", sa.String(64), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_bad_days"),
    )
    op.create_index("ix_bad_days_told_at", "bad_days", ["told_at"])
    op.create_table(
        "repair_waits",
        sa.Column("family_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("repaired_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("family_id", name="pk_repair_waits"),
    )
    op.create_index("ix_repair_waits_repaired_at", "repair_waits", ["repaired_at"])


def downgrade() -> None:
    """Takes the change back."""
    op.drop_index("ix_repair_waits_repaired_at", "repair_waits")
    op.drop_table("repair_waits")
    op.drop_index("ix_bad_days_told_at", "bad_days")
    op.drop_table("bad_days")
    op.drop_index("ix_sightings_at", "sightings")
    op.drop_table("sightings")
