"""The tables: a row that the bot works with is a dataclass, and each of its columns is named there alone.

Every time is a float: seconds since the epoch, UTC.
"""

from dataclasses import dataclass, field
from typing import Annotated, Any

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
    true,
)

from storage.table_of import table_of
from storage.ticket_status import Facts, Status, Turn

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


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A family's place: the screen in front of them, what they told, and the ticket form in hand.

    `step` is the guide's step they stand at (1-based, 0 before the guide), `misses` the unknown messages in a row,
    `sent_at` when the chat last got a new message (Telegram wants a second between two). `read` is the row as it was
    read; a fresh dialogue has none. `owed` says that something waited for the family in the outbox then. `thread_id` is
    the topic of the private chat that the family wrote in last, `heard` the marks of its last messages
    (see messages_read.py), `last_update` the number of the update that was handled last.
    """

    family_id: Annotated[int, Column(BigInteger, primary_key=True, autoincrement=False)]
    name: Annotated[str, Column(String(64), server_default="")] = ""
    screen: Annotated[str, Column(String(64), server_default="role")] = "role"
    path: Annotated[str | None, Column(String(16))] = None
    reader: Annotated[str | None, Column(String(16))] = None
    step: Annotated[int, Column(Integer, server_default="0")] = 0
    error: Annotated[str | None, Column(String(32))] = None
    misses: Annotated[int, Column(Integer, server_default="0")] = 0
    form: Annotated[dict[str, Any], Column(JSON, server_default=text("'{}'"))] = field(default_factory=dict)
    warned_private: Annotated[bool, Column(Boolean, server_default=false())] = False
    blocked_at: Annotated[float | None, Column(Float)] = None
    sent_at: Annotated[float, Column(Float, server_default="0")] = 0.0
    updated_at: Annotated[float, Column(Float, server_default="0")] = 0.0
    thread_id: Annotated[int | None, Column(BigInteger)] = None
    heard: Annotated[str, Column(String(255), server_default="")] = ""
    last_update: Annotated[int | None, Column(BigInteger)] = None
    owed: bool = field(default=False, compare=False)
    read: "Dialogue | None" = field(default=None, compare=False, repr=False)

    @property
    def ticket_id(self) -> int | None:
        """The ticket in whose conversation the family is; None where it stands elsewhere."""
        return int(self.screen.removeprefix("ticket:") or 0) if self.screen.startswith("ticket:") else None

    @property
    def in_form(self) -> bool:
        """It is true while the family is asked a question of the ticket's form, or sees its preview."""
        return self.screen.startswith(("form_", "edit_", "join")) and bool(self.form.get("form_id"))


# A row is what a restart needs to go on: no other memory of a dialogue exists.
dialogues = table_of(Dialogue, "dialogues", metadata)


@dataclass(frozen=True, slots=True)
class Ticket:
    """A family's case at a school's desk; `family_id` is None once it was erased."""

    id: Annotated[int, Column(_Serial, primary_key=True)]
    family_id: Annotated[int | None, Column(BigInteger, index=True)]
    form_id: Annotated[str, Column(String(32), unique=True)]
    reader: Annotated[str | None, Column(String(16))]
    path: Annotated[str | None, Column(String(16))]
    error: Annotated[str | None, Column(String(32))]
    steps_done: Annotated[int, Column(Integer, server_default="0")]
    class_name: Annotated[str | None, Column(String(16))]
    pupil_name: Annotated[str | None, Column(String(128))]
    words: Annotated[str | None, Column(Text)]
    first_name: Annotated[str | None, Column(String(64))]
    consent_at: Annotated[float, Column(Float)]
    created_at: Annotated[float, Column(Float, index=True)]
    updated_at: Annotated[float, Column(Float)]
    taken_by: Annotated[str | None, Column(String(64))]
    first_answer_at: Annotated[float | None, Column(Float)]
    last_answer: Annotated[str | None, Column(Text)]
    solved_at: Annotated[float | None, Column(Float)]
    waiting_since: Annotated[float | None, Column(Float, index=True)]
    reminded_at: Annotated[float | None, Column(Float)]
    called_up_at: Annotated[float | None, Column(Float)]
    unreachable_at: Annotated[float | None, Column(Float)]
    desk_chat_id: Annotated[int | None, Column(BigInteger)]
    topic_id: Annotated[int | None, Column(BigInteger, index=True)]
    topic_closed: Annotated[bool, Column(Boolean, server_default=false())]
    card_message_id: Annotated[int | None, Column(BigInteger)]
    prompt_message_id: Annotated[int | None, Column(BigInteger)]
    erased_at: Annotated[float | None, Column(Float)]
    is_open: Annotated[bool, Column(Boolean, server_default=true(), index=True)]
    turn: Annotated[str, Column(String(8), server_default="nobody")]
    reopened: Annotated[bool, Column(Boolean, server_default=false())]
    desk_id: Annotated[int, Column(Integer, server_default="1")]

    @property
    def facts(self) -> Facts:
        """The facts that the ticket is decided by."""
        return Facts(self.is_open, Turn(self.turn), self.reopened)

    @property
    def status(self) -> Status:
        """The word that the desk is shown."""
        return self.facts.status


