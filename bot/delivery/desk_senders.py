"""Sends to a desk: messages of families and their edits, the bot's own texts, their pages and buttons, the chart."""

import logging
from typing import Any

from aiogram.exceptions import TelegramBadRequest
from aiogram.types import InlineKeyboardMarkup, LinkPreviewOptions, ReplyParameters
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import (
    albums,
    captions,
    chart_sender,
    copies,
    lost_topics,
    media_fallback,
    message_content,
    owed,
    refusals,
    sending,
)
from bot.delivery.late_erasure import is_erased, take_back
from bot.delivery.own_texts import Told, tell
from bot.delivery.sending import (
    REQUEST_TIMEOUT_S,
    Delivered,
    PlaceLost,
    Record,
    Senders,
    all_stored,
    desk_of,
    is_placed,
    owe_reaction,
    reply_to,
    stored,
    ticket_of,
    unless_so,
)
from bot.desk import Desk
from bot.services import Services
from bot.tickets import owing
from storage import desk_places, named_values, repair_messages, tickets
from storage.outbox import Owed
from storage.tickets import Ticket, TicketMessage

log = logging.getLogger(__name__)

_TOLD_AGAIN_S = 24 * 3600.0


async def to_desk(services: Services, rows: list[Owed]) -> Delivered:
    """Sends a family's message, an album, or several texts as one. Raises PlaceLost, CaptionTooLong, NoAlbum."""
    ticket, desk = await ticket_of(services, rows[0]), desk_of(services, rows[0])
    if not is_placed(desk, ticket) and not owed.ToDesk.of(rows[0]).placeless:
        raise PlaceLost
    messages = await all_stored(services, rows)
    if not messages:
        return Delivered()
    if messages[0].media_group_id:
        messages = albums.in_order(messages)
    place = {"chat_id": desk.chat, "message_thread_id": _thread(desk, ticket)}
    reply, quote = await _reply_at_desk(services, desk, ticket, rows[0])

    async def send(reply: ReplyParameters | None, words: str | None) -> Record | None:
        shown, in_front = messages, texts.QUOTED_BY_FAMILY.format(quote=words) if words else ""
        if in_front and message_content.has_room(desk.channel, messages[0], in_front):
            shown = [message_content.with_front(desk.channel, messages[0], in_front), *messages[1:]]
        elif in_front:
            await copies.say_quote(services, rows[0], in_front, **place)
        return await _sent_to_desk(services, desk, rows[0], {**place, "reply_parameters": reply}, ticket, shown)

    return Delivered(await copies.with_quote(desk.channel, reply, quote, send))


async def _sent_to_desk(
    services: Services, desk: Desk, row: Owed, target: dict[str, Any], ticket: Ticket, messages: list[TicketMessage]
) -> Record | None:
    """Sends these messages; None where there was nothing to copy."""
    if len(messages) > 1 and messages[0].media_group_id:
        return _recorded(
            desk, ticket, messages, await message_content.send_album(services, desk.channel, target, messages)
        )
    if len(messages) > 1:
        text, entities = message_content.joined(desk.channel, messages)
        sent = await services.bot.send_message(
            **target, text=text, entities=entities, parse_mode=None, request_timeout=REQUEST_TIMEOUT_S
        )
        return _recorded(desk, ticket, messages, [sent.message_id] * len(messages))
    if copies.goes_as_copy(messages[0]):
        copied = await copies.to_desk(services, desk.channel, target, messages[0], row)
        return None if copied is None else _recorded(desk, ticket, messages, [copied])
    return await _one(services, desk, target, ticket, messages[0])


async def _one(
    services: Services, desk: Desk, target: dict[str, Any], ticket: Ticket, message: TicketMessage
) -> Record:
    """Sends one message; media that the support chat forbids go another way, or are told in words on both sides."""
    try:
        sent = await message_content.send_anew(services, desk.channel, target, message)
    except TelegramBadRequest as error:
        if message.kind == "text" or not refusals.forbids_kind(error.message):
            raise
        log.warning("the support chat takes no %s: %s", message.kind, error.message)
        other = await media_fallback.send(services, target, message)
        if other is None:
            return await _stand_in(services, desk, target, ticket, message, error)
        sent = other
    return _recorded(desk, ticket, [message], [sent])


