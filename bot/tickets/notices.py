"""The notice of a school: it is hung, and taken away where the fault that it tells of is repaired."""

import zlib
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.flows.marked import Markup, fill, marked
from bot.flows.plural import plural
from bot.flows.screen import Button, Rows
from storage import hung_notices, repair_waits

NOTICE_LIMIT = 300
_ANY = "any"  # in a button: whatever notice hangs when it is pressed


@dataclass(frozen=True, slots=True)
class Repaired:
    """Holds what came of «Починили»: the notice that was taken away, None where none hung, and how many are told."""

    notice: str | None
    families: int

    @property
    def is_news(self) -> bool:
        """Tells whether anything changed: nothing did where no notice hung and nobody waited, as at a second press."""
        return self.notice is not None or self.families > 0


async def hang(connection: AsyncConnection, desk_id: int, text: str) -> Markup:
    """Hangs a school's notice in the place of any other of it, and gives the words for the desk.

    It may be called at any time.
    """
    await hung_notices.hang(connection, desk_id, text)
    return fill(texts.NOTICE_ON, notice=text)


async def repair(connection: AsyncConnection, desk_id: int, at: float) -> Repaired:
    """Takes the notice away, and makes the families due that wait for this desk's word. It may be called at any time.

    Of two who call it at once, one takes the notice and the families.
    """
    notice = await hung_notices.take(connection, desk_id)
    return Repaired(notice, await repair_waits.mark_repaired(connection, desk_id, at))


def told_of(repaired: Repaired) -> Markup:
    """Writes for the desk how many families are told."""
    if not repaired.families:
        return marked(texts.REPAIRED_NOBODY)
    return fill(texts.REPAIRED_TOLD, families=plural(texts.FAMILIES, repaired.families))


def repaired_row(notice: str = "") -> Rows:
    """Gives «Починили» as a row of its own, for this notice; without one for whatever hangs by then."""
    return ((Button(texts.B_REPAIRED, data=f"repaired:{_sum_of(notice) if notice else _ANY}"),),)


def is_meant(argument: str, notice: str | None) -> bool:
    """Tells whether a button with this argument was made for the notice that hangs, or for any."""
    return argument == _ANY or notice is None or argument == _sum_of(notice)


def _sum_of(notice: str) -> str:
    return f"{zlib.crc32(notice.encode()):08x}"
