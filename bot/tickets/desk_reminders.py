"""Reminds a desk by the clock: of tickets without an answer, of promises that are due, of tickets that were put off.

At the opening of a day it owes the list of who waits, and once a week the report of the last week.
"""

from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import owed, queues
from bot.desk import Desk
from bot.flows.marked import Markup, marked
from bot.flows.ticket.put_off_days import DAYS_A_WEEK, USUAL_OPENING
from bot.flows.working_hours import WorkingHours
from bot.services import Services
from bot.statistics import report
from bot.tickets import putting_off, status_changes, ticket_links, waiting_list
from bot.tickets.savepoints import each_apart
from storage import bans, digests, statistics, tickets
from storage.statistics import Period
from storage.ticket_status import Cause
from storage.tickets import Ticket

UNANSWERED_S = 3600.0
ASKED_AGAIN_S = 4 * 3600.0
DIGEST_WITHIN_S = 3 * 3600.0  # after the opening: a bot that was away longer says nothing until the next working day
EARLIEST_OPENING = time(6)  # a desk that opens before it, or works round the clock, is told at the usual hour


async def call_up(connection: AsyncConnection, services: Services, now: float) -> None:
    """Reminds the desk, once, of a new ticket after an hour of working time, and of a family that waits after four.

    It may be called at any moment; nothing is done while a ticket's desk does not work. Of a new ticket its sending
    counts, else the first word of the family, or the opening again, since the school's last answer. A banned family
    waits for nothing.
    """
    local_now = services.local(now)

    def worked_since(ticket: Ticket, since: float) -> float:
        hours = services.schools.hours_of(ticket.desk_id)
        return hours.working_seconds_between(services.local(since), local_now) if hours.is_open(local_now) else 0.0

    async def call_up_new(ticket: Ticket) -> None:
        await _call(connection, services, ticket, now, marked(texts.CALL_UP))

    async def call_up_again(found: Ticket) -> None:
        ticket = await tickets.locked(connection, found.id)  # the school may answer at this very moment
        if ticket is not None and ticket.family_waits_since == found.family_waits_since:
            await _call(connection, services, ticket, now, marked(texts.CALL_UP_AGAIN))

    # Whom nobody is reminded of yet costs no trip to the server: in the evening a region's wait by the thousand.
    unanswered = await tickets.never_answered(connection, now - UNANSWERED_S)
    due = [one for one in unanswered if worked_since(one, one.created_at) >= UNANSWERED_S]
    await each_apart(connection, due, call_up_new)
    waiting = await tickets.asked_again(connection, now - ASKED_AGAIN_S)
    due = [one for one in waiting if worked_since(one, one.family_waits_since or now) >= ASKED_AGAIN_S]
    await each_apart(connection, due, call_up_again)


async def call_up_promised(connection: AsyncConnection, services: Services, ticket: Ticket, now: float) -> None:
    """Gives a ticket back to the school that promised its family an answer days ago, and reminds the desk of it.

    It may be called for any ticket that waits for its family and is locked by this transaction; nothing is done while
    the desk does not work, or has put the ticket off. Where it was reminded of the ticket within the last hour, as that
    it is back from being put off, nothing more is said.
    """
    if ticket.put_off_until is not None or not services.schools.hours_of(ticket.desk_id).is_open(services.local(now)):
        return
    if await status_changes.move(connection, ticket, Cause.PROMISE_DUE, actor=texts.ACTOR_BOT, at=now):
        await tickets.change(connection, ticket.id, waiting_since=None, family_waits_since=ticket.waiting_since)
        if ticket.called_up_at is not None and now - ticket.called_up_at < UNANSWERED_S:
            return
        await _call(connection, services, ticket, now, marked(texts.CALL_UP_PROMISED))


async def _call(connection: AsyncConnection, services: Services, ticket: Ticket, now: float, told: Markup) -> None:
    if await bans.is_banned(connection, ticket.desk_id, ticket.family_id):
        return
    await tickets.change(connection, ticket.id, called_up_at=now)
    shown = ticket_links.linked_name(
        services.schools.desk_of(ticket.desk_id), ticket, services.schools.pack_of(ticket.desk_id)
    )
    since = services.when(ticket.waiting_since or ticket.created_at)
    call = told.format(ticket=shown, since=since, taken=ticket_links.taken_by(ticket))
    await queues.to_general(connection, ticket.desk_id, owed.DeskText(call, general=True), now, about=ticket)


