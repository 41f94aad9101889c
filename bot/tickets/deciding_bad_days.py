"""The buttons by which a desk decides on a bad day: hang a notice, hang none, or say that the fault is repaired.

One message tells of the day, shows the notice that is proposed, and says in the end what was decided: each press
changes it. Where a channel cannot change a message, each is a message of its own.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.desk import Desk
from bot.flows import matters
from bot.flows.content import Pack
from bot.flows.marked import Markup, fill, joined, marked
from bot.flows.matters import Matter
from bot.flows.screen import Rows, Screen
from bot.flows.whole_numbers import whole_number
from bot.tickets import notices, owing
from bot.tickets.noticing_bad_days import NOT_AGAIN_S
from storage import bad_days, hung_notices, repair_messages
from storage.bad_days import BadDay, State


@dataclass(frozen=True, slots=True)
class DeskPress:
    """Holds a press under a message of the bot's own at a desk: who pressed and when, and where the message stands."""

    desk: Desk
    actor: str
    at: float
    pack: Pack
    message_id: int
    topic_id: int | None = None


async def decide(connection: AsyncConnection, action: str, argument: str, by: DeskPress) -> str:
    """Carries out a button of a bad day, and gives the words that answer the press.

    It may be called for any of `NAMES` with any argument, at any time: a bad day of another desk is none here, and one
    that was not decided on within a day is over. Of two who press at once, one decides, and the other is told so.
    """
    day = await bad_days.get(connection, whole_number(argument) or 0)
    if day is None or day.desk_id != by.desk.id:
        return texts.BAD_DAY_GONE
    if notices.deciding_row(day.id, day.state) and by.at - day.told_at >= NOT_AGAIN_S:
        await _change_buttons(connection, by, ())
        return texts.BAD_DAY_GONE
    return await _ACTIONS[action](connection, day, by)


async def repaired(connection: AsyncConnection, argument: str, by: DeskPress) -> str:
    """Carries out «Починили», and gives the words that answer the press. It may be called at any time.

    The notice is taken away, the families that wait are told once, by day, and the desk reads who pressed. A button of
    a notice that another one has replaced since changes nothing.
    """
    notice = await hung_notices.now(connection, by.desk.id)
    if not notices.is_meant(argument, notice):
        await _change_buttons(connection, by, ())
        return texts.REPAIRED_OTHER_NOTICE
    done = await notices.repair(connection, by.desk, by.at, pressed=by.message_id)
    day = await bad_days.get(connection, done.bad_day) if done.bad_day else None
    if day is not None:
        await bad_days.settle(connection, day.id, State.OVER, by.actor, before=(State.TOLD, State.PROPOSED))
    if not done.is_news and done.bad_day is None:
        await _change_buttons(connection, by, ())
        return texts.REPAIRED_ALREADY
    text = fill(texts.REPAIRED, actor=by.actor)
    if done.notice is not None:
        text = joined(" ", [text, marked(texts.NOTICE_OFF)])
    await _show(connection, by, _head(day, by) + text + notices.told_of(done.families))
    return ""


async def _propose(connection: AsyncConnection, day: BadDay, by: DeskPress) -> str:
    """Shows the text of a notice («Повесить объявление»), once."""
    if not await bad_days.settle(connection, day.id, State.PROPOSED, by.actor, before=(State.TOLD,)):
        return await _already(connection, day)
    text = _head(day, by) + fill(texts.BAD_DAY_PROPOSAL, notice=_notice_of(day, by.pack))
    hangs = await hung_notices.now(connection, by.desk.id)
    if hangs:
        text += fill(texts.BAD_DAY_INSTEAD, notice=hangs)
    rows = (*notices.deciding_row(day.id, State.PROPOSED), *notices.repaired_row())
    await _show(connection, by, text, rows, day.id)
    return texts.BAD_DAY_PROPOSED


async def _hang(connection: AsyncConnection, day: BadDay, by: DeskPress) -> str:
    """Hangs the notice that was shown («Повесить»), once."""
    if not await bad_days.settle(connection, day.id, State.HUNG, by.actor, before=(State.PROPOSED,)):
        return await _already(connection, day)
    notice = _notice_of(day, by.pack)
    said = await notices.hang(connection, by.desk, notice, by.at, pressed=by.message_id)
    await _show(connection, by, _head(day, by) + said, notices.repaired_row(notice), day.id)
    return texts.BAD_DAY_HUNG


async def _decline(connection: AsyncConnection, day: BadDay, by: DeskPress) -> str:
    """Notes that the desk wants no notice («Не надо»); families may wait all the same, so «Починили» stays."""
    if await bad_days.settle(connection, day.id, State.DECLINED, by.actor, before=(State.TOLD,)):
        await _change_buttons(connection, by, notices.repaired_row())
        return texts.BAD_DAY_DECLINED
    if await bad_days.settle(connection, day.id, State.DECLINED, by.actor, before=(State.PROPOSED,)):
        said = _head(day, by) + fill(texts.BAD_DAY_NO_NOTICE, actor=by.actor)
        await _show(connection, by, said, notices.repaired_row(), day.id)
        return texts.BAD_DAY_DECLINED
    return await _already(connection, day)


async def _already(connection: AsyncConnection, day: BadDay) -> str:
    """Gives the words that answer a second press, by what the first one decided."""
    decided = await bad_days.get(connection, day.id) or day
    return texts.BAD_DAY_ALREADY[decided.state].format(actor=decided.settled_by or "")


def _notice_of(day: BadDay, pack: Pack) -> str:
    return matters.proposed_notice(Matter.of_code(day.matter), pack)[: notices.NOTICE_LIMIT]


def _head(day: BadDay | None, by: DeskPress) -> Markup:
    """Names the bad day that a changed message goes on telling of; empty where it tells of none."""
    if day is None or not by.desk.channel.edits:
        return Markup()
    return fill(texts.BAD_DAY_HEAD, matter=matters.title_of(Matter.of_code(day.matter), by.pack))


async def _show(
    connection: AsyncConnection, by: DeskPress, text: Markup, rows: Rows = (), bad_day: int | None = None
) -> None:
    """Owes the message that was pressed other words and buttons; a message of its own where it cannot be changed.

    `bad_day` is the day of which «Починили» is among the buttons.
    """
    if by.desk.channel.edits:
        if bad_day is not None:
            await repair_messages.note(connection, by.desk.id, by.desk.chat, by.message_id, bad_day)
        await owing.owe_page(connection, by.desk.id, by.message_id, Screen(text, rows), by.at)
        return
    await owing.owe_answer(
        connection, by.desk.id, by.topic_id, by.message_id, text, by.at, rows=rows, repair_of=bad_day
    )


async def _change_buttons(connection: AsyncConnection, by: DeskPress, rows: Rows) -> None:
    """Owes the message that was pressed other buttons."""
    await owing.owe_buttons(connection, by.desk.id, by.message_id, rows, by.at, topic=by.topic_id or 0)


_ACTIONS: dict[str, Callable[[AsyncConnection, BadDay, DeskPress], Awaitable[str]]] = {
    "propose": _propose,
    "hang": _hang,
    "decline": _decline,
}
NAMES = tuple(_ACTIONS)
