"""Messages of the support chat, and edits of them, on their way to the family of the ticket that they are about."""

from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.channels.abilities import abilities_at
from bot.delivery import message_content, owed, queues
from bot.desk import Desk
from bot.flows.marked import fill, marked
from bot.tickets import answering, desk_topics, owing, search_index
from bot.tickets.family_messages import Media, is_added, replaced, row_of_words
from bot.tickets.quoted_words import Quoted, for_family
from storage import bans, desk_places, outbox, saved_answers, tickets
from storage.ticket_status import Cause
from storage.tickets import Ticket, TicketMessage


@dataclass(frozen=True, slots=True)
class DeskMessage:
    """Holds a message of a desk's chat. `words` are its text, its caption or the words in its content.

    `topic_id` is the topic that it stands in, `replied_id` the message that it replies to. It `is_note` where it stays
    at the desk, `is_service` where nobody wrote it, and it is not `is_sure` where it may as well carry nothing at all.
    """

    desk: Desk
    chat_id: int
    message_id: int
    topic_id: int | None
    replied_id: int | None
    media: Media
    words: str
    entities: list[dict[str, Any]] | None
    media_group_id: str | None
    actor: str
    quoted: Quoted | None
    is_note: bool
    is_command: bool
    has_caption: bool
    is_service: bool
    is_sure: bool
    file_name: str | None = None


async def answer(connection: AsyncConnection, message: DeskMessage, at: float) -> None:
    """Sends a message of the support chat to the family of the ticket that it is about.

    It may be called for any message of people but a note that is no part of an album. Talk of no ticket and what
    belongs to a note change nothing; a message that nobody can be sent to, or that goes to a banned family, is answered
    so and changes nothing. The ticket waits for the family then, and an ended one is open again.
    """
    ticket = await _ticket_of(connection, message)
    if ticket is None or await _belongs_to_note(connection, message, ticket, at):
        return
    if ticket.family_id is None:
        await _refuse(connection, message, texts.REASON_ERASED, at)
        return
    if await bans.is_banned(connection, ticket.desk_id, ticket.family_id):
        await _refuse_to_banned(connection, message, ticket, at)
        return
    replied = None
    if message.replied_id:
        replied = await desk_places.newest_part(connection, message.desk.id, message.chat_id, message.replied_id)
    await desk_topics.tell_where_talk_goes_on(
        connection, message.desk, ticket, message.chat_id, message.topic_id, message.message_id, at
    )
    said, group = await _words_shown(connection, message, ticket), message.media_group_id
    first, *others = [await _keep(connection, message, ticket, piece, at) for piece in _pieces(message, ticket)]
    quote = for_family(message.quoted, replied, ticket) or None
    to_family = owed.ToFamily(
        first, message.message_id, replied.id if replied else None, quote, trial=not message.is_sure
    )
    if to_family.trial:
        # Copying it shows whether it was a message at all; until then it is no answer.
        await owing.owe_family(connection, ticket, to_family, at)
        return
    for row in others:
        await owing.owe_family(connection, ticket, replace(to_family, anew=True), at)
        to_family = owed.ToFamily(row, message.message_id, anew=True)
    await answering.answer_family(
        connection, ticket, to_family, cause=Cause.DESK_WROTE, actor=message.actor, at=at,
        said=said, media_group_id=group, delay=owing.MEDIA_GROUP_WAIT_S if group else 0.0,
    )  # fmt: skip


