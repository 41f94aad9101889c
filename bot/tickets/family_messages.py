"""Messages of a family to its ticket, and edits of them: each is kept, and owed to the desk."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import message_content, owed, queues
from bot.flows import masking
from bot.tickets import closed_ticket_messages, owing, search_index, settling, status_changes
from bot.tickets.quoted_words import Quoted, for_desk
from storage import tickets
from storage.ticket_status import Cause
from storage.tickets import Ticket, TicketMessage

Media = tuple[str, str | None]  # the kind of a message's content, and the id of its file


@dataclass(frozen=True, slots=True)
class FamilyMessage:
    """Holds a message of a family. `data` is masked, by the names of the columns that keep it; `media` is as it came.

    `replied_id` is the message of the family's chat that it replies to. It is not `is_sure` where it may as well carry
    nothing at all. `error` is the error of the pack that its words surely name.
    """

    data: dict[str, Any]
    media: Media
    quoted: Quoted | None = None
    replied_id: int | None = None
    is_sure: bool = True
    error: str | None = None

    def with_quote(self, in_front: str) -> dict[str, Any]:
        """Gives the data with quoted words in front of the text, where this kind of message takes any."""
        if not in_front or not message_content.takes_words(self.data["kind"]):
            return self.data
        text, entities = self.data["text"] or "", self.data["entities"]
        return {**self.data, "text": in_front + text, "entities": message_content.shifted(entities, in_front)}


class Wish(Enum):
    """Tells what a message to an ended ticket asks for, besides being passed on."""

    NONE = auto()
    THANKS = auto()
    REOPEN = auto()


class MessageOutcome(Enum):
    """Names what may become of a message to a ticket."""

    PASSED_ON = auto()
    KEPT = auto()
    KEPT_IN_RUN = auto()  # behind one that was answered
    THANKED = auto()
    REOPENED = auto()
    SCHOOL_LEFT = auto()


async def write(
    connection: AsyncConnection, ticket: Ticket, message: FamilyMessage, wish: Wish, at: float
) -> MessageOutcome:
    """Takes a family's message to its ticket, and says what became of it.

    It may be called for any ticket of the family. To an open ticket the message is owed to the desk, whose turn it is
    then; where nobody has named its error yet, its card and its topic show the one that the message names. An ended one
    keeps it until somebody opens it again, but for thanks, which open and need nothing, and for the wish itself to open
    it. Of a school that has left there is no ticket any more, and nothing is kept.
    """
    # Read now, not before: the school may open or close the ticket at this very moment.
    fresh = await tickets.locked(connection, ticket.id)
    if fresh is None:
        return MessageOutcome.SCHOOL_LEFT
    ticket = fresh
    if ticket.is_open:
        await _owe_to_desk(connection, ticket, message, at)
        if message.error and ticket.error is None:
            await tickets.change(connection, ticket.id, error=message.error)
            await owing.show_status(connection, ticket, at)
        if message.is_sure:
            await status_changes.move(connection, ticket, Cause.FAMILY_WROTE, actor=texts.ACTOR_FAMILY, at=at)
        return MessageOutcome.PASSED_ON
    if wish is Wish.THANKS:
        return MessageOutcome.THANKED
    if wish is Wish.REOPEN:
        await settling.by_family(connection, ticket, Cause.REOPENED, at)
        return MessageOutcome.REOPENED
    in_front, _ = for_desk(message.quoted, None)
    is_first = await closed_ticket_messages.keep(connection, ticket, message.with_quote(in_front), at)
    return MessageOutcome.KEPT if is_first else MessageOutcome.KEPT_IN_RUN


async def _owe_to_desk(connection: AsyncConnection, ticket: Ticket, message: FamilyMessage, at: float) -> None:
    replied = await _replied(connection, ticket.family_id or 0, message)
    in_front, quote = for_desk(message.quoted, replied)
    if in_front and not message_content.takes_words(message.data["kind"]):
        await closed_ticket_messages.owe_kept(
            connection, ticket, closed_ticket_messages.text_alone(in_front.strip()), at
        )
    await closed_ticket_messages.owe_kept(
        connection, ticket, message.with_quote(in_front), at, reply_row=replied.id if replied else None,
        delay=owing.MEDIA_GROUP_WAIT_S if message.data["media_group_id"] else 0.0, quote=quote, is_sure=message.is_sure,
    )  # fmt: skip


async def _replied(connection: AsyncConnection, family_id: int, message: FamilyMessage) -> TicketMessage | None:
    """Finds the message of a ticket that a family's message answers."""
    if message.replied_id is None:
        return None
    return await tickets.message_at_family(connection, family_id, message.replied_id)


async def code_is_expected(connection: AsyncConnection, ticket: Ticket, before_row: int) -> bool:
    """Tells whether the family's last words, or the school's answer to them, speak of a code and of no other number.

    It may be called for any ticket, and changes nothing. `before_row` is the row of the message itself, where it is an
    edit of one that is kept already.
    """
    said = [m for m in await tickets.messages(connection, ticket.id) if m.side != "note" and m.text]
    said = [m for m in said if not before_row or m.id < before_row]
    own = next((m.text for m in reversed(said) if m.side in ("family", "kept")), ticket.words)
    answer = said[-1].text if said and said[-1].side == "desk" else None
    if masking.speaks_of_other_number(answer):
        return False
    return masking.speaks_of_code(own) or masking.speaks_of_code(answer)


