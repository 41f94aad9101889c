"""The outbox's worker: sends the rows that it claims, chat by chat, and stores what became of each."""

import asyncio
import logging
import random
import secrets
from contextlib import suppress

from aiogram.exceptions import TelegramRetryAfter
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import failures, refusals, retry_times, senders
from bot.delivery.claiming import IDLE_S, Batch, Claims, Flight
from bot.delivery.sending import Delivered
from bot.services import Services
from storage import jobs, named_values, outbox, outbox_counts, parked, sends
from storage.clocks import CLOCKS_APART_S
from storage.database import DatabaseAway

log = logging.getLogger(__name__)

REFUSED_TIMES, REFUSED_S = 3, 60.0  # a desk whose message is refused so often, or for so long, stands still
SETTLINGS = 3  # so often what came of a row may fail to be written down, then the row is set aside
STOP_S = 8.0  # with the webhook's draining it stays below the 40 seconds that systemd and Docker are told to grant


class OutboxWorker:
    """Sends what is owed, chat by chat, until it is stopped; several may work on one database."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._owner = secrets.token_hex(8)
        self._claims = Claims(services, self._owner)
        self._flying: dict[asyncio.Task[None], Flight] = {}
        self._unsettled: dict[int, int] = {}  # rows whose settling failed, and how often
        # How often each row was refused and since when, by desk; and the reason of a desk that stands still for it.
        self._refused_at_desk: dict[int, dict[int, tuple[int, float]]] = {}
        self._still: dict[int, str] = {}
        services.health.ask(self._standing_still)
        self._looked_at: float | None = None  # by the bot's clock
        self._stopping = False
        self._none_claimed = asyncio.Event()  # set while every row that was claimed is in flight or done
        self._none_claimed.set()

    async def run(self) -> None:
        """Works until `stop`; a database that is away is waited out."""
        while not self._stopping:
            self._services.owed.clear()
            self._none_claimed.clear()
            try:
                wait = await self._send_off()
            finally:
                self._none_claimed.set()
            await self._sleep(wait)

    async def _send_off(self) -> float:
        """Claims what may go now and sends it on its way; gives for how many seconds nothing more will be due."""
        try:
            await self._follow_clock()
            await self._forget_delivered()
            first = await self._services.database.read(outbox_counts.next_due)
            left = IDLE_S if first is None else first - self._services.clock()
            if left > 0:
                return left  # most looks find nothing; a look alone costs no write transaction
            batches, wait = await self._services.database.write(self._claim)
        except DatabaseAway as error:
            log.warning("the outbox waits for the database: %s", error)
            return IDLE_S
        except Exception:
            log.exception("the outbox could not claim its rows")
            return IDLE_S
        for batch in batches:
            task = asyncio.create_task(self._deliver(batch))
            self._flying[task] = Flight(batch.head.chat_id, batch.head.school_id, batch.is_message)
            task.add_done_callback(self._landed)
        return wait

    async def _follow_clock(self) -> None:
        """Lets nothing wait for a moment that a clock put back has moved away: no row, no picture and no pause."""
        now, database = self._services.clock(), self._services.database
        if self._looked_at is None:
            self._looked_at = await database.read(outbox_counts.newest)

        async def work(connection: AsyncConnection) -> None:
            await outbox.clock_was_put_back(connection, now)
            await jobs.clock_was_put_back(connection, now)
            for name in await named_values.beginning_with(connection, "pause:"):
                await named_values.put(connection, name, None)

        if now < self._looked_at - CLOCKS_APART_S:
            log.warning("the clock was put back by %.0f s: what waits for a moment is due now", self._looked_at - now)
            await database.write(work, repeatable=True)
        self._looked_at = now

    async def stop(self) -> None:
        """Lets what is in flight arrive, for `STOP_S` seconds at the most, and claims nothing more.

        A claim that is under way is waited for as well: what it sends after the end would be sent again at the next
        start, since nothing could be recorded any more.
        """
        self._stopping = True
        self._services.owed.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_S):
                await self._none_claimed.wait()
                if self._flying:
                    await asyncio.wait(self._flying)

    async def _claim(self, connection: AsyncConnection) -> tuple[list[Batch], float]:
        return ([], IDLE_S) if self._stopping else await self._claims.take(connection, self._flying.values())

    def _landed(self, task: "asyncio.Task[None]") -> None:
        self._flying.pop(task, None)
        self._services.owed.set()

    async def _sleep(self, wait: float) -> None:
        # Python 3.11's wait_for may lose a cancellation that comes in the moment of what it waits for.
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.01, min(wait, IDLE_S))):
                await self._services.owed.wait()

    # --- delivering ----------------------------------------------------------------------------------------------

    async def _deliver(self, batch: Batch) -> None:
        try:
            try:
                delivered = await senders.send(self._services, batch.rows, batch.leased_until)
            except DatabaseAway:
                raise
            except Exception as error:
                await self._settle_failure(batch, error)
            else:
                await self._settle(batch, delivered)
            self._unsettled.pop(batch.head.id, None)
        except DatabaseAway as error:
            # The lease runs out by itself: the row is sent again rather than lost.
            log.warning("an outbox row is settled later, the database is away: %s", error)
        except Exception as error:
            log.exception("an outbox row could not be settled")
            await self._end_unsettled(batch, error)

    async def _end_unsettled(self, batch: Batch, error: Exception) -> None:
        """Ends a settling that fails again and again: the row is set aside, told as given up, and the queue goes on.

        Until then the row's lease runs out, and it is tried again.
        """
        failed = self._unsettled[batch.head.id] = self._unsettled.get(batch.head.id, 0) + 1
        if failed < SETTLINGS:
            return
        self._unsettled.pop(batch.head.id, None)
        said = f"settling failed: {type(error).__name__}"
        now = self._services.clock()
        try:
            await self._services.database.write(lambda c: failures.give_up(c, batch.rows, said, now))
        except DatabaseAway as away:
            log.warning("an outbox row is set aside later, the database is away: %s", away)
        except Exception:
            log.exception("nobody could be told of outbox row %s, which is set aside", batch.head.id)
            with suppress(DatabaseAway):
                await self._services.database.write(lambda c: outbox.set_aside(c, batch.ids, said))

    async def _settle(self, batch: Batch, delivered: Delivered) -> None:
        now = self._services.clock()

        async def work(connection: AsyncConnection) -> None:
            await outbox.done(connection, batch.ids)
            await self._note_arrival(connection, batch, now)
            if delivered.record:
                await delivered.record(connection, now)

        try:
            await self._services.database.write(work)
        except DatabaseAway:
            raise
        except Exception:
            # It arrived: without its record it must still leave the queue, or it would be sent again for ever.
            log.exception("what came of outbox row %s could not be kept", batch.head.id)
            await self._services.database.write(lambda c: outbox.done(c, batch.ids))
        if batch.is_message:
            retry_times.note_taken(self._services, batch.head, now)
            if batch.head.desk_id is not None:
                self._desk_takes_messages(batch.head.desk_id)
        self._services.metrics.sent("delivered")
        self._services.metrics.sent_for(self._services.schools.slug_of(batch.head.school_id))

    async def _note_arrival(self, connection: AsyncConnection, batch: Batch, now: float) -> None:
        await sends.arrived(connection, batch.head.chat_id, batch.claimed_at, now)
        if batch.head.desk_id is None and batch.is_message:
            await sends.note_sent(connection, batch.head.chat_id, now)

    async def _settle_failure(self, batch: Batch, error: Exception) -> None:
        now = self._services.clock()
        self._services.metrics.sent(type(error).__name__)
        log.warning("outbox row %s (%s) did not go: %s", batch.head.id, batch.head.kind, failures.words_of(error))

        async def work(connection: AsyncConnection) -> bool:
            if not await outbox.still_ours(connection, batch.ids, self._owner):
                return False  # this process was frozen past its lease: the worker that took the rows over settles them
            if batch.is_message and failures.is_before_sending(error):
                await sends.not_made(connection, batch.head.chat_id, batch.claimed_at)
            else:
                await self._note_arrival(connection, batch, now)
            await failures.settle(self._services, connection, batch.rows, error, now, random.random())
            return await parked.is_refused(connection, batch.head.id)

        refused = await self._services.database.write(work)
        if batch.head.desk_id is not None and batch.is_message:
            self._note_desk_refusal(batch.head.desk_id, batch.head.id, error, refused, now)

    # --- what the health tells -----------------------------------------------------------------------------------

    def _standing_still(self) -> str:
        """Gives the reasons of the desks that take no messages; one whose school is gone has none any more."""
        known = self._services.schools.desk_numbered
        return "; ".join(dict.fromkeys(reason for desk_id, reason in self._still.items() if known(desk_id)))

    async def _forget_delivered(self) -> None:
        """Lets health speak of no desk whose refused messages another replica has brought to an end."""
        if not self._still:
            return
        noted = {row_id: desk_id for desk_id in self._still for row_id in self._refused_at_desk.get(desk_id, {})}
        waiting = await self._services.database.read(lambda c: parked.refused_among(c, noted))
        for desk_id in set(self._still) - {noted[row_id] for row_id in waiting}:
            self._desk_takes_messages(desk_id)

    def _desk_takes_messages(self, desk_id: int) -> None:
        self._refused_at_desk.pop(desk_id, None)
        self._still.pop(desk_id, None)

    def _note_desk_refusal(self, desk_id: int, row_id: int, error: Exception, refused: bool, now: float) -> None:
        """Turns health red while a message of the desk is refused again and again, or waits long as Telegram said."""
        of_desk = self._refused_at_desk.setdefault(desk_id, {})
        if not refused:
            # It was given up, or what it needs goes before it: whatever follows shows how the desk is.
            of_desk.pop(row_id, None)
            if not of_desk:
                self._desk_takes_messages(desk_id)
            return
        times, since = of_desk.get(row_id, (0, now))
        of_desk[row_id] = times + 1, since
        told_to_wait = error.retry_after if isinstance(error, TelegramRetryAfter) else 0
        if times + 1 >= REFUSED_TIMES or abs(now - since) > REFUSED_S or told_to_wait > REFUSED_S:
            self._still[desk_id] = texts.HEALTH_DESK_REFUSED.format(reason=refusals.in_russian(error))
