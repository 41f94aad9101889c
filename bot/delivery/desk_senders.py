"""How what is owed to the support chat is sent: cards, topics, a family's messages, the bot's own words."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiogram.exceptions import TelegramAPIError, TelegramBadRequest, TelegramRetryAfter, TelegramServerError
from aiogram.types import InlineKeyboardMarkup, LinkPreviewOptions, ReplyParameters
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.channels.telegram.keyboards import keyboard
from bot.delivery import albums, captions, chart_sender, content, copies, lost_topics, other_kinds, refusals, sending
from bot.delivery.own_texts import Told, payload_of, tell
from bot.delivery.sending import (
    REQUEST_TIMEOUT_S,
    Delivered,
    PlaceLost,
    Record,
    all_stored,
    desk_of,
    erased,
    is_placed,
    owe_reaction,
    reply_to,
    stored,
    support,
    ticket_of,
    unless_so,
)
from bot.flows.screen import you
from bot.flows.ticket import ticket_card
from bot.services import Services
from bot.tickets import erasing, owing
from storage import bans, outbox, tickets, topics
from storage.outbox import Owed
from storage.tickets import Ticket, TicketMessage

log = logging.getLogger(__name__)

_TOLD_AGAIN_S = 24 * 3600.0

# --- cards and topics ------------------------------------------------------------------------------------------------


async def card(services: Services, rows: list[Owed]) -> Delivered:
    """Makes the ticket's topic (in a forum) and its card; stores the topic before the card is tried."""
    row = rows[0]
    ticket = await ticket_of(services, row)
    chat_id = support(services)
    if row.payload.get("unless_placed") and is_placed(services, ticket):
        return Delivered()
    topic_is_here = ticket.topic_id is not None and ticket.desk_chat_id == chat_id
    if services.desk_is_forum and not topic_is_here:
        ticket = await _new_topic(services, ticket, chat_id)
    thread = ticket.topic_id if ticket.desk_chat_id == chat_id else None
    sent = await tell(
        services,
        await _card_of(services, ticket),
        lambda told: services.bot.send_message(
            chat_id, told.text, message_thread_id=thread, reply_markup=told.keys, parse_mode=told.parse_mode,
            request_timeout=REQUEST_TIMEOUT_S,
        ),
    )  # fmt: skip

    async def record(connection: AsyncConnection, now: float) -> None:
        if await _is_erased(connection, ticket.id):
            await _take_back(connection, ticket.id, chat_id, sent.message_id, now, thread)
            return
        await tickets.change(
            connection, ticket.id, card_message_id=sent.message_id, desk_chat_id=chat_id, topic_id=thread
        )
        if thread:
            # A row of its own: a trouble with the pin must not send the card again.
            await outbox.put(
                connection, chat_id=outbox.SUPPORT, queue=f"pin:{ticket.id}", kind="pin", ticket_id=ticket.id,
                payload={"message_id": sent.message_id, "desk_chat_id": chat_id}, family_id=ticket.family_id, at=now,
            )  # fmt: skip

    return Delivered(record)


async def pin(services: Services, rows: list[Owed]) -> Delivered:
    """Pins a card in its topic; without the right to pin, the card stands there all the same."""
    chat_id = desk_of(services, rows[0])
    if chat_id == services.support_chat_id:
        await services.bot.pin_chat_message(
            chat_id, rows[0].payload["message_id"], disable_notification=True, request_timeout=REQUEST_TIMEOUT_S
        )
    return Delivered()


async def _is_erased(connection: AsyncConnection, ticket_id: int) -> bool:
    ticket = await tickets.get(connection, ticket_id)
    return ticket is None or ticket.family_id is None


async def _take_back(
    connection: AsyncConnection, ticket_id: int, chat_id: int, message_id: int, now: float, topic_id: int | None = None
) -> None:
    """What was on its way while its family took its data back is deleted again."""
    topic = [erasing.topic_trace(chat_id, topic_id)] if topic_id else []
    for trace in [*erasing.message_traces(chat_id, {message_id}), *topic]:
        await erasing.owe(connection, ticket_id, trace, now)