async def edit(connection: AsyncConnection, row_id: int, message: FamilyMessage, at: float) -> None:
    """Changes a message of a family, stored as the row `row_id`, as the family edited it.

    It may be called at any time: what is at the desk is edited there, what waits for the desk goes as it is now, what
    only copying could bring goes once more, and what was erased stays so.
    """
    row = await tickets.message(connection, row_id)
    ticket = await tickets.locked(connection, row.ticket_id) if row else None
    row = await tickets.message(connection, row_id)  # what was kept may be on its way to the desk by now
    if ticket is None or row is None or (ticket.erased_at is not None and row.side != "kept"):
        return
    replied = await _replied(connection, row.family_id or 0, message)
    in_front, _ = for_desk(message.quoted, replied)
    parts = await tickets.parts_at_family(connection, row.family_id or 0, row.family_message_id or 0)
    data, media = message.with_quote(in_front), replaced(message.media, row)
    if data["file_id"] and is_added(message.media, parts):
        await _take_added_file(connection, ticket, row, data, at)
    file, row = row, row_of_words(row, parts)
    if media and row is not file:
        await tickets.change_message(connection, file.id, **media)
        if file.side == "family":
            await owing.owe_edit(connection, ticket, owed.EditAtDesk(file.id, replaced=True), at)
        media = {}
    if not media and _says_the_same(row, parts, data):
        return
    if row.side == "family" and await _edits_in_parts(connection, ticket, parts, data, at):
        return
    await tickets.change_message(connection, row.id, text=data["text"], entities=data["entities"], **media)
    if row.side != "family":
        return
    await search_index.change(connection, ticket, row.text, data["text"])
    if message_content.is_only_copied(row):
        # Nothing can be edited in it: it goes once more as it is now, or in words.
        if data["kind"] != row.kind:
            await tickets.change_message(connection, row.id, kind=data["kind"])
        await queues.to_ticket(connection, ticket, owed.ToDesk(row.id), at)
        return
    # Owed even where the message itself is still on its way: it may have been read before this edit.
    await owing.owe_edit(connection, ticket, owed.EditAtDesk(row.id, replaced=bool(media)), at)


def replaced(media: Media, row: TicketMessage) -> dict[str, Any]:
    """Gives the columns to change where an edit replaced the media; empty where they are the same."""
    kind, file_id = media
    same = file_id is None or row.file_id is None or file_id == row.file_id
    return {} if same or kind not in message_content.REPLACEABLE else {"kind": kind, "file_id": file_id}


def is_added(media: Media, parts: list[TicketMessage]) -> bool:
    """Tells whether an edit put a file to a message that had words alone, as Telegram's apps let people do."""
    kind, file_id = media
    is_text = bool(parts) and all(part.kind == "text" and part.file_id is None for part in parts)
    return is_text and file_id is not None and kind in message_content.REPLACEABLE


def row_of_words(row: TicketMessage, parts: list[TicketMessage]) -> TicketMessage:
    """Gives the part whose words an edit changes: the text, where a file was added to one (see `is_added`)."""
    is_file_alone = row.file_id is not None and not row.text
    return next((part for part in parts if part.kind == "text" and part.text), row) if is_file_alone else row


async def _take_added_file(
    connection: AsyncConnection, ticket: Ticket, row: TicketMessage, data: dict[str, Any], at: float
) -> None:
    """Takes the file that an edit put to a text as one more message: a text at the desk can take none."""
    alone = {**data, "text": None, "entities": None}
    if row.side == "kept":
        await closed_ticket_messages.keep(connection, ticket, alone, at)
        return
    await closed_ticket_messages.owe_kept(connection, ticket, alone, at)
    await status_changes.move(connection, ticket, Cause.FAMILY_WROTE, actor=texts.ACTOR_FAMILY, at=at)


async def _edits_in_parts(
    connection: AsyncConnection, ticket: Ticket, parts: list[TicketMessage], data: dict[str, Any], at: float
) -> bool:
    """Edits a text that takes several messages at the desk, before or after. Gives False where one message holds it."""
    pieces = message_content.in_parts(data["text"] or "")
    if max(len(parts), len(pieces)) < 2 or {data["kind"], *(part.kind for part in parts)} != {"text"}:
        return False
    for at_place, part in enumerate(parts):
        text = pieces[at_place] if at_place < len(pieces) else None
        if text != part.text:
            await tickets.change_message(connection, part.id, text=text, entities=None)
            await search_index.change(connection, ticket, part.text, text)
            await owing.owe_edit(connection, ticket, owed.EditAtDesk(part.id), at)
    for piece in pieces[len(parts) :]:
        await closed_ticket_messages.owe_kept(connection, ticket, {**data, "text": piece, "entities": None}, at)
    return True


def _says_the_same(row: TicketMessage, parts: list[TicketMessage], data: dict[str, Any]) -> bool:
    """Tells whether an edit changed nothing of the stored message, whether that was sent in one part or in several."""
    if (row.text or None) == data["text"] and (row.entities or None) == (data["entities"] or None):
        return True
    return len(parts) > 1 and [part.text for part in parts] == message_content.in_parts(data["text"] or "")
