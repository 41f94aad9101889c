"""MAX as one object: it takes a call of its Bot API, fails it where that was ordered, carries it out, and logs it."""

from __future__ import annotations

import re
from typing import Any

from sandbox.max.max_errors import MaxRefused, broken_payload, in_words_of_max
from sandbox.max.max_people import MaxPeople
from sandbox.telegram.errors import Json, Refused
from sandbox.telegram.faults import Faults

_MID = r"(?P<message_id>mid\.\w+)"
_CHAT = r"chats/(?P<chat_id>-?\d+)"
CALLS = (
    ("GET", r"me", "get_me"),
    ("PATCH", r"me/commands", "set_commands"),
    ("GET", r"updates", "get_updates"),
    ("GET", r"subscriptions", "get_subscriptions"),
    ("POST", r"subscriptions", "subscribe_webhook"),
    ("DELETE", r"subscriptions", "unsubscribe_webhook"),
    ("POST", r"messages", "send_message"),
    ("PUT", r"messages", "edit_message"),
    ("DELETE", r"messages", "delete_message"),
    ("GET", rf"messages/{_MID}", "get_message"),
    ("POST", r"answers", "answer"),
    ("POST", r"uploads", "upload"),
    ("GET", r"videos/(?P<token>[\w-]+)", "get_video"),
    ("GET", _CHAT, "get_chat"),
    ("POST", rf"{_CHAT}/actions", "send_action"),
    ("GET", rf"{_CHAT}/members/me", "get_own_membership"),
)
_ROUTES = tuple((verb, re.compile(path), name) for verb, path, name in CALLS)
_NUMBERS = ("chat_id", "user_id", "marker", "limit", "timeout")


class Max(MaxPeople):
    """Carries out calls of MAX's Bot API, without the HTTP. See MaxMemory for what may be set.

    A fault names its call as CALLS does: `max.fault("drop", 1, method="send_message")`; a chat by its number.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.faults = Faults([name for _, _, name in CALLS], in_words_of_max)

    async def call(self, verb: str, path: str, query: Json, body: Json) -> Json:
        """Carries out one call and returns its answer.

        Raises Refused as MAX would, or Dropped where the connection is to be closed.
        """
        name, given = "unknown", dict(query)
        try:
            name, named = _route(verb, path)
            self.counts[name] += 1
            given = _numbers(query | named) | body
            self.pace.call()
        except Refused as refused:
            self.note_refusal(name, given, refused)
            raise
        chat = self._chat_of(given)
        noted = given if chat is None else given | {"chat_id": chat}
        answer: Json = await self.perform(name, noted, lambda: getattr(self, name)(given))
        return answer

    def _chat_of(self, given: Json) -> int | None:
        """Gives the chat that a call speaks to, which an edit or an answer does not name."""
        if "user_id" in given:
            return self.private_chat(given["user_id"])
        if given.get("message_id") in self.posts:
            return self.posts[given["message_id"]].chat.id
        query = self.queries.get(given.get("callback_id", ""))
        return query.chat if query else None


def _route(verb: str, path: str) -> tuple[str, Json]:
    found = [(known, name, match) for known, route, name in _ROUTES if (match := route.fullmatch(path))]
    for known, name, match in found:
        if known == verb:
            return name, match.groupdict()
    status, key = (405, "method.not.allowed") if found else (404, "not.found")
    raise MaxRefused(status, key, f"{verb} /{path}")


def _numbers(given: Json) -> Json:
    read = dict(given)
    for name in _NUMBERS:
        if name in read:
            try:
                read[name] = int(read[name])
            except ValueError:
                raise broken_payload(f"{name}: a number is expected") from None
    return read
