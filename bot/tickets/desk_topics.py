"""Topics of tickets in the support chat: finds the ticket that is meant there, and follows topics changed by hand."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.desk import Desk
from bot.flows.content import Pack
from bot.flows.marked import fill
from bot.flows.ticket import ticket_card
from bot.tickets import owing, status_changes, ticket_links
from storage import desk_places, tickets, topics
from storage.ticket_status import Cause
from storage.tickets import Ticket


async def ticket_meant(
    connection: AsyncConnection, desk_id: int, chat_id: int, topic_id: int | None, replied_id: int | None
) -> Ticket | None:
    """Finds the ticket of a desk that a message of its chat speaks of, and locks it until the transaction ends.

    It may be called for any message of the chat, and changes nothing. The message stands in the topic `topic_id` and
    replies to the message `replied_id`. What is replied to decides before the topic: `/ticket N` shows a ticket in
    another one's topic, too.
    """
    found = await desk_places.ticket_of_message(connection, desk_id, chat_id, replied_id) if replied_id else None
    if found is None and topic_id:
        found = await desk_places.ticket_in_topic(connection, desk_id, chat_id, topic_id)
    return await tickets.locked(connection, found.id) if found else None


async def close(
    connection: AsyncConnection, desk_id: int, chat_id: int, topic_id: int, pack: Pack, actor: str, at: float
) -> None:
    """Solves the ticket whose topic was closed by hand, as «Решено» does.

    It may be called for any topic: only the topic that a ticket has today moves its ticket, and no erased one.
    """
    ticket = await _living_in(connection, desk_id, chat_id, topic_id)
    if ticket:
        await tickets.change(connection, ticket.id, topic_closed=True)
        await status_changes.solve(connection, ticket, Cause.TOPIC_CLOSED, pack, actor=actor, at=at)


async def reopen(connection: AsyncConnection, desk_id: int, chat_id: int, topic_id: int, actor: str, at: float) -> None:
    """Opens the ticket of a topic that was opened again by hand; to be called as `close` is."""
    ticket = await _living_in(connection, desk_id, chat_id, topic_id)
    if ticket:
        await tickets.change(connection, ticket.id, topic_closed=False)
        await status_changes.move(connection, ticket, Cause.TOPIC_REOPENED, actor=actor, at=at)


async def _living_in(connection: AsyncConnection, desk_id: int, chat_id: int, topic_id: int) -> Ticket | None:
    found = await desk_places.ticket_in_topic(connection, desk_id, chat_id, topic_id)
    ticket = await tickets.locked(connection, found.id) if found else None
    return ticket if ticket and ticket.family_id is not None and ticket.topic_id == topic_id else None


async def rename(connection: AsyncConnection, desk_id: int, chat_id: int, topic_id: int, name: str) -> None:
    """Keeps the name that an administrator gave a topic: from then on the bot changes only the mark before it.

    It may be called for any topic; one of no ticket, or of an erased family, keeps nothing.
    """
    ticket = await desk_places.ticket_in_topic(connection, desk_id, chat_id, topic_id)
    if ticket and ticket.family_id is not None:
        own_name = ticket_card.own_name(name)
        await topics.put(connection, chat_id, topic_id, ticket.id, name=name, own_name=own_name)


async def tell_where_talk_goes_on(
    connection: AsyncConnection,
    desk: Desk,
    ticket: Ticket,
    chat_id: int,
    topic_id: int | None,
    message_id: int,
    at: float,
) -> None:
    """Says once, in a former topic of a ticket, where the talk goes on; messages from there reach the family, too.

    It may be called for a message in any topic: in the ticket's own one, and in one that was told, nothing is said.
    """
    if topic_id is None or topic_id == ticket.topic_id:
        return
    topic = await topics.get(connection, chat_id, topic_id)
    if topic is None or topic.ticket_id != ticket.id or topic.told_at is not None:
        return
    await topics.put(connection, chat_id, topic_id, ticket.id, told_at=at)
    link = ticket_links.link_to(desk, ticket)
    told = fill(texts.TALK_MOVED_LINK, link=link) if link else ""
    text = fill(texts.TALK_MOVED, number=ticket.number, link=told)
    await owing.owe_answer(connection, desk.id, topic_id, message_id, text, at)