async def _new_topic(services: Services, ticket: Ticket, chat_id: int) -> Ticket:
    before = await services.database.read(lambda c: topics.of_ticket(c, ticket.id))
    own = next((one.own_name for one in reversed(before) if one.own_name), None)
    name = await _topic_name(services, ticket, own)
    topic = await services.bot.create_forum_topic(chat_id, name, request_timeout=REQUEST_TIMEOUT_S)

    async def keep(connection: AsyncConnection) -> Ticket:
        await tickets.change(
            connection, ticket.id, topic_id=topic.message_thread_id, topic_closed=False, desk_chat_id=chat_id
        )
        await topics.put(connection, chat_id, topic.message_thread_id, ticket.id, name=name, own_name=own)
        return await tickets.get(connection, ticket.id) or ticket

    return await services.database.write(keep)


async def _topic_name(services: Services, ticket: Ticket, own_name: str | None) -> str:
    """The name that shows the ticket's status; one that an administrator gave keeps its words."""
    banned = await services.database.read(lambda c: bans.is_banned(c, ticket.family_id))
    if own_name is not None:
        return ticket_card.named_by_hand(own_name, ticket.status, banned=banned)
    return ticket_card.topic_name(ticket.id, ticket.class_name, ticket.error, ticket.status, banned=banned)


async def card_case(services: Services, ticket: Ticket) -> ticket_card.Case:
    """Everything that a ticket's card shows."""

    async def read(connection: AsyncConnection) -> ticket_card.Case:
        history = await tickets.history(connection, ticket.id)
        messages = await tickets.messages(connection, ticket.id)
        last = history[-1] if history else None
        return ticket_card.Case(
            reader=ticket.reader, path=ticket.path, error=ticket.error, steps_done=ticket.steps_done,
            class_name=ticket.class_name, pupil_name=ticket.pupil_name, words=ticket.words,
            first_name=ticket.first_name, files=sum(m.side == "family" and m.file_id is not None for m in messages),
            number=ticket.id, status=ticket.status, actor=last.actor if last else None,
            changed_at=last.at if last else None, unreachable=ticket.unreachable_at is not None,
            erased=ticket.erased_at is not None, forgotten=ticket.family_id is None,
            banned=await bans.is_banned(connection, ticket.family_id),
        )  # fmt: skip

    return await services.database.read(read)


async def _card_of(services: Services, ticket: Ticket, *, ready: bool = False) -> Told:
    text = ticket_card.card(await card_case(services, ticket), services.when)
    if ready:
        return Told(text + ticket_card.ready_answers(), keyboard(ticket_card.ready_buttons(ticket.id)))
    return Told(text, keyboard(ticket_card.card_buttons(ticket.id, ticket.status)))


async def card_edit(services: Services, rows: list[Owed]) -> Delivered:
    """Brings the card up to date, or shows the ready answers on it."""
    ticket = await ticket_of(services, rows[0])
    if not is_placed(services, ticket):
        return Delivered()
    await tell(
        services,
        await _card_of(services, ticket, ready=bool(rows[0].payload.get("ready"))),
        lambda told: services.bot.edit_message_text(
            told.text, chat_id=support(services), message_id=ticket.card_message_id, reply_markup=told.keys,
            parse_mode=told.parse_mode, request_timeout=REQUEST_TIMEOUT_S,
        ),
    )  # fmt: skip
    return Delivered()


