"""Senders of the school's messages of every kind, and of their edits, to a family."""

import logging
from typing import Any

from aiogram.exceptions import TelegramAPIError, TelegramBadRequest
from aiogram.types import InlineKeyboardMarkup, ReplyParameters
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import albums, captions, copies, lost_topics, media_fallback, message_content, owed, queues, refusals
from bot.delivery.private_topics import in_thread
from bot.delivery.screen_senders import keep_prompt
from bot.delivery.sending import (
    REQUEST_TIMEOUT_S,
    UNKNOWN_ID,
    Delivered,
    NoWay,
    Record,
    Senders,
    SourceLost,
    all_stored,
    owe_reaction,
    quietly,
    reply_to,
    stored,
    ticket_of,
)
from bot.flows.marked import marked
from bot.services import Services
from bot.tickets import answering, owed_buttons, owing
from storage import outbox, tickets
from storage.outbox import Owed
from storage.ticket_status import Cause
from storage.tickets import TicketMessage

log = logging.getLogger(__name__)


async def to_family(services: Services, rows: list[Owed]) -> Delivered:
    """Sends a message of the school, or its album. Raises CaptionTooLong, NoAlbum."""
    row, relayed = rows[0], [owed.ToFamily.of(row) for row in rows]
    messages = await all_stored(services, rows)
    if not messages:
        return Delivered()
    abilities = services.abilities_of(row.chat_id)
    prompt = next((one.prompt for one in reversed(relayed) if one.prompt), None)
    anew, trial = any(one.anew for one in relayed), relayed[0].trial
    reply, quote = await _reply_at_family(services, relayed[0].reply_row), relayed[0].quote
    if len(messages) > 1:
        messages = albums.in_order(messages)
        album = await in_thread(
            services,
            row.chat_id,
            lambda thread: copies.with_quote(
                abilities, reply, quote, lambda said, words: _album(services, row, messages, said, words, anew, thread)
            ),
        )
        return Delivered(_recorded(row, messages, album, None, prompt))
    below = prompt if messages[0].kind in abilities.goes_alone else None  # buttons that must stand below it
    keys = InlineKeyboardMarkup(**prompt) if prompt and not below else None
    one = await in_thread(
        services,
        row.chat_id,
        lambda thread: copies.with_quote(
            abilities,
            reply,
            quote,
            lambda said, words: _one(services, row, messages[0], keys, said, words, anew, thread),
        ),
    )
    if one is None:
        return Delivered(_forgotten(messages[0]))
    record = _recorded(row, messages, [one], one if prompt and not below else None, below)
    return Delivered(_tried(row, messages[0], record) if trial else record)


async def _one(
    services: Services,
    row: Owed,
    message: TicketMessage,
    keys: InlineKeyboardMarkup | None,
    reply: ReplyParameters | None,
    words: str | None,
    anew: bool,
    thread: dict[str, Any],
) -> int | None:
    """Sends one message; gives its id at the family, or None where there turned out to be nothing to copy."""
    abilities = services.abilities_of(row.chat_id)
    target: dict[str, Any] = {"chat_id": row.chat_id, "reply_markup": keys, "reply_parameters": reply, **thread}
    caption: dict[str, Any] = {}
    if words:
        message, caption = await _with_quote_in_front(services, row, message, words, thread)
        anew = anew or (bool(caption) and message.kind == "text")
    if not anew:
        try:
            return await _copied(services, row, message, target, caption)
        except _NotCopied:
            pass  # it is sent from what was stored
    try:
        return await message_content.send_anew(services, abilities, target, message)
    except TelegramBadRequest as error:
        if not refusals.forbids_kind(error.message):
            raise
        return await _another_way(services, target, message, error)


