"""Counts the messages that went to each chat, for all replicas, and keeps when each family's chat got its last one.

What is counted is stored, so that Telegram's limits outlive a restart.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, bindparam, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.clocks import CLOCKS_APART_S
from storage.models import dialogues, sends

_KINDS: BindParameter[Any] = bindparam("kinds", expanding=True)
_INSERT = insert(sends)
_RECENT = select(sends.c.at).where(sends.c.kind.in_(_KINDS), sends.c.at > bindparam("since")).order_by(sends.c.at)
_RECENT_OF_CHAT = _RECENT.where(sends.c.chat_id == bindparam("chat"))
_BEGUN = (sends.c.chat_id == bindparam("chat"), sends.c.at == bindparam("begun"))
_ARRIVED = update(sends).where(*_BEGUN).values(at=bindparam("finished"))
_LAST_SENT = select(dialogues.c.family_id, dialogues.c.sent_at).where(
    dialogues.c.family_id.in_(bindparam("families", expanding=True))
)
_NOTE_SENT = (
    update(dialogues)
    .where(
        dialogues.c.family_id == bindparam("family"),
        # A later moment of another replica stays; one that is far ahead was kept before the clock was put back.
        or_(dialogues.c.sent_at < bindparam("moment"), dialogues.c.sent_at > bindparam("moment") + CLOCKS_APART_S),
    )
    .values(sent_at=bindparam("moment"))
)


async def count_send(connection: AsyncConnection, chat_id: int, kind: str, number: int, at: float) -> None:
    """Counts messages, new topics, or `extra` calls that a group's minute counts as well, on their way to a chat."""
    if number:
        await connection.execute(_INSERT, [{"chat_id": chat_id, "kind": kind, "at": at}] * number)


async def recent_sends(
    connection: AsyncConnection, chat_id: int | None, kinds: Sequence[str], since: float
) -> list[float]:
    """Gives the moments after `since` at which messages, topics or `extra` calls went to a chat (None: to any)."""
    query = _RECENT if chat_id is None else _RECENT_OF_CHAT
    rows = await connection.execute(query, {"kinds": kinds, "since": since, "chat": chat_id})
    return list(rows.scalars())


async def arrived(connection: AsyncConnection, chat_id: int, started: float, finished: float) -> None:
    """Gives the sends begun at `started` the moment of their answer: Telegram counts messages when they arrive."""
    await connection.execute(_ARRIVED, {"chat": chat_id, "begun": started, "finished": finished})


async def not_made(connection: AsyncConnection, chat_id: int, started: float) -> None:
    """Takes back the count of the messages begun at `started`: no call was made for them.

    Other messages of that moment stay counted, and so do these where they arrived before this is known.
    """
    mine = delete(sends).where(*_BEGUN, sends.c.kind == "message")
    await connection.execute(mine, {"chat": chat_id, "begun": started})


async def forget_before(connection: AsyncConnection, before: float) -> None:
    """Drops counts that no limit looks at any more."""
    await connection.execute(delete(sends).where(sends.c.at < before))


async def last_sent(connection: AsyncConnection, family_ids: list[int]) -> dict[int, float]:
    """Gives for each of these families the moment of the last new message in its chat."""
    if not family_ids:
        return {}
    return {row.family_id: row.sent_at for row in await connection.execute(_LAST_SENT, {"families": family_ids})}


async def note_sent(connection: AsyncConnection, family_id: int, at: float) -> None:
    """Notes that a new message went to a family's chat."""
    await connection.execute(_NOTE_SENT, {"family": family_id, "moment": at})