async def topic_state(services: Services, rows: list[Owed]) -> Delivered:
    """Names the topic by the ticket's status; closes or opens it as the ticket is.

    Each of the calls is made, whatever became of the other; what failed is raised at the end.
    """
    ticket = await ticket_of(services, rows[0])
    topic_id, chat_id = ticket.topic_id, services.support_chat_id
    if topic_id is None or not services.desk_is_forum or ticket.desk_chat_id != chat_id or chat_id is None:
        return Delivered()
    known = await services.database.read(lambda c: topics.get(c, chat_id, topic_id))
    closed = ticket.status == ticket_card.Status.SOLVED
    failed: list[TelegramAPIError] = []

    async def tried(call: Awaitable[Any]) -> bool:
        try:
            await unless_so(call)
        except (TelegramRetryAfter, TelegramBadRequest, TelegramServerError) as error:
            failed.append(error)
            return False
        return True

    is_closed = ticket.topic_closed
    if not closed and is_closed and await tried(services.bot.reopen_forum_topic(chat_id, topic_id)):
        is_closed = False
    name = await _topic_name(services, ticket, known.own_name if known else None)
    named = known is not None and known.name == name
    if not named:
        named = await tried(services.bot.edit_forum_topic(chat_id, topic_id, name=name))
    if closed and not is_closed and await tried(services.bot.close_forum_topic(chat_id, topic_id)):
        is_closed = True

    async def record(connection: AsyncConnection, now: float) -> None:
        await tickets.change(connection, ticket.id, topic_closed=is_closed)
        fresh = await topics.get(connection, chat_id, topic_id)
        # An administrator may have renamed it at this very moment: that name is the newer one.
        if named and (fresh.own_name if fresh else None) == (known.own_name if known else None):
            await topics.put(connection, chat_id, topic_id, ticket.id, name=name)

    if failed:
        now = services.clock()
        await services.database.write(lambda c: record(c, now))
        # A topic that is gone says so to both; a limit of one call is that call's own.
        raise next((e for e in failed if not isinstance(e, TelegramRetryAfter)), failed[0])
    return Delivered(record)


async def topic_open(services: Services, rows: list[Owed]) -> Delivered:
    """Opens a closed topic for what comes right behind."""
    ticket = await ticket_of(services, rows[0])
    if ticket.topic_id is not None:
        await unless_so(services.bot.reopen_forum_topic(support(services), ticket.topic_id))

    async def record(connection: AsyncConnection, now: float) -> None:
        await tickets.change(connection, ticket.id, topic_closed=False)

    return Delivered(record)


async def delete_topic(services: Services, rows: list[Owed]) -> Delivered:
    """Deletes the topic of a family that took its data back."""
    row = rows[0]
    chat_id, topic_id = desk_of(services, row), row.payload["topic_id"]
    call = services.bot.delete_forum_topic(chat_id, topic_id, request_timeout=REQUEST_TIMEOUT_S)
    await erased(services, chat_id, call)

    async def record(connection: AsyncConnection, now: float) -> None:
        ticket = await tickets.get(connection, row.ticket_id or 0)
        if ticket and ticket.topic_id == topic_id:
            await tickets.change(connection, ticket.id, topic_id=None)
        await topics.forget(connection, chat_id, topic_id)

    return Delivered(record)


# --- messages --------------------------------------------------------------------------------------------------------


async def to_desk(services: Services, rows: list[Owed]) -> Delivered:
    """Sends a family's message, an album, or several texts as one. Raises PlaceLost, CaptionTooLong, NoAlbum."""
    ticket = await ticket_of(services, rows[0])
    if not is_placed(services, ticket) and not rows[0].payload.get("placeless"):
        raise PlaceLost
    messages = await all_stored(services, rows)
    if not messages:
        return Delivered()
    if messages[0].media_group_id:
        messages = albums.in_order(messages)
    place = {"chat_id": support(services), "message_thread_id": _thread(services, ticket)}
    reply, quote = await _reply_at_desk(services, ticket, rows[0])

    async def send(reply: ReplyParameters | None, words: str | None) -> Record | None:
        shown, in_front = messages, texts.QUOTED_BY_FAMILY.format(quote=words) if words else ""
        if in_front and content.has_room(messages[0], in_front):
            shown = [content.with_front(messages[0], in_front), *messages[1:]]
        elif in_front:
            await copies.say_quote(services, rows[0], in_front, **place)
        return await _sent_to_desk(services, rows[0], {**place, "reply_parameters": reply}, ticket, shown)

    return Delivered(await copies.with_quote(reply, quote, send))