async def _with_quote_in_front(
    services: Services, row: Owed, message: TicketMessage, words: str, thread: dict[str, Any]
) -> tuple[TicketMessage, dict[str, Any]]:
    """Gives the message with quoted words in front, and the caption by which its copy carries them.

    Where the message has no room for them, they are said as a message before it, and the caption is empty.
    """
    abilities = services.abilities_of(row.chat_id)
    in_front = texts.QUOTED_BY_SCHOOL.format(quote=words)
    if not message_content.has_room(abilities, message, in_front):
        await copies.say_quote(services, row, in_front, chat_id=row.chat_id, **thread)
        return message, {}
    message = message_content.with_front(abilities, message, in_front)
    formatting = message_content.formatting(message)
    return message, {"caption": message.text, "caption_entities": formatting, "parse_mode": None}


class _NotCopied(Exception):
    """Raised where a message cannot be copied from where it stands, but enough of it was kept to send it anew."""


async def _copied(
    services: Services, row: Owed, message: TicketMessage, target: dict[str, Any], caption: dict[str, Any]
) -> int | None:
    """Copies a message to the family; gives the copy's id, or None where there was nothing to copy.

    Raises _NotCopied, SourceLost, CaptionTooLong, NoWay and aiogram's errors.
    """
    try:
        copied = await services.bot.copy_message(
            **target, from_chat_id=message.desk_chat_id or 0, message_id=message.desk_message_id or 0,
            request_timeout=REQUEST_TIMEOUT_S, **caption,
        )  # fmt: skip
        return copied.message_id
    except TelegramAPIError as error:
        if refusals.forbids_kind(error.message) and isinstance(error, TelegramBadRequest):
            return await _another_way(services, target, message, error)
        if not copies.is_uncopied(error):
            raise message_content.as_too_long(error) if isinstance(error, TelegramBadRequest) else error from None
        trial = owed.ToFamily.of(row).trial
        if copies.is_of_either_chat(error) and (trial or not message_content.can_be_sent(message)):
            await copies.see_target(services, row.chat_id)
        if trial:
            return None
        if not message_content.can_be_sent(message):
            # Said as it is, a trouble with the support chat would be taken for one with the family.
            raise SourceLost(error.message) from None
        raise _NotCopied from error


async def _another_way(
    services: Services, target: dict[str, Any], message: TicketMessage, error: TelegramAPIError
) -> int:
    """Sends media of a kind that the family forbids as another one. Raises NoWay."""
    log.info("the family takes no %s: %s", message.kind, error.message)
    sent = await media_fallback.send(services, target, message)
    if sent is None:
        raise NoWay(error.message) from None
    return sent


async def _album(
    services: Services,
    row: Owed,
    messages: list[TicketMessage],
    reply: ReplyParameters | None,
    words: str | None,
    anew: bool,
    thread: dict[str, Any],
) -> list[int]:
    abilities = services.abilities_of(row.chat_id)
    target: dict[str, Any] = {"chat_id": row.chat_id, "reply_parameters": reply, **thread}
    in_front = texts.QUOTED_BY_SCHOOL.format(quote=words) if words else ""
    if in_front and not message_content.has_room(abilities, messages[0], in_front):
        await copies.say_quote(services, row, in_front, chat_id=row.chat_id, **thread)
    elif in_front:
        messages = [message_content.with_front(abilities, messages[0], in_front), *messages[1:]]
        anew = True
    if anew or reply is not None:
        # copyMessages knows no reply: an album that answers a message goes from what was stored.
        return await message_content.send_album(services, abilities, target, messages)
    # In the order of their ids, which copyMessages wants, and gives the copies in.
    wanted = [m.desk_message_id or 0 for m in messages]
    try:
        copied = await services.bot.copy_messages(
            row.chat_id, messages[0].desk_chat_id or 0, wanted, request_timeout=REQUEST_TIMEOUT_S, **thread
        )
    except TelegramAPIError as error:
        if not copies.is_uncopied(error):
            raise
        copied = []
    if len(copied) == len(wanted):
        return [part.message_id for part in copied]
    # copyMessages skips what it cannot copy without a word: the whole album goes from what was stored.
    if copied:
        await quietly(services.bot.delete_messages(row.chat_id, [part.message_id for part in copied]))
    return await message_content.send_album(services, abilities, target, messages)


