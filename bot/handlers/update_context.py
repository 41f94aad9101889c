"""Commits the effects of an update once, and gives its answer at once or owes it through the outbox."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from aiogram.exceptions import TelegramAPIError, TelegramBadRequest, TelegramForbiddenError, TelegramRetryAfter
from aiogram.methods import AnswerCallbackQuery, TelegramMethod
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.abilities import Abilities
from bot.channels.telegram.keyboards import keyboard, keyboard_json
from bot.channels.telegram.session import show
from bot.delivery import at_once, owed, own_texts, queues, refusals
from bot.delivery.own_texts import Told
from bot.delivery.private_topics import is_thread_gone
from bot.desk import Desk
from bot.flows.routes import Route
from bot.flows.screen import Screen
from bot.handlers.family import current_screen
from bot.services import Services
from storage import dialogues, outbox, sends, statistics
from storage.database import DatabaseAway
from storage.dialogues import Dialogue

log = logging.getLogger(__name__)

T = TypeVar("T")
Also = Callable[[AsyncConnection], Awaitable[object]]
SCREEN_TIMEOUT_S = 10
_MARGIN_S = 5.0
_COUNTED = {"step": "step", "end": "step", "done": "done", "remedy": "error", "unknown": "unknown", "topic": "topic"}
_NOT_MODIFIED = "message is not modified"
SHORT_WAIT_S = 3.0  # so long an answer may wait for its own message; a longer wait is told in a new one


@dataclass(slots=True)
class UpdateContext:
    """Holds the update being handled. `rides` says that one call may be given back in the webhook's answer.

    `thread_id` is the topic of the private chat that the family acted in; None beside all topics. `mark` is that of
    the message in hand, `heard_before` the one that it had when it was read last, and `heard` those of the last
    messages, this one with them (messages_read.py).
    `repeated` says that the update was handled before and is the family's last: nothing but its answer is given again.
    `family_id` is the chat's number where the update is of a group, and `desk_here` the desk whose chat that is.
    """

    services: Services
    update_id: int
    family_id: int
    name: str = ""
    rides: bool = False
    thread_id: int | None = None
    heard: str = ""
    heard_before: str | None = None
    mark: str = ""
    repeated: bool = False
    desk_here: Desk | None = field(init=False)
    _kept: int | None = None  # the outbox row of a screen whose call hangs

    def __post_init__(self) -> None:
        """Finds the desk, as it is when the update comes in."""
        self.desk_here = self.services.desk_at(self.family_id)

    @property
    def desk(self) -> Desk:
        """Gives the desk in whose chat the update happened. Raises AssertionError where it happened elsewhere."""
        assert self.desk_here is not None, "only what happens in a desk's chat is handled so"
        return self.desk_here

    @property
    def abilities(self) -> Abilities:
        """Gives what can be done in the family's chat."""
        return self.services.abilities_of(self.family_id)

    @property
    def _editing(self) -> str:
        """Gives the name under which edits in this family's chat wait as long as Telegram asked."""
        return f"editMessageText:{self.family_id}"

    @property
    def now(self) -> float:
        """Gives the present moment, seconds since the epoch."""
        return self.services.clock()

    async def dialogue(self) -> Dialogue:
        """Reads the dialogue of the family that this update came from."""
        found = await dialogues.of(self.services.database, self.family_id)
        return replace(found, name=self.name or found.name)

    async def once(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T | None:
        """Runs `work` in a transaction that only the first handling of this update commits; None at later ones."""

        async def noted(connection: AsyncConnection) -> T:
            result = await work(connection)
            if self.family_id > 0:
                await dialogues.note_update(connection, self.family_id, self.update_id)
            return result

        result = await self.services.database.write_once(self.update_id, self.now, noted)
        self.services.owed.set()
        return result

    async def save_and_say(self, dialogue: Dialogue, screen: Screen, also: Also | None = None) -> None:
        """Commits the dialogue, then shows the screen as a new message. A repeated update is only shown its place.

        `also` is done in the same transaction, with the first handling alone.
        """
        if not also and dialogue.read is not None and not dialogue.owed and self._takes_now(dialogue):
            # Nearly every message: only the family's own row changes.
            stored = replace(dialogue, updated_at=self.now, sent_at=self.now)
            is_first = await dialogues.save_once(self.services.database, stored, self.update_id, self.now)
            at_once = True if is_first else None
        else:
            at_once = await self._save_or_owe(dialogue, screen, also)
        if at_once:
            await self._show(screen)
        elif at_once is None:
            # The update was handled before: its answer may not have arrived, so the family sees its place again.
            await self.say(await self.place(dialogue))

    async def place(self, dialogue: Dialogue) -> Screen:
        """Draws the screen before which a family stands."""
        return await self.services.database.read(lambda c: current_screen.current(self.services, c, dialogue))

    async def _save_or_owe(self, dialogue: Dialogue, screen: Screen, also: Also | None) -> bool | None:
        """Saves the dialogue, and tells whether its screen may go at once; otherwise the screen is owed.

        Gives None where the update was handled before.
        """

        async def work(connection: AsyncConnection) -> bool:
            if also:
                await also(connection)
            at_once = await self._goes_at_once(connection, dialogue, screen)
            stored = replace(dialogue, updated_at=self.now, sent_at=self.now if at_once else dialogue.sent_at)
            await dialogues.save(connection, stored)
            return at_once

        return await self.once(work)

    async def say(self, screen: Screen) -> None:
        """Sends a new message where the chat takes one now, else owes it; the dialogue stays as it is."""

        async def work(connection: AsyncConnection) -> bool:
            dialogue = await dialogues.load(connection, self.family_id)
            at_once = await self._goes_at_once(connection, dialogue, screen)
            if at_once:
                await sends.note_sent(connection, self.family_id, self.now)
            return at_once

        if await self.services.database.write(work):
            await self._show(screen)
        else:
            self.services.owed.set()

    async def _goes_at_once(self, connection: AsyncConnection, dialogue: Dialogue, screen: Screen) -> bool:
        at_once = await self.may_say_at_once(connection, dialogue)
        if not at_once:
            delay = dialogue.sent_at + self.abilities.in_chat.distance - self.now
            await self.owe_screen(connection, screen, delay)
        return at_once

    async def count_arrival(self, route: Route) -> None:
        """Counts how far families get: each screen once a family, as far as this process remembers."""
        kind = None if self.repeated else _COUNTED.get(route.kind)
        if kind is None or not self.services.counted.is_new(
            (self.family_id, route.kind, route.about, route.path, route.step)
        ):
            return
        event = "began" if kind == "step" and route.step == 1 else kind

        async def work(connection: AsyncConnection) -> None:
            await statistics.count(
                connection, event, self.now, path=route.path, step=route.step or None, error=route.about
            )

        # A commit that broke off may count it twice, which a statistic bears.
        await self.services.database.write(work, repeatable=True)

    async def may_say_at_once(self, connection: AsyncConnection, dialogue: Dialogue) -> bool:
        """Tells whether a new message may go to the family now: the pace allows it, and nothing is owed before it."""
        return self._takes_now(dialogue) and not await outbox.is_owed(connection, outbox.family_queue(self.family_id))

    def _takes_now(self, dialogue: Dialogue) -> bool:
        apart = self.now - dialogue.sent_at >= self.abilities.in_chat.distance
        return apart and self.now >= self.services.pace.crowded_until

    async def owe_screen(
        self,
        connection: AsyncConnection,
        screen: Screen,
        delay: float = 0.0,
        message_id: int | None = None,
        reply_to: int | None = None,
    ) -> int:
        """Owes the family a screen: as a new message (a reply to one of theirs), or in place of the one of this id.

        Gives the row's id.
        """
        message = owed_screen(screen, message_id=message_id, reply_to=reply_to)
        return await queues.to_family(connection, self.family_id, message, self.now, delay=max(0.0, delay))

    async def press(self, query: CallbackQuery, screen: Screen | None, notice: str = "") -> TelegramMethod[Any] | None:
        """Answers a button press: its message becomes the screen, and the query is answered, both at the same time."""
        notice = notice[: self.abilities.notice_length]
        answer = AnswerCallbackQuery(callback_query_id=query.id, text=notice or None)
        if screen is None:
            return await self._answered(answer)
        edit = self._edit(query, screen)
        if self.rides:
            await edit
            return answer
        await asyncio.gather(edit, self._answered_quietly(answer))
        return None

    async def _answered(self, answer: AnswerCallbackQuery) -> TelegramMethod[Any] | None:
        if self.rides:
            return answer
        await self._answered_quietly(answer)
        return None

    async def _answered_quietly(self, answer: AnswerCallbackQuery) -> None:
        await self.services.not_longer(at_once.call(self.services, answer, SCREEN_TIMEOUT_S))

    async def _edit(self, query: CallbackQuery, screen: Screen) -> None:
        if not self.abilities.edits or not isinstance(query.message, Message) or query.message.text is None:
            await self.say(screen)
            return
        await self._show(screen, query.message.message_id)

    async def _show(self, screen: Screen, message_id: int | None = None) -> None:
        """Shows a screen. Where the call hangs, the outbox keeps the screen and the update is done."""
        if message_id is not None and self.services.pace.waits.left(self._editing, self.now) > SHORT_WAIT_S:
            await self.say(screen)
            return
        if message_id is None:
            self.services.pace.said.append(self.now)
        hanging = await self.services.not_longer(self._call(screen, message_id))
        if hanging is not None:
            await self._keep(screen, message_id, hanging)

    async def _keep(self, screen: Screen, message_id: int | None, hanging: "asyncio.Task[None]") -> None:
        """Owes the screen from the moment on at which the call must have ended: no other screen overtakes it."""
        delay = SCREEN_TIMEOUT_S + _MARGIN_S
        try:
            self._kept = await self.services.database.write(lambda c: self.owe_screen(c, screen, delay, message_id))
        except DatabaseAway:
            await hanging
            return
        ending = asyncio.create_task(self._after_hanging(hanging))
        self.services.late.add(ending)
        ending.add_done_callback(self.services.late.discard)

    async def _after_hanging(self, hanging: "asyncio.Task[None]") -> None:
        await asyncio.wait({hanging})
        if hanging.cancelled() or hanging.exception() is not None or self._kept is None:
            return  # the row is sent when it is due
        kept = self._kept
        with suppress(DatabaseAway):
            await self.services.database.write(lambda c: outbox.done(c, [kept]))
            self.services.owed.set()

    async def _call(self, screen: Screen, message_id: int | None) -> None:
        services = self.services
        try:
            await self._show_or_less(screen, message_id)
            services.metrics.sent("delivered")
        except TelegramAPIError as error:
            services.metrics.sent(type(error).__name__)
            await self._after(screen, message_id, error)

    async def _show_or_less(self, screen: Screen, message_id: int | None) -> None:
        """Shows the screen; of one that Telegram refuses, what it takes of it. Raises aiogram's errors."""
        services = self.services
        rows = own_texts.taken(services, screen.rows)
        try:
            await show(
                services.bot, self.family_id, screen.text, keyboard_json(rows), message_id, SCREEN_TIMEOUT_S,
                thread_id=self.thread_id,
            )  # fmt: skip
        except TelegramBadRequest as error:
            send = self._sender(message_id)
            await own_texts.tell_less(services, self.abilities, Told(screen.text, keyboard(rows)), send, error)

    def _sender(self, message_id: int | None) -> own_texts.Send[None]:
        async def send(told: Told) -> None:
            await show(
                self.services.bot, self.family_id, told.text, told.keys_json, message_id, SCREEN_TIMEOUT_S,
                told.parse_mode, self.thread_id,
            )  # fmt: skip

        return send

    async def _after(self, screen: Screen, message_id: int | None, error: TelegramAPIError) -> None:
        if isinstance(error, TelegramBadRequest):
            await self._after_refusal(screen, message_id, error)
        elif isinstance(error, TelegramForbiddenError):
            await self.services.database.write(lambda c: dialogues.mark_blocked(c, self.family_id, self.now))
        elif isinstance(error, TelegramRetryAfter):
            if message_id is None:
                self.services.pace.note_refusal(self.family_id, error.retry_after, self.services.clock())
            elif error.retry_after > SHORT_WAIT_S:
                # Edits have a limit of their own: the answer comes as a new message.
                self.services.pace.waits.note(self._editing, self.now + error.retry_after, self.now)
                await self.say(screen)
                return
            await self._owe(screen, message_id, error.retry_after)
        else:
            log.warning("a screen is sent later: %s", error.message)
            await self._owe(screen, message_id, 1.0)

    async def _after_refusal(self, screen: Screen, message_id: int | None, error: TelegramBadRequest) -> None:
        if _NOT_MODIFIED in error.message:
            return
        if self.thread_id is not None and message_id is None and is_thread_gone(error):
            self.thread_id = None
            await self.services.database.write(lambda c: dialogues.leave_thread(c, self.family_id))
            await self._show(screen)
            return
        if refusals.is_lost(error.message):
            # Telegram says so of chats that are there, too: the outbox tries again, and ends for who is not.
            log.info("a screen is sent later: %s", error.message)
            await self._owe(screen, None, 1.0)
            return
        if message_id is not None:
            await self.say(screen)
            return
        try:
            await own_texts.tell_barest(self.services, self.abilities, Told(screen.text), self._sender(None))
        except TelegramAPIError as again:
            log.error("Telegram refuses a screen, and its bare words, too: %s", type(again).__name__)

    async def _owe(self, screen: Screen, message_id: int | None, delay: float) -> None:
        async def work(connection: AsyncConnection) -> None:
            if self._kept is None:
                await self.owe_screen(connection, screen, delay, message_id)
            else:
                due = self.now + delay
                await outbox.retry(connection, [self._kept], not_before=due, error="the call hung")

        await self.services.database.write(work)
        self._kept = None
        self.services.owed.set()


def owed_screen(screen: Screen, **more: Any) -> owed.Screen:
    """Gives a screen as it is owed."""
    return owed.Screen(screen.text, markup=markup_json(keyboard(screen.rows)), **more)


def markup_json(markup: InlineKeyboardMarkup | None) -> dict[str, Any] | None:
    """Gives a keyboard as plain data."""
    return markup.model_dump(exclude_none=True) if markup else None