async def _sent_to_desk(
    services: Services, row: Owed, target: dict[str, Any], ticket: Ticket, messages: list[TicketMessage]
) -> Record | None:
    """Sends these messages; None where there was nothing to copy."""
    if len(messages) > 1 and messages[0].media_group_id:
        return _recorded(services, messages, await content.send_album(services, target, messages))
    if len(messages) > 1:
        text, entities = content.joined(messages)
        sent = await services.bot.send_message(
            **target, text=text, entities=entities, parse_mode=None, request_timeout=REQUEST_TIMEOUT_S
        )
        return _recorded(services, messages, [sent.message_id] * len(messages))
    if copies.goes_as_copy(messages[0]):
        copied = await copies.to_desk(services, target, messages[0], row)
        return None if copied is None else _recorded(services, messages, [copied])
    return await _one(services, target, ticket, messages[0])


async def _one(services: Services, target: dict[str, Any], ticket: Ticket, message: TicketMessage) -> Record:
    """Sends one message; media that the support chat forbids go another way, or are told in words on both sides."""
    try:
        sent = await content.send_anew(services, target, message)
    except TelegramBadRequest as error:
        if message.kind == "text" or not refusals.forbids_kind(error.message):
            raise
        log.warning("the support chat takes no %s: %s", message.kind, error.message)
        other = await other_kinds.send(services, target, message)
        if other is None:
            return await _stand_in(services, target, ticket, message, error)
        sent = other
    return _recorded(services, [message], [sent])


async def _stand_in(
    services: Services, target: dict[str, Any], ticket: Ticket, message: TicketMessage, error: TelegramBadRequest
) -> Record:
    """Words in the place of media that go no way: what came, and, once a day, what to switch on."""
    fact, now = f"told:{message.kind}", services.clock()
    told = await services.database.read(lambda c: outbox.fact(c, fact))
    lately = told is not None and now - float(told) < _TOLD_AGAIN_S
    words = texts.STAND_IN_AGAIN if lately else texts.STAND_IN
    what = texts.SENT_WORDS.get(message.kind, message.kind)
    said = words.format(what=what, reason=refusals.in_russian(error))
    text = f"{message.text}\n\n{said}" if message.text else said
    sent = await services.bot.send_message(
        **target, text=text, entities=content.formatting(message), parse_mode=None, request_timeout=REQUEST_TIMEOUT_S
    )
    recorded = _recorded(services, [message], [sent.message_id])

    async def record(connection: AsyncConnection, now: float) -> None:
        await outbox.set_fact(connection, fact, told if lately else str(now))
        # Later edits are edits of these words.
        await tickets.change_message(connection, message.id, kind="text", file_id=None, text=text)
        await recorded(connection, now)
        unseen = you(owing.route_of_ticket(ticket), "NOT_SHOWN_TO_SCHOOL").format(what=what)
        await owing.owe_family(connection, ticket, "screen", payload_of(unseen, markup=None), now)

    return record


def _thread(services: Services, ticket: Ticket) -> int | None:
    return ticket.topic_id if ticket.desk_chat_id == services.support_chat_id else None


def _recorded(services: Services, messages: list[TicketMessage], ids: list[int]) -> Record:
    chat_id = support(services)

    async def record(connection: AsyncConnection, now: float) -> None:
        for message, desk_id in zip(messages, ids, strict=True):
            place = {"desk_message_id": desk_id, "desk_chat_id": chat_id}
            if not await tickets.change_message(connection, message.id, **place):
                await _take_back(connection, message.ticket_id, chat_id, desk_id, now)
            elif message.family_id and message.family_message_id:
                await owe_reaction(connection, message.family_id, message.family_message_id, now)

    return record