async def edit(connection: AsyncConnection, message: DeskMessage, at: float) -> None:
    """Edits the message that the family has, as the school edited its answer.

    It may be called for any edited message of the support chat. What cannot follow (a note, a command, an answer that
    became one of them or was erased) changes nothing, and whoever edited it is told so.
    """
    row = await desk_places.newest_part(connection, message.desk.id, message.chat_id, message.message_id)
    ticket = await tickets.locked(connection, row.ticket_id) if row else None
    if row is None:
        await _refuse_edited_note(connection, message, at)
    if row is None or ticket is None or row.side != "desk":
        return
    refused = _reason_against(message, ticket)
    if refused:
        told = owed.DeskText(fill(texts.NOT_DELIVERED, reason=refused), reply_to=message.message_id)
        await queues.to_ticket(connection, ticket, told, at)
        return
    words, media = message.words or None, replaced(message.media, row)
    parts = await desk_places.parts(connection, message.desk.id, message.chat_id, message.message_id)
    if is_added(message.media, parts):
        added = await _keep(connection, message, ticket, "", at)
        await owing.owe_family(connection, ticket, owed.ToFamily(added, message.message_id, anew=True), at)
    file, row = row, row_of_words(row, parts)
    if media and row is not file:
        await tickets.change_message(connection, file.id, **media)
        replacing = owed.EditAtFamily(file.id, message.message_id, replaced=True)
        await owing.owe_edit(connection, ticket, replacing, at)
        media = {}
    is_in_parts = max(len(parts), len(_pieces(message, ticket))) > 1 and all(
        kind == "text" for kind in (message.media[0], *(part.kind for part in parts))
    )
    before = "".join(part.text or "" for part in parts) if is_in_parts else row.text
    if words == before and not media and (is_in_parts or message.entities == row.entities):
        return
    if not is_in_parts:
        await tickets.change_message(connection, row.id, text=words, entities=message.entities, **media)
    if before and ticket.last_answer == answering.shown(before):
        shown = answering.shown(words or texts.KINDS.get(row.kind, ""))
        await tickets.change(connection, ticket.id, last_answer=shown or None)
    await search_index.change(connection, ticket, before, words)
    if is_in_parts:
        await _edit_parts(connection, message, ticket, parts, at)
        return
    if message_content.is_only_copied(row):
        # Nothing can be edited in it: it goes once more, as it is now.
        await owing.owe_family(connection, ticket, owed.ToFamily(row.id, message.message_id), at)
        return
    # Owed even where the message itself is still on its way: it may have been read before this edit.
    await owing.owe_edit(connection, ticket, owed.EditAtFamily(row.id, message.message_id, replaced=bool(media)), at)


def _pieces(message: DeskMessage, ticket: Ticket) -> list[str]:
    """Gives the words of a message as the family's channel takes them: a long text as several messages."""
    if message.media[0] != "text":
        return [message.words]
    return message_content.in_parts(message.words, abilities_at(ticket.family_id or 0).text_length)


async def _keep(connection: AsyncConnection, message: DeskMessage, ticket: Ticket, piece: str, at: float) -> int:
    """Keeps a message, or one of its pieces, which have no formatting; returns its row's id."""
    kind, file_id = message.media
    return await tickets.add_message(
        connection, ticket_id=ticket.id, side="desk", family_id=ticket.family_id, desk_chat_id=message.chat_id,
        desk_message_id=message.message_id, kind=kind, text=piece or None,
        entities=message.entities if piece == message.words else None, file_id=file_id, file_name=message.file_name,
        media_group_id=message.media_group_id, actor=message.actor, at=at,
    )  # fmt: skip


async def _edit_parts(
    connection: AsyncConnection, message: DeskMessage, ticket: Ticket, parts: list[TicketMessage], at: float
) -> None:
    """Edits a text that takes several messages at the family, before or after."""
    for part, piece in zip_longest(parts, _pieces(message, ticket)):
        if part is None:
            row = await _keep(connection, message, ticket, piece, at)
            await owing.owe_family(connection, ticket, owed.ToFamily(row, message.message_id, anew=True), at)
        elif piece != part.text:
            entities = message.entities if piece == message.words else None
            await tickets.change_message(connection, part.id, text=piece, entities=entities)
            await owing.owe_edit(connection, ticket, owed.EditAtFamily(part.id, message.message_id), at)


