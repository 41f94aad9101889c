"""Claims the rows of the outbox that may be sent next, in the order of their queues and within every limit."""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.abilities import CHANNELS, COUNTED_FOR_S
from bot.delivery import owed, passing_refusals, refusals, senders
from bot.desk import Desk
from bot.services import Services
from storage import named_values, outbox, outbox_counts, parked, schools, sendable, sends, tickets
from storage.outbox import Owed

T = TypeVar("T")
IDLE_S = 1.0  # the longest sleep of the worker: rows of other replicas and a moved clock do not wake it
CHATS_AT_ONCE = 25
OF_A_SCHOOL = 20  # of these, where several schools share the bot: calls of one that hang leave some to the others
# Of a group's minute: what only shows a state never takes the room of the next tickets, or of what is said in them.
# With six kept, the names of topics took it while a desk talked to five families, and words of a family waited 10 s.
KEPT_FOR_MESSAGES = 9
_COUNTED = ("message", "extra")
_LONGEST_SECOND_S = max(channel.in_all.window for channel in CHANNELS)


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows that leave as one message (or one album), claimed at `claimed_at`.

    `leased_until` is a moment of the loop's clock, which nobody can set; the lease runs while the claim is committed.
    """

    rows: list[Owed]
    claimed_at: float
    leased_until: float

    @property
    def head(self) -> Owed:
        """Gives the first of the rows."""
        return self.rows[0]

    @property
    def is_message(self) -> bool:
        """Tells whether the rows put a new message into their chat."""
        return owed.class_of(self.head).is_message

    @property
    def ids(self) -> list[int]:
        """Gives the rows' ids."""
        return [row.id for row in self.rows]


class Flight(NamedTuple):
    """Tells of rows on their way: to which chat they go, for which school, and whether they are a message."""

    chat_id: int
    school_id: int
    is_message: bool


def _chats(found: Iterable[tuple[int, T]], wanted: T) -> set[int]:
    return {chat_id for chat_id, what in found if what == wanted}


def _sort_of(row: Owed) -> frozenset[str]:
    """Gives the kinds of messages that wait in one line with a row (see storage/sendable.py)."""
    limited = owed.OF_A_CLAIM.limited
    return frozenset({row.kind}) if row.kind in limited else owed.MESSAGES - limited


