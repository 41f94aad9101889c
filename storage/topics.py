"""The forum topics that tickets have and had: a former one still belongs to its ticket, names given by hand stay."""

from typing import Any

from sqlalchemy import and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.inserting import insert_into
from storage.ticket_models import ForumTopic, topics


async def get(connection: AsyncConnection, chat_id: int, topic_id: int) -> ForumTopic | None:
    """Gives the topic of that number, if it is or was a ticket's."""
    here = and_(topics.c.chat_id == chat_id, topics.c.topic_id == topic_id)
    row = (await connection.execute(select(topics).where(here))).one_or_none()
    return ForumTopic(*row) if row else None


async def of_ticket(connection: AsyncConnection, ticket_id: int) -> list[ForumTopic]:
    """Lists every topic that a ticket had, oldest first."""
    query = select(topics).where(topics.c.ticket_id == ticket_id).order_by(topics.c.chat_id, topics.c.topic_id)
    return [ForumTopic(*row) for row in await connection.execute(query)]


async def put(connection: AsyncConnection, chat_id: int, topic_id: int, ticket_id: int, **values: Any) -> None:
    """Notes what is known of a ticket's topic; the rest of what was known before stays."""
    row = {"chat_id": chat_id, "topic_id": topic_id, "ticket_id": ticket_id, **values}
    statement = insert_into(connection, topics).values(**row)
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["chat_id", "topic_id"], set_={"ticket_id": ticket_id, **values})
    )


async def forget(connection: AsyncConnection, chat_id: int, topic_id: int) -> None:
    """Forgets a topic that was deleted on purpose: nobody writes there any more."""
    await connection.execute(delete(topics).where(topics.c.chat_id == chat_id, topics.c.topic_id == topic_id))


async def forget_names(connection: AsyncConnection, ticket_ids: Any) -> None:
    """Erases what administrators called the topics of these tickets (numbers, or a query that gives them)."""
    values = {"name": None, "own_name": None}
    await connection.execute(update(topics).where(topics.c.ticket_id.in_(ticket_ids)).values(**values))