async def _reply_at_desk(
    services: Services, ticket: Ticket, row: Owed
) -> tuple[ReplyParameters | None, dict[str, Any] | None]:
    """What a family's message answers at the desk, and what it quotes of it."""
    reply_row, quote = row.payload.get("reply_row"), row.payload.get("quote")
    replied = await stored(services, reply_row) if reply_row else None
    if replied and replied.desk_message_id and replied.desk_chat_id == services.support_chat_id:
        return reply_to(replied.desk_message_id), quote
    return _card_reference(services, ticket), {**quote, "in_front": True} if quote else None


def _card_reference(services: Services, ticket: Ticket) -> ReplyParameters | None:
    """Outside a topic of its own a ticket's message answers its card, also where topics were switched on later."""
    if _thread(services, ticket) is None and is_placed(services, ticket):
        return reply_to(ticket.card_message_id)
    return None


async def edit_at_desk(services: Services, rows: list[Owed]) -> Delivered:
    """Repeats a family's edit; of a merged message its part changes."""
    message = await stored(services, rows[0].payload["row"])
    if message is None:
        return Delivered()
    if message.desk_message_id is None or message.desk_chat_id != services.support_chat_id:
        return Delivered(lambda c, now: lost_topics.send_edited(c, rows[0], now))
    if message.desk_message_id == sending.UNKNOWN_ID:
        return Delivered(captions.told_apart(message, rows[0]))
    chat_id, message_id = message.desk_chat_id or 0, message.desk_message_id
    parts = await services.database.read(lambda c: tickets.parts_at_desk(c, chat_id, message_id))
    await content.edit_content(services, chat_id, message_id, parts, replaced=bool(rows[0].payload.get("replaced")))
    return Delivered()


async def desk_text(services: Services, rows: list[Owed]) -> Delivered:
    """Says something of the bot's own, about a ticket or in general. Raises PlaceLost."""
    row = rows[0]
    thread, reply = row.payload.get("thread"), reply_to(row.payload.get("reply_to"))
    if row.ticket_id and not row.payload.get("general"):
        ticket = await ticket_of(services, row)
        if not is_placed(services, ticket) and not row.payload.get("placeless"):
            raise PlaceLost
        thread = _thread(services, ticket)
        reply = reply or _card_reference(services, ticket)
    markup = row.payload.get("markup")
    sent = await tell(
        services,
        Told(row.payload["text"], InlineKeyboardMarkup(**markup) if markup else None),
        lambda told: services.bot.send_message(
            support(services), told.text, message_thread_id=thread, reply_parameters=reply, reply_markup=told.keys,
            parse_mode=told.parse_mode, link_preview_options=LinkPreviewOptions(is_disabled=True),
            request_timeout=REQUEST_TIMEOUT_S,
        ),
    )  # fmt: skip
    return Delivered(_noted(services, row, row.ticket_id, sent.message_id) if row.ticket_id else None)


def _noted(services: Services, row: Owed, ticket_id: int, message_id: int) -> Record:
    """Keeps where the bot itself spoke of a ticket: a reply to it is the ticket's, and /forget finds it."""
    chat_id = support(services)

    async def record(connection: AsyncConnection, now: float) -> None:
        if not row.payload.get("general") and await _is_erased(connection, ticket_id):
            await _take_back(connection, ticket_id, chat_id, message_id, now)
            return
        await tickets.add_message(
            connection, ticket_id=ticket_id, side="bot", kind="text", desk_chat_id=services.support_chat_id,
            desk_message_id=message_id, at=now,
        )  # fmt: skip

    return record


async def chart(services: Services, rows: list[Owed]) -> Delivered:
    """Sends the statistics with their picture."""
    await chart_sender.send_chart(services, support(services), rows[0])
    return Delivered()


DESK_COURIERS: dict[str, Callable[[Services, list[Owed]], Awaitable[Delivered]]] = {
    "card": card,
    "pin": pin,
    "card_edit": card_edit,
    "card_choice": card_edit,
    "topic_state": topic_state,
    "topic_open": topic_open,
    "delete_topic": delete_topic,
    "to_desk": to_desk,
    "edit_at_desk": edit_at_desk,
    "desk_text": desk_text,
    "chart": chart,
}
