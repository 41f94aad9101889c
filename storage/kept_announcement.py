"""The operator's announcement that waits for «Отправить»: one at a time, the newest."""

import json
from dataclasses import asdict, dataclass
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import named_values

_NAME = "announcement"


@dataclass(frozen=True, slots=True)
class Announcement:
    """A text of the operator: a notice above the families' first screens, or a message to every desk.

    `number` is what its buttons call it.
    """

    number: int
    sort: Literal["notice", "tell"]
    text: str


async def keep(connection: AsyncConnection, announcement: Announcement) -> None:
    """Keeps an announcement until it is sent or taken back, in the place of any that waits."""
    await named_values.put(connection, _NAME, json.dumps(asdict(announcement), ensure_ascii=False))


async def take(connection: AsyncConnection, number: int) -> Announcement | None:
    """Takes out the announcement of that number: of two who take it at once, one gets it, and None the other."""
    kept = await named_values.get(connection, _NAME)
    found = Announcement(**json.loads(kept)) if kept else None
    if kept is None or found is None or found.number != number:
        return None
    return found if await named_values.forget(connection, _NAME, kept) else None
