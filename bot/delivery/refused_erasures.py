"""Decides what becomes of a deletion at a desk that the messenger refuses, after a family took its data back."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import owed, passing_refusals, queues, refusals
from bot.delivery.owed_message import Erasure
from bot.delivery.sending import chat_named
from bot.desk import Desk
from bot.flows.marked import fill
from storage import outbox, tickets, topics
from storage.outbox import Owed


async def settle(
    connection: AsyncConnection, desk: Desk | None, row: Owed, said: str, now: float, jitter: float
) -> None:
    """Decides what becomes of a refused deletion: done, waiting for the right to delete, or tried again.

    A refusal that is neither is tried again for hours; what still stands then is told to the desk.
    """
    if refusals.is_topic_gone(said):
        # Telegram says so of any trouble with a topic, too: it counts as gone once that was said again and again.
        if not await passing_refusals.try_soon(connection, [row], said, now):
            await _topic_is_gone(connection, desk, row)
        return
    lacks_right = refusals.lacks_right_to_delete(said)
    if lacks_right or not await passing_refusals.wait_beside(connection, row, said, now, jitter):
        await _wait_for_the_right(connection, row, said, now)


async def _topic_is_gone(connection: AsyncConnection, desk: Desk | None, row: Owed) -> None:
    message = owed.of(row)
    await outbox.done(connection, [row.id])
    if isinstance(message, owed.DeleteTopic) and desk is not None:
        await forget_topic(connection, row, chat_named(desk, message), message.topic_id)


async def forget_topic(connection: AsyncConnection, row: Owed, chat_id: int, topic_id: int) -> None:
    """Forgets a topic that was deleted: nobody writes there any more."""
    ticket = await tickets.get(connection, row.ticket_id or 0)
    if ticket and ticket.topic_id == topic_id:
        await tickets.change(connection, ticket.id, topic_id=None)
    await topics.forget(connection, chat_id, topic_id)


async def _wait_for_the_right(connection: AsyncConnection, row: Owed, said: str, now: float) -> None:
    """Lets an erasure wait until the bot has the right to delete; the desk is told once."""
    erasure = owed.of(row)
    if isinstance(erasure, Erasure) and not erasure.told:
        await queues.change(connection, row, replace(erasure, told=True))
        about = await tickets.get(connection, row.ticket_id or 0)
        number = about.number if about else row.ticket_id
        text = fill(texts.NOT_ERASED, number=number, reason=refusals.in_russian(said))
        await queues.to_general(connection, row.desk_id or 0, owed.DeskText(text), now)
    await outbox.hold(
        connection, [row.id, *outbox.ids_of(await outbox.following(connection, row, limit=100_000))], said
    )
