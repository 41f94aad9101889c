"""Shows screens in a family's chat: at once where the chat takes one now, else through the outbox.

At once it calls bot/channels/showing.py, which chooses the messenger, and in Telegram screen_call.py makes the call.
What goes through the outbox is sent later by bot/delivery/screen_senders.py.
"""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiogram.exceptions import TelegramAPIError, TelegramBadRequest, TelegramForbiddenError, TelegramRetryAfter
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels import showing
from bot.channels.abilities import Abilities
from bot.channels.showing import Press
from bot.channels.telegram.keyboards import keyboard, keyboard_json
from bot.delivery import owed, own_texts, queues, refusals
from bot.delivery.own_texts import Told
from bot.delivery.private_topics import is_thread_gone
from bot.flows.screen import Screen
from bot.services import Services
from bot.tickets import owed_buttons
from storage import dialogues, outbox, sends
from storage.clocks import CLOCKS_APART_S
from storage.database import DatabaseAway
from storage.dialogues import Dialogue

log = logging.getLogger(__name__)

SHOWN_WITHIN_S = 10
_MARGIN_S = 5.0
SHORT_WAIT_S = 3.0  # how long an edit may be waited for; where Telegram asks for more, the answer is a new message


@dataclass(slots=True)
class FamilyChat:
    """Holds the chat of one family. `thread_id` is the topic of it in which the family acted; None outside topics."""

    services: Services
    family_id: int
    thread_id: int | None = None
    _kept: int | None = None  # the outbox row of a screen whose call hangs

    @property
    def abilities(self) -> Abilities:
        """Gives what can be done in the chat."""
        return self.services.abilities_of(self.family_id)

    @property
    def _now(self) -> float:
        return self.services.clock()

    @property
    def _editing(self) -> str:
        """Gives the key under which the pause of edits in this chat is kept."""
        return f"editMessageText:{self.family_id}"

    async def say(self, screen: Screen) -> None:
        """Sends a new message where the chat takes one now, else owes it; the dialogue stays as it is."""

        async def work(connection: AsyncConnection) -> bool:
            dialogue = await dialogues.load(connection, self.family_id)
            at_once = await self.goes_at_once(connection, dialogue, screen)
            if at_once:
                await sends.note_sent(connection, self.family_id, self._now)
            return at_once

        if await self.services.database.write(work):
            await self.show(screen)
        else:
            self.services.owed.set()

    async def goes_at_once(self, connection: AsyncConnection, dialogue: Dialogue, screen: Screen) -> bool:
        """Tells whether a screen may be sent now; owes it where it may not."""
        at_once = await self.may_say_at_once(connection, dialogue)
        if not at_once:
            await self.owe_screen(connection, screen, self._apart_in(dialogue))
        return at_once

    async def may_say_at_once(self, connection: AsyncConnection, dialogue: Dialogue) -> bool:
        """Tells whether a new message may go to the family now: the pace allows it, and nothing is owed before it."""
        return self.takes_now(dialogue) and not await outbox.is_owed(connection, outbox.family_queue(self.family_id))

    def takes_now(self, dialogue: Dialogue) -> bool:
        """Tells whether the pace lets a new message go to the family now."""
        return not self._apart_in(dialogue) and not self.services.pace.crowded.left(self._now)

    def _apart_in(self, dialogue: Dialogue) -> float:
        """Gives the seconds after which the next message keeps its distance from the last one.

        That went a moment ago, or ahead by a replica's clock; further ahead, the clock was put back since.
        """
        distance, passed = self.abilities.in_chat.distance, self._now - dialogue.sent_at
        return distance - max(0.0, passed) if -CLOCKS_APART_S <= passed < distance else 0.0

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
        return await queues.to_family(connection, self.family_id, message, self._now, delay=max(0.0, delay))

    async def show(self, screen: Screen, message_id: int | None = None, press: Press | None = None) -> None:
        """Shows a screen. Where the call hangs, the outbox keeps the screen and the update is done.

        With a `press` of a button under the message, the screen answers it, where the channel has such answers.
        """
        if message_id is not None and self.services.pace.waits.left(self._editing, self._now) > SHORT_WAIT_S:
            await self.say(screen)
            return
        if message_id is None:
            self.services.pace.said.append(self._now)
        hanging = await self.services.not_longer(self._call(screen, message_id, press))
        if hanging is not None:
            await self._keep(screen, message_id, hanging)

    async def _keep(self, screen: Screen, message_id: int | None, hanging: "asyncio.Task[None]") -> None:
        """Owes the screen from the moment on at which the call must have ended: no other screen overtakes it."""
        delay = SHOWN_WITHIN_S + _MARGIN_S
        try:
            self._kept = await self.services.database.write(lambda c: self.owe_screen(c, screen, delay, message_id))
        except DatabaseAway:
            await hanging
            return
        self.services.late_calls.start(self._after_hanging(hanging))

    async def _after_hanging(self, hanging: "asyncio.Task[None]") -> None:
        await asyncio.wait({hanging})
        if hanging.cancelled() or hanging.exception() is not None or self._kept is None:
            return  # the row is sent when it is due
        kept = self._kept
        with suppress(DatabaseAway):
            await self.services.database.write(lambda c: outbox.done(c, [kept]))
            self.services.owed.set()

    async def _call(self, screen: Screen, message_id: int | None, press: Press | None) -> None:
        services = self.services
        try:
            await self._show_or_less(screen, message_id, press)
            services.metrics.sent("delivered")
        except TelegramAPIError as error:
            services.metrics.sent(type(error).__name__)
            await self._after(screen, message_id, error)

    async def _show_or_less(self, screen: Screen, message_id: int | None, press: Press | None) -> None:
        """Shows the screen; of one that Telegram refuses, what it takes of it. Raises aiogram's errors."""
        services = self.services
        rows = own_texts.taken(services, screen.rows)
        try:
            await showing.show(
                services.bot, self.family_id, screen.text, keyboard_json(rows), message_id, SHOWN_WITHIN_S,
                thread_id=self.thread_id, press=press,
            )  # fmt: skip
        except TelegramBadRequest as error:
            send = self._sender(message_id)
            await own_texts.tell_less(services, self.abilities, Told(screen.text, keyboard(rows)), send, error)

    def _sender(self, message_id: int | None) -> own_texts.Send[None]:
        async def send(told: Told) -> None:
            await showing.show(
                self.services.bot, self.family_id, told.text, told.keys_json, message_id, SHOWN_WITHIN_S,
                told.parse_mode, self.thread_id,
            )  # fmt: skip

        return send

    async def _after(self, screen: Screen, message_id: int | None, error: TelegramAPIError) -> None:
        if isinstance(error, TelegramBadRequest):
            await self._after_refusal(screen, message_id, error)
        elif isinstance(error, TelegramForbiddenError):
            await self.services.database.write(lambda c: dialogues.mark_blocked(c, self.family_id, self._now))
        elif isinstance(error, TelegramRetryAfter):
            if message_id is None:
                self.services.pace.note_refusal(self.family_id, error.retry_after, self.services.clock())
            elif error.retry_after > SHORT_WAIT_S:
                # Edits have a limit of their own: the answer comes as a new message.
                self.services.pace.waits.note(self._editing, self._now + error.retry_after, self._now)
                await self.say(screen)
                return
            await self._owe(screen, message_id, error.retry_after)
        else:
            log.warning("a screen is sent later: %s", error.message)
            await self._owe(screen, message_id, 1.0)

    async def _after_refusal(self, screen: Screen, message_id: int | None, error: TelegramBadRequest) -> None:
        if refusals.is_unchanged(error.message):
            return
        if self.thread_id is not None and message_id is None and is_thread_gone(error):
            self.thread_id = None
            await self.services.database.write(lambda c: dialogues.leave_thread(c, self.family_id))
            await self.show(screen)
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
                due = self._now + delay
                await outbox.retry(connection, [self._kept], not_before=due, error="the call hung")

        await self.services.database.write(work)
        self._kept = None
        self.services.owed.set()


def owed_screen(screen: Screen, **more: Any) -> owed.ScreenMessage:
    """Gives a screen as it is owed."""
    return owed.ScreenMessage(screen.text, markup=owed_buttons.markup_of(screen.rows), **more)