async def _stand_in(
    services: Services,
    desk: Desk,
    target: dict[str, Any],
    ticket: Ticket,
    message: TicketMessage,
    error: TelegramBadRequest,
) -> Record:
    """Sends words in place of media that the chat takes in no form: what came, and, once a day, what to switch on."""
    name, now = f"told:{message.kind}", services.clock()
    told = await services.database.read(lambda c: named_values.get(c, name))
    lately = told is not None and abs(now - float(told)) < _TOLD_AGAIN_S
    words = texts.STAND_IN_AGAIN if lately else texts.STAND_IN
    what = texts.SENT_WORDS.get(message.kind, message.kind)
    said = words.format(what=what, reason=refusals.in_russian(error))
    text = f"{message.text}\n\n{said}" if message.text else said
    sent = await services.bot.send_message(
        **target,
        text=text,
        entities=message_content.formatting(message),
        parse_mode=None,
        request_timeout=REQUEST_TIMEOUT_S,
    )
    recorded = _recorded(desk, ticket, [message], [sent.message_id])

    async def record(connection: AsyncConnection, now: float) -> None:
        await named_values.put(connection, name, told if lately else str(now))
        # Later edits are edits of these words.
        await tickets.change_message(connection, message.id, kind="text", file_id=None, text=text)
        await recorded(connection, now)
        unseen = texts.NOT_SHOWN_TO_SCHOOL.for_reader(
            owing.route_of_ticket(ticket, services.schools.pack_of(ticket.desk_id)), what=what
        )
        await owing.owe_family(connection, ticket, owed.ScreenMessage(unseen, of_bot=True), now)

    return record


def _thread(desk: Desk, ticket: Ticket) -> int | None:
    return ticket.topic_id if ticket.desk_chat_id == desk.chat_id else None


def _recorded(desk: Desk, ticket: Ticket, messages: list[TicketMessage], ids: list[int]) -> Record:
    chat_id = desk.chat

    async def record(connection: AsyncConnection, now: float) -> None:
        for message, desk_id in zip(messages, ids, strict=True):
            place = {"desk_message_id": desk_id, "desk_chat_id": chat_id}
            if not await tickets.change_message(connection, message.id, **place):
                await take_back(connection, ticket, chat_id, desk_id, now)
            elif message.family_id and message.family_message_id:
                reaction = owed.Reaction(message.family_message_id, row=message.id)
                await owe_reaction(connection, message.family_id, reaction, now)

    return record


async def _reply_at_desk(
    services: Services, desk: Desk, ticket: Ticket, row: Owed
) -> tuple[ReplyParameters | None, dict[str, Any] | None]:
    """Finds the message at the desk that a family's message answers, and the words that it quotes of it."""
    relayed = owed.ToDesk.of(row)
    replied, quote = await stored(services, relayed.reply_row) if relayed.reply_row else None, relayed.quote
    if replied and replied.desk_message_id and replied.desk_chat_id == desk.chat_id:
        return reply_to(replied.desk_message_id), quote
    return _card_reference(desk, ticket), {**quote, "in_front": True} if quote else None


def _card_reference(desk: Desk, ticket: Ticket) -> ReplyParameters | None:
    """Gives the card as the message to reply to, where the ticket has no topic of its own."""
    if _thread(desk, ticket) is None and is_placed(desk, ticket):
        return reply_to(ticket.card_message_id)
    return None


async def edit_at_desk(services: Services, rows: list[Owed]) -> Delivered:
    """Repeats a family's edit; of a merged message its part changes."""
    edit, desk = owed.EditAtDesk.of(rows[0]), desk_of(services, rows[0])
    message = await stored(services, edit.row)
    if message is None:
        return Delivered()
    if message.desk_message_id is None or message.desk_chat_id != desk.chat_id:
        return Delivered(lambda c, now: lost_topics.send_edited(c, rows[0], edit, now))
    if message.desk_message_id == sending.UNKNOWN_ID:
        return Delivered(captions.told_apart(message, rows[0], edit))
    chat_id, message_id = desk.chat, message.desk_message_id
    parts = await services.database.read(lambda c: desk_places.parts(c, desk.id, chat_id, message_id))
    album = await message_content.album_of(
        services, desk.channel, message_id, lambda c, number: desk_places.parts(c, desk.id, chat_id, number)
    )
    await message_content.edit_content(
        services, desk.channel, chat_id, message_id, parts, replaced=edit.replaced, album=album
    )
    return Delivered()