tickets = table_of(
    Ticket,
    "tickets",
    metadata,
    Index("ix_tickets_to_erase", "solved_at", sqlite_where=_NOT_ERASED, postgresql_where=_NOT_ERASED),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, slots=True)
class StatusChange:
    """A line of a ticket's history."""

    id: Annotated[int, Column(_Serial, primary_key=True)]
    ticket_id: Annotated[int, Column(BigInteger, index=True)]
    at: Annotated[float, Column(Float)]
    actor: Annotated[str, Column(String(64))]
    status_from: Annotated[str | None, Column(String(16))]
    status_to: Annotated[str, Column(String(16))]
    cause: Annotated[str, Column(String(32))]


ticket_events = table_of(StatusChange, "ticket_events", metadata)


@dataclass(frozen=True, slots=True)
class TicketMessage:
    """One message of a ticket and its ids on both sides: the map by which edits and replies follow.

    The desk's id stays None until it was delivered.
    """

    id: Annotated[int, Column(_Serial, primary_key=True)]
    ticket_id: Annotated[int, Column(BigInteger, index=True)]
    side: Annotated[str, Column(String(8))]
    family_id: Annotated[int | None, Column(BigInteger)]
    family_message_id: Annotated[int | None, Column(BigInteger)]
    desk_chat_id: Annotated[int | None, Column(BigInteger)]
    desk_message_id: Annotated[int | None, Column(BigInteger)]
    kind: Annotated[str, Column(String(16))]
    text: Annotated[str | None, Column(Text)]
    entities: Annotated[list[dict[str, Any]] | None, Column(JSON)]
    file_id: Annotated[str | None, Column(Text)]
    media_group_id: Annotated[str | None, Column(String(64))]
    actor: Annotated[str | None, Column(String(64))]
    at: Annotated[float, Column(Float)]


ticket_messages = table_of(
    TicketMessage,
    "ticket_messages",
    metadata,
    Index("ix_ticket_messages_family", "family_id", "family_message_id"),
    Index("ix_ticket_messages_desk", "desk_chat_id", "desk_message_id"),
)


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic that a ticket has or had in the support chat: who writes in one of before still means the ticket.

    `name` is what it is called now (None: unknown), `own_name` what an administrator called it, without a mark.
    `told_at` is when those who write in it were told that the talk goes on elsewhere.
    """

    chat_id: Annotated[int, Column(BigInteger, primary_key=True, autoincrement=False)]
    topic_id: Annotated[int, Column(BigInteger, primary_key=True, autoincrement=False)]
    ticket_id: Annotated[int, Column(BigInteger, index=True)]
    name: Annotated[str | None, Column(Text)]
    own_name: Annotated[str | None, Column(Text)]
    told_at: Annotated[float | None, Column(Float)]


topics = table_of(Topic, "topics", metadata)


@dataclass(frozen=True, slots=True)
class Job:
    """Work that must outlive a restart and that no update may wait for: pictures to be read.

    `attempts` counts how often it was claimed before.
    """

    id: Annotated[int, Column(_Serial, primary_key=True)]
    kind: Annotated[str, Column(String(16))]
    family_id: Annotated[int, Column(BigInteger, index=True)]
    payload: Annotated[dict[str, Any], Column(JSON)]
    key: Annotated[str | None, Column(String(80), unique=True)]
    created_at: Annotated[float, Column(Float)]
    not_before: Annotated[float, Column(Float)]
    attempts: Annotated[int, Column(Integer, server_default="0")]
    lease_until: Annotated[float, Column(Float, server_default="0")]


jobs = table_of(Job, "jobs", metadata, Index(None, "not_before", "created_at"))


@dataclass(frozen=True, slots=True)
class Reminder:
    """A family wants to be reminded of a screen at `due_at`."""

    id: Annotated[int, Column(_Serial, primary_key=True)]
    family_id: Annotated[int, Column(BigInteger)]
    screen: Annotated[str, Column(String(64))]
    due_at: Annotated[float, Column(Float, index=True)]
    created_at: Annotated[float, Column(Float)]


reminders = table_of(Reminder, "reminders", metadata, UniqueConstraint("family_id", "screen"))


@dataclass(frozen=True, slots=True)
class Handover:
    """A token's screen, and whose child it comes from. The token itself shows nothing of either."""

    token: Annotated[str, Column(String(48), primary_key=True)]
    pupil_id: Annotated[int, Column(BigInteger, index=True)]
    screen: Annotated[str, Column(String(64))]
    created_at: Annotated[float, Column(Float, index=True)]
    opened_by: Annotated[int | None, Column(BigInteger, index=True)]
    told_at: Annotated[float | None, Column(Float)]


handovers = table_of(Handover, "handovers", metadata)


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

# What is owed to a chat: `chat_id` is a family's, or names a desk (see storage/outbox.py).
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

# When messages went to a chat (named as in the outbox), so that Telegram's limits outlive a restart.
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
