"""A desk has an id, by which tickets and all that is owed or counted name it; 0 was the only one."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_outbox = sa.table(
    "outbox", sa.column("id", sa.Integer), sa.column("chat_id", sa.BigInteger), sa.column("queue", sa.String),
    sa.column("kind", sa.String), sa.column("payload", sa.JSON),
)  # fmt: skip
_sends = sa.table("sends", sa.column("chat_id", sa.BigInteger))
_facts = sa.table("facts", sa.column("name", sa.String))


def upgrade() -> None:
    """Makes the change: what the desk was owed goes to desk 1, which outbox, counts and pauses call -1."""
    op.add_column("tickets", sa.Column("desk_id", sa.Integer(), nullable=False, server_default="1"))
    _rename(0, -1, "general", "desk:1")
    pins = sa.select(_outbox.c.id, _outbox.c.payload).where(_outbox.c.kind == "pin")
    for number, payload in op.get_bind().execute(pins).all():
        kept = {name: value for name, value in payload.items() if name != "desk_chat_id"}
        op.execute(_outbox.update().where(_outbox.c.id == number).values(payload=kept))


def downgrade() -> None:
    """Takes the change back."""
    _rename(-1, 0, "desk:1", "general")
    op.drop_column("tickets", "desk_id")


def _rename(old: int, new: int, old_queue: str, new_queue: str) -> None:
    queue = _outbox.c.queue
    own = sa.and_(_outbox.c.chat_id == old, sa.or_(queue == old_queue, queue.startswith(f"{old_queue}:")))
    op.execute(_outbox.update().where(own).values(queue=new_queue + sa.func.substr(queue, len(old_queue) + 1)))
    for table in (_outbox, _sends):
        op.execute(table.update().where(table.c.chat_id == old).values(chat_id=new))
    name, paused, pauses = _facts.c.name, f"pause:{old}", f"pause:{new}"
    own = sa.or_(name == paused, name.startswith(f"{paused}:"))
    op.execute(_facts.update().where(own).values(name=pauses + sa.func.substr(name, len(paused) + 1)))