async def desk_text(services: Services, rows: list[Owed]) -> Delivered:
    """Sends a text of the bot's own, about a ticket or in general. Raises PlaceLost."""
    row, said, desk = rows[0], owed.DeskText.of(rows[0]), desk_of(services, rows[0])
    thread, reply = said.thread, reply_to(said.reply_to)
    ticket = await ticket_of(services, row) if row.ticket_id else None
    if ticket and not said.general:
        if not is_placed(desk, ticket) and not said.placeless:
            raise PlaceLost
        thread = _thread(desk, ticket)
        reply = reply or _card_reference(desk, ticket)
    sent = await tell(
        services,
        desk.channel,
        Told(said.text, InlineKeyboardMarkup(**said.markup) if said.markup else None),
        lambda told: services.bot.send_message(
            desk.chat, told.text, message_thread_id=thread, reply_parameters=reply, reply_markup=told.keys,
            parse_mode=told.parse_mode, link_preview_options=LinkPreviewOptions(is_disabled=True),
            disable_notification=said.silent or None, request_timeout=REQUEST_TIMEOUT_S,
        ),
    )  # fmt: skip
    return Delivered(_noted(desk, said, ticket, sent.message_id))


def _noted(desk: Desk, said: owed.DeskText, ticket: Ticket | None, message_id: int) -> Record:
    """Keeps where the bot itself spoke of a ticket: a reply to it is the ticket's, and /forget finds it.

    Where it told what a family's message says, that message stands there. One that carries «Починили» is kept, too, so
    that it loses the button in time.
    """
    chat_id = desk.chat

    async def record(connection: AsyncConnection, now: float) -> None:
        if said.repair_of is not None:
            await repair_messages.note(connection, desk.id, chat_id, message_id, said.repair_of)
        if ticket is None:
            return
        if not said.general and await is_erased(connection, ticket):
            await take_back(connection, ticket, chat_id, message_id, now)
            return
        if said.tells_of is not None:
            place = {"desk_message_id": message_id, "desk_chat_id": chat_id}
            if not await tickets.change_message(connection, said.tells_of, **place):
                await take_back(connection, ticket, chat_id, message_id, now)
            return
        await tickets.add_message(
            connection, ticket_id=ticket.id, side="bot", kind="text", desk_chat_id=chat_id, desk_message_id=message_id,
            at=now,
        )  # fmt: skip

    return record


async def desk_page(services: Services, rows: list[Owed]) -> Delivered:
    """Turns a message of the bot's own to another page; one that stands there already is left."""
    page, desk = owed.DeskPage.of(rows[0]), desk_of(services, rows[0])
    markup = InlineKeyboardMarkup(**page.markup) if page.markup else None
    edit = tell(
        services, desk.channel, Told(page.text, markup),
        lambda told: services.bot.edit_message_text(
            told.text, chat_id=desk.chat, message_id=page.message_id, reply_markup=told.keys,
            parse_mode=told.parse_mode, link_preview_options=LinkPreviewOptions(is_disabled=True),
            request_timeout=REQUEST_TIMEOUT_S,
        ),
    )  # fmt: skip
    await unless_so(edit)
    return Delivered()


async def desk_buttons(services: Services, rows: list[Owed]) -> Delivered:
    """Changes the buttons under a message of the bot's own."""
    changed = owed.DeskButtons.of(rows[0])
    markup = InlineKeyboardMarkup(**changed.markup) if changed.markup else None
    edit = services.bot.edit_message_reply_markup(
        chat_id=desk_of(services, rows[0]).chat, message_id=changed.message_id, reply_markup=markup,
        request_timeout=REQUEST_TIMEOUT_S,
    )  # fmt: skip
    await unless_so(edit)
    return Delivered()


async def chart(services: Services, rows: list[Owed]) -> Delivered:
    """Sends the statistics with their picture."""
    await chart_sender.send_chart(services, desk_of(services, rows[0]), owed.Chart.of(rows[0]))
    return Delivered()


SENDERS: Senders = {
    owed.ToDesk: to_desk,
    owed.EditAtDesk: edit_at_desk,
    owed.DeskText: desk_text,
    owed.DeskPage: desk_page,
    owed.DeskButtons: desk_buttons,
    owed.Chart: chart,
}
