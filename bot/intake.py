"""Handles one update, polled or by webhook: in its family's order, and acknowledged only when it is done."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import lru_cache
from typing import Any

from aiogram import Dispatcher
from aiogram.exceptions import TelegramAPIError
from aiogram.methods import AnswerCallbackQuery, TelegramMethod
from aiogram.types import Message, Update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.channels.telegram.incoming_json import LARGEST_ID
from bot.delivery import at_once, owed
from bot.flood import SILENCE_S, Floods, Verdict
from bot.flows import masking
from bot.flows.marked import marked
from bot.flows.screen import Screen
from bot.handlers.update_context import UpdateContext
from bot.logs import handling
from bot.repeats import Repeat, seen
from bot.services import Services
from bot.watchdog import InHand
from storage import dialogues, facts, failed_updates, held_updates, jobs, outbox
from storage.database import DatabaseAway

log = logging.getLogger(__name__)

TRIES = 5
SHORT_TIMEOUT_S = 10
IN_HAND_HEALTHY_S = 60.0
_PAUSES_S = (0.05, 0.2, 0.5, 1.0)
_KINDS = ("message", "callback_query", "edited_message", "my_chat_member")
ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]


class Locks:
    """Keeps one lock a family (or group), as long as somebody holds or awaits it."""

    def __init__(self) -> None:
        self._locks: dict[int, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def hold(self, key: int) -> AsyncIterator[None]:
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

    async def handle(self, update: Update, *, rides: bool = False) -> TelegramMethod[Any] | None:
        """Handles one update; with `rides`, a call that may be given in the webhook's answer comes back."""
        kind, result = _kind(update), "failed"
        with handling(update.update_id), self._in_hand(InHand(update.update_id, kind)):
            started = time.perf_counter()
            self._began[update.update_id] = asyncio.get_running_loop().time()
            try:
                answer, result = await self._let_in(update, kind, rides)
                return answer
            except DatabaseAway:
                result = "database_away"
                raise
            finally:
                self._began.pop(update.update_id, None)
                self._services.metrics.update_handled(kind, result, time.perf_counter() - started)

    async def _let_in(self, update: Update, kind: str, rides: bool) -> tuple[TelegramMethod[Any] | None, str]:
        """Turns a flood away before anything is done for it; the rest is handled in its family's order."""
        if kind == "other":
            return None, "ignored"
        if update.update_id in self._services.held:
            return await self._set_aside_held(update, kind)
        query, now = update.callback_query, self._services.clock()
        if query and self._floods.presses_too_fast(query.from_user.id, update.update_id, now):
            return await self._answer_fast_press(query.id, rides), "flood"
        message = update.message or update.edited_message
        if message and message.chat.type == "private":
            verdict = self._floods.message(message.chat.id, update.update_id, _written_at(message), now)
            if verdict is Verdict.SILENT or self._is_silenced(message.chat.id, now):
                return None, "flood"
            if verdict is Verdict.TELL and await self._goes_to_ticket(message, update.update_id, now):
                verdict = Verdict.LET_IN
            if verdict is Verdict.TELL:
                await self._tell_of_flood(update, now)
                self._floods.told(message.chat.id, now)
                return None, "flood"
        family = whose(update)
        async with self._locks.hold(family), self._services.database.family(family):
            repeat = await seen(self._services, update.update_id, family)
            if repeat is Repeat.LATE:
                return await self._pass_over(update, rides), "repeated"
            return await self._try_hard(update, kind, rides, repeat is Repeat.LAST)

    async def _pass_over(self, update: Update, rides: bool) -> TelegramMethod[Any] | None:
        """Does nothing for an update that was handled before others were, but for ending the spinner of a press."""
        query = update.callback_query
        if query is None:
            return None
        if rides:
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

    async def _set_aside_held(self, update: Update, kind: str) -> tuple[None, str]:
        """Sets an update aside that held the loop until the process was ended: nothing reads its text any more."""
        log.error("update %s held the loop before and is set aside", update.update_id)
        family = whose(update)

        async def work(connection: AsyncConnection) -> None:
            await failed_updates.note_failure(
                connection, update_id=update.update_id, kind=kind, chat_id=family or None, error="held the loop",
                text=None, at=self._services.clock(), most=1,
            )  # fmt: skip
            await held_updates.forget(connection, update.update_id)

        await self._services.database.write(work)
        self._services.held -= {update.update_id}
        await self._apologise(update)
        return None, "set_aside"

    async def _goes_to_ticket(self, message: Message, update_id: int, now: float) -> bool:
        """Tells whether the message goes to the family's ticket, into which a whole chat may be forwarded at once."""
        if self._floods.is_beyond_forwarding(message.chat.id, update_id, _written_at(message), now):
            return False
        return (await dialogues.of(self._services.database, message.chat.id)).ticket_id is not None

    async def _answer_fast_press(self, query_id: str, rides: bool) -> TelegramMethod[Any] | None:
        if rides:
            return _notice(query_id, texts.PRESSES_TOO_FAST)
        await self._answer_press(query_id, texts.PRESSES_TOO_FAST)
        return None

    async def _answer_press(self, query_id: str, text: str = "") -> None:
        answer = at_once.call(self._services, _notice(query_id, text), SHORT_TIMEOUT_S)
        await self._services.not_longer(answer)

    def _is_silenced(self, account: int, now: float) -> bool:
        """Tells whether another replica has silenced this account because it wrote too much."""
        silenced = self._services.silenced
        return bool(silenced) and now < silenced.get(self._key(account), 0.0)

    def _key(self, account: int) -> str:
        return self._services.key_of(account)[:32]

    async def _tell_of_flood(self, update: Update, now: float) -> None:
        """Owes one notice, whichever replica gives it, in place of all the screens that the flood is owed."""
        family, context = whose(update), self._turn(update, False)

        async def work(connection: AsyncConnection) -> None:
            if await facts.begin_silence(connection, self._key(family), now, now + SILENCE_S):
                await outbox.drop_without_ticket(connection, family, owed.Screen.kind)
                await jobs.drop_family(connection, family)
                # An answer to the first message that is passed over: all above it was read.
                first = update.message.message_id if update.message else None
                await context.owe_screen(connection, Screen(marked(texts.FLOOD)), reply_to=first)

        await self._services.database.write(work)
        self._services.owed.set()

    async def _try_hard(
        self, update: Update, kind: str, rides: bool, repeated: bool
    ) -> tuple[TelegramMethod[Any] | None, str]:
        for pause in (*_PAUSES_S, 0.0):
            try:
                context = self._turn(update, rides, repeated)
                result = await self._dispatcher.feed_update(self._services.bot, update, context=context)
                return result if isinstance(result, TelegramMethod) else None, "ok"
            except DatabaseAway:
                raise
            except Exception as error:
                log.exception("update %s could not be handled", update.update_id)
                if await self._note_failure(update, kind, error):
                    break
                await asyncio.sleep(pause)
        await self._apologise(update)
        return None, "set_aside"

    def _turn(self, update: Update, rides: bool, repeated: bool = False) -> UpdateContext:
        user = _sender(update)
        name = _name_of(user.first_name) if user else ""
        return UpdateContext(
            self._services, update.update_id, whose(update), name, rides, _thread_of(update), repeated=repeated
        )

    async def _note_failure(self, update: Update, kind: str, error: Exception) -> bool:
        """Counts a failed try; True once the update is set aside."""
        text = _text_of(update)
        chat_id = whose(update)
        try:
            return await self._services.database.write(
                lambda c: failed_updates.note_failure(
                    c,
                    update_id=update.update_id,
                    kind=kind,
                    chat_id=chat_id if 0 < abs(chat_id) <= LARGEST_ID else None,
                    error=f"{type(error).__name__}: {masking.mask(str(error)).text}"[:500],
                    text=masking.mask(text).text if text else None,
                    at=self._services.clock(),
                    most=TRIES,
                )
            )
        except DatabaseAway:
            raise
        except Exception:
            # What cannot even be noted would come again for ever.
            log.exception("update %s cannot be noted as failed and is let go", update.update_id)
            return True

    async def set_aside_unreadable(self, update_id: int, query_id: str | None) -> None:
        """Keeps the number of an update that does not even parse; a press among them loses its spinner."""
        log.error("update %s does not parse and is set aside", update_id)
        await self._services.database.write(
            lambda c: failed_updates.note_failure(
                c,
                update_id=update_id,
                kind="unreadable",
                chat_id=None,
                error="does not parse",
                text=None,
                at=self._services.clock(),
                most=1,
            )
        )
        self._services.metrics.update_handled("unreadable", "set_aside", 0.0)
        if query_id:
            await self._answer_press(query_id, texts.SOMETHING_WRONG)

    async def set_aside_cut(self, update_id: int, raw: dict[str, Any]) -> None:
        """Asks for a shorter message where the network lets only the beginning of an update through."""
        await self.set_aside_unreadable(update_id, None)
        message = raw.get("message") or raw.get("edited_message")
        chat = message.get("chat") if isinstance(message, dict) else None
        number = chat.get("id") if isinstance(chat, dict) else None
        if type(number) is not int or not isinstance(chat, dict) or not isinstance(message, dict):
            return
        if chat.get("type") == "private":
            context = UpdateContext(self._services, update_id, number)
            await context.once(lambda c: context.owe_screen(c, Screen(marked(texts.MESSAGE_CUT))))
        elif self._services.desk_at(number):
            thread = message.get("message_thread_id") if message.get("is_topic_message") else None
            call = self._services.bot.send_message(number, texts.DESK_MESSAGE_CUT, message_thread_id=thread)
            await self._services.not_longer(_quietly(call))

    async def _apologise(self, update: Update) -> None:
        chat = update.message.chat if update.message else None
        query, bot = update.callback_query, self._services.bot
        if query:
            await self._services.not_longer(
                _quietly(bot.answer_callback_query(query.id, text=texts.SOMETHING_WRONG, show_alert=True))
            )
        elif chat and chat.type == "private":
            thread = update.message.message_thread_id if update.message else None
            call = bot.send_message(chat.id, texts.SOMETHING_WRONG, message_thread_id=thread)
            await self._services.not_longer(_quietly(call))
        elif update.message and chat and self._services.desk_at(chat.id):
            await self._services.not_longer(
                _quietly(update.message.reply(texts.SOMETHING_WRONG_DESK).as_(self._services.bot))
            )


