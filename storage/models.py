"""The tables, as SQLAlchemy Core sees them. Every time is a float: seconds since the epoch, UTC."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite gives rowids only to INTEGER PRIMARY KEY; PostgreSQL needs BIGINT for a region's volume.
_Serial = BigInteger().with_variant(Integer, "sqlite")
# A ticket's number and times stay for ever: what is looked for among them must not grow with those already erased.
_NOT_ERASED = text("erased_at IS NULL")

# Where each family stands. A row is what a restart needs to go on: no other memory of a dialogue exists.
dialogues = Table(
    "dialogues",
    metadata,
    Column("family_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String(64), nullable=False, server_default=""),
    Column("screen", String(64), nullable=False, server_default="role"),
    Column("path", String(16)),
    Column("reader", String(16)),
    Column("step", Integer, nullable=False, server_default="0"),
    Column("error", String(32)),
    Column("misses", Integer, nullable=False, server_default="0"),
    Column("form", JSON, nullable=False, server_default=text("'{}'")),
    Column("warned_private", Boolean, nullable=False, server_default=false()),
    Column("blocked_at", Float),
    Column("sent_at", Float, nullable=False, server_default="0"),
    Column("updated_at", Float, nullable=False, server_default="0"),
    Column("thread_id", BigInteger),
    Column("heard", String(255), nullable=False, server_default=""),
    Column("last_update", BigInteger),
)

# Updates whose effects are committed: a redelivered one finds its row and changes nothing.
handled_updates = Table(
    "handled_updates",
    metadata,
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Float, nullable=False, index=True),
)

# Updates whose handling raised; `set_aside` after the last try, so that they block nothing.
failed_updates = Table(
    "failed_updates",
    metadata,
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(32), nullable=False),
    Column("chat_id", BigInteger),
    Column("error", Text, nullable=False),
    Column("text", Text),
    Column("tries", Integer, nullable=False),
    Column("set_aside", Boolean, nullable=False),
    Column("at", Float, nullable=False),
)

tickets = Table(
    "tickets",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("family_id", BigInteger, index=True),
    Column("form_id", String(32), nullable=False, unique=True),
    Column("status", String(16), nullable=False, index=True),
    Column("reader", String(16)),
    Column("path", String(16)),
    Column("error", String(32)),
    Column("steps_done", Integer, nullable=False, server_default="0"),
    Column("class_name", String(16)),
    Column("pupil_name", String(128)),
    Column("words", Text),
    Column("first_name", String(64)),
    Column("consent_at", Float, nullable=False),
    Column("created_at", Float, nullable=False, index=True),
    Column("updated_at", Float, nullable=False),
    Column("taken_by", String(64)),
    Column("first_answer_at", Float),
    Column("last_answer", Text),
    Column("solved_at", Float),
    Column("waiting_since", Float, index=True),
    Column("reminded_at", Float),
    Column("called_up_at", Float),
    Column("unreachable_at", Float),
    Column("desk_chat_id", BigInteger),
    Column("topic_id", BigInteger, index=True),
    Column("topic_closed", Boolean, nullable=False, server_default=false()),
    Column("card_message_id", BigInteger),
    Column("prompt_message_id", BigInteger),
    Column("erased_at", Float),
    Index("ix_tickets_to_erase", "solved_at", sqlite_where=_NOT_ERASED, postgresql_where=_NOT_ERASED),
    sqlite_autoincrement=True,
)

ticket_events = Table(
    "ticket_events",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("ticket_id", BigInteger, nullable=False, index=True),
    Column("at", Float, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("status_from", String(16)),
    Column("status_to", String(16), nullable=False),
    Column("cause", String(32), nullable=False),
)

# One message of a ticket, and its ids on both sides: the map by which edits and replies follow.
ticket_messages = Table(
    "ticket_messages",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("ticket_id", BigInteger, nullable=False, index=True),
    Column("side", String(8), nullable=False),
    Column("family_id", BigInteger),
    Column("family_message_id", BigInteger),
    Column("desk_chat_id", BigInteger),
    Column("desk_message_id", BigInteger),
    Column("kind", String(16), nullable=False),
    Column("text", Text),
    Column("entities", JSON),
    Column("file_id", Text),
    Column("media_group_id", String(64)),
    Column("actor", String(64)),
    Column("at", Float, nullable=False),
    Index("ix_ticket_messages_family", "family_id", "family_message_id"),
    Index("ix_ticket_messages_desk", "desk_chat_id", "desk_message_id"),
)

# Every topic that a ticket has or had in the support chat: who writes in one of before still means the ticket.
topics = Table(
    "topics",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("topic_id", BigInteger, primary_key=True, autoincrement=False),
    Column("ticket_id", BigInteger, nullable=False, index=True),
    Column("name", Text),
    Column("own_name", Text),
    Column("told_at", Float),
)

# What is owed to a chat. `chat_id` 0 is the support chat, whatever its id is at the moment of sending. The rows of a
# queue go by `position`, and by `id` where two of them have the same.
outbox = Table(
    "outbox",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("chat_id", BigInteger, nullable=False),
    Column("queue", String(48), nullable=False),
    Column("kind", String(24), nullable=False),
    Column("payload", JSON, nullable=False),
    Column("ticket_id", BigInteger, index=True),
    Column("family_id", BigInteger, index=True),
    Column("media_group_id", String(64)),
    Column("created_at", Float, nullable=False),
    Column("not_before", Float, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("lease_until", Float, nullable=False, server_default="0"),
    Column("lease_owner", String(32)),
    Column("state", String(8), nullable=False, server_default="queued"),
    Column("error", Text),
    Column("position", Float, nullable=False, server_default="0"),
    Index("ix_outbox_queue", "queue", "position"),
    Index("ix_outbox_chat", "chat_id", "lease_until"),
    sqlite_autoincrement=True,
)

# When messages went to a chat (0 for the support chat), so that Telegram's limits outlive a restart.
sends = Table(
    "sends",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("chat_id", BigInteger, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("at", Float, nullable=False, index=True),
    Index("ix_sends_chat", "chat_id", "at"),
)

# Small facts with a name: the support chat's present id, the notice, what Telegram asked to wait.
facts = Table(
    "facts",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

# Work that must outlive a restart and that no update may wait for: pictures to be read.
jobs = Table(
    "jobs",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("family_id", BigInteger, nullable=False, index=True),
    Column("payload", JSON, nullable=False),
    Column("key", String(80), unique=True),
    Column("created_at", Float, nullable=False),
    Column("not_before", Float, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("lease_until", Float, nullable=False, server_default="0"),
    Index(None, "not_before", "created_at"),
)

reminders = Table(
    "reminders",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("family_id", BigInteger, nullable=False),
    Column("screen", String(64), nullable=False),
    Column("due_at", Float, nullable=False, index=True),
    Column("created_at", Float, nullable=False),
    UniqueConstraint("family_id", "screen"),
)

handovers = Table(
    "handovers",
    metadata,
    Column("token", String(48), primary_key=True),
    Column("pupil_id", BigInteger, nullable=False, index=True),
    Column("screen", String(64), nullable=False),
    Column("created_at", Float, nullable=False, index=True),
    Column("opened_by", BigInteger, index=True),
    Column("told_at", Float),
)

# Counted facts without a person in them.
events = Table(
    "events",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("at", Float, nullable=False, index=True),
    Column("kind", String(24), nullable=False),
    Column("path", String(16)),
    Column("step", Integer),
    Column("error", String(32)),
    Column("seconds", Float),
)

# `key` is a keyed hash of the family's id, so that a ban outlives /forget without naming anybody.
bans = Table(
    "bans",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("at", Float, nullable=False),
    Column("told", Boolean, nullable=False, server_default=false()),
)
