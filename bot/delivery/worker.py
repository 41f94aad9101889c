"""The outbox's worker: claims what is due, keeps Telegram's limits by waiting, and settles what came of each row."""

import asyncio
import logging
import random
import secrets
from contextlib import suppress
from dataclasses import dataclass

from aiogram.exceptions import TelegramRetryAfter
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import calls, failures, pace_limits, refusals, senders
from bot.delivery.sending import Delivered
from bot.services import Services
from storage import outbox, parked, tickets
from storage.database import DatabaseAway
from storage.outbox import Owed

log = logging.getLogger(__name__)

IDLE_S = 1.0  # how long the worker sleeps where nobody woke it: other replicas and moved clocks cannot
MERGE_LIMIT = 4000  # UTF-16 units of a merged text, below Telegram's 4096
ALBUM_LIMIT = 10
CHATS_AT_ONCE = 25
SETTLINGS = 3  # so often what came of a row may fail to be written down, then the row is set aside
_COUNTED = ("message", "extra")
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
        self._flying: dict[asyncio.Task[None], tuple[int, str]] = {}  # to which chat, and of which kind
        self._unsettled: dict[int, int] = {}  # rows whose settling failed, and how often
        self._refused_at_desk: dict[int, tuple[int, float]] = {}  # how often each was refused, and since when
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
                self._flying[task] = batch.head.chat_id, batch.head.kind
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
        heads = await outbox.heads(connection, now, calls.SILENT, calls.GIVES_WAY, self._waits(pauses))
        if not heads:
            due = await outbox.next_due(connection, now)
            return [], min([*pauses.values(), due - now if due else IDLE_S])
        woken = await self._wake_before(connection, heads, now)
        heads = [head for head in heads if head.chat_id not in woken]
        found, wait = await self._claim_from(connection, heads, now, room)
        wait = 0.0 if woken else wait
        return [Batch(rows, now, leased_until) for rows in found], wait

    async def _pauses(self, connection: AsyncConnection, now: float) -> dict[tuple[int, str], float]:
        """In which chats which calls wait as Telegram asked («»: every call), and how many seconds more."""
        pauses = {}
        for name, until in (await outbox.all_facts(connection, "pause:")).items():
            if float(until) > now:
                _, chat_id, call = f"{name}:".split(":")[:3]
                pauses[int(chat_id), call] = float(until) - now
            else:
                await outbox.set_fact(connection, name, None)
        return pauses

    def _waits(self, pauses: dict[tuple[int, str], float]) -> list[tuple[set[str], set[int]]]:
        paused = set(pauses)
        # Before Telegram has told whether the support chat is a forum, a card could go to the wrong place.
        if self._services.support_chat_id is None or not self._services.desk_known:
            paused.add((outbox.SUPPORT, ""))
        waits = calls.kinds_that_wait(paused, senders.KINDS)
        # What is on its way from here goes on, also where a clock that was set makes its lease look lapsed.
        for silent in (True, False):
            flying = {chat_id for chat_id, kind in self._flying.values() if (kind in calls.SILENT) is silent}
            if flying:
                waits.append(({kind for kind in senders.KINDS if (kind in calls.SILENT) is silent}, flying))
        return waits

    async def _wake_before(self, connection: AsyncConnection, heads: list[Owed], now: float) -> set[int]:
        """Wakes what waits for a family that was not found, where something newer is due: the oldest is tried first.

        Gives the chats in which there is such. A file that waits by itself holds up nobody.
        """
        chats = {h.chat_id for h in heads if h.chat_id != outbox.SUPPORT and calls.messages_in(h.kind)}
        if not chats:
            return set()
        refused = await parked.refusals_of(connection, chats)
        lost = {chat_id for chat_id, said in refused.items() if any(refusals.is_lost(one) for one in said)}
        for chat_id in lost:
            await parked.wake_chat(connection, chat_id, now)
        return lost

    async def _claim_from(
        self, connection: AsyncConnection, heads: list[Owed], now: float, room: int
    ) -> tuple[list[list[Owed]], float]:
        since = now - pace_limits.ALL.window
        owed = await outbox.recent_sends(connection, None, _COUNTED, since)
        everywhere = sorted([*owed, *(at for at in self._services.said if at > since)])
        last = await outbox.last_sent(connection, [h.chat_id for h in heads if h.chat_id != outbox.SUPPORT])
        batches: list[list[Owed]] = []
        taken: set[tuple[int, bool]] = set()
        wait = IDLE_S
        # Messages first: what only shows a state takes the room that they leave.
        for head in sorted(heads, key=lambda row: row.kind in calls.COSMETIC):
            place = head.chat_id, calls.messages_in(head.kind)
            if place in taken or len(batches) >= room:
                continue
            rows = await self._together(connection, head, now)
            costs = await self._costs(connection, rows)
            delay = await self._pace(connection, rows, costs, now, everywhere, last.get(head.chat_id, 0.0))
            if delay > 0:
                wait = min(wait, delay)
                continue
            taken.add(place)
            await self._take(connection, rows, costs, now, everywhere)
            batches.append(rows)
        return batches, 0.01 if len(batches) >= room else wait

    async def _costs(self, connection: AsyncConnection, rows: list[Owed]) -> tuple[int, int]:
        """How many messages these rows put into their chat, and how many calls more the group's minute counts."""
        head = rows[0]
        if calls.messages_in(head.kind):
            makes_topic = head.kind == "card" and self._services.desk_is_forum
            return len(rows) if head.media_group_id else 1, int(makes_topic)
        if head.chat_id != outbox.SUPPORT:
            return 0, 0
        more = 0
        if head.kind == "topic_state" and head.ticket_id:
            ticket = await tickets.get(connection, head.ticket_id)
            more = calls.TOPIC_SWITCH if ticket and ticket.is_open == ticket.topic_closed else 0
        return 0, calls.counts_at_desk(head.kind) + more

    async def _pace(
        self,
        connection: AsyncConnection,
        rows: list[Owed],
        costs: tuple[int, int],
        now: float,
        everywhere: list[float],
        last: float,
    ) -> float:
        """Seconds until these rows may go without meeting one of Telegram's limits."""
        head, number, cost = rows[0], costs[0], sum(costs)
        if cost == 0:
            return 0.0
        waits = [pace_limits.ALL.wait(everywhere, now, min(cost, pace_limits.ALL.most))]
        if head.chat_id != outbox.SUPPORT:
            return max(*waits, pace_limits.CHAT.wait([last] if last else [], now))
        since = now - pace_limits.REMEMBERED_S
        counted = await outbox.recent_sends(connection, outbox.SUPPORT, _COUNTED, since)
        waits.append(pace_limits.GROUP.wait(counted, now, cost))
        if number:
            sent = await outbox.recent_sends(connection, outbox.SUPPORT, ("message",), since)
            waits.append(pace_limits.CHAT.wait(sent[-1:], now))
        if head.kind == "card":
            topics = await outbox.recent_sends(connection, outbox.SUPPORT, ("topic",), since)
            waits.append(pace_limits.TOPICS.wait(topics, now))
        if head.kind in calls.COSMETIC:
            queued = await outbox.count_queued(connection, outbox.SUPPORT, calls.SILENT)
            spare = pace_limits.GROUP.room(counted, now) - queued - pace_limits.KEPT_FOR_MESSAGES
            waits.append(0.0 if spare >= cost else IDLE_S)
        return max(waits)

    async def _take(
        self,
        connection: AsyncConnection,
        rows: list[Owed],
        costs: tuple[int, int],
        now: float,
        everywhere: list[float],
    ) -> None:
        head, (number, more) = rows[0], costs
        await outbox.lease(connection, [row.id for row in rows], self._owner, now)
        await outbox.count_send(connection, head.chat_id, "message", number, now)
        await outbox.count_send(connection, head.chat_id, "extra", more, now)
        if head.kind == "card":
            await outbox.count_send(connection, head.chat_id, "topic", 1, now)
        everywhere.extend([now] * (number + more))

    async def _together(self, connection: AsyncConnection, head: Owed, now: float) -> list[Owed]:
        """The rows that leave with the head: the parts of its album, or a burst of short texts in a full minute."""
        if head.media_group_id:
            behind = await outbox.following(connection, head)
            album = [row for row in behind if row.media_group_id == head.media_group_id and row.kind == head.kind]
            return [head, *album][:ALBUM_LIMIT]
        if head.kind == "to_desk" and await self._minute_is_full(connection, now):
            return await senders.mergeable(connection, head, await outbox.following(connection, head), MERGE_LIMIT)
        return [head]

    async def _minute_is_full(self, connection: AsyncConnection, now: float) -> bool:
        sent = await outbox.recent_sends(connection, outbox.SUPPORT, _COUNTED, now - pace_limits.GROUP.window)
        return pace_limits.GROUP.room(sent, now) < await outbox.count_queued(connection, outbox.SUPPORT, calls.SILENT)

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
            await self._services.database.write(lambda c: failures.give_up(self._services, c, batch.rows, said, now))
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
        if batch.head.chat_id == outbox.SUPPORT and calls.messages_in(batch.head.kind):
            self._desk_takes_messages()
        self._services.metrics.sent("delivered")

    async def _note_arrival(self, connection: AsyncConnection, batch: Batch, now: float) -> None:
        await outbox.arrived(connection, batch.head.chat_id, batch.claimed_at, now)
        if batch.head.chat_id != outbox.SUPPORT and calls.messages_in(batch.head.kind):
            await outbox.note_sent(connection, batch.head.chat_id, now)

    async def _settle_failure(self, batch: Batch, error: Exception) -> None:
        now = self._services.clock()
        self._services.metrics.sent(type(error).__name__)
        log.warning("outbox row %s (%s) did not go: %s", batch.head.id, batch.head.kind, failures.words_of(error))

        async def work(connection: AsyncConnection) -> bool:
            if not await outbox.still_ours(connection, batch.ids, self._owner):
                return False  # this process was frozen past its lease: whoever took the rows over settles them
            await self._note_arrival(connection, batch, now)
            await failures.settle(self._services, connection, batch.rows, error, now, random.random())
            return await parked.is_waiting(connection, batch.head.id)

        waits = await self._services.database.write(work)
        if batch.head.chat_id == outbox.SUPPORT and calls.messages_in(batch.head.kind):
            self._note_desk_refusal(batch.head.id, error, waits, now)

    # --- what the health tells -----------------------------------------------------------------------------------

    def _desk_takes_messages(self) -> None:
        self._refused_at_desk.clear()
        self._services.troubles.note("desk messages", "")

    def _note_desk_refusal(self, row_id: int, error: Exception, waits: bool, now: float) -> None:
        """Turns health red while a message of the desk is refused again and again, or waits long as Telegram said."""
        if not waits:
            # It was given up, or what it needs goes before it: whatever follows shows how the desk is.
            self._refused_at_desk.pop(row_id, None)
            if not self._refused_at_desk:
                self._desk_takes_messages()
            return
        times, since = self._refused_at_desk.get(row_id, (0, now))
        self._refused_at_desk[row_id] = times + 1, since
        told_to_wait = error.retry_after if isinstance(error, TelegramRetryAfter) else 0
        if (
            times + 1 >= pace_limits.REFUSED_TIMES
            or now - since > pace_limits.REFUSED_S
            or told_to_wait > pace_limits.REFUSED_S
        ):
            reason = texts.HEALTH_DESK_REFUSED.format(reason=refusals.in_russian(error))
            self._services.troubles.note("desk messages", reason)
