"""Deletes messages that were on their way to the desk while their family erased its data."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import owed
from bot.tickets import erasing
from storage import tickets


async def is_erased(connection: AsyncConnection, ticket_id: int) -> bool:
    """Tells whether a ticket's family took its data back."""
    ticket = await tickets.get(connection, ticket_id)
    return ticket is None or ticket.family_id is None


async def take_back(
    connection: AsyncConnection, ticket_id: int, chat_id: int, message_id: int, now: float, topic_id: int | None = None
) -> None:
    """Owes the deletion of a message that has just gone, and of the topic that was made for it."""
    topic = [owed.DeleteTopic(topic_id, desk_chat_id=chat_id)] if topic_id else []
    for trace in [*erasing.message_traces(chat_id, {message_id}), *topic]:
        await erasing.owe(connection, ticket_id, trace, now)