async def _quietly(call: Awaitable[Any]) -> None:
    try:
        await call
    except TelegramAPIError as error:
        log.warning("somebody could not be told: %s", error.message)


@lru_cache(maxsize=4096)
def _name_of(first_name: str) -> str:
    """Gives a profile's name as it is stored and shown, masked: some people write their phone there."""
    return masking.mask(first_name).text[:64]


def _notice(query_id: str, text: str = "") -> AnswerCallbackQuery:
    return AnswerCallbackQuery(callback_query_id=query_id, text=text or None)


def _kind(update: Update) -> str:
    return next((kind for kind in _KINDS if getattr(update, kind) is not None), "other")


def _written_at(message: Message) -> float:
    return float(message.edit_date or message.date.timestamp())


def _sender(update: Update) -> Any:
    event = update.callback_query or update.message or update.edited_message or update.my_chat_member
    return event.from_user if event else None


def _thread_of(update: Update) -> int | None:
    """Gives the topic of a private chat in which a message was written, or a button pressed."""
    query = update.callback_query
    message = query.message if query else update.message or update.edited_message
    return message.message_thread_id if isinstance(message, Message) and message.chat.type == "private" else None


def whose(update: Update) -> int:
    """Gives the chat in whose order an update is handled: a private chat or a group; 0 where there is none."""
    if update.callback_query:
        message = update.callback_query.message
        if message is not None and message.chat.type != "private":
            return message.chat.id
        return update.callback_query.from_user.id
    event = update.message or update.edited_message or update.my_chat_member or update.channel_post
    return event.chat.id if event else 0


def _text_of(update: Update) -> str | None:
    message = update.message or update.edited_message
    if message:
        return message.text or message.caption
    return update.callback_query.data if update.callback_query else None
