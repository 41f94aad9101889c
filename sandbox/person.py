"""Plays a person with a client, who writes, presses buttons, and waits for what the bot shows.

`await mother.says("/start")`, `await mother.press("Готово")`, `await mother.sees("Шаг 2 из 5")`.

Nothing here sleeps for luck: each wait is for a condition, is woken by what happens in the messenger, and has a limit
in seconds.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from sandbox.messenger import Messenger
from sandbox.telegram import rules
from sandbox.telegram.errors import Json
from sandbox.telegram.records import Query
from sandbox.visible import buttons_called, drawn, labels_of, newest, text_of, urls_of
from sandbox.waiting import LIMIT, quiet, until

_ids = itertools.count(10_001)


class Person:
    """Plays a family member with a private chat; nothing they send waits for the bot unless it says so.

    `limit` is how long (seconds) they wait for what should come.
    """

    def __init__(
        self, messenger: Messenger, name: str = "Мария", id: int | None = None, limit: float = LIMIT, **about: Any
    ) -> None:
        self.messenger = messenger
        self.id = id if id is not None else next(_ids)
        self.name = name
        self.limit = limit
        self.user = messenger.user(self.id, name, **about)
        self.chat_id = messenger.private_chat(self.id)
        self._acted = 0

    # -- what they send ---------------------------------------------------------------------------------------

    async def says(self, text: str, **where: Any) -> Json:
        """Sends a text, as typed. Returns the message."""
        return self._post({"text": text}, **where)

    async def opens_link(self, payload: str) -> Json:
        """Follows the link that opens the bot with this payload, and taps «Start».

        AssertionError for a payload that such a link cannot carry.
        """
        self._acted = self.messenger.tick()
        return self.messenger.follow_link(self.id, payload)

    async def sends_photo(self, data: bytes, caption: str | None = None, **where: Any) -> Json:
        return self._media("photo", data, caption, "", "image/jpeg", **where)

    async def sends_document(
        self,
        data: bytes,
        name: str = "file.pdf",
        mime: str = "application/pdf",
        caption: str | None = None,
        **where: Any,
    ) -> Json:
        return self._media("document", data, caption, name, mime, **where)

    async def sends_video(self, data: bytes = b"video", caption: str | None = None, **where: Any) -> Json:
        return self._media("video", data, caption, "video.mp4", "video/mp4", **where)

    async def sends_animation(self, data: bytes = b"animation", caption: str | None = None, **where: Any) -> Json:
        return self._media("animation", data, caption, "funny.mp4", "video/mp4", **where)

    async def sends_audio(self, data: bytes = b"audio", caption: str | None = None, **where: Any) -> Json:
        return self._media("audio", data, caption, "song.mp3", "audio/mpeg", **where)

    async def sends_voice(self, data: bytes = b"voice", caption: str | None = None, **where: Any) -> Json:
        return self._media("voice", data, caption, "", "audio/ogg", **where)

    async def sends_video_note(self, data: bytes = b"circle", **where: Any) -> Json:
        return self._media("video_note", data, None, "", "video/mp4", **where)

    async def sends_sticker(self, emoji: str = "👍", **where: Any) -> Json:
        file = self.messenger.keep_file("sticker", b"RIFF0000WEBP", "sticker.webp", "image/webp", emoji=emoji)
        return self._post(self.messenger.shown("sticker", file), **where)

    async def sends_location(self, latitude: float = 55.75, longitude: float = 37.62, **where: Any) -> Json:
        return self._post({"location": {"latitude": latitude, "longitude": longitude}}, **where)

    async def sends_contact(self, phone: str = "+79990001122", name: str = "Мария", **where: Any) -> Json:
        return self._post({"contact": {"phone_number": phone, "first_name": name, "user_id": self.id}}, **where)

    async def sends_poll(
        self, question: str = "Когда собрание?", options: Sequence[str] = ("Сегодня", "Завтра"), **where: Any
    ) -> Json:
        choices = [{"text": option, "voter_count": 0, "persistent_id": str(at)} for at, option in enumerate(options)]
        poll = {
            "id": str(self.messenger.serial()),
            "question": question,
            "options": choices,
            "total_voter_count": 0,
            "type": "regular",
        }
        poll |= {"is_closed": False, "is_anonymous": True, "allows_multiple_answers": False, "allows_revoting": False}
        poll["members_only"] = False
        return self._post({"poll": poll}, **where)

    async def sends_album(
        self, items: Sequence[bytes | tuple[str, bytes]], caption: str | None = None, **where: Any
    ) -> list[Json]:
        """Sends pictures, or (kind, bytes) pairs, at once; the caption stands on the first.

        Gives the messages that they became: in Telegram one for each with one media_group_id, in MAX a single one.
        """
        pairs = [("photo", item) if isinstance(item, bytes) else item for item in items]
        rules.album([kind for kind, _ in pairs])
        contents = [
            self._content(kind, data, caption if at == 0 else None, f"{kind}{at}", "")
            for at, (kind, data) in enumerate(pairs)
        ]
        self._acted = self.messenger.tick()
        return self.messenger.post_album(self.id, contents, **self._place(**where))

    async def edits(self, message: Json, text: str) -> Json:
        """Edits their own message: its text, or its caption where it is a picture."""
        self._acted = self.messenger.tick()
        field = "text" if "text" in message else "caption"
        return self.messenger.edit_post(message["chat"]["id"], message["message_id"], {field: text})

    async def sends(self, content: Json, **where: Any) -> Json:
        """Sends a message of any kind, given as the messenger's JSON: for kinds that have no method here."""
        return self._post(content, **where)

    async def edits_nothing(self, message: Json) -> Json:
        """Makes Telegram say that their message was edited, though nothing in it was."""
        self._acted = self.messenger.tick()
        return self.messenger.edit_of_nothing(message["chat"]["id"], message["message_id"])

    async def replies(self, message: Json, text: str, quote: str = "") -> Json:
        """Answers one particular message, or a part of it."""
        said = text_of(message)
        part = {"quote": {"text": quote, "position": said.find(quote), "is_manual": True}} if quote else {}
        return self._post({"text": text, **part}, reply_to=message["message_id"])

    async def forwards(self, text: str, author: str = "Школа") -> Json:
        """Forwards a text that somebody else wrote."""
        source: Json = {
            "date": int(self.messenger.now()),
            "from": {"id": 555_000_111, "is_bot": False, "first_name": author},
        }
        return self._post(self.messenger.forwarded(source, {"text": text}))

    async def deletes(self, message: Json) -> None:
        """Deletes a message of their own, of which a bot is told in MAX and not in Telegram."""
        self.messenger.delete_post(message["chat"]["id"], message["message_id"])

    async def blocks_bot(self) -> None:
        self.messenger.block(self.id)

    async def unblocks_bot(self) -> None:
        self.messenger.block(self.id, blocked=False)

    # -- what they press --------------------------------------------------------------------------------------

    async def press(self, label: str, *, message: Json | None = None, wait: bool = True) -> str:
        """Presses the button of that label once it appears; gives the text of the notice that answered, often empty.

        An emoji may stand before the label; of several buttons the one of the newest message is pressed. First it waits
        until the bot has taken what was sent before. AssertionError where there is no such button (with the labels
        seen) or the press stays unanswered. `wait=False` presses what is there now and returns at once.
        """
        query = await self._pressed(label, message, wait)
        return await self._answer_to(query, label) if wait else ""

    async def press_twice(self, label: str, *, message: Json | None = None) -> list[str]:
        """Taps twice, so fast that the second leaves before the first is answered; both must be answered."""
        first = await self._pressed(label, message, wait=True)
        second = self.messenger.press(self.id, first.chat, first.message, first.data)
        return [await self._answer_to(query, label) for query in (first, second)]

    async def taps(self, message: Json, data: str, *, wait: bool = True) -> str:
        """Sends callback data of their own making, or that of a button which is gone, as a forged client would."""
        self._acted = self.messenger.tick()
        query = self.messenger.press(self.id, message["chat"]["id"], message["message_id"], data)
        return await self._answer_to(query, data) if wait else ""

    async def _pressed(self, label: str, message: Json | None, wait: bool) -> Query:
        if wait:
            await until(self.messenger, lambda: self.messenger.settled(self.id), self.limit)
            await until(self.messenger, lambda: self._button(label, message) is not None, self.limit)
        found = self._button(label, message)
        assert found, (
            f"{self.name} finds no button «{label}»; there are {self._all_labels()}; the screen:\n{self._drawn()}"
        )
        where, button = found
        assert "callback_data" in button, f"«{label}» leads to {button.get('url')}, it is not pressed but opened"
        self._acted = self.messenger.tick()
        return self.messenger.press(self.id, where["chat"]["id"], where["message_id"], button["callback_data"])

    async def _answer_to(self, query: Query, label: str) -> str:
        answered = await until(self.messenger, lambda: bool(query.answers), self.limit)
        assert answered, f"the press on «{label}» was not answered within {self.limit} s"
        await until(self.messenger, lambda: self.messenger.settled(self.id), self.limit)
        return str(query.answers[-1].get("text", ""))

    # -- what they see ----------------------------------------------------------------------------------------

    async def sees(self, text: str, *, anywhere: bool = False, limit: float | None = None) -> Json:
        """Waits until the bot has taken what was sent and a message or a button shows this text; gives that message.

        It looks at the messages that came or changed since this person last did something, and at the newest one;
        with `anywhere` at all visible ones. AssertionError shows the screen.
        """
        wait = self.limit if limit is None else limit
        await until(
            self.messenger, lambda: self.messenger.settled(self.id) and self._showing(text, anywhere) is not None, wait
        )
        found = self._showing(text, anywhere)
        assert found is not None, f"{self.name} does not see «{text}» within {wait} s; the screen:\n{self._drawn()}"
        return found

    async def sees_nothing_new(self, seconds: float = 0.3) -> None:
        """Checks that the bot takes what was sent, and shows nothing new since then nor for `seconds` more.

        AssertionError shows what came.
        """
        await until(self.messenger, lambda: self.messenger.settled(self.id), self.limit)
        silent = await quiet(self.messenger, lambda: bool(self._new()), seconds)
        assert silent, f"{self.name} sees something new:\n" + "\n---\n".join(drawn(message) for message in self._new())

    async def settles(self) -> None:
        """Waits until the bot has acknowledged everything that this person sent. AssertionError where it does not."""
        taken = await until(self.messenger, lambda: self.messenger.settled(self.id), self.limit)
        assert taken, f"the bot has not taken what {self.name} sent within {self.limit} s"

    @property
    def screen(self) -> Json | None:
        """Gives the bot's message that came or changed last."""
        return newest(self.messenger.chats[self.chat_id], self.messenger.bot["id"])

    @property
    def text(self) -> str:
        return text_of(self.screen or {})

    @property
    def labels(self) -> list[str]:
        return labels_of(self.screen or {})

    @property
    def urls(self) -> dict[str, str]:
        """Gives the links of the screen, of buttons by label and of words in the text."""
        return urls_of(self.screen or {})

    @property
    def history(self) -> list[Json]:
        """Gives every visible message of the chat, in order."""
        return list(self.messenger.chats[self.chat_id].messages.values())

    @property
    def texts(self) -> list[str]:
        """Gives the words of every visible message of the bot, in order."""
        return [text_of(message) for message in self.from_bot]

    @property
    def from_bot(self) -> list[Json]:
        """Gives what the bot said; service messages that its deeds caused (a pin, a topic) are left out."""
        own = (message for message in self.history if message["from"]["id"] == self.messenger.bot["id"])
        return [one for one in own if (one["chat"]["id"], one["message_id"]) not in self.messenger.services]

    @property
    def notices(self) -> list[str]:
        """Gives the texts of the notices that answered this person's presses, in order; empty ones are left out."""
        mine = (query for query in self.messenger.queries.values() if query.user == self.id)
        return [answer["text"] for query in mine for answer in query.answers if answer.get("text")]

    def reaction(self, message: Json) -> str:
        """Gives the emoji that the bot put on a message, or nothing."""
        chat = self.messenger.chats[message["chat"]["id"]]
        return "".join(one.get("emoji", "") for one in chat.reactions.get(message["message_id"], []))

    # -- parts ------------------------------------------------------------------------------------------------

    def _post(self, content: Json, **where: Any) -> Json:
        self._acted = self.messenger.tick()
        return self.messenger.post(self.id, content, **self._place(**where))

    def _place(self, **where: Any) -> dict[str, Any]:
        """Gives where a message is posted, as the messenger names it."""
        return where

    def _media(self, kind: str, data: bytes, caption: str | None, name: str, mime: str, **where: Any) -> Json:
        return self._post(self._content(kind, data, caption, name, mime), **where)

    def _content(self, kind: str, data: bytes, caption: str | None, name: str, mime: str) -> Json:
        file = self.messenger.keep_file(kind, data, name, mime)
        return self.messenger.shown(kind, file) | ({"caption": caption} if caption else {})

    def _visible(self) -> list[Json]:
        """Gives the messages among which this person looks for buttons and texts."""
        return self.from_bot

    def _new(self) -> list[Json]:
        touched = self.messenger.chats[self.chat_id].touched
        return [message for message in self._visible() if touched[message["message_id"]] > self._acted]

    def _button(self, label: str, message: Json | None) -> tuple[Json, Json] | None:
        where = (
            self._visible()
            if message is None
            else [one for one in self._visible() if one["message_id"] == message["message_id"]]
        )
        return next(buttons_called(label, where), None)

    def _showing(self, text: str, anywhere: bool) -> Json | None:
        visible = self._visible()
        looked_at = visible if anywhere else [*self._new(), *visible[-1:]]
        shows = (one for one in reversed(looked_at) if text in text_of(one) or text in labels_of(one))
        return next(shows, None)

    def _all_labels(self) -> list[str]:
        return [label for message in reversed(self._visible()) for label in labels_of(message)]

    def _drawn(self) -> str:
        return "\n---\n".join(drawn(message) for message in self._visible()[-4:]) or "(nothing)"