async def _reply_at_family(services: Services, reply_row: int | None) -> ReplyParameters | None:
    replied = await stored(services, reply_row) if reply_row else None
    return reply_to(replied.family_message_id) if replied else None


def _forgotten(message: TicketMessage) -> Record:
    """Forgets a message that could not be copied: it was a service message, and no answer."""

    async def record(connection: AsyncConnection, now: float) -> None:
        await tickets.make_notes(connection, [message.id])

    return record


def _tried(row: Owed, message: TicketMessage, record: Record) -> Record:
    """Counts a message of an unknown kind as an answer of the school once it was copied."""

    async def keep(connection: AsyncConnection, now: float) -> None:
        await record(connection, now)
        ticket = await tickets.get(connection, row.ticket_id or 0)
        if ticket is None:
            return
        said = texts.KINDS.get(message.kind)
        actor = message.actor or texts.ACTOR_ANONYMOUS
        await answering.answered(connection, ticket, cause=Cause.DESK_WROTE, actor=actor, at=now, said=said)

    return keep


def _recorded(
    row: Owed, messages: list[TicketMessage], ids: list[int], prompted: int | None, ask: dict[str, Any] | None
) -> Record:
    """Keeps both ids of each message, the one that carries «Помогло», and for an album the question below it."""

    async def record(connection: AsyncConnection, now: float) -> None:
        ticket = await tickets.get(connection, row.ticket_id or 0)
        for message, family_id in zip(messages, ids, strict=True):
            kept = await tickets.change_message(connection, message.id, family_message_id=family_id)
            if not kept and ticket:
                # The school deleted it while it was on its way.
                await owing.owe_family(connection, ticket, owed.DeleteAtFamily(family_id), now)
            elif message.desk_message_id and ticket:
                # Where reactions are off, one word for a whole album is enough: the group's minute holds twenty.
                said = message is messages[0]
                reaction = owed.Reaction(message.desk_message_id, message.desk_chat_id, or_say=said)
                desk = outbox.address_of_desk(ticket.desk_id)
                await owe_reaction(connection, desk, reaction, now, ticket.id)
        if prompted and row.ticket_id:
            await keep_prompt(connection, row.ticket_id, prompted, now)
        if ask:
            await queues.next_to(
                connection, row, [owed.ScreenMessage(marked(texts.ALBUM_FROM_SCHOOL), prompt=ask)], now
            )

    return record


async def edit_at_family(services: Services, rows: list[Owed]) -> Delivered:
    """Repeats the school's edit; the newest message keeps its buttons."""
    row, edit = rows[0], owed.EditAtFamily.of(rows[0])
    message = await stored(services, edit.row)
    if message is None:
        return Delivered()
    if message.family_message_id is None:
        return Delivered(lambda c, now: lost_topics.send_edited(c, row, edit, now))
    if message.family_message_id == UNKNOWN_ID:
        return Delivered(captions.told_apart(message, row, edit))
    ticket = await ticket_of(services, row)
    newest = ticket.prompt_message_id == message.family_message_id
    keys = InlineKeyboardMarkup(**owed_buttons.prompt_markup(ticket.id)) if newest else None
    abilities, chat_id, message_id = services.abilities_of(row.chat_id), row.chat_id, message.family_message_id
    album = await message_content.album_of(
        services, abilities, message_id, lambda c, number: tickets.parts_at_family(c, chat_id, number)
    )
    await message_content.edit_content(
        services, abilities, chat_id, message_id, [message], keys, replaced=edit.replaced, album=album
    )
    return Delivered()


SENDERS: Senders = {owed.ToFamily: to_family, owed.EditAtFamily: edit_at_family}