class Claims:
    """Claims rows for one worker."""

    def __init__(self, services: Services, owner: str) -> None:
        self._services = services
        self._owner = owner
        # Desks whose minute is full, by chat and sort of row: from when until when, by the bot's clock.
        self._full: dict[tuple[int, frozenset[str]], tuple[float, float]] = {}

    async def take(self, connection: AsyncConnection, flying: Collection[Flight]) -> tuple[list[Batch], float]:
        """Claims what may go now; gives it, and for how many seconds nothing more will be due.

        `flying` tells of what this worker is sending at the moment.
        """
        now, leased_until = self._services.clock(), asyncio.get_running_loop().time() + outbox.LEASE_S
        if len(flying) >= CHATS_AT_ONCE:
            return [], IDLE_S
        pauses = await self._pauses(connection, now)
        waits = [*self._waits(pauses, flying), *self._waits_of_full(now)]
        due = await sendable.sendable(connection, now, owed.OF_A_CLAIM, waits)
        if not due:
            next_at = await outbox_counts.next_due(connection, now)
            full_for = [until - now for _, until in self._full.values()]
            return [], min([*pauses.values(), *full_for, next_at - now if next_at else IDLE_S])
        woken = await self._wake_before(connection, due, now)
        unknown = await self._unknown_desks(connection, due)
        due = [head for head in due if head.chat_id not in woken and head.desk_id not in unknown]
        found, wait = await self._claim_from(connection, due, now, flying)
        wait = 0.0 if woken else wait
        return [Batch(rows, now, leased_until) for rows in found], wait

    async def _pauses(self, connection: AsyncConnection, now: float) -> dict[tuple[int, str], float]:
        """Gives the pauses that Telegram asked for, in seconds, by chat and kind of call («»: every call)."""
        pauses = {}
        for name, until in (await named_values.beginning_with(connection, "pause:")).items():
            if float(until) > now:
                _, chat_id, call = f"{name}:".split(":")[:3]
                pauses[int(chat_id), call] = float(until) - now
            else:
                await named_values.put(connection, name, None)
        return pauses

    def _waits(
        self, pauses: Collection[tuple[int, str]], flying: Collection[Flight]
    ) -> list[tuple[frozenset[str], set[int]]]:
        paused = set(pauses)
        # Before the messenger has told whether a desk's chat is a forum, a card could go to the wrong place.
        desks = self._services.schools.addressed
        paused |= {(desk.address, "") for desk in desks if desk.chat_id is None or not desk.is_known}
        waits = [(owed.waiting_as(name), _chats(paused, name)) for name in {name for _, name in paused}]
        # What is on its way from here goes on, also where a clock that was set makes its lease look lapsed.
        on_their_way = [(flight.chat_id, flight.is_message) for flight in flying]
        waits += [(owed.MESSAGES, _chats(on_their_way, True)), (owed.SILENT, _chats(on_their_way, False))]
        return [(kinds, chats) for kinds, chats in waits if chats]

    def _waits_of_full(self, now: float) -> list[tuple[frozenset[str], set[int]]]:
        """Gives the desks whose minute is full, so that hundreds of them do not hide what may go elsewhere.

        A clock that was put back ends it: then the counts are looked at anew.
        """
        self._full = {key: span for key, span in self._full.items() if span[0] <= now < span[1]}
        full = [(chat_id, kinds) for chat_id, kinds in self._full]
        return [(kinds, _chats(full, kinds)) for kinds in {kinds for _, kinds in full}]

    async def _wake_before(self, connection: AsyncConnection, sendable: list[Owed], now: float) -> set[int]:
        """Wakes what waits for a family where something newer is due that must not overtake it; gives these chats.

        That is anything for a family that was not found, and a text of the ticket of which something newer is due. A
        file that waits by itself holds up nobody.
        """
        due = [h for h in sendable if h.desk_id is None and owed.class_of(h).is_message]
        if not due:
            return set()
        waiting = await parked.rows_for(connection, {head.chat_id for head in due})
        of_tickets = {(head.chat_id, head.ticket_id) for head in due if head.ticket_id is not None}
        woken = {row.chat_id for row in waiting if refusals.is_lost(row.error or "")}
        for row in waiting:
            holds_up = row.chat_id not in woken and (row.chat_id, row.ticket_id) in of_tickets
            if holds_up and await passing_refusals.is_text(connection, row):
                woken.add(row.chat_id)
        for chat_id in woken:
            await parked.wake_chat(connection, chat_id, now, owed.ScreenMessage.kind)
        return woken

    async def _claim_from(
        self, connection: AsyncConnection, sendable: list[Owed], now: float, flying: Collection[Flight]
    ) -> tuple[list[list[Owed]], float]:
        since = now - _LONGEST_SECOND_S
        sent = await sends.recent_sends(connection, None, _COUNTED, since)
        everywhere = sorted([*sent, *(at for at in self._services.pace.said if at > since)])
        last = await sends.last_sent(connection, [h.chat_id for h in sendable if h.desk_id is None])
        batches: list[list[Owed]] = []
        taken: set[tuple[int, bool]] = set()
        wait, room = IDLE_S, CHATS_AT_ONCE - len(flying)
        of_school = Counter(flight.school_id for flight in flying)
        most_of_a_school = OF_A_SCHOOL if self._services.schools.are_several else CHATS_AT_ONCE
        # Messages first: what only shows a state takes the room that they leave.
        for head in sorted(sendable, key=lambda row: owed.class_of(row).is_cosmetic):
            chat_and_sort = head.chat_id, owed.class_of(head).is_message
            if chat_and_sort in taken or len(batches) >= room or of_school[head.school_id] >= most_of_a_school:
                continue
            rows = await self._together(connection, head, now)
            costs = await self._costs(connection, rows)
            delay = await self._pace(connection, rows, costs, now, everywhere, last.get(head.chat_id, 0.0))
            if delay > 0:
                wait = min(wait, delay)
                if head.desk_id is not None and owed.class_of(head).is_message:
                    self._full[head.chat_id, _sort_of(head)] = now, now + delay
                continue
            taken.add(chat_and_sort)
            of_school[head.school_id] += 1
            await self._take(connection, rows, costs, now, everywhere)
            batches.append(rows)
        return batches, 0.01 if len(batches) >= room else wait

    async def _costs(self, connection: AsyncConnection, rows: list[Owed]) -> tuple[int, int]:
        """Counts the messages that these rows put into their chat, and the other calls that count there."""
        head, kind = rows[0], owed.class_of(rows[0])
        desk, abilities = self._desk_of(head), self._services.abilities_of(head.chat_id)
        if kind.is_message:
            makes_topic = kind.makes_topic and desk is not None and desk.is_forum
            return len(rows) if head.media_group_id else 1, int(makes_topic)
        if not (abilities.edits_count_in_group if desk else abilities.edits_count_in_chat):
            return 0, 0
        more = 0
        if kind.counts_switching and head.ticket_id:
            ticket = await tickets.get(connection, head.ticket_id)
            more = kind.counts_switching if ticket and ticket.is_open == ticket.topic_closed else 0
        return 0, kind.counts + more

    async def _pace(
        self,
        connection: AsyncConnection,
        rows: list[Owed],
        costs: tuple[int, int],
        now: float,
        everywhere: list[float],
        last: float,
    ) -> float:
        """Gives the seconds until these rows may go without meeting one of the channel's limits."""
        head, kind, number, cost = rows[0], owed.class_of(rows[0]), costs[0], sum(costs)
        if cost == 0:
            return 0.0
        abilities = self._services.abilities_of(head.chat_id)
        waits = [abilities.in_all.wait(everywhere, now, min(cost, abilities.in_all.most))]
        if head.desk_id is None:
            return max(*waits, abilities.in_chat.wait([last] if last else [], now))
        since = now - COUNTED_FOR_S
        counted = await sends.recent_sends(connection, head.chat_id, _COUNTED, since)
        waits.append(abilities.in_group.wait(counted, now, cost))
        if number:
            sent = await sends.recent_sends(connection, head.chat_id, ("message",), since)
            waits.append(abilities.in_chat.wait(abilities.in_chat.recent(sent, now)[-1:], now))
        if kind.makes_topic:
            topics = await sends.recent_sends(connection, head.chat_id, ("topic",), since)
            waits.append(abilities.new_topics.wait(topics, now))
        if kind.is_cosmetic:
            queued = await outbox_counts.count_queued(connection, head.chat_id, owed.SILENT)
            spare = abilities.in_group.room(counted, now) - queued - KEPT_FOR_MESSAGES
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
        await outbox.lease(connection, outbox.ids_of(rows), self._owner, now)
        await sends.count_send(connection, head.chat_id, "message", number, now)
        await sends.count_send(connection, head.chat_id, "extra", more, now)
        if owed.class_of(head).makes_topic:
            await sends.count_send(connection, head.chat_id, "topic", 1, now)
        everywhere.extend([now] * (number + more))

    async def _together(self, connection: AsyncConnection, head: Owed, now: float) -> list[Owed]:
        """Gives the rows that leave with the head: the parts of its album, or short texts while the minute is full."""
        abilities = self._services.abilities_of(head.chat_id)
        if head.media_group_id:
            behind = await outbox.following(connection, head)
            album = [row for row in behind if row.media_group_id == head.media_group_id and row.kind == head.kind]
            return [head, *album][: abilities.album_size]
        merges = owed.class_of(head).may_be_merged and abilities.merges_texts
        if merges and await self._minute_is_full(connection, head.chat_id, now):
            behind = await outbox.following(connection, head)
            return await senders.mergeable(connection, head, behind, abilities.text_length)
        return [head]

    async def _minute_is_full(self, connection: AsyncConnection, chat_id: int, now: float) -> bool:
        in_group = self._services.abilities_of(chat_id).in_group
        sent = await sends.recent_sends(connection, chat_id, _COUNTED, now - in_group.window)
        return in_group.room(sent, now) < await outbox_counts.count_queued(connection, chat_id, owed.SILENT)

    def _desk_of(self, row: Owed) -> Desk | None:
        return self._services.schools.desk_numbered(row.desk_id)

    async def _unknown_desks(self, connection: AsyncConnection, due: list[Owed]) -> set[int]:
        """Gives the desks of which this process does not know where they are; what is owed to them waits.

        A code may have bound a school to another chat a moment ago, perhaps by another replica: what is owed to its new
        chat must not go to the one that this process knows, and it learns of the new one within seconds.
        """
        desks = {head.desk_id for head in due if head.desk_id is not None}
        bound = await schools.chats_of(connection, desks)
        return {desk for desk in desks if not self._services.schools.is_bound_as(desk, bound.get(desk))}
