"""The outbox's worker: claims what is due, keeps Telegram's limits by waiting, and settles what came of each row."""

import asyncio
import logging
import random
import secrets
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import couriers, faults, limits
from bot.delivery.parcel import Delivered
from bot.services import Services
from storage import outbox
from storage.database import DatabaseAway
from storage.outbox import Owed

log = logging.getLogger(__name__)

IDLE_S = 1.0  # how long the worker sleeps where nobody woke it: other replicas and moved clocks cannot
MERGE_LIMIT = 4000  # UTF-16 units of a merged text, below Telegram's 4096
ALBUM_LIMIT = 10
CHATS_AT_ONCE = 25
STOP_S = 8.0  # with the webhook's draining it stays below the 40 seconds that systemd and Docker are told to grant


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows that leave as one message (or one album), claimed at `claimed_at`.

    `leased_until` is by the loop's clock, which nobody sets: the commit of a claim may take long, and the lease runs.
    """

    rows: list[Owed]
    claimed_at: float
    leased_until: float

    @property
    def head(self) -> Owed:
        """The first of the rows."""
        return self.rows[0]

    @property
    def ids(self) -> list[int]:
        """The rows' ids."""
        return [row.id for row in self.rows]


class OutboxWorker:
    """Sends what is owed, chat by chat, until it is stopped; several may work on one database."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._owner = secrets.token_hex(8)
        self._flying: dict[asyncio.Task[None], int] = {}  # to which chat each is on its way
        self._stopping = False

    async def run(self) -> None:
        """Works until `stop`; a database that is away is waited out."""
        while not self._stopping:
            self._services.owed.clear()
            try:
                batches, wait = await self._services.database.write(self._claim)
            except DatabaseAway as error:
                log.warning("the outbox waits for the database: %s", error)
                batches, wait = [], IDLE_S
            except Exception:
                log.exception("the outbox could not claim its rows")
                batches, wait = [], IDLE_S
            for batch in batches:
                task = asyncio.create_task(self._deliver(batch))
                self._flying[task] = batch.head.chat_id
                task.add_done_callback(self._landed)
            await self._sleep(wait)

    async def stop(self) -> None:
        """Lets what is in flight arrive, for `STOP_S` seconds at the most, and claims nothing more."""
        self._stopping = True
        self._services.owed.set()
        if self._flying:
            await asyncio.wait(self._flying, timeout=STOP_S)

    def _landed(self, task: "asyncio.Task[None]") -> None:
        self._flying.pop(task, None)
        self._services.owed.set()

    async def _sleep(self, wait: float) -> None:
        try:
            await asyncio.wait_for(self._services.owed.wait(), max(0.01, min(wait, IDLE_S)))
        except TimeoutError:
            return

    # --- claiming ------------------------------------------------------------------------------------------------

    async def _claim(self, connection: AsyncConnection) -> tuple[list[Batch], float]:
        now, leased_until = self._services.clock(), asyncio.get_running_loop().time() + outbox.LEASE_S
        room = CHATS_AT_ONCE - len(self._flying)
        if room <= 0:
            return [], IDLE_S
        pauses = await self._pauses(connection, now)
        heads = await outbox.heads(connection, now, couriers.SILENT, self._passed_over(pauses))
        if not heads:
            due = await outbox.next_due(connection, now)
            return [], min([*pauses.values(), due - now if due else IDLE_S])
        found, wait = await self._claim_from(connection, heads, now, room)
        return [Batch(rows, now, leased_until) for rows in found], wait

    async def _pauses(self, connection: AsyncConnection, now: float) -> dict[int, float]:
        """Which chats Telegram asked to wait for, and how many seconds more."""
        pauses = {}
        for name, until in (await outbox.all_facts(connection, "pause:")).items():
            if float(until) > now:
                pauses[int(name.partition(":")[2])] = float(until) - now
            else:
                await outbox.set_fact(connection, name, None)
        return pauses

    def _passed_over(self, pauses: dict[int, float]) -> set[int]:
        # Before Telegram has told whether the support chat is a forum, a card could go to the wrong place.
        known = self._services.support_chat_id is not None and self._services.desk_known
        # What is on its way from here goes on, also where a clock that was set makes its lease look lapsed.
        return {*pauses, *self._flying.values(), *(() if known else (outbox.SUPPORT,))}

    async def _claim_from(
        self, connection: AsyncConnection, heads: list[Owed], now: float, room: int
    ) -> tuple[list[list[Owed]], float]:
        since = now - limits.ALL.window
        owed = await outbox.recent_sends(connection, None, "message", since)
        everywhere = sorted([*owed, *(at for at in self._services.said if at > since)])
        last = await outbox.last_sent(connection, [h.chat_id for h in heads if h.chat_id != outbox.SUPPORT])
        batches: list[list[Owed]] = []
        taken: set[int] = set()
        wait = IDLE_S
        for head in heads:
            if head.chat_id in taken or len(batches) >= room:
                continue
            rows = await self._together(connection, head, now)
            delay = 0.0
            if couriers.messages_in(head.kind):
                delay = await self._pace(connection, rows, now, everywhere, last.get(head.chat_id, 0.0))
            if delay > 0:
                wait = min(wait, delay)
                continue
            taken.add(head.chat_id)
            await self._take(connection, rows, now, everywhere)
            batches.append(rows)
        return batches, 0.01 if len(batches) >= room else wait

    async def _pace(
        self, connection: AsyncConnection, rows: list[Owed], now: float, everywhere: list[float], last: float
    ) -> float:
        """Seconds until these rows may go without meeting one of Telegram's limits."""
        head = rows[0]
        number = len(rows) if head.media_group_id else 1
        waits = [limits.ALL.wait(everywhere, now, min(number, limits.ALL.most))]
        if head.chat_id != outbox.SUPPORT:
            return max(*waits, limits.CHAT.wait([last] if last else [], now))
        sent = await outbox.recent_sends(connection, outbox.SUPPORT, "message", now - limits.REMEMBERED_S)
        waits += [limits.GROUP.wait(sent, now, number), limits.CHAT.wait(sent[-1:], now)]
        if head.kind == "card":
            topics = await outbox.recent_sends(connection, outbox.SUPPORT, "topic", now - limits.REMEMBERED_S)
            waits.append(limits.TOPICS.wait(topics, now))
        return max(waits)

    async def _take(self, connection: AsyncConnection, rows: list[Owed], now: float, everywhere: list[float]) -> None:
        head = rows[0]
        await outbox.lease(connection, [row.id for row in rows], self._owner, now)
        if not couriers.messages_in(head.kind):
            return
        number = len(rows) if head.media_group_id else 1
        await outbox.count_send(connection, head.chat_id, "message", number, now)
        if head.kind == "card":
            await outbox.count_send(connection, head.chat_id, "topic", 1, now)
        everywhere.extend([now] * number)

    async def _together(self, connection: AsyncConnection, head: Owed, now: float) -> list[Owed]:
        """The rows that leave with the head: the parts of its album, or a burst of short texts in a full minute."""
        if head.media_group_id:
            behind = await outbox.following(connection, head)
            album = [row for row in behind if row.media_group_id == head.media_group_id and row.kind == head.kind]
            return [head, *album][:ALBUM_LIMIT]
        if head.kind == "to_desk" and await self._minute_is_full(connection, now):
            return await couriers.mergeable(connection, head, await outbox.following(connection, head), MERGE_LIMIT)
        return [head]

    async def _minute_is_full(self, connection: AsyncConnection, now: float) -> bool:
        sent = await outbox.recent_sends(connection, outbox.SUPPORT, "message", now - limits.GROUP.window)
        return limits.GROUP.room(sent, now) < await outbox.count_queued(connection, outbox.SUPPORT, couriers.SILENT)

    # --- delivering ----------------------------------------------------------------------------------------------

    async def _deliver(self, batch: Batch) -> None:
        try:
            try:
                delivered = await couriers.send(self._services, batch.rows, batch.leased_until)
            except DatabaseAway:
                raise
            except Exception as error:
                await self._settle_failure(batch, error)
            else:
                await self._settle(batch, delivered)
        except DatabaseAway as error:
            # The lease runs out by itself: the row is sent again rather than lost.
            log.warning("an outbox row is settled later, the database is away: %s", error)
        except Exception:
            log.exception("an outbox row could not be settled")

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
        self._services.metrics.sent("delivered")

    async def _note_arrival(self, connection: AsyncConnection, batch: Batch, now: float) -> None:
        if not couriers.messages_in(batch.head.kind):
            return
        await outbox.arrived(connection, batch.head.chat_id, batch.claimed_at, now)
        if batch.head.chat_id != outbox.SUPPORT:
            await outbox.note_sent(connection, batch.head.chat_id, now)

    async def _settle_failure(self, batch: Batch, error: Exception) -> None:
        now = self._services.clock()
        self._services.metrics.sent(type(error).__name__)
        log.warning("outbox row %s (%s) did not go: %s", batch.head.id, batch.head.kind, faults.words_of(error))

        async def work(connection: AsyncConnection) -> None:
            if not await outbox.still_ours(connection, batch.ids, self._owner):
                return  # this process was frozen past its lease: whoever took the rows over settles them
            await self._note_arrival(connection, batch, now)
            await faults.settle(self._services, connection, batch.rows, error, now, random.random())

        await self._services.database.write(work)
