"""Erases a family: its data here, and what stands of it at the desks where it had tickets."""

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.channels.abilities import Abilities
from bot.delivery import owed, queues
from bot.delivery.owed_message import Erasure
from bot.flows.marked import fill
from bot.services import Services
from bot.tickets import like_tickets
from storage import family_erasing, purging, sightings, tickets, topics
from storage.database import DatabaseAway
from storage.tickets import Ticket, TicketMessage

log = logging.getLogger(__name__)

PURGE_WAIT_S = 3.0  # how long «всё удалено» waits for the files


async def erase_family(connection: AsyncConnection, services: Services, family_id: int, now: float) -> None:
    """Erases everything of a family here, and owes the desks the deletion of what stands there.

    It may be called for any family, also for one that has nothing here. Its bans and the counts stay.
    """
    await tickets.lock_of_family(connection, family_id)
    found = await tickets.of_family(connection, family_id)
    traces = {}
    for ticket in found:
        channel = services.schools.desk_of(ticket.desk_id).channel
        traces[ticket.id] = list(_traces(channel, ticket, await tickets.messages(connection, ticket.id), now))
    for ticket in found:
        # People may still see a former topic.
        for topic in await topics.of_ticket(connection, ticket.id):
            if (topic.chat_id, topic.topic_id) != (ticket.desk_chat_id, ticket.topic_id):
                traces[ticket.id].append(owed.DeleteTopic(topic.topic_id, desk_chat_id=topic.chat_id))
    like = [one for ticket in found for one in await like_tickets.of(connection, ticket) if one.family_id != family_id]
    await family_erasing.erase_family(connection, family_id)
    await sightings.forget_family(connection, services.facts.key_of(family_id))
    await like_tickets.show(connection, like, now)
    for ticket in found:
        # Its topic is known until it is gone: whoever writes there meanwhile is told that nobody reads it.
        await tickets.change(connection, ticket.id, topic_id=ticket.topic_id)
        for trace in traces[ticket.id]:
            await owe(connection, ticket, trace, now)
    for desk_id in {ticket.desk_id: None for ticket in found}:
        numbers = ", ".join(f"№{ticket.number}" for ticket in found if ticket.desk_id == desk_id)
        told = owed.DeskText(fill(texts.DESK_FORGOTTEN, numbers=numbers))
        await queues.to_general(connection, desk_id, told, now)


async def purge_soon(services: Services, now: float) -> None:
    """Takes what was erased out of the database's files before the family is told so, where that is quickly done.

    It is called after the erasing was committed. Where it would take long, it stays owed, and the upkeep does it.
    """
    if not services.database.is_small:
        return
    try:
        async with asyncio.timeout(PURGE_WAIT_S):
            await purging.purge(services.database, now)
    except (TimeoutError, DatabaseAway) as error:
        log.warning("what a family erased leaves the files of the database later: %s", error)


async def owe(connection: AsyncConnection, ticket: Ticket, erasure: Erasure, now: float) -> None:
    """Owes the deletion of something that an erased family's ticket left at its desk.

    It may be called for any ticket whose family was erased; deletions have a queue of their own for each ticket.
    """
    nobodys = replace(ticket, family_id=None)
    await queues.to_desk(connection, ticket.desk_id, f"erase:{ticket.id}", erasure, now, about=nobodys)


def _traces(channel: Abilities, ticket: Ticket, messages: list[TicketMessage], now: float) -> Iterator[Erasure]:
    """Lists what stands at the desk: first what the bot may always delete, then what it needs a right for."""
    easy: dict[int | None, set[int]] = {}
    hard: dict[int | None, set[int]] = {}
    stood = [(ticket.desk_chat_id, ticket.card_message_id, ticket.created_at, False)]
    stood += [(m.desk_chat_id, m.desk_message_id, m.at, m.side == "desk") for m in messages]
    for chat_id, number, at, of_others in stood:
        if number:
            kept = hard if of_others or now - at > channel.deletes_own_for_s else easy
            kept.setdefault(chat_id, set()).add(number)
    yield from _deletions(channel, easy)
    if ticket.topic_id is not None:
        yield owed.DeleteTopic(ticket.topic_id, desk_chat_id=ticket.desk_chat_id)
    yield from _deletions(channel, hard)


def _deletions(channel: Abilities, messages: dict[int | None, set[int]]) -> Iterator[Erasure]:
    """Lists the deletions by chat, with as many messages in each as the channel takes."""
    for chat_id, ids in messages.items():
        numbers = sorted(ids)
        for start in range(0, len(numbers), channel.deletes_at_once):
            yield owed.DeleteMessages(numbers[start : start + channel.deletes_at_once], desk_chat_id=chat_id)
