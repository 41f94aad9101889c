"""Does what the clock makes due: reminders, the end of silent tickets, calls to the desk, the erasing of old data."""

import asyncio
import logging
from contextlib import suppress
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.channels.abilities import COUNTED_FOR_S
from bot.delivery import desk_rights, owed, queues
from bot.desk import Desk
from bot.flows import routes
from bot.flows.routes import Route
from bot.flows.screen import Button
from bot.flows.working_hours import clamp_to_daytime
from bot.services import Services
from bot.tickets import (
    answering,
    awaiting_repairs,
    desk_reminders,
    owed_buttons,
    owing,
    search_index,
    status_changes,
    stuck_schools,
)
from bot.tickets.noticing_bad_days import NOT_AGAIN_S, SIGHTINGS_KEPT_S, BadDays
from bot.tickets.savepoints import each_apart
from storage import (
    bad_days,
    bans,
    colleagues,
    dialogues,
    expiry,
    family_erasing,
    handled_updates,
    handovers,
    jobs,
    max_messages,
    named_values,
    parked,
    purging,
    reminders,
    repair_waits,
    school_erasing,
    sends,
    sightings,
    tickets,
)
from storage.bad_day_models import RepairWait
from storage.database import DatabaseAway, alone
from storage.dialogues import Dialogue
from storage.models import Reminder
from storage.schools import FIRST
from storage.ticket_status import Cause
from storage.tickets import Ticket

log = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0
UPKEEP_LOCK = 4_307_004  # one replica looks at a time; what it did is seen by the next
FIRST_HOUR, LAST_HOUR = 9, 20
DAY_S = 24 * 3600.0
SILENCE_S = 3 * DAY_S
DIALOGUE_KEPT_S = 365 * DAY_S
MAX_MESSAGE_KEPT_S = 30 * DAY_S  # of one that no ticket holds: it can be edited or answered so long
PURGE_EVERY_S = 600.0  # where the database is large, or a server's
FORGET_EVERY_S = 60.0  # what is over does no harm meanwhile
DESK_LOOK_EVERY_S, DESK_LOOK_WHILE_AWAY_S = 300.0, 15.0
DESKS_AT_A_LOOK = 50  # two calls each, at once


class ClockStep(Protocol):
    """A part of the upkeep: does what is due at a moment, seconds since the epoch."""

    __name__: str

    async def __call__(self, connection: AsyncConnection, now: float, /) -> None: ...