def _reason_against(message: DeskMessage, ticket: Ticket) -> str:
    """Gives the reason why an edited answer does not go to the family; empty where it does."""
    if ticket.erased_at is not None:
        return texts.NOT_EDITED_ERASED  # what was erased stays so
    if message.is_note:
        return texts.NOT_EDITED_TO_NOTE
    return texts.NOT_EDITED_TO_COMMAND if message.is_command else ""


async def _ticket_of(connection: AsyncConnection, message: DeskMessage) -> Ticket | None:
    place = message.desk.id, message.chat_id, message.topic_id
    return await desk_topics.ticket_meant(connection, *place, message.replied_id)


async def _refuse(
    connection: AsyncConnection, message: DeskMessage, reason: str, at: float, about: Ticket | None = None
) -> None:
    text = fill(texts.NOT_DELIVERED, reason=reason)
    await owing.owe_answer(connection, message.desk.id, message.topic_id, message.message_id, text, at, about)


async def _refuse_to_banned(connection: AsyncConnection, message: DeskMessage, ticket: Ticket, at: float) -> None:
    """Refuses an answer to a banned family, who could not answer it.

    An album is refused once: its further parts are passed over as those of a note are.
    """
    if message.media_group_id:
        await tickets.add_message(
            connection, ticket_id=ticket.id, side="note", kind="text", media_group_id=message.media_group_id,
            actor=message.actor, at=at,
        )  # fmt: skip
    await _refuse(connection, message, texts.REASON_BANNED, at, ticket)


async def _words_shown(connection: AsyncConnection, message: DeskMessage, ticket: Ticket) -> str | None:
    """Gives the words that «Моё обращение» shows of an answer; those of an album are its caption, in whichever part."""
    group = message.media_group_id
    if not message.words and group and await tickets.album_of_desk(connection, ticket.id, group):
        return None
    return message.words or texts.KINDS.get(message.media[0])


async def _belongs_to_note(connection: AsyncConnection, message: DeskMessage, ticket: Ticket, at: float) -> bool:
    """Tells whether the message is part of an album whose caption makes it a note; its parts are updates apart."""
    group = message.media_group_id
    if group is None:
        return False
    parts = await tickets.album_of_desk(connection, ticket.id, group)
    if _is_notes_album(parts):
        return True
    if not message.is_note:
        return False
    await tickets.add_message(
        connection, ticket_id=ticket.id, side="note", kind="text", media_group_id=group, actor=message.actor, at=at
    )
    await tickets.make_notes(connection, [part.id for part in parts])
    await outbox.drop_album(connection, outbox.family_queue(ticket.family_id or 0), group)
    await answering.take_back(connection, parts, at)
    return True


def _is_notes_album(parts: list[TicketMessage]) -> bool:
    return any(part.side == "note" for part in parts)


async def _refuse_edited_note(connection: AsyncConnection, message: DeskMessage, at: float) -> None:
    """Says that a note was not sent, and will not be, though its mark was taken off by an edit.

    An edited reply to a saved answer that was opened is no note: it is told that the answer stays as it is.
    """
    if message.is_service or message.is_note or message.is_command:
        return
    desk, replied = message.desk, message.replied_id
    if replied is not None and await saved_answers.asked_in(connection, desk.id, replied):
        told = marked(texts.ANSWERS_NOT_EDITED)
        await owing.owe_answer(connection, desk.id, message.topic_id, message.message_id, told, at)
        return
    ticket, group = await _ticket_of(connection, message), message.media_group_id
    if ticket is None or ticket.family_id is None:
        return
    is_bare_part = group is not None and not message.has_caption
    if is_bare_part and _is_notes_album(await tickets.album_of_desk(connection, ticket.id, group or "")):
        return  # the words of the note stand under another part of its album
    banned = await bans.is_banned(connection, ticket.desk_id, ticket.family_id)
    await _refuse(connection, message, texts.REASON_BANNED if banned else texts.NOT_EDITED_FROM_NOTE, at, ticket)
