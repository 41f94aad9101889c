"""The notice of a school: it is hung, and taken away where the fault that it tells of is repaired.

Its buttons stand below the messages that tell a desk of a bad day or of a notice, and are taken off together.
"""

import zlib
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.desk import Desk
from bot.flows.marked import Markup, fill, marked
from bot.flows.plural import plural
from bot.flows.screen import Button, Rows
from bot.tickets import owing
from storage import bad_days, hung_notices, repair_messages, repair_waits
from storage.bad_days import State

NOTICE_LIMIT = 300
_ANY = "any"  # in a button: whatever notice hangs when it is pressed


@dataclass(frozen=True, slots=True)
class Repaired:
    """Holds what came of «Починили»: the notice that was taken away, None where none hung, and how many are told.

    `bad_day` is the number of the day that the pressed message told of, `NOTICE` where it told of a notice; None where
    its button meant nothing any more.
    """

    notice: str | None
    families: int
    bad_day: int | None = None

    @property
    def is_news(self) -> bool:
        """Tells whether anything changed: nothing did where no notice hung and nobody waited, as at a second press."""
        return self.notice is not None or self.families > 0


async def hang(connection: AsyncConnection, desk: Desk, text: str, at: float, *, pressed: int = 0) -> Markup:
    """Hangs a school's notice in the place of any other of it, and gives the words for the desk.

    It may be called at any time. The buttons of what hung before are taken off, but for those of the message `pressed`.
    """
    await hung_notices.hang(connection, desk.id, text)
    await _take_buttons_off(connection, desk, at, pressed)
    return fill(texts.NOTICE_ON, notice=text)


async def repair(connection: AsyncConnection, desk: Desk, at: float, *, pressed: int = 0) -> Repaired:
    """Takes the notice away, and makes the families due that wait for this desk's word. It may be called at any time.

    Of two who call it at once, one takes the notice and the families. The buttons that mean nothing any more are taken
    off, but for those of the message `pressed`.
    """
    notice = await hung_notices.take(connection, desk.id)
    families = await repair_waits.mark_repaired(connection, desk.id, at)
    return Repaired(notice, families, await _take_buttons_off(connection, desk, at, pressed))


async def _take_buttons_off(connection: AsyncConnection, desk: Desk, at: float, pressed: int) -> int | None:
    """Takes «Починили» off the messages that carry it; what a desk has not decided yet it still may.

    Gives the number of the bad day of the message `pressed`, which is left as it is; None where that carries none.
    """
    found = await repair_messages.take(connection, desk.id, desk.chat_id)
    for message_id, number in found.items():
        if message_id != pressed:
            day = await bad_days.get(connection, number) if number else None
            rows = deciding_row(number, day.state) if day else ()
            await owing.owe_buttons(connection, desk.id, message_id, rows, at)
    return found.get(pressed)


def told_of(families: int) -> Markup:
    """Writes for a desk, or for the operator, how many families are told."""
    if not families:
        return marked(texts.REPAIRED_NOBODY)
    return fill(texts.REPAIRED_TOLD, families=plural(texts.FAMILIES, families))


def deciding_row(number: int, state: str) -> Rows:
    """Gives the buttons by which a desk decides on a bad day; no row where it has decided."""
    begins = {State.TOLD: (texts.B_HANG_NOTICE, "propose"), State.PROPOSED: (texts.B_HANG, "hang")}
    if state not in begins:
        return ()
    label, action = begins[State(state)]
    no = Button(texts.B_NOT_NEEDED, data=f"decline:{number}")
    return ((Button(label, data=f"{action}:{number}"), no),)


def repaired_row(notice: str = "") -> Rows:
    """Gives «Починили» as a row of its own, for this notice; without one for whatever hangs by then."""
    return ((Button(texts.B_REPAIRED, data=f"repaired:{_sum_of(notice) if notice else _ANY}"),),)


def is_meant(argument: str, notice: str | None) -> bool:
    """Tells whether a button with this argument was made for the notice that hangs, or for any."""
    return argument == _ANY or notice is None or argument == _sum_of(notice)


def _sum_of(notice: str) -> str:
    return f"{zlib.crc32(notice.encode()):08x}"
