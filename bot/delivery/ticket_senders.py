"""Senders that make a ticket's topic and card in the support chat and keep them up to date."""

from collections.abc import Awaitable
from typing import Any

from aiogram.exceptions import TelegramAPIError, TelegramBadRequest, TelegramRetryAfter, TelegramServerError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.channels.telegram.keyboards import keyboard
from bot.delivery import lost_topics, owed, queues, refused_erasures
from bot.delivery.late_erasure import is_erased, take_back
from bot.delivery.own_texts import Told, tell
from bot.delivery.sending import (
    REQUEST_TIMEOUT_S,
    Delivered,
    Senders,
    chat_named,
    desk_of,
    erased,
    is_placed,
    ticket_of,
    unless_so,
)
from bot.desk import Desk
from bot.flows.marked import fill, plain
from bot.flows.ticket import colleague_list, put_off_days, ready_answers, ticket_card
from bot.flows.utf16 import first_units, units
from bot.services import Services
from bot.tickets import handing, like_tickets, ready_choices, ticket_links
from storage import bans, tickets, topics
from storage.outbox import Owed
from storage.tickets import Ticket


async def card(services: Services, rows: list[Owed]) -> Delivered:
    """Makes the ticket's topic (in a forum) and its card; stores the topic before the card is tried."""
    row = rows[0]
    ticket, desk = await ticket_of(services, row), desk_of(services, row)
    chat_id, owed_card = desk.chat, owed.Card.of(row)
    if owed_card.unless_placed and is_placed(desk, ticket):
        return Delivered()
    topic_is_here = ticket.topic_id is not None and ticket.desk_chat_id == chat_id
    if desk.is_forum and not topic_is_here and not owed_card.topicless:
        ticket = await _new_topic(services, desk, ticket, chat_id)
    thread = ticket.topic_id if ticket.desk_chat_id == chat_id else None
    sent = await tell(
        services,
        desk.channel,
        await _card_of(services, ticket),
        lambda told: services.bot.send_message(
            chat_id, told.text, message_thread_id=thread, reply_markup=told.keys, parse_mode=told.parse_mode,
            request_timeout=REQUEST_TIMEOUT_S,
        ),
    )  # fmt: skip

    async def record(connection: AsyncConnection, now: float) -> None:
        if await is_erased(connection, ticket):
            await take_back(connection, ticket, chat_id, sent.message_id, now, thread)
            return
        await tickets.change(
            connection, ticket.id, card_message_id=sent.message_id, desk_chat_id=chat_id, topic_id=thread
        )
        if thread:
            # A row of its own: a trouble with the pin must not send the card again.
            await queues.to_desk(connection, desk.id, f"pin:{ticket.id}", owed.Pin(sent.message_id), now, about=ticket)

    return Delivered(record)


async def pin(services: Services, rows: list[Owed]) -> Delivered:
    """Pins a card in its topic; without the right to pin, the card stands there all the same."""
    ticket, desk = await ticket_of(services, rows[0]), desk_of(services, rows[0])
    card_id = owed.Pin.of(rows[0]).message_id
    # In a group that became a supergroup the same number may be another message.
    if is_placed(desk, ticket) and ticket.card_message_id == card_id:
        await services.bot.pin_chat_message(
            desk.chat, card_id, disable_notification=True, request_timeout=REQUEST_TIMEOUT_S
        )
    return Delivered()


async def _new_topic(services: Services, desk: Desk, ticket: Ticket, chat_id: int) -> Ticket:
    before = await services.database.read(lambda c: topics.of_ticket(c, ticket.id))
    own = next((one.own_name for one in reversed(before) if one.own_name), None)
    name = await _topic_name(services, desk, ticket, own)
    topic = await services.bot.create_forum_topic(chat_id, name, request_timeout=REQUEST_TIMEOUT_S)

    async def keep(connection: AsyncConnection) -> Ticket:
        await tickets.change(
            connection, ticket.id, topic_id=topic.message_thread_id, topic_closed=False, desk_chat_id=chat_id
        )
        await topics.put(connection, chat_id, topic.message_thread_id, ticket.id, name=name, own_name=own)
        return await tickets.get(connection, ticket.id) or ticket

    return await services.database.write(keep)


async def _topic_name(services: Services, desk: Desk, ticket: Ticket, own_name: str | None) -> str:
    """Gives the topic name that shows whose turn it is; a name that an administrator gave keeps its words."""
    # An ended ticket that the school wrote to is «открыто снова» on its card, and the family's turn all the same.
    status = ticket.facts.status_for_family
    banned = await services.database.read(lambda c: bans.is_banned(c, ticket.desk_id, ticket.family_id))
    if own_name is not None:
        name = ticket_card.named_by_hand(own_name, status, banned=banned)
    else:
        matter = ticket_card.short_name(ticket.error, services.schools.pack_of(ticket.desk_id))
        name = ticket_card.topic_name(ticket.number, ticket.class_name, matter, status, banned=banned)
    return first_units(name, desk.channel.topic_name_length)


