"""Tells the operator at which schools something is stuck: counts and ages, nothing of a family."""

from collections import defaultdict

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import owed, queues
from bot.desk import Desk
from bot.flows.marked import Markup, fill, marked
from bot.flows.whole_lines import whole_lines
from bot.known_schools import OPERATOR
from bot.services import Services
from bot.statistics import by_school, report
from bot.tickets import desk_reminders, region_counts
from storage import digests, school_counts
from storage.school_counts import Waiting


async def told(connection: AsyncConnection, services: Services, now: float) -> list[Markup]:
    """Gives the lines of what is stuck at present, a school each; none where nothing is.

    It may be called at any time, and changes nothing. A desk is stuck that has no chat, that threw the bot out, or that
    withholds rights; so are tickets that wait for their school for more than a day. A banned family waits for nothing.
    """
    waiting = await _waiting(connection, services, now - school_counts.WAITS_LONG_S)
    opened = await school_counts.open_tickets(connection)
    lines = []
    for school in services.schools.present:
        desk = services.schools.desk_of(school.id)
        why = [*_why_of_desk(desk, opened.get(school.id, 0))]
        late = waiting.get(school.id)
        if late:
            age = report.duration(now - late.since)
            why.append(texts.STUCK_WAITING.format(count=late.number, age=age))
        if why:
            lines.append(fill(texts.STUCK_LINE, name=_name(services, school.id), why="; ".join(why)))
    return lines


def _why_of_desk(desk: Desk, opened: int) -> list[str]:
    if desk.chat_id is None:
        return [texts.STUCK_NO_DESK.format(count=opened)]
    if desk.away == texts.DESK_REMOVED:
        return [texts.STUCK_THROWN_OUT]
    if desk.lacking:
        return [texts.STUCK_LACKS.format(rights=", ".join(desk.lacking))]
    return [texts.STUCK_AWAY.format(reason=desk.away)] if desk.away else []


async def _waiting(connection: AsyncConnection, services: Services, before: float) -> dict[int, Waiting]:
    since_by_school: dict[int, list[float]] = defaultdict(list)
    for school_id, family_id, since in await school_counts.waiting_since(connection, before):
        if family_id is None or not services.facts.is_banned(school_id, family_id):
            since_by_school[school_id].append(since)
    return {school_id: Waiting(len(since), min(since)) for school_id, since in since_by_school.items()}


def _name(services: Services, school_id: int) -> str:
    return by_school.named(region_counts.line_of(services.schools, school_id))


def as_list(lines: list[Markup], limit: int) -> Markup:
    """Gives the list in at most `limit` UTF-16 units."""
    return whole_lines([marked(texts.STUCK_HEAD), *lines], limit) if lines else marked(texts.STUCK_NOTHING)


# --- told without being asked ----------------------------------------------------------------------------------------


async def open_day(connection: AsyncConnection, services: Services, now: float) -> None:
    """Owes the operator, at the opening hour of the settings, what is stuck.

    It may be called at any moment: it is owed once a day at most, and not where nothing is stuck.
    """
    operator, local = services.schools.operator, services.local(now)
    opening = desk_reminders.opening_today(services.settings.hours, local) if operator else None
    if operator is None or opening is None or not desk_reminders.is_fresh(opening, now):
        return
    day = opening.date().isoformat()
    if (await digests.told_on(connection)).get(OPERATOR) == day:
        return
    lines = await told(connection, services, now)
    if await digests.claim(connection, OPERATOR, day) and lines:
        await _owe(connection, as_list(lines, operator.channel.text_length), now)


async def thrown_out(connection: AsyncConnection, services: Services, school_id: int, now: float) -> None:
    """Owes the operator the word that a school's desk threw the bot out. It is called where the messenger says so."""
    if services.schools.operator is not None:
        await _owe(connection, fill(texts.TOLD_THROWN_OUT, name=_name(services, school_id)), now)


async def ticket_came(connection: AsyncConnection, services: Services, school_id: int, now: float) -> None:
    """Owes the operator the word that a ticket waits at a school without a desk, once a school and day.

    It is called for every new ticket, in its transaction.
    """
    if services.schools.operator is None or services.schools.desk_of(school_id).chat_id is not None:
        return
    # Below zero, so that it takes no desk's own day for its own.
    if await digests.claim(connection, -school_id, services.local(now).date().isoformat()):
        await _owe(connection, fill(texts.TOLD_NO_DESK, name=_name(services, school_id)), now)


async def _owe(connection: AsyncConnection, text: Markup, now: float) -> None:
    await queues.to_general(connection, OPERATOR, owed.DeskText(text, general=True), now)
