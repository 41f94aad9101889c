"""The tables of tickets: each row is a dataclass, which alone names its columns.

Every time is a float: seconds since the epoch, UTC.
"""

from dataclasses import dataclass
from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, Index, Integer, String, Table, Text, false, text, true

from storage.table_of import SERIAL, metadata, table_of
from storage.ticket_status import Facts, Status, Turn

# A ticket's number and times stay for ever: what is looked for among them must not grow with those already erased.
_NOT_ERASED = text("erased_at IS NULL")


@dataclass(frozen=True, slots=True)
class Ticket:
    """A family's case at a school's desk; `family_id` is None once it was erased.

    `number` is what people call it: the numbers of a school run from 1. `id` is unique among all schools.

    `ready_answer` is the ready answer that the school gave last, as `choice:matter`, of which «Помогло» speaks; None
    where it wrote something else. `pack` names the pack that answered the family, with its version; None in a ticket
    of before there were packs. `taken_by` is the name of the administrator who has the ticket, `taken_by_id` the
    account, where it is known.
    `waiting_since` is since when the school waits for the family, `family_waits_since` since when the family waits for
    the school's next word; of a new ticket `created_at` says that. `put_off_until` is when a ticket that is put away
    comes back.
    """

    id: Annotated[int, Column(SERIAL, primary_key=True)]
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
    pack: Annotated[str | None, Column(Text)]
    ready_answer: Annotated[str | None, Column(String(80))]
    family_waits_since: Annotated[float | None, Column(Float)]
    put_off_until: Annotated[float | None, Column(Float)]
    taken_by_id: Annotated[int | None, Column(BigInteger)]
    number: Annotated[int, Column(Integer, server_default="0")]

    @property
    def facts(self) -> Facts:
        """Gives the facts that the ticket is decided by."""
        return Facts(self.is_open, Turn(self.turn), self.reopened)

    @property
    def status(self) -> Status:
        """Gives the word that the desk is shown."""
        return self.facts.status


tickets = table_of(
    Ticket,
    "tickets",
    Index("ix_tickets_to_erase", "solved_at", sqlite_where=_NOT_ERASED, postgresql_where=_NOT_ERASED),
    Index("ix_tickets_desk_class", "desk_id", "class_name"),
    Index("ix_tickets_desk_open", "desk_id", "is_open", "id"),
    Index("ix_tickets_desk_number", "desk_id", "number", unique=True),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, slots=True)
class StatusChange:
    """A line of a ticket's history."""

    id: Annotated[int, Column(SERIAL, primary_key=True)]
    ticket_id: Annotated[int, Column(BigInteger, index=True)]
    at: Annotated[float, Column(Float)]
    actor: Annotated[str, Column(String(64))]
    status_from: Annotated[str | None, Column(String(16))]
    status_to: Annotated[str, Column(String(16))]
    cause: Annotated[str, Column(String(32))]


ticket_events = table_of(StatusChange, "ticket_events")


@dataclass(frozen=True, slots=True)
class TicketMessage:
    """One message of a ticket and its ids on both sides: the map by which edits and replies follow.

    The desk's id stays None until it was delivered. `side` is family, desk, note, bot, or kept: what a family wrote
    after the ticket's end, which goes to the desk once the ticket is open again.
    """

    id: Annotated[int, Column(SERIAL, primary_key=True)]
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
    file_name: Annotated[str | None, Column(Text)] = None

    @property
    def is_blank(self) -> bool:
        """Tells whether nothing is left of it: its words were erased, or the school deleted them at the family."""
        return self.kind == "text" and not self.text


ticket_messages = table_of(
    TicketMessage,
    "ticket_messages",
    Index("ix_ticket_messages_family", "family_id", "family_message_id"),
    Index("ix_ticket_messages_desk", "desk_chat_id", "desk_message_id"),
)


@dataclass(frozen=True, slots=True)
class ForumTopic:
    """A topic of the support chat that a ticket has or had; what is written in a former one is for the ticket, too.

    `name` is its present name (None: unknown), `own_name` the name that an administrator gave it, without the mark of
    the status. `told_at` is the moment at which people who write in a former topic were told where the talk goes on.
    """

    chat_id: Annotated[int, Column(BigInteger, primary_key=True, autoincrement=False)]
    topic_id: Annotated[int, Column(BigInteger, primary_key=True, autoincrement=False)]
    ticket_id: Annotated[int, Column(BigInteger, index=True)]
    name: Annotated[str | None, Column(Text)]
    own_name: Annotated[str | None, Column(Text)]
    told_at: Annotated[float | None, Column(Float)]


topics = table_of(ForumTopic, "topics")


LONGEST_WORD = 40  # characters of a word that is searched for; a longer one is nothing that anybody types
# PostgreSQL looks a prefix up in an index only where words are compared byte by byte, as SQLite always does.
_WORD = String(LONGEST_WORD).with_variant(String(LONGEST_WORD, collation="C"), "postgresql")

# The words of a ticket for the desk's search, normalised by the caller. They are erased with the ticket's texts.
ticket_words = Table(
    "ticket_words",
    metadata,
    Column("desk_id", Integer, primary_key=True, autoincrement=False),
    Column("word", _WORD, primary_key=True),
    Column("ticket_id", BigInteger, primary_key=True, autoincrement=False),
    Index("ix_ticket_words_ticket", "ticket_id", "word"),
    sqlite_with_rowid=False,
)


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who wrote or pressed at a desk: to such a person a ticket may be handed over."""

    desk_id: Annotated[int, Column(Integer, primary_key=True, autoincrement=False)]
    account_id: Annotated[int, Column(BigInteger, primary_key=True, autoincrement=False)]
    name: Annotated[str, Column(String(64))]
    seen_at: Annotated[float, Column(Float)]


colleagues = table_of(Colleague, "colleagues")
