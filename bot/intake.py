"""Handles one update, polled or by webhook, in its family's order; the caller acknowledges it when `handle` returns.

Floods are turned away before, and a handling that failed is tried again. The order is kept by locks: within the
process by those here, among replicas by those of storage/family_locks.py. What polling fetched comes here in the order
in which it was fetched (bot/channels/polling_tasks.py).
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import lru_cache
from typing import Any

from aiogram import Dispatcher
from aiogram.methods import AnswerCallbackQuery, TelegramMethod
from aiogram.types import Message, Update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import cosmetic_calls, owed
from bot.flood import SILENCE_S, Floods, FloodVerdict, lasts
from bot.flows import masking
from bot.flows.marked import marked
from bot.flows.screen import Screen
from bot.handlers.family_chat import FamilyChat
from bot.handlers.update_context import UpdateContext
from bot.logs import handling
from bot.repeats import Repeat, seen
from bot.services import Services
from bot.set_aside import SetAside
from bot.update_parts import answers_in_group, kind_of, sender_of, thread_of, whose, written_at
from bot.watchdog import InHand
from storage import dialogues, jobs, named_values, outbox
from storage.database import DatabaseAway

log = logging.getLogger(__name__)

SHORT_TIMEOUT_S = 10
IN_HAND_HEALTHY_S = 60.0
_PAUSES_S = (0.05, 0.2, 0.5, 1.0)


class Locks:
    """Keeps one lock a family (or group), as long as somebody holds or awaits it."""

    def __init__(self) -> None:
        self._locks: dict[int, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def lock(self, key: int) -> AsyncIterator[None]:
        """Waits for its turn in the order of arrival."""
        lock, users = self._locks.get(key, (asyncio.Lock(), 0))
        self._locks[key] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, users = self._locks[key]
            if users == 1:
                del self._locks[key]
            else:
                self._locks[key] = (lock, users - 1)


class Intake:
    """Hands updates to the dispatcher. Raises DatabaseAway: then nothing was acknowledged and nothing counted."""

    def __init__(self, services: Services, dispatcher: Dispatcher) -> None:
        self._services = services
        self._dispatcher = dispatcher
        self._locks = Locks()
        self._floods = Floods()
        self.set_aside = SetAside(services)
        self._began: dict[int, float] = {}  # when each update in hand was begun, by the loop's clock
        services.health.ask(self._trouble)

    def longest_in_hand(self) -> float:
        """Gives the seconds for which the oldest update in hand has been handled; 0 where there is none."""
        if not self._began:
            return 0.0
        return asyncio.get_running_loop().time() - next(iter(self._began.values()))

    def _trouble(self) -> str:
        seconds = self.longest_in_hand()
        return texts.HEALTH_UPDATE_STUCK.format(seconds=seconds) if seconds > IN_HAND_HEALTHY_S else ""

    async def handle(self, update: Update, *, may_return_call: bool = False) -> TelegramMethod[Any] | None:
        """Handles one update; with `may_return_call`, a call that may be given in the webhook's answer comes back."""
        kind, result = kind_of(update), "failed"
        with handling(update.update_id), self._in_hand(InHand(update.update_id, kind)):
            started = time.perf_counter()
            self._began[update.update_id] = asyncio.get_running_loop().time()
            try:
                answer, result = await self._let_in(update, kind, may_return_call)
                return answer
            except DatabaseAway:
                result = "database_away"
                raise
            finally:
                self._began.pop(update.update_id, None)
                self._services.metrics.update_handled(kind, result, time.perf_counter() - started)

    async def _let_in(self, update: Update, kind: str, may_return_call: bool) -> tuple[TelegramMethod[Any] | None, str]:
        """Turns a flood away before anything is done for it; the rest is handled in its family's order."""
        if kind == "other":
            return None, "ignored"
        if update.update_id in self._services.facts.blocking:
            await self.set_aside.blocking(update, kind)
            return None, "set_aside"
        query, now = update.callback_query, self._services.clock()
        if query and self._floods.presses_too_fast(query.from_user.id, update.update_id, now):
            return await self._answer_fast_press(query.id, may_return_call), "flood"
        message = update.message or update.edited_message
        if message and message.chat.type == "private":
            written = written_at(message)
            verdict = self._floods.message(message.chat.id, update.update_id, written, now)
            if verdict is FloodVerdict.SILENT or self._is_silenced(message.chat.id, written):
                return None, "flood"
            if verdict is FloodVerdict.TELL and await self._goes_to_ticket(message, update.update_id, now):
                verdict = FloodVerdict.LET_IN
            if verdict is FloodVerdict.TELL:
                await self._tell_of_flood(update, written)
                self._floods.told(message.chat.id, written)
                return None, "flood"
        family = whose(update)
        async with self._locks.lock(family), self._services.database.family(family):
            repeat = await seen(self._services, update.update_id, family)
            if repeat is Repeat.LATE:
                return await self._pass_over(update, may_return_call), "repeated"
            return await self._try_hard(update, kind, may_return_call, repeat is Repeat.LAST)

    async def _pass_over(self, update: Update, may_return_call: bool) -> TelegramMethod[Any] | None:
        """Skips an update that was handled before others of its family were; of a press it only ends the spinner."""
        query = update.callback_query
        if query is None:
            return None
        if may_return_call:
            return _notice(query.id)
        await self._answer_press(query.id)
        return None

    @contextmanager
    def _in_hand(self, update: InHand) -> Iterator[None]:
        """Tells the watchdog what this task handles."""
        task = asyncio.current_task()
        assert task is not None
        self._services.in_hand[task] = update
        try:
            yield
        finally:
            del self._services.in_hand[task]

    async def _goes_to_ticket(self, message: Message, update_id: int, now: float) -> bool:
        """Tells whether the message goes to the family's ticket, into which a whole chat may be forwarded at once."""
        if self._floods.is_beyond_forwarding(message.chat.id, update_id, written_at(message), now):
            return False
        return (await dialogues.of(self._services.database, message.chat.id)).ticket_id is not None

    async def _answer_fast_press(self, query_id: str, may_return_call: bool) -> TelegramMethod[Any] | None:
        if may_return_call:
            return _notice(query_id, texts.PRESSES_TOO_FAST)
        await self._answer_press(query_id, texts.PRESSES_TOO_FAST)
        return None

    async def _answer_press(self, query_id: str, text: str = "") -> None:
        answer = cosmetic_calls.call(self._services, _notice(query_id, text), SHORT_TIMEOUT_S)
        await self._services.not_longer(answer)

    def _is_silenced(self, account: int, written: float) -> bool:
        """Tells whether a message was written while another replica had silenced its account for a flood."""
        silenced = self._services.facts.silenced
        return bool(silenced) and lasts(silenced.get(self._key(account), 0.0), written)

    def _key(self, account: int) -> str:
        return self._services.facts.key_of(account)[:32]

    async def _tell_of_flood(self, update: Update, written: float) -> None:
        """Owes one notice, whichever replica gives it, in place of all the screens that the flood is owed."""
        family, context = whose(update), context_of(self._services, update)

        async def work(connection: AsyncConnection) -> None:
            if await named_values.begin_silence(connection, self._key(family), written, written + SILENCE_S):
                await outbox.drop_without_ticket(connection, family, owed.ScreenMessage.kind)
                await jobs.drop_family(connection, family)
                # An answer to the first message that is passed over: all above it was read.
                first = update.message.message_id if update.message else None
                await context.chat.owe_screen(connection, Screen(marked(texts.FLOOD)), reply_to=first)

        await self._services.database.write(work)
        self._services.owed.set()

    async def _try_hard(
        self, update: Update, kind: str, may_return_call: bool, repeated: bool
    ) -> tuple[TelegramMethod[Any] | None, str]:
        for pause in (*_PAUSES_S, 0.0):
            try:
                if answers_in_group(update):
                    await self._learn_desk(whose(update))
                context = context_of(self._services, update, may_return_call, repeated)
                bot = self._services.bot_at(whose(update))
                result = await self._dispatcher.feed_update(bot, update, context=context)
                return result if isinstance(result, TelegramMethod) else None, "ok"
            except DatabaseAway:
                raise
            except Exception as error:
                log.exception("update %s could not be handled", update.update_id)
                if await self.set_aside.failed(update, kind, error):
                    break
                await asyncio.sleep(pause)
        await self.set_aside.apologise(update)
        return None, "set_aside"

    async def _learn_desk(self, group: int) -> None:
        """Reads the schools again for a group that is no desk here: another replica may have bound it a moment ago.

        Its administrators answer the cards that the other replica sent; what they write would be passed over here.
        """
        schools = self._services.schools
        if schools.desk_at(group) is None and not schools.is_operators(group):
            await self._services.refresh_facts()


def context_of(
    services: Services, update: Update, may_return_call: bool = False, repeated: bool = False
) -> UpdateContext:
    """Makes the context of an update."""
    user, chat = sender_of(update), FamilyChat(services, whose(update), thread_of(update))
    name = _name_of(user.first_name) if user else ""
    return UpdateContext(update.update_id, chat, name, may_return_call, repeated=repeated)


@lru_cache(maxsize=4096)
def _name_of(first_name: str) -> str:
    """Gives a profile's name as it is stored and shown, masked: some people write their phone there."""
    return masking.mask(first_name).text[:64]


def _notice(query_id: str, text: str = "") -> AnswerCallbackQuery:
    return AnswerCallbackQuery(callback_query_id=query_id, text=text or None)
