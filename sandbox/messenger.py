"""The base of both sandboxed messengers, whatever their API: chats, messages, updates, calls, and listeners.

`Person` and `Administrator` speak to this interface alone, so that a test reads the same in each messenger. A message
is kept as a person sees it, in one form for all: `message_id`, `from`, `chat`, `text` or `caption`, `photo` and the
like, `reply_markup.inline_keyboard`, `reply_to_message`.
"""

from __future__ import annotations

import asyncio
import inspect
import itertools
import random
import time
from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import Any

from sandbox.telegram.errors import Dropped, Json, Page, Refused
from sandbox.telegram.faults import KINDS, Fault, Faults, What
from sandbox.telegram.records import Call, Chat, File, Query, Update
from sandbox.telegram.telegram_pace import Pace

Listener = Callable[[Json], None]


class Messenger(ABC):
    """Holds one messenger with one bot in it.

    `now` gives seconds since 1970 and may be replaced to move time; `log` bounds the list of calls (0: none).
    """

    bot: Json
    sender: Json
    pace: Pace
    faults: Faults

    def __init__(self, *, now: Callable[[], float] = time.time, log: int = 20_000, keep_messages: int | None) -> None:
        self.now = now
        self.keep_messages = keep_messages
        self.chats: dict[int, Chat] = {}
        self.users: dict[int, Json] = {}
        self.blocked: set[int] = set()
        self.services: set[tuple[int, int]] = set()  # service messages: the chat and the number of each
        self.files: dict[str, File] = {}
        self.bad_downloads: list[int | str] = []  # what the next downloads meet: a status, or "cut" half way
        self.queries: dict[str, Query] = {}
        self.calls: deque[Call] = deque(maxlen=log)
        self.counts: Counter[str] = Counter()
        self.violations: list[str] = []
        self.pending: dict[int, Update] = {}
        self.owed: Counter[int] = Counter()
        self.acknowledged = 0
        self.expired = 0
        self.hang_seconds = 90.0
        self.redelivery_scale = 1.0
        self.latency = 0.0
        self._listeners: list[Listener] = []
        self._numbers = itertools.count(1)
        self._serials = itertools.count(1)
        self._ticks = itertools.count(1)

    # -- who listens ------------------------------------------------------------------------------------------

    def subscribe(self, callback: Listener) -> Callable[[], None]:
        """Calls back at every change with a dict that has `event`; the function returned ends it.

        The callback must be quick and raise nothing.

        Events: message, edited, deleted (chat, message or id), reaction, pinned, topic (chat, topic, what), chat (chat,
        what), action (chat, action), poll, update (update), acknowledged (id), answered (query), call (method,
        parameters, result or error).
        """
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback)

    def tell(self, event: str, **details: Any) -> None:
        """Passes a change on to the listeners."""
        if self._listeners:
            told = {"event": event, **details}
            for callback in tuple(self._listeners):
                callback(told)

    # -- messages ---------------------------------------------------------------------------------------------

    def number(self, chat: Chat) -> int:
        """Gives the next message number: a supergroup counts by itself, the other chats count together."""
        return next(chat.numbers if chat.numbers is not None else self._numbers)

    def put(self, chat: Chat, sender: Json, content: Json) -> Json:
        """Keeps a new message and tells of it."""
        number = self.number(chat)
        message: Json = {"message_id": number, "from": sender, "chat": chat.info, "date": int(self.now()), **content}
        chat.messages[number] = message
        if self.keep_messages is not None and len(chat.messages) > self.keep_messages:
            oldest = next(iter(chat.messages))
            del chat.messages[oldest]
            chat.touched.pop(oldest, None)
            chat.pinned = [pinned for pinned in chat.pinned if pinned != oldest]
        chat.touched[number] = next(self._ticks)
        self.tell("message", chat=chat.id, message=message)
        return message

    def touch(self, chat: Chat, message: Json) -> None:
        """Notes that a message was changed, and tells of it."""
        chat.touched[message["message_id"]] = next(self._ticks)
        self.tell("edited", chat=chat.id, message=message)

    def remove(self, chat: Chat, number: int) -> None:
        """Forgets a message as if it had never been."""
        chat.messages.pop(number, None)
        chat.touched.pop(number, None)
        chat.reactions.pop(number, None)
        if number in chat.pinned:
            chat.pinned.remove(number)
        self.tell("deleted", chat=chat.id, id=number)

    def number_from(self, first: int) -> None:
        """Numbers messages, files and presses from here on, as a messenger does that has been in use for a while."""
        self._numbers = itertools.count(first)
        self._serials = itertools.count(first)

    def tick(self) -> int:
        """Gives a moment on the scale of `Chat.touched`, later than all before it."""
        return next(self._ticks)

    def serial(self) -> int:
        """Gives a number never given before."""
        return next(self._serials)

    # -- updates ----------------------------------------------------------------------------------------------

    def acknowledge(self, number: int) -> None:
        """Takes an update off, which the bot has said to be done with."""
        if self._forget(number):
            self.acknowledged += 1
            self.tell("acknowledged", id=number)

    def expire(self, number: int) -> None:
        """Gives an update up, as the messenger does after the time that it keeps them."""
        if self._forget(number):
            self.expired += 1
            self.tell("expired", id=number)

    def _forget(self, number: int) -> bool:
        update = self.pending.pop(number, None)
        if update is None:
            return False
        self.owed[update.owner] -= 1
        if not self.owed[update.owner]:
            del self.owed[update.owner]
        return True

    def settled(self, user: int | None = None) -> bool:
        """Tells whether the bot has acknowledged everything that this person (or anybody) sent."""
        return not self.pending if user is None else not self.owed.get(user)

    # -- calls of the bot, and troubles ---------------------------------------------------------------------------

    @property
    def strict_pace(self) -> bool:
        """Tells whether what comes too fast is refused with 429."""
        return self.pace.enforced

    @strict_pace.setter
    def strict_pace(self, enforced: bool) -> None:
        self.pace.enforced = enforced

    def fault(
        self,
        what: What,
        times: int = 1,
        method: str | None = None,
        chat: int | None = None,
        when: Callable[[Json], bool] | None = None,
    ) -> Fault:
        """Orders a trouble for the next `times` calls: a Refused, "drop", "hang", "page" or "done-then-drop".

        `method` is a regular expression, `when` looks at a call's parameters.
        """
        return self.faults.order(what, times, method, chat, when)

    def random_faults(self, share: float, rng: random.Random, kinds: Sequence[str] = KINDS) -> None:
        """Lets this share (0…1) of calls fail; the same `rng` gives the same troubles."""
        self.faults.at_random(share, rng, kinds)

    async def perform(self, name: str, parameters: Json, do: Callable[[], Any]) -> Any:
        """Carries out a call, unless a trouble was ordered for it, and notes it.

        Raises Refused as the messenger would, or Dropped where the connection is to be closed.
        """
        if self.latency and not _asks_for_updates(name):
            await asyncio.sleep(self.latency)
        trouble = self.faults.for_call(name, parameters)
        if trouble is not None:
            await self._meet(trouble, name, parameters, do)
        return await self._carry_out(name, parameters, do)

    async def _carry_out(self, name: str, parameters: Json, do: Callable[[], Any]) -> Any:
        try:
            result = do()
            if inspect.isawaitable(result):
                result = await result
        except Refused as refused:
            self.note_refusal(name, parameters, refused)
            raise
        self._note(name, parameters, result, None)
        return result

    async def _meet(self, trouble: What, name: str, parameters: Json, do: Callable[[], Any]) -> None:
        """Lets the call go wrong.

        Returns only where «late» was ordered and the time has passed without the caller going away.
        """
        if isinstance(trouble, Refused):
            self.note_refusal(name, parameters, trouble)
            raise trouble
        if trouble == "done-then-drop":
            try:
                await self._carry_out(name, parameters, do)
            except Refused as refused:
                raise Dropped from refused
        elif trouble == "hang":
            self._note(name, parameters, None, "hang")
            await asyncio.sleep(self.hang_seconds)
        elif trouble == "late":
            await asyncio.sleep(self.hang_seconds)
            return
        else:
            self._note(name, parameters, None, trouble)
            if trouble == "page":
                raise Page
        raise Dropped

    def note_refusal(self, name: str, parameters: Json, refused: Refused) -> None:
        """Notes a refused call, and, where the bot is to blame, the rule that it broke."""
        if refused.blames_bot:
            self.violations.append(f"{name}: {refused.description}")
        self._note(name, parameters, None, f"{refused.code} {refused.description}")

    def _note(self, name: str, parameters: Json, result: Any, error: str | None) -> None:
        if (
            _asks_for_updates(name)
            and error is None
            and not (result["updates"] if isinstance(result, dict) else result)
        ):
            return
        if self.calls.maxlen != 0:
            self.calls.append(Call(name, parameters, self.now(), result, error))
        self.tell("call", method=name, parameters=parameters, result=result, error=error)

    # -- what people do ---------------------------------------------------------------------------------------

    @abstractmethod
    def user(self, user_id: int, name: str = "Мария", *, started: bool = False, **more: Any) -> Json:
        """Makes a person, with a private chat that the bot may write in once they have started it."""

    @abstractmethod
    def private_chat(self, user_id: int) -> int:
        """Gives the number of a person's chat with the bot."""

    @abstractmethod
    def follow_link(self, user_id: int, payload: str) -> Json:
        """Opens the bot by a link with that payload. AssertionError for one that such a link cannot carry."""

    @abstractmethod
    def post(
        self,
        user_id: int,
        content: Json,
        *,
        chat_id: int | None = None,
        thread: int | None = None,
        reply_to: int | None = None,
        anonymous: bool = False,
    ) -> Json:
        """Posts a message of a person, in the private chat with the bot or in `chat_id`; returns it as kept."""

    @abstractmethod
    def post_album(self, user_id: int, contents: Sequence[Json], **where: Any) -> list[Json]:
        """Posts several pictures or files at once; gives the messages that they became."""

    @abstractmethod
    def edit_post(self, chat_id: int, number: int, content: Json) -> Json:
        """Edits a person's own message."""

    @abstractmethod
    def edit_of_nothing(self, chat_id: int, number: int) -> Json:
        """Tells of an edit that changed nothing a person wrote."""

    @abstractmethod
    def delete_post(self, chat_id: int, number: int) -> None:
        """Deletes a message, as its author does."""

    @abstractmethod
    def forwarded(self, source: Json, content: Json) -> Json:
        """Gives the content of a message that somebody else (`source["from"]`) wrote, forwarded."""

    @abstractmethod
    def press(self, user_id: int, chat_id: int, number: int, data: str) -> Query:
        """Presses a button, or sends what a forged client does."""

    @abstractmethod
    def block(self, user_id: int, *, blocked: bool = True) -> None:
        """Blocks the bot for a family, or lets it in again."""

    @abstractmethod
    def set_bot(self, chat: Chat, by: int, status: str, lacking: set[str] | None = None) -> None:
        """Adds, removes, promotes or restricts the bot in a group, as a person does."""

    @abstractmethod
    def keep_file(self, kind: str, data: bytes, name: str = "", mime: str = "", **about: Any) -> File:
        """Keeps the bytes of a file of one kind."""

    @abstractmethod
    def shown(self, kind: str, file: File) -> Json:
        """Gives the part of a message that carries a file."""


def _asks_for_updates(name: str) -> bool:
    return name in ("getUpdates", "get_updates")