class Upkeep:
    """Looks at the wall clock every few seconds, so that a clock that is set or a laptop that slept misses nothing."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._stopping = asyncio.Event()
        self._forgot_at = services.clock()
        self._purged_at = 0.0
        self._purging: asyncio.Task[None] | None = None
        self._bad_days = BadDays(services)
        self._steps: tuple[ClockStep, ...] = (
            self._remind_silent, self._close_silent, self._call_up, self._remind, self._erase_old_texts,
            self._expire_dialogues, self._forget_marks, self._wake_parked, self._notice_bad_days, self._tell_repaired,
            self._bring_back_put_off, self._open_day, self._tell_operator, self._add_old_to_search,
        )  # fmt: skip

    async def run(self) -> None:
        """Looks every few seconds until `stop`."""
        while not await self._ends_within(LOOK_EVERY_S):
            try:
                await self.look()
            except DatabaseAway as error:
                log.warning("the upkeep waits for the database: %s", error)
            except Exception:
                log.exception("the upkeep failed")

    async def _ends_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)
        return self._stopping.is_set()

    def stop(self) -> None:
        """Ends `run` after the look that is under way."""
        self._stopping.set()

    async def look(self) -> None:
        """Does everything that is due now, each step in a transaction of its own. It may be called at any time."""
        services, now = self._services, self._services.clock()
        await services.refresh_facts()
        await self._look_at_desks(now)
        # Handed in together, they share a commit.
        await asyncio.gather(*(self._take(step, now) for step in self._steps))
        if abs(now - self._forgot_at) >= FORGET_EVERY_S:
            # Noted only now: a step may be done twice, where the first time was undone with its commit.
            self._forgot_at = now
        services.owed.set()
        await self._purge(now)

    async def _look_at_desks(self, now: float) -> None:
        """Asks about the desks' chats that were not asked about lately, so many at a look.

        Nothing goes to a desk that was never asked about: such come first, then the longest unasked.
        """
        desks = [desk for desk in self._services.schools.addressed if desk.chat_id is not None]
        due = [desk for desk in desks if abs(now - desk.checked_at) > _look_every(desk)]
        due = [desk for desk in due if not self._services.pace.waits.left(desk_rights.name_of_look(desk), now)]
        due = sorted(due, key=lambda desk: (desk.is_known, desk.checked_at))[:DESKS_AT_A_LOOK]
        for desk in due:
            desk.checked_at = now
        await asyncio.gather(*(desk_rights.look_at_desk(self._services, desk) for desk in due))

    async def _purge(self, now: float) -> None:
        """Takes what was erased out of the database's files; where that takes long, it is done beside the rest."""
        database = self._services.database
        if database.is_small:
            await purging.purge(database, now)
        elif abs(now - self._purged_at) >= PURGE_EVERY_S and (self._purging is None or self._purging.done()):
            self._purged_at = now
            self._purging = asyncio.create_task(self._purge_beside(now), name="purging")

    async def _purge_beside(self, now: float) -> None:
        try:
            await purging.purge(self._services.database, now)
        except DatabaseAway as error:
            log.warning("what was erased leaves the files of the database later: %s", error)
        except Exception:
            log.exception("what was erased could not be taken out of the files of the database")

    async def _take(self, step: ClockStep, now: float) -> None:
        """Takes one step in a transaction of its own: what fails in one undoes and holds up no other."""

        async def work(connection: AsyncConnection) -> None:
            if await alone(connection, UPKEEP_LOCK):
                await step(connection, now)

        try:
            await self._services.database.write(work)
        except DatabaseAway:
            raise
        except Exception:
            log.exception("a step of the upkeep failed: %s", step.__name__)

    async def _erase_old_texts(self, connection: AsyncConnection, now: float) -> None:
        await family_erasing.erase_old_texts(connection, now - self._services.settings.retention_days * DAY_S, now)

    async def _expire_dialogues(self, connection: AsyncConnection, now: float) -> None:
        await expiry.expire(connection, now - DIALOGUE_KEPT_S, now)

    async def _forget_marks(self, connection: AsyncConnection, now: float) -> None:
        # A clock that was put back must not end the forgetting: the distance counts.
        if abs(now - self._forgot_at) < FORGET_EVERY_S:
            return
        await handovers.forget_old(connection, now)
        await school_erasing.drop_owed_to_gone(connection)
        await colleagues.forget_before(connection, now - DIALOGUE_KEPT_S)
        await handled_updates.forget_old(connection, now)
        await sends.forget_before(connection, now - COUNTED_FOR_S)
        await named_values.end_silences(connection, now - DAY_S)  # what was written in one may be handled later
        await jobs.forget_done(connection, now - DAY_S)
        await sightings.forget_before(connection, now - SIGHTINGS_KEPT_S)
        await bad_days.forget_marks(connection, now - NOT_AGAIN_S)
        await repair_waits.forget_before(connection, now - awaiting_repairs.KEPT_S)
        await max_messages.forget_unused(connection, now - MAX_MESSAGE_KEPT_S)

    async def _add_old_to_search(self, connection: AsyncConnection, now: float) -> None:
        await search_index.add_old(connection)

    async def _wake_parked(self, connection: AsyncConnection, now: float) -> None:
        await parked.wake(connection, now, owed.ScreenMessage.kind)

    async def _notice_bad_days(self, connection: AsyncConnection, now: float) -> None:
        await self._bad_days.look(connection, now)

    async def _remind_silent(self, connection: AsyncConnection, now: float) -> None:
        local = self._services.local(now)
        if clamp_to_daytime(local, FIRST_HOUR, LAST_HOUR) != local:
            return

        async def remind(found: Ticket) -> None:
            ticket = await _still_silent(connection, found)
            if ticket is None or ticket.reminded_at is not None:
                return
            if answering.owes_promised(ticket):
                await desk_reminders.call_up_promised(connection, self._services, ticket, now)
                return
            text = answering.reminder(ticket, self._services.schools.pack_of(ticket.desk_id))
            await owing.strip_prompt(connection, ticket, now)
            reminder = owed.ScreenMessage(text, prompt=owed_buttons.prompt_markup(ticket.id), of_bot=True)
            await owing.owe_family(connection, ticket, reminder, now)
            await answering.bring_back(connection, ticket)
            await tickets.change(connection, ticket.id, reminded_at=now)

        await each_apart(connection, await tickets.silent_since(connection, now - SILENCE_S), remind)

    async def _close_silent(self, connection: AsyncConnection, now: float) -> None:
        async def close(found: Ticket) -> None:
            ticket = await _still_silent(connection, found)
            if ticket is None or ticket.put_off_until is not None:
                return
            if not await status_changes.move(connection, ticket, Cause.SILENCE, actor=texts.ACTOR_BOT, at=now):
                return
            text = texts.CLOSED_BY_SILENCE.for_reader(
                owing.route_of_ticket(ticket, self._services.schools.pack_of(ticket.desk_id)), number=ticket.number
            )
            closed = owed.ScreenMessage(text, markup=owed_buttons.reopen_markup(ticket.id), of_bot=True)
            await owing.owe_family(connection, ticket, closed, now)

        await each_apart(connection, await tickets.reminded_before(connection, now - SILENCE_S), close)

    async def _remind(self, connection: AsyncConnection, now: float) -> None:
        """Owes the reminders that are due; at night they wait, and a family that moved on is left in peace."""
        local = self._services.local(now)
        if clamp_to_daytime(local, FIRST_HOUR, LAST_HOUR) != local:
            return

        async def remind(reminder: Reminder) -> None:
            dialogue = await dialogues.load(connection, reminder.family_id)
            school_id = self._services.schools.of_family(dialogue.school_id)
            route = routes.parse(reminder.screen, self._services.schools.pack_of(school_id))
            banned = await bans.is_banned(connection, school_id or FIRST, reminder.family_id)
            if banned:
                # It waits for the end of the ban; until then it is looked at once a day.
                await reminders.put(connection, reminder.family_id, reminder.screen, now + DAY_S, reminder.created_at)
                return
            if route is None or has_moved_on(dialogue, route):
                return
            told = texts.REMINDER_REMEDY if route.kind == "remedy" else texts.REMINDER_STEP
            text = told.for_reader(route, number=route.step)
            button = Button(texts.B_BACK_THERE, route)
            screen = owed.ScreenMessage(text, markup=owed_buttons.markup_of(((button,),)))
            await queues.to_family(connection, reminder.family_id, screen, now)

        await each_apart(connection, await reminders.take_due(connection, now), remind)

    async def _tell_repaired(self, connection: AsyncConnection, now: float) -> None:
        """Owes the families that wait for it the word that it works again; at night they wait."""
        local = self._services.local(now)
        if clamp_to_daytime(local, FIRST_HOUR, LAST_HOUR) != local:
            return

        async def tell(wait: RepairWait) -> None:
            await awaiting_repairs.tell(connection, self._services, wait, now)

        await each_apart(connection, await awaiting_repairs.take_due(connection), tell)

    async def _call_up(self, connection: AsyncConnection, now: float) -> None:
        await desk_reminders.call_up(connection, self._services, now)

    async def _bring_back_put_off(self, connection: AsyncConnection, now: float) -> None:
        await desk_reminders.bring_back_put_off(connection, self._services, now)

    async def _open_day(self, connection: AsyncConnection, now: float) -> None:
        await desk_reminders.open_day(connection, self._services, now)

    async def _tell_operator(self, connection: AsyncConnection, now: float) -> None:
        await stuck_schools.open_day(connection, self._services, now)


def _look_every(desk: Desk) -> float:
    return DESK_LOOK_EVERY_S if desk.is_known and not desk.away else DESK_LOOK_WHILE_AWAY_S


async def _still_silent(connection: AsyncConnection, found: Ticket) -> Ticket | None:
    """Gives the ticket under its lock, where its family still owes the school a word, which may have come this moment.

    A banned family owes none.
    """
    ticket = await tickets.locked(connection, found.id)
    if ticket is None or ticket.waiting_since != found.waiting_since or ticket.facts != found.facts:
        return None
    if await bans.is_banned(connection, ticket.desk_id, ticket.family_id):
        await tickets.change(connection, ticket.id, waiting_since=None, reminded_at=None)
        return None
    return ticket


def has_moved_on(dialogue: Dialogue, route: Route) -> bool:
    """Tells whether the family got past what it asked to be reminded of: a later step, another path, the end.

    A look at the first screen, at an earlier step or at anything that has no path takes no promise back.
    """
    if dialogue.screen.startswith("done"):
        return True
    if dialogue.path is None:
        return False
    # «К шагам» of a remedy that came before any step leads to the first one.
    other_path = dialogue.path != (route.path.id if route.path else None)
    return other_path or dialogue.step > max(1, route.step)