async def bring_back_put_off(connection: AsyncConnection, services: Services, now: float) -> None:
    """Brings back the tickets whose day has come.

    It may be called at any moment; nothing is done while a ticket's desk does not work.
    """

    async def bring_back(ticket: Ticket) -> None:
        if services.schools.hours_of(ticket.desk_id).is_open(services.local(now)):
            await putting_off.bring_back(connection, ticket, now)

    await each_apart(connection, await tickets.to_come_back(connection, now), bring_back)


async def open_day(connection: AsyncConnection, services: Services, now: float) -> None:
    """Owes each desk, at the opening of a working day, the list of who waits, and once a week the report of the last.

    It may be called at any moment: each is owed once a day, or a week, and no later than `DIGEST_WITHIN_S` after the
    opening. The report comes on Monday, or on the first working day of a week whose Monday is off. An empty list, an
    empty week and a desk that wants neither get nothing.
    """

    local = services.local(now)
    openings = {
        desk.id: opening_today(services.schools.hours_of(desk.id), local) for desk in services.schools.desks.values()
    }
    open_now = {desk_id: opening for desk_id, opening in openings.items() if opening and is_fresh(opening, now)}
    if not open_now:
        return
    told = await digests.told_on(connection)  # one read for all desks, at each look of three hours

    async def tell(desk: Desk) -> None:
        hours, opening = services.schools.hours_of(desk.id), open_now[desk.id]
        until = opening.timestamp() + DIGEST_WITHIN_S
        is_new = await digests.claim(connection, desk.id, opening.date().isoformat())
        if not is_new or await digests.is_off(connection, desk.id):
            return
        if await waiting_list.who_waits(connection, desk.id):
            await queues.to_general(connection, desk.id, owed.WaitingList(until=until), now)
        if _opens_week(hours, opening):
            await _owe_week(connection, services, desk, opening, until, now)

    untold = (desk_id for desk_id, opening in open_now.items() if told.get(desk_id) != opening.date().isoformat())
    await each_apart(connection, [services.schools.desks[desk_id] for desk_id in untold], tell)


def is_fresh(opening: datetime, now: float) -> bool:
    """Tells whether a day that opened then may still be begun with a message."""
    return 0 <= now - opening.timestamp() <= DIGEST_WITHIN_S


def opening_today(hours: WorkingHours, local: datetime) -> datetime | None:
    """Gives the moment at which the school opens on the day of a local moment; None where it does not work that day."""
    return _opening_on(hours, local.date(), local.tzinfo)


@lru_cache(maxsize=1024)  # each look asks for the opening of every desk
def _opening_on(hours: WorkingHours, day: date, zone: tzinfo | None) -> datetime | None:
    opening = hours.next_open(datetime.combine(day, time(), zone))
    if opening is None or opening.date() != day:
        return None
    is_early = opening.time() < EARLIEST_OPENING
    return datetime.combine(day, USUAL_OPENING, zone) if is_early else opening


def _monday_of(opening: datetime) -> date:
    return opening.date() - timedelta(days=opening.weekday())


def _opens_week(hours: WorkingHours, opening: datetime) -> bool:
    """Tells whether the school did not work in this week before the day of an opening."""
    first = hours.next_open(datetime.combine(_monday_of(opening), time(), opening.tzinfo))
    return first is not None and first.date() == opening.date()


async def _owe_week(
    connection: AsyncConnection, services: Services, desk: Desk, opening: datetime, until: float, now: float
) -> None:
    monday = _monday_of(opening)
    week = Period(monday - timedelta(days=DAYS_A_WEEK), monday - timedelta(days=1), services.settings.zone)
    summary, pack = await statistics.summary(connection, week, desk.id), services.schools.pack_of(desk.id)
    if not summary.is_empty:
        words, numbers = report.week_words(summary, pack), report.picture(summary, pack)
        await queues.to_general(connection, desk.id, owed.WeekReport(words, numbers=numbers, until=until), now)
