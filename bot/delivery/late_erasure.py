"""Deletes at the desk what was on its way there while its family had its data erased."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import owed
from bot.tickets import erasing
from storage import tickets
from storage.tickets import Ticket


async def is_erased(connection: AsyncConnection, ticket: Ticket) -> bool:
    """Tells whether a ticket's family had its data erased since the ticket was read."""
    now = await tickets.get(connection, ticket.id)
    return now is None or now.family_id is None


async def take_back(
    connection: AsyncConnection, ticket: Ticket, chat_id: int, message_id: int, now: float, topic_id: int | None = None
) -> None:
    """Owes the deletion of a message that has just gone, and of the topic that was made for it."""
    topic = [owed.DeleteTopic(topic_id, desk_chat_id=chat_id)] if topic_id else []
    for trace in [owed.DeleteMessages([message_id], desk_chat_id=chat_id), *topic]:
        await erasing.owe(connection, ticket, trace, now)
