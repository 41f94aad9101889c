"""Counts the messages that went to each chat, for all replicas together, so that limits outlive a restart."""

from collections.abc import Sequence

from sqlalchemy import and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.models import dialogues, sends


async def count_send(connection: AsyncConnection, chat_id: int, kind: str, number: int, at: float) -> None:
    """Counts messages, new topics, or `extra` calls that a group's minute counts as well, on their way to a chat."""
    for _ in range(number):
        await connection.execute(sends.insert().values(chat_id=chat_id, kind=kind, at=at))


async def recent_sends(
    connection: AsyncConnection, chat_id: int | None, kinds: Sequence[str], since: float
) -> list[float]:
    """Tells when messages, topics or `extra` calls went to the chat (None: to any) since then, oldest first."""
    query = select(sends.c.at).where(sends.c.kind.in_(kinds), sends.c.at > since).order_by(sends.c.at)
    if chat_id is not None:
        query = query.where(sends.c.chat_id == chat_id)
    return [row.at for row in await connection.execute(query)]


async def arrived(connection: AsyncConnection, chat_id: int, started: float, finished: float) -> None:
    """Moves the sends begun at `started` to the moment their answer came: Telegram counts at arrival."""
    mine = and_(sends.c.chat_id == chat_id, sends.c.at == started)
    await connection.execute(update(sends).where(mine).values(at=finished))


async def not_made(connection: AsyncConnection, chat_id: int, started: float) -> None:
    """Takes back the count of the messages begun at `started`: no call was made for them.

    Other messages of that moment stay counted, and so do these where they arrived before this is known.
    """
    mine = and_(sends.c.chat_id == chat_id, sends.c.at == started, sends.c.kind == "message")
    await connection.execute(delete(sends).where(mine))


async def forget_before(connection: AsyncConnection, before: float) -> None:
    """Drops counts that no limit looks at any more."""
    await connection.execute(delete(sends).where(sends.c.at < before))


async def last_sent(connection: AsyncConnection, family_ids: list[int]) -> dict[int, float]:
    """Gives for each of these families the moment of the last new message in its chat."""
    query = select(dialogues.c.family_id, dialogues.c.sent_at).where(dialogues.c.family_id.in_(family_ids))
    return {row.family_id: row.sent_at for row in await connection.execute(query)}


async def note_sent(connection: AsyncConnection, family_id: int, at: float) -> None:
    """Notes that a new message went to a family's chat."""
    later = and_(dialogues.c.family_id == family_id, dialogues.c.sent_at < at)
    await connection.execute(update(dialogues).where(later).values(sent_at=at))