async def card_case(services: Services, ticket: Ticket) -> ticket_card.Case:
    """Reads everything that a ticket's card shows."""

    async def read(connection: AsyncConnection) -> ticket_card.Case:
        history = await tickets.history(connection, ticket.id)
        messages = await tickets.messages(connection, ticket.id)
        last = history[-1] if history else None
        desk = services.schools.desk_of(ticket.desk_id)
        like = [(one.number, ticket_links.link_to(desk, one)) for one in await like_tickets.of(connection, ticket)]
        return ticket_card.Case(
            reader=ticket.reader, path=ticket.path, error=ticket.error, steps_done=ticket.steps_done,
            class_name=ticket.class_name, pupil_name=ticket.pupil_name, words=ticket.words,
            first_name=ticket.first_name, files=sum(m.side == "family" and m.file_id is not None for m in messages),
            number=ticket.number, status=ticket.status, actor=last.actor if last else None,
            changed_at=last.at if last else None, unreachable=ticket.unreachable_at is not None,
            erased=ticket.erased_at is not None, forgotten=ticket.family_id is None,
            banned=await bans.is_banned(connection, ticket.desk_id, ticket.family_id),
            put_off_until=ticket.put_off_until,
            taken_by=ticket.taken_by, extra=ticket_card.like_lines(like), channel=_channel_of(services, ticket),
        )  # fmt: skip

    return await services.database.read(read)


def _channel_of(services: Services, ticket: Ticket) -> str:
    """Gives the channel that a family writes in; empty where there is one alone, or the family was erased."""
    if len(services.settings.channels) < 2 or ticket.family_id is None:
        return ""
    return services.abilities_of(ticket.family_id).name


async def _card_of(services: Services, ticket: Ticket, edit: owed.CardEdit | None = None) -> Told:
    text = ticket_card.card(await card_case(services, ticket), services.schools.pack_of(ticket.desk_id), services.when)
    if edit and edit.put_off and ticket.is_open:
        return Told(text, keyboard(put_off_days.buttons(ticket.id, is_put_off=ticket.put_off_until is not None)))
    if edit and edit.colleagues is not None:
        page, desk_id = edit.colleagues, ticket.desk_id
        shown_page = await services.database.read(lambda c: handing.page_of(c, desk_id, page))
        return Told(text + colleague_list.question(), keyboard(colleague_list.on_card(ticket.id, shown_page)))
    if edit is None or not edit.ready:
        return Told(text, keyboard(ticket_card.card_buttons(ticket.id, ticket.facts)))
    offered = await services.database.read(
        lambda c: ready_choices.offered(c, ticket, services.schools.pack_of(ticket.desk_id))
    )
    chosen = next((one for one in offered if one.choice == edit.choice), None)
    if chosen is None:
        shown, rows = ready_answers.listed(offered, edit.page), ready_answers.buttons(ticket.id, offered, edit.page)
    else:
        shown, rows = ready_answers.look(chosen), ready_answers.look_buttons(ticket.id, chosen)
    limit = services.schools.desk_of(ticket.desk_id).channel.text_length
    if units(plain(text + shown)) > limit:
        # What is chosen from has to be seen whole; the card itself is one press away.
        text = fill(texts.CARD_HEAD, number=ticket.number, status=texts.STATUS_DESK[ticket.status])
    return Told(text + shown, keyboard(rows))


async def card_edit(services: Services, rows: list[Owed]) -> Delivered:
    """Brings the card up to date, or shows on it what may be chosen: ready answers, days to put off to, colleagues."""
    ticket, desk = await ticket_of(services, rows[0]), desk_of(services, rows[0])
    edit = owed.CardEdit.of(rows[0])
    if not is_placed(desk, ticket):
        # It had ended when its desk moved to another chat, where open tickets alone got their cards, and is open again.
        return Delivered((lambda c, now: lost_topics.card_anew(c, ticket, now)) if ticket.is_open else None)
    await tell(
        services,
        desk.channel,
        await _card_of(services, ticket, edit),
        lambda told: services.bot.edit_message_text(
            told.text, chat_id=desk.chat, message_id=ticket.card_message_id, reply_markup=told.keys,
            parse_mode=told.parse_mode, request_timeout=REQUEST_TIMEOUT_S,
        ),
    )  # fmt: skip
    return Delivered()


async def topic_state(services: Services, rows: list[Owed]) -> Delivered:
    """Names the topic by the ticket's status; closes or opens it as the ticket is.

    Each of the calls is made, whatever became of the other; what failed is raised at the end.
    """
    ticket, desk = await ticket_of(services, rows[0]), desk_of(services, rows[0])
    topic_id, chat_id = ticket.topic_id, desk.chat
    if topic_id is None or not desk.is_forum or ticket.desk_chat_id != chat_id:
        return Delivered()
    known = await services.database.read(lambda c: topics.get(c, chat_id, topic_id))
    closed = not ticket.is_open
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
    name = await _topic_name(services, desk, ticket, known.own_name if known else None)
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
        await unless_so(services.bot.reopen_forum_topic(desk_of(services, rows[0]).chat, ticket.topic_id))

    async def record(connection: AsyncConnection, now: float) -> None:
        await tickets.change(connection, ticket.id, topic_closed=False)

    return Delivered(record)


async def delete_topic(services: Services, rows: list[Owed]) -> Delivered:
    """Deletes the topic of a family that took its data back."""
    row, desk, erasure = rows[0], desk_of(services, rows[0]), owed.DeleteTopic.of(rows[0])
    chat_id, topic_id = chat_named(desk, erasure), erasure.topic_id
    call = services.bot.delete_forum_topic(chat_id, topic_id, request_timeout=REQUEST_TIMEOUT_S)
    await erased(desk, chat_id, call)

    return Delivered(lambda c, now: refused_erasures.forget_topic(c, row, chat_id, topic_id))


SENDERS: Senders = {
    owed.Card: card,
    owed.Pin: pin,
    owed.CardEdit: card_edit,
    owed.CardChoice: card_edit,
    owed.TopicState: topic_state,
    owed.TopicOpen: topic_open,
    owed.DeleteTopic: delete_topic,
}
