"""What is due by the clock: silent families, tickets that nobody answered, the nightly erasing of old texts."""

import asyncio
import logging
from contextlib import suppress

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import desk_rows, desk_state, limits
from bot.flows.desk import Cause
from bot.services import Services
from storage import dialogues, jobs, outbox, tickets
from storage.database import DatabaseAway
from storage.tickets import Ticket

log = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0
DAY_S = 24 * 3600.0
SILENCE_S = 3 * DAY_S
UNANSWERED_S = 3600.0
HANDLED_KEPT_S = 3 * DAY_S  # Telegram repeats an update for 24 hours at the most
DESK_LOOK_EVERY_S = 300.0


class Upkeep:
    """Looks at the wall clock every few seconds, so that a clock that is set or a laptop that slept misses nothing."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Looks until `stop`."""
        while not self._stopping.is_set():
            try:
                await self.look()
            except DatabaseAway as error:
                log.warning("the upkeep waits for the database: %s", error)
            except Exception:
                log.exception("the upkeep failed")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), LOOK_EVERY_S)

    def stop(self) -> None:
        """Ends `run`."""
        self._stopping.set()

    async def look(self) -> None:
        """Does everything that is due now, once."""
        services = self._services
        now = services.clock()
        await services.refresh_facts()
        if services.support_chat_id is not None and now - services.desk_checked_at > DESK_LOOK_EVERY_S:
            services.desk_checked_at = now
            await desk_state.look_at_desk(services)

        async def work(connection: AsyncConnection) -> None:
            await self._remind_silent(connection, now)
            await self._close_silent(connection, now)
            await self._call_up(connection, now)
            await dialogues.forget_handled(connection, now - HANDLED_KEPT_S)
            await outbox.forget_sends(connection, now - limits.REMEMBERED_S)
            await jobs.forget_done(connection, now - DAY_S)

        await services.database.write(work)
        services.owed.set()

    async def _remind_silent(self, connection: AsyncConnection, now: float) -> None:
        for ticket in await tickets.silent_since(connection, now - SILENCE_S):
            text = _text_for(ticket, "SILENT_REMINDER").format(number=ticket.id)
            await desk_rows.strip_prompt(connection, ticket, now)
            payload = {"text": text, "prompt": desk_rows.prompt_markup(ticket.id)}
            await desk_rows.owe_family(connection, ticket, "screen", payload, now)
            await tickets.change(connection, ticket.id, reminded_at=now)

    async def _close_silent(self, connection: AsyncConnection, now: float) -> None:
        for ticket in await tickets.reminded_before(connection, now - SILENCE_S):
            if not await desk_rows.move(connection, ticket, Cause.SILENCE, actor=texts.ACTOR_BOT, at=now):
                continue
            text = _text_for(ticket, "CLOSED_BY_SILENCE").format(number=ticket.id)
            payload = {"text": text, "markup": desk_rows.reopen_markup(ticket.id)}
            await desk_rows.owe_family(connection, ticket, "screen", payload, now)

    async def _call_up(self, connection: AsyncConnection, now: float) -> None:
        """A ticket that nobody answered for an hour of working time is called up once, in the general topic."""
        hours = self._services.settings.hours
        local_now = self._services.local(now)
        for ticket in await tickets.never_answered(connection):
            worked = hours.working_seconds_between(self._services.local(ticket.created_at), local_now)
            if worked < UNANSWERED_S or not hours.is_open(local_now):
                continue
            await tickets.change(connection, ticket.id, called_up_at=now)
            text = texts.CALL_UP.format(number=ticket.id, class_name=ticket.class_name or "—")
            link = desk_rows.link_to(self._services.support_chat_id, ticket)
            payload = {"text": f"{text}\n{link}" if link else text}
            await outbox.put(
                connection, chat_id=outbox.SUPPORT, lane="general", kind="desk_text", payload=payload, at=now
            )


def _text_for(ticket: Ticket, name: str) -> str:
    child = ticket.path == "child" and ticket.reader == "pupil"
    return str(getattr(texts, f"{name}_CHILD") if child else getattr(texts, name))
