"""The tables, but for those of tickets (ticket_models.py), bad days (bad_day_models.py) and schools (school_models.py).

A row that the bot works with is a dataclass, which alone names its columns; other tables name them here. Every time is
a float: seconds since the epoch, UTC.
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
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)  # fmt: skip

# Imported so that `metadata` knows every table.
from storage import bad_day_models as bad_day_models
from storage import school_models as school_models
from storage import ticket_models as ticket_models
from storage.table_of import SERIAL, table_of
from storage.table_of import metadata as metadata


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A family's dialogue: the screen before them, what they told, and the ticket form in hand.

    - `step`: the guide's step they stand at, 1-based; 0 before the guide
    - `misses`: how many unknown messages came in a row
    - `sent_at`: the moment at which the chat last got a new message (Telegram wants a second between two)
    - `thread_id`: the topic of the private chat that the family wrote in last
    - `heard`: hashes of its last messages (bot/handlers/message_fingerprints.py)
    - `last_update`: the number of the update that was handled last
    - `school_id`: the school that the family chose; None before
    - `owed`: whether something waited for the family in the outbox when the row was read; not stored
    - `read`: the row as it was read, None for a fresh dialogue; not stored
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
    school_id: Annotated[int | None, Column(Integer)] = None
    owed: bool = field(default=False, compare=False)
    read: "Dialogue | None" = field(default=None, compare=False, repr=False)

    @property
    def ticket_id(self) -> int | None:
        """Gives the ticket in whose conversation the family is; None where it stands elsewhere."""
        return int(self.screen.removeprefix("ticket:") or 0) if self.screen.startswith("ticket:") else None

    @property
    def in_form(self) -> bool:
        """Tells whether the family is asked a question of the ticket's form, or sees its preview."""
        return self.screen.startswith(("form_", "edit_", "join")) and bool(self.form.get("form_id"))


# A row is what a restart needs to go on: no other memory of a dialogue exists.
dialogues = table_of(Dialogue, "dialogues")


@dataclass(frozen=True, slots=True)
class Job:
    """Work that must outlive a restart and that no update may wait for: pictures to be read.

    `attempts` counts how often it was claimed before.
    """

    id: Annotated[int, Column(SERIAL, primary_key=True)]
    kind: Annotated[str, Column(String(16))]
    family_id: Annotated[int, Column(BigInteger, index=True)]
    payload: Annotated[dict[str, Any], Column(JSON)]
    key: Annotated[str | None, Column(String(80), unique=True)]
    created_at: Annotated[float, Column(Float)]
    not_before: Annotated[float, Column(Float)]
    attempts: Annotated[int, Column(Integer, server_default="0")]
    lease_until: Annotated[float, Column(Float, server_default="0")]


jobs = table_of(Job, "jobs", Index(None, "not_before", "created_at"))


@dataclass(frozen=True, slots=True)
class Reminder:
    """A family wants to be reminded of a screen at `due_at`."""

    id: Annotated[int, Column(SERIAL, primary_key=True)]
    family_id: Annotated[int, Column(BigInteger)]
    screen: Annotated[str, Column(String(64))]
    due_at: Annotated[float, Column(Float, index=True)]
    created_at: Annotated[float, Column(Float)]


reminders = table_of(Reminder, "reminders", UniqueConstraint("family_id", "screen"))


@dataclass(frozen=True, slots=True)
class Handover:
    """A token's screen, and whose child and which school it comes from. The token itself shows nothing of them."""

    token: Annotated[str, Column(String(48), primary_key=True)]
    pupil_id: Annotated[int, Column(BigInteger, index=True)]
    screen: Annotated[str, Column(String(64))]
    created_at: Annotated[float, Column(Float, index=True)]
    opened_by: Annotated[int | None, Column(BigInteger, index=True)]
    told_at: Annotated[float | None, Column(Float)]
    school_id: Annotated[int | None, Column(Integer)]


handovers = table_of(Handover, "handovers")


