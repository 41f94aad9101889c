"""Updates whose handling raised: how often each was tried, and which were set aside so that they block nothing."""

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.inserting import insert_into
from storage.models import failed_updates

SAME_S = 3 * 86400.0  # Telegram keeps an update for a day, and after a week without any it numbers anew


async def note_failure(
    connection: AsyncConnection,
    *,
    update_id: int,
    kind: str,
    chat_id: int | None,
    error: str,
    text: str | None,
    at: float,
    most: int,
) -> bool:
    """Counts a failed try of an update; True where it was the last of `most` and the update is set aside."""
    recent = and_(failed_updates.c.update_id == update_id, failed_updates.c.at > at - SAME_S)
    found = select(failed_updates.c.tries).where(recent)
    tries = ((await connection.execute(found)).scalar_one_or_none() or 0) + 1
    values = {
        "kind": kind, "chat_id": chat_id, "error": error, "text": text, "tries": tries, "set_aside": tries >= most,
        "at": at,
    }  # fmt: skip
    statement = insert_into(connection, failed_updates).values(update_id=update_id, **values)
    await connection.execute(statement.on_conflict_do_update(index_elements=["update_id"], set_=values))
    return tries >= most
