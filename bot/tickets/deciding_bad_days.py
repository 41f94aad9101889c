"""The buttons by which a desk decides on a bad day: hang a notice, hang none, or say that the fault is repaired."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import owed, queues
from bot.flows import matters
from bot.flows.content import Pack
from bot.flows.marked import Markup, fill, joined, marked
from bot.flows.matters import Matter
from bot.flows.screen import Button, Rows
from bot.tickets import notices, owed_buttons, owing
from storage import bad_days, hung_notices
from storage.bad_days import BadDay, State


@dataclass(frozen=True, slots=True)
class DeskPress:
    """Holds a press under a message of the bot's own at a desk: who pressed and when, and where the message stands."""

    desk_id: int
    actor: str
    at: float
    pack: Pack
    message_id: int
    topic_id: int | None = None


async def decide(connection: AsyncConnection, action: str, argument: str, by: DeskPress) -> str:
    """Carries out a button of a bad day, and gives the words that answer the press.

    It may be called for any of `NAMES` with any argument, at any time: a bad day of another desk is none here. Of two
    who press at once, one decides, and the other is told so.
    """
    number = int(argument) if argument.isascii() and argument.isdigit() and len(argument) < 18 else 0
    day = await bad_days.get(connection, number)
    if day is None or day.desk_id != by.desk_id:
        return texts.BAD_DAY_GONE
    return await _ACTIONS[action](connection, day, by)


async def repaired(connection: AsyncConnection, argument: str, by: DeskPress) -> str:
    """Carries out «Починили», and gives the words that answer the press. It may be called at any time.

    The notice is taken away, the families that wait are told once, by day, and the desk reads who pressed. A button of
    a notice that another one has replaced since changes nothing.
    """
    notice = await hung_notices.now(connection, by.desk_id)
    if not notices.is_meant(argument, notice):
        return texts.REPAIRED_OTHER_NOTICE
    done = await notices.repair(connection, by.desk_id, by.at)
    await _change_buttons(connection, by, ())
    if not done.is_news:
        return texts.REPAIRED_ALREADY
    text = fill(texts.REPAIRED, actor=by.actor)
    if done.notice is not None:
        text = joined(" ", [text, marked(texts.NOTICE_OFF)])
    await _say(connection, by, text + notices.told_of(done))
    return ""


async def _propose(connection: AsyncConnection, day: BadDay, by: DeskPress) -> str:
    """Shows the text of a notice («Повесить объявление»), once."""
    if not await bad_days.settle(connection, day.id, State.PROPOSED, by.actor, before=(State.TOLD,)):
        return await _already(connection, day)
    text = fill(texts.BAD_DAY_PROPOSAL, notice=_notice_of(day, by.pack))
    hangs = await hung_notices.now(connection, by.desk_id)
    if hangs:
        text += fill(texts.BAD_DAY_INSTEAD, notice=hangs)
    hang, no = Button(texts.B_HANG, data=f"hang:{day.id}"), Button(texts.B_NOT_NEEDED, data=f"decline:{day.id}")
    await _change_buttons(connection, by, notices.repaired_row())
    await _say(connection, by, text, ((hang, no),))
    return texts.BAD_DAY_PROPOSED


async def _hang(connection: AsyncConnection, day: BadDay, by: DeskPress) -> str:
    """Hangs the notice that was shown («Повесить»), once."""
    if not await bad_days.settle(connection, day.id, State.HUNG, by.actor, before=(State.PROPOSED,)):
        return await _already(connection, day)
    notice = _notice_of(day, by.pack)
    await _change_buttons(connection, by, ())
    await _say(connection, by, await notices.hang(connection, by.desk_id, notice), notices.repaired_row(notice))
    return texts.BAD_DAY_HUNG


async def _decline(connection: AsyncConnection, day: BadDay, by: DeskPress) -> str:
    """Notes that the desk wants no notice («Не надо»); families may wait all the same, so «Починили» stays."""
    if not await bad_days.settle(connection, day.id, State.DECLINED, by.actor, before=(State.TOLD, State.PROPOSED)):
        return await _already(connection, day)
    await _change_buttons(connection, by, notices.repaired_row())
    return texts.BAD_DAY_DECLINED


async def _already(connection: AsyncConnection, day: BadDay) -> str:
    """Gives the words that answer a second press, by what the first one decided."""
    decided = await bad_days.get(connection, day.id) or day
    return texts.BAD_DAY_ALREADY[decided.state].format(actor=decided.settled_by or "")


def _notice_of(day: BadDay, pack: Pack) -> str:
    return matters.proposed_notice(Matter.of_code(day.matter), pack)[: notices.NOTICE_LIMIT]


async def _say(connection: AsyncConnection, by: DeskPress, text: Markup, rows: Rows = ()) -> None:
    await owing.owe_answer(connection, by.desk_id, by.topic_id, by.message_id, text, by.at, rows=rows)


async def _change_buttons(connection: AsyncConnection, by: DeskPress, rows: Rows) -> None:
    """Owes the message that was pressed other buttons."""
    changed = owed.DeskButtons(by.message_id, owed_buttons.markup_of(rows))
    await queues.to_general(connection, by.desk_id, changed, by.at, topic=by.topic_id or 0)


_ACTIONS: dict[str, Callable[[AsyncConnection, BadDay, DeskPress], Awaitable[str]]] = {
    "propose": _propose,
    "hang": _hang,
    "decline": _decline,
}
NAMES = tuple(_ACTIONS)
