"""The context of the update in hand: who sent it, how its effects are committed once, and how it is answered."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from aiogram.methods import AnswerCallbackQuery, TelegramMethod
from aiogram.types import CallbackQuery, Message
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.channels.showing import Press
from bot.delivery import cosmetic_calls
from bot.desk import Desk
from bot.flows.content import Pack
from bot.flows.guide.school_question import above
from bot.flows.marked import Markup
from bot.flows.routes import Route
from bot.flows.screen import School, Screen
from bot.handlers.family import current_screen
from bot.handlers.family_chat import FamilyChat
from bot.services import Services
from storage import dialogues, statistics
from storage.dialogues import Dialogue
from storage.schools import FIRST

T = TypeVar("T")
Also = Callable[[AsyncConnection], Awaitable[object]]
ANSWERED_WITHIN_S = 10
_COUNTED = {"step": "step", "end": "step", "done": "done", "remedy": "error", "unknown": "unknown", "topic": "topic"}


@dataclass(slots=True)
class UpdateContext:
    """Holds the update being handled, and the `chat` of the family that it came from.

    - `may_return_call`: one call may be given back in the webhook's answer
    - `mark`: the hash of the message in hand (message_fingerprints.py)
    - `mark_before`: the hash of the same message when it was read before; None where it was not
    - `heard`: the hashes of the family's last messages, with that of this one
    - `repeated`: the update was handled before and is the family's last, so it is answered again and changes nothing
    - `words_above`: words that stand above the screen that answers the update
    - `family_id`: the chat's number, also where the chat is a group
    - `desk_here`: the desk whose chat that is; None for all other chats
    - `school_id`: the school of that desk, or of the family; None while a family has not chosen one of several
    """

    update_id: int
    chat: FamilyChat
    name: str = ""
    may_return_call: bool = False
    heard: str = ""
    mark_before: str | None = None
    mark: str = ""
    repeated: bool = False
    words_above: Markup = field(default_factory=Markup)
    desk_here: Desk | None = field(init=False)
    school_id: int | None = field(init=False)
    _found: Dialogue | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Finds the desk, as it is when the update comes in."""
        self.desk_here = self.services.schools.desk_at(self.family_id)
        self.school_id = self.desk_here.id if self.desk_here else self.services.schools.of_family(None)

    @property
    def desk(self) -> Desk:
        """Gives the desk in whose chat the update happened. Raises AssertionError where it happened elsewhere."""
        assert self.desk_here is not None, "only what happens in a desk's chat is handled so"
        return self.desk_here

    @property
    def desk_id(self) -> int:
        """Gives the desk to which the family writes; that of the first school while it has not chosen."""
        return self.school_id or FIRST

    @property
    def is_without_school(self) -> bool:
        """Tells whether the family still has to say which of several schools is theirs; known once its row was read."""
        return self.school_id is None and self.services.schools.are_several

    @property
    def school(self) -> School:
        """Gives the facts about the school that the screens show."""
        return self.services.school_of(self.school_id)

    @property
    def pack(self) -> Pack:
        """Gives what the school says."""
        return self.school.pack

    @property
    def services(self) -> Services:
        """Gives the parts that all updates share."""
        return self.chat.services

    @property
    def family_id(self) -> int:
        """Gives the chat that the update came from: a family's, or a group's below zero."""
        return self.chat.family_id

    @property
    def now(self) -> float:
        """Gives the present moment, seconds since the epoch."""
        return self.services.clock()

    async def dialogue(self) -> Dialogue:
        """Gives the dialogue of the family that this update came from: read once, and anew after `once` was called."""
        if self._found is None:
            found = await dialogues.of(self.services.database, self.family_id)
            self.school_id = self.services.schools.of_family(found.school_id)
            self._found = replace(found, name=self.name or found.name)
        return self._found

    async def once(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T | None:
        """Runs `work` in a transaction that only the first handling of this update commits; None at later ones."""

        async def noted(connection: AsyncConnection) -> T:
            result = await work(connection)
            if self.family_id > 0:
                await dialogues.note_update(connection, self.family_id, self.update_id)
            return result

        result = await self.services.database.write_once(self.update_id, self.now, noted)
        self._found = None
        self.services.owed.set()
        return result

    async def save_and_say(self, dialogue: Dialogue, screen: Screen, also: Also | None = None) -> None:
        """Commits the dialogue, then shows the screen as a new message; at a repeated update the stored one.

        `also` is done in the same transaction, with the first handling alone.
        """
        screen = above([self.words_above] if self.words_above else [], screen)
        if not also and dialogue.read is not None and not dialogue.owed and self.chat.takes_now(dialogue):
            # Nearly every message: only the family's own row changes.
            stored = replace(dialogue, updated_at=self.now, sent_at=self.now)
            is_first = await dialogues.save_once(self.services.database, stored, self.update_id, self.now)
            at_once = True if is_first else None
        else:
            at_once = await self._save_or_owe(dialogue, screen, also)
        if at_once:
            await self.chat.show(screen)
        elif at_once is None:
            # The update was handled before: its answer may not have arrived, so the family sees its screen again.
            await self.chat.say(await self.stored_screen(dialogue))

    async def stored_screen(self, dialogue: Dialogue) -> Screen:
        """Draws the screen before which a family stands."""
        return await self.services.database.read(lambda c: current_screen.current(self.services, c, dialogue))

    async def _save_or_owe(self, dialogue: Dialogue, screen: Screen, also: Also | None) -> bool | None:
        """Saves the dialogue, and tells whether its screen may go at once; otherwise the screen is owed.

        Gives None where the update was handled before.
        """

        async def work(connection: AsyncConnection) -> bool:
            if also:
                await also(connection)
            at_once = await self.chat.goes_at_once(connection, dialogue, screen)
            stored = replace(dialogue, updated_at=self.now, sent_at=self.now if at_once else dialogue.sent_at)
            await dialogues.save(connection, stored)
            return at_once

        return await self.once(work)

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
                connection,
                event,
                self.now,
                school_id=self.desk_id,
                path=route.path.id if route.path else None,
                step=route.step or None,
                error=route.about,
            )

        # A commit that broke off may count it twice, which does no harm in a statistic.
        await self.services.database.write(work, repeatable=True)

    async def answer_press(
        self, query: CallbackQuery, screen: Screen | None, notice: str = ""
    ) -> TelegramMethod[Any] | None:
        """Answers a button press: its message becomes the screen, and the query is answered, both at the same time."""
        notice = notice[: self.chat.abilities.notice_length]
        answer = AnswerCallbackQuery(callback_query_id=query.id, text=notice or None)
        if screen is None:
            return await self._answered(answer)
        if self.chat.abilities.press_shows_screen and query.message is None:
            # The message was deleted meanwhile, and the press may be answered by words alone.
            gone = texts.BUTTON_GONE[: self.chat.abilities.notice_length]
            return await self._answered(AnswerCallbackQuery(callback_query_id=query.id, text=notice or gone))
        if self.chat.abilities.press_shows_screen and _is_text(query):
            assert isinstance(query.message, Message)
            await self.chat.show(screen, query.message.message_id, Press(query.id, notice))
            return None
        edit = self._edit(query, screen)
        if self.may_return_call:
            await edit
            return answer
        await asyncio.gather(edit, self._answered_quietly(answer))
        return None

    async def _answered(self, answer: AnswerCallbackQuery) -> TelegramMethod[Any] | None:
        if self.may_return_call:
            return answer
        await self._answered_quietly(answer)
        return None

    async def _answered_quietly(self, answer: AnswerCallbackQuery) -> None:
        await self.services.not_longer(cosmetic_calls.call(self.services, answer, ANSWERED_WITHIN_S))

    async def _edit(self, query: CallbackQuery, screen: Screen) -> None:
        if not self.chat.abilities.edits or not isinstance(query.message, Message) or not _is_text(query):
            await self.chat.say(screen)
            return
        await self.chat.show(screen, query.message.message_id)


def _is_text(query: CallbackQuery) -> bool:
    """Tells whether the message under the pressed button is a text, which a screen can take the place of."""
    return isinstance(query.message, Message) and query.message.text is not None