@dataclass(frozen=True, slots=True)
class SavedAnswer:
    """An answer that a desk saved to give it again; it holds no personal data, so it outlives tickets and families.

    - `key`: the name without regard to case, unique at its desk; None while the answer waits for «Сохранить»
    - `text`: HTML
    - `matter`: the error or topic of the ticket that it was given in
    - `question`: the words of that ticket's question (understanding/likeness.py); None where they tell too little or
      too much
    - `told`: how many families the bot itself gave it to
    - `told_helped`: how many of these it helped
    - `asks`: which part of the answer (text or name) the next reply to `asks_message_id` changes; None while none does
    - `asks_message_id`: the message of the desk that asks for the new text or name, or asked for it last
    """

    id: Annotated[int, Column(SERIAL, primary_key=True)]
    desk_id: Annotated[int, Column(Integer)]
    name: Annotated[str, Column(String(64))]
    key: Annotated[str | None, Column(String(128))]
    text: Annotated[str, Column(Text)]
    matter: Annotated[str | None, Column(String(32))]
    question: Annotated[str | None, Column(Text)]
    created_at: Annotated[float, Column(Float)]
    for_families: Annotated[bool, Column(Boolean, server_default=false())] = False
    told: Annotated[int, Column(Integer, server_default="0")] = 0
    told_helped: Annotated[int, Column(Integer, server_default="0")] = 0
    asks: Annotated[str | None, Column(String(8))] = None
    asks_message_id: Annotated[int | None, Column(BigInteger)] = None


saved_answers = table_of(SavedAnswer, "ready_answers", UniqueConstraint("desk_id", "key"))

# How often a desk sent a ready answer in tickets about a matter (an error or a topic, empty: none), and how often
# «Помогло» followed. `choice` is what its button carries: the name of a built-in answer, or the id of a saved one.
answer_uses = Table(
    "ready_answer_uses",
    metadata,
    Column("desk_id", Integer, primary_key=True, autoincrement=False),
    Column("choice", String(32), primary_key=True),
    Column("matter", String(32), primary_key=True),
    Column("sent", Integer, nullable=False, server_default="0"),
    Column("helped", Integer, nullable=False, server_default="0"),
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

# What is owed to a chat: `chat_id` is a family's, or names a desk (see storage/outbox.py); `school_id` is the school
# whose family or desk that is.
outbox = Table(
    "outbox",
    metadata,
    Column("id", SERIAL, primary_key=True),
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
    Column("school_id", Integer, nullable=False, server_default="1"),
    Index("ix_outbox_queue", "queue", "position"),
    Index("ix_outbox_chat", "chat_id", "lease_until"),
    sqlite_autoincrement=True,
)

# Numbers for the messages of MAX, which names them by strings (`mid`); a message of several pictures has several parts.
# A number is never given twice: what a ticket keeps of it must not become another message's.
max_messages = Table(
    "max_messages",
    metadata,
    Column("number", SERIAL, primary_key=True),
    Column("mid", String(80), nullable=False),
    Column("part", Integer, nullable=False),
    Column("chat_id", BigInteger, nullable=False, index=True),
    Column("at", Float, nullable=False, index=True),
    UniqueConstraint("mid", "part"),
    sqlite_autoincrement=True,
)

# When messages went to a chat (named as in the outbox), so that Telegram's limits outlive a restart.
sends = Table(
    "sends",
    metadata,
    Column("id", SERIAL, primary_key=True),
    Column("chat_id", BigInteger, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("at", Float, nullable=False, index=True),
    Index("ix_sends_chat", "chat_id", "at"),
)

# Values by name, such as the notice and the pauses that Telegram asked for. In the database the table is «facts».
named_values = Table(
    "facts",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

# Counted events, none of which names a person.
events = Table(
    "events",
    metadata,
    Column("id", SERIAL, primary_key=True),
    Column("at", Float, nullable=False, index=True),
    Column("kind", String(24), nullable=False),
    Column("path", String(16)),
    Column("step", Integer),
    Column("error", String(32)),
    Column("seconds", Float),
    Column("school_id", Integer, nullable=False, server_default="1"),
    Index("ix_events_school", "school_id", "at"),
)

# `key` is a keyed hash of the family's id, so that a ban outlives /forget without naming anybody. A school bans for
# itself alone.
bans = Table(
    "bans",
    metadata,
    Column("school_id", Integer, primary_key=True, autoincrement=False),
    Column("key", String(64), primary_key=True),
    Column("at", Float, nullable=False),
    Column("told", Boolean, nullable=False, server_default=false()),
)
