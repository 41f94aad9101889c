"""Translation between MAX and aiogram's types, piece by piece: ids, updates, texts, keyboards, files, refusals."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import certifi
import pytest
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods import DeleteMessage, EditMessageText, SendMessage, TelegramMethod
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, MessageEntity, User

from bot import texts_ru as texts
from bot.channels import chat_ids
from bot.channels.abilities import MAX
from bot.channels.max import file_ids, marks_of_max, trusted_root
from bot.channels.max.file_ids import FileOfMax
from bot.channels.max.http_client import HttpClient, NoAnswer, Refusal, Refused
from bot.channels.max.keyboard_rows import keyboard_of
from bot.channels.max.max_bot import MaxBot
from bot.channels.max.max_updates import UpdateReader
from bot.channels.max.max_words import pieces, words_of
from bot.channels.max.message_numbers import MessageNumbers
from bot.channels.max.method_calls import MethodCalls, member_with
from bot.channels.max.refusals_of_max import as_aiogram
from bot.delivery.desk_rights import missing_rights
from bot.handlers import message_kinds
from bot.update_parts import kind_of, whose

FAMILY, DIALOG, GROUP, OWN = 212843158, 472107880, -70801090403050, 277639678


class Numbers(MessageNumbers):
    """Numbers messages in the order in which they are met, without a database."""

    def __init__(self) -> None:
        self.met: list[tuple[str, int]] = []

    async def of(self, mid: str, chat_id: int, parts: int = 1) -> list[int]:
        self.met += [(mid, part) for part in range(parts) if (mid, part) not in self.met]
        return [self.met.index((mid, part)) + 1 for part in range(parts)]

    async def known(self, mid: str) -> list[int]:
        return [number for number, (name, _) in enumerate(self.met, 1) if name == mid]


@pytest.fixture
def bot() -> MaxBot:
    return MaxBot(MethodCalls(HttpClient("http://127.0.0.1:9", "token", lambda: None), Numbers()))


def message(text: str = "", *attachments: Any, chat: int = DIALOG, **more: Any) -> dict[str, Any]:
    kind = "dialog" if chat > 0 else "chat"
    return {
        "recipient": {"chat_id": chat, "chat_type": kind, "user_id": OWN},
        "timestamp": 1795746129000,
        "sender": {"user_id": FAMILY, "first_name": "Мария", "is_bot": False},
        "body": {"mid": "mid.1", "seq": 1, "text": text, "attachments": list(attachments)},
        **more,
    }


def image(token: str) -> dict[str, Any]:
    return {"type": "image", "payload": {"photo_id": 1, "token": token, "url": "https://i.oneme.ru/" + token}}


def created(said: dict[str, Any]) -> dict[str, Any]:
    return {"update_type": "message_created", "timestamp": said["timestamp"], "message": said}


# --- ids -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, FAMILY, GROUP, -1, 2**59 - 1])
def test_an_id_of_max_comes_back_and_meets_none_of_telegram(number: int) -> None:
    chat = chat_ids.of_max(number)
    assert chat_ids.in_max(chat) == number and chat_ids.is_max(chat) and (chat > 0) == (number > 0)
    assert abs(chat) > 2**52 and abs(chat) < 2**63 and not chat_ids.is_max(2 * chat), "that is left to the next channel"
    assert chat_ids.written(chat) == f"max:{number}" and chat_ids.written(number) == str(number)


@pytest.mark.parametrize("number", [0, 2**59, -(2**60)])
def test_what_is_no_id_of_max_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="no id"):
        chat_ids.of_max(number)
    with pytest.raises(ValueError, match="not of MAX"):
        chat_ids.in_max(FAMILY)


# --- updates ---------------------------------------------------------------------------------------------------------


async def test_a_message_in_a_dialogue_is_the_familys_and_has_its_number_for_ever(bot: MaxBot) -> None:
    said = message("1 < 2 и ссылка")
    said["body"]["markup"] = [
        {"type": "strong", "from": 0, "length": 1},
        {"type": "link", "from": 8, "length": 6, "url": "https://a.example"},
        {"type": "hologram", "from": 0, "length": 1},
        {"type": "strong", "from": "0", "length": 1},
    ]
    (update,) = await UpdateReader(bot).read(created(said))
    (again,) = await UpdateReader(bot).read(created(said))
    assert update.update_id == again.update_id and 2**61 <= update.update_id < 2**62
    assert update.message and update.message.text == "1 < 2 и ссылка"
    assert whose(update) == chat_ids.of_max(FAMILY) and update.message.chat.type == "private"
    assert [(e.type, e.offset, e.url) for e in update.message.entities or []] == [
        ("bold", 0, None), ("text_link", 8, "https://a.example"),
    ]  # fmt: skip
    assert bot.calls.dialogs == {chat_ids.of_max(FAMILY): DIALOG}


async def test_several_pictures_of_one_message_are_an_album(bot: MaxBot) -> None:
    updates = await UpdateReader(bot).read(created(message("вот экран", image("a"), image("b"))))
    parts = [update.message for update in updates if update.message]
    assert [part.caption for part in parts] == ["вот экран", None]
    assert {part.media_group_id for part in parts} == {"mid.1"} and [part.message_id for part in parts] == [1, 2]
    assert len({update.update_id for update in updates}) == 2
    file = file_ids.read(parts[1].photo[-1].file_id if parts[1].photo else "")
    assert (file.kind, file.token, file.url) == ("image", "b", "https://i.oneme.ru/b")


@pytest.mark.parametrize(
    ("attachment", "kind"),
    [
        ({"type": "file", "filename": "справка.pdf", "size": 9, "payload": {"token": "t", "url": "u"}}, "document"),
        ({"type": "audio", "payload": {"token": "t", "url": "u"}}, "voice"),
        ({"type": "video", "duration": 3, "payload": {"token": "t", "url": "u"}}, "video"),
        ({"type": "sticker", "width": 5, "height": 5, "payload": {"code": "0b", "url": "u"}}, "sticker"),
        ({"type": "location", "latitude": 54.6, "longitude": 39.7}, "location"),
        ({"type": "contact", "payload": {"vcf_info": "BEGIN:VCARD\nTEL:+79001234567\nEND"}}, "contact"),
        ({"type": "share", "title": "Новость", "payload": {"url": "https://a.example"}}, "text"),
        ({"type": "hologram", "payload": {"x": 1}}, "unknown"),
        ({"type": "poll", "payload": {"question": "Когда?"}}, "unknown"),  # Telegram has a content of this name
        ({"type": "new-kind", "payload": None}, "unknown"),
        ({"type": "image", "payload": {"photo_id": 1}}, "unknown"),  # without a token nobody can send it on
    ],
)
async def test_every_kind_of_attachment_is_a_content(bot: MaxBot, attachment: dict[str, Any], kind: str) -> None:
    (update,) = await UpdateReader(bot).read(created(message("", attachment)))
    assert update.message
    found = message_kinds.found_in(update.message)
    assert found and found.name == kind and found.is_sure
    if kind == "document":
        assert message_kinds.file_name_of(update.message) == "справка.pdf"
    if kind == "contact":
        assert update.message.contact and update.message.contact.phone_number == "+79001234567"


async def test_a_forwarded_post_is_read_and_a_reply_names_its_message(bot: MaxBot) -> None:
    forward = {"type": "forward", "message": {"mid": "mid.9", "text": "из канала"}, "sender": {"first_name": "Канал"}}
    (update,) = await UpdateReader(bot).read(created(message(link=forward)))
    assert update.message and update.message.text == "из канала" and update.message.forward_origin
    reply = {"type": "reply", "message": {"mid": "mid.8", "text": "что там"}}
    (update,) = await UpdateReader(bot).read(
        created(message("ответ", link=reply, body={"mid": "mid.2", "text": "ответ"}))
    )
    assert update.message and update.message.reply_to_message
    assert (await bot.calls.numbers.known("mid.8")) == [update.message.reply_to_message.message_id]


async def test_a_press_names_its_message_and_one_under_a_deleted_message_its_person(bot: MaxBot) -> None:
    user = {"user_id": FAMILY, "first_name": "Мария"}
    press = {"callback_id": "abc", "payload": "role", "user": user, "timestamp": 1}
    raw = {
        "update_type": "message_callback",
        "timestamp": 1,
        "callback": press,
        "message": message("Кто вы?", chat=GROUP),
    }
    (update,) = await UpdateReader(bot).read(raw)
    assert update.callback_query and update.callback_query.data == "role"
    assert whose(update) == chat_ids.of_max(GROUP)
    (gone,) = await UpdateReader(bot).read({**raw, "message": None})
    assert whose(gone) == chat_ids.of_max(FAMILY) and gone.update_id == update.update_id


async def test_who_comes_and_goes_is_told(bot: MaxBot) -> None:
    user = {"user_id": FAMILY, "first_name": "Мария"}
    about = {"timestamp": 5, "chat_id": DIALOG, "user": user}
    (started,) = await UpdateReader(bot).read({"update_type": "bot_started", "payload": "p_child", **about})
    assert started.message and started.message.text == "/start p_child"
    for kind in ("bot_stopped", "dialog_removed"):
        (left,) = await UpdateReader(bot).read({"update_type": kind, **about})
        assert left.my_chat_member and left.my_chat_member.new_chat_member.status == "kicked"
    # Polling does not say who added the bot.
    (added,) = await UpdateReader(bot).read(
        {"update_type": "bot_added", "timestamp": 5, "chat_id": GROUP, "is_channel": False}
    )
    assert kind_of(added) == "my_chat_member" and whose(added) == chat_ids.of_max(GROUP)


async def test_a_deletion_names_every_part_and_what_the_bot_deleted_itself_is_no_news(bot: MaxBot) -> None:
    await UpdateReader(bot).read(created(message("", image("a"), image("b"))))
    raw = {
        "update_type": "message_removed",
        "timestamp": 5,
        "message_id": "mid.1",
        "chat_id": DIALOG,
        "user_id": FAMILY,
    }
    (update,) = await UpdateReader(bot).read(raw)
    assert kind_of(update) == "deleted_business_messages" and whose(update) == chat_ids.of_max(FAMILY)
    assert update.deleted_business_messages and update.deleted_business_messages.message_ids == [1, 2]
    assert await UpdateReader(bot).read({**raw, "message_id": "mid.unknown"}) == []
    bot._known = User(id=OWN, is_bot=True, first_name="Дневник")
    assert await UpdateReader(bot).read({**raw, "user_id": OWN}) == []


@pytest.mark.parametrize(
    "raw",
    [
        None, [], {}, {"update_type": 7}, {"update_type": "something_new_in_2027", "chat_id": 1},
        {"update_type": "message_created"}, {"update_type": "message_created", "message": {"body": None}},
        {"update_type": "message_callback", "callback": {"callback_id": "a"}},
        {"update_type": "bot_started", "chat_id": "x", "user": {"user_id": "y"}, "timestamp": 1},
        {"update_type": "dialog_muted", "chat_id": DIALOG},
    ],
)  # fmt: skip
async def test_what_is_not_understood_is_passed_over(bot: MaxBot, raw: Any) -> None:
    assert await UpdateReader(bot).read(raw) == []


ODD: tuple[Any, ...] = (None, "x", -1, 10**30, 1.5, True, [], {}, [None], {"a": 1})
OPTIONAL_PARTS: list[dict[str, Any]] = [
    {"attachments": [image("i")]},
    {"attachments": [{"type": "video", "payload": {"token": "v", "url": "u"}, "width": 1, "height": 2, "duration": 3}]},
    {"attachments": [{"type": "file", "payload": {"token": "f", "url": "u"}, "filename": "a.pdf", "size": 9}]},
    {"attachments": [{"type": "contact", "payload": {"vcf_info": "TEL:1", "max_info": {"first_name": "А"}}}]},
    {"attachments": [{"type": "location", "latitude": 54.6, "longitude": 39.7}]},
    {"attachments": [{"type": "share", "payload": {"url": "u"}, "title": "t"}]},
    {"markup": [{"type": "link", "from": 0, "length": 2, "url": "https://max.ru"}]},
    {"link": {"type": "reply", "sender": {"first_name": "Ян"}, "message": {"mid": "mid.2", "text": "да"}}},
    {"link": {"type": "forward", "sender": {"first_name": "Ян"}, "message": {"mid": "mid.2", "text": "да"}}},
]


def with_one_odd_part(part: Any) -> Iterator[Any]:
    """Gives the same JSON value once for each value in it and each odd one that may stand in its place."""
    yield from ODD
    for name in part if isinstance(part, dict) else range(len(part)) if isinstance(part, list) else ():
        for odd in with_one_odd_part(part[name]):
            changed = copy.copy(part)
            changed[name] = odd
            yield changed


@pytest.mark.parametrize("part", OPTIONAL_PARTS, ids=str)
async def test_one_part_that_is_not_as_the_schema_has_it_hides_no_words(bot: MaxBot, part: dict[str, Any]) -> None:
    """A file, a mark or a quote of tomorrow is passed over; what the family wrote beside it is not."""
    (name,) = part
    for odd in with_one_odd_part(part[name]):
        said = message("не пускает")
        (said if name == "link" else said["body"])[name] = odd
        (update, *_) = await UpdateReader(bot).read(created(said))
        assert update.message and "не пускает" in (update.message.text, update.message.caption), odd


@pytest.mark.parametrize("kind", ["bot_added", "bot_removed", "bot_stopped", "bot_started"])
async def test_a_moment_that_no_clock_shows_is_passed_over(bot: MaxBot, kind: str) -> None:
    """An update that cannot be read must not come again for ever."""
    raw = {"update_type": kind, "chat_id": GROUP, "user": {"user_id": FAMILY, "first_name": "М", "is_bot": False}}
    for timestamp in (10**30, -(10**30), "1" * 400, None):
        await UpdateReader(bot).read({**raw, "timestamp": timestamp})
    (update,) = await UpdateReader(bot).read({**raw, "timestamp": 1795746129000})
    assert update.my_chat_member or update.message


async def test_what_a_bot_or_a_channel_wrote_is_nobodys_word(bot: MaxBot) -> None:
    own = message("эхо") | {"sender": {"user_id": OWN, "first_name": "Дневник", "is_bot": True}}
    post = message("пост") | {"sender": None}
    assert await UpdateReader(bot).read(created(own)) == [] and await UpdateReader(bot).read(created(post)) == []


# --- what the bot says -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("telegram", "of_max"),
    [
        ("<b>Шаг</b> &lt;1&gt;", "<b>Шаг</b> &lt;1&gt;"),
        ("<strike>нет</strike><tg-spoiler>да</tg-spoiler>", "<s>нет</s>да"),
        ("<blockquote expandable>цитата</blockquote>", "цитата"),
        ('<a href="https://a.example/?x=1">тут</a>', '<a href="https://a.example/?x=1">тут</a>'),
        ('<a href="https://a.example/o\'neil?x=1">тут</a>', '<a href="https://a.example/o\'neil?x=1">тут</a>'),
        ("<a href='https://a.example/'>тут</a>", "<a href='https://a.example/'>тут</a>"),
        ('<a href="tg://user?id=1">Мария</a>', "Мария"),
        ('<code class="language-py">x</code>', "<code>x</code>"),
    ],
)
def test_marks_that_max_does_not_know_go_without_their_tag(telegram: str, of_max: str) -> None:
    assert marks_of_max.html_of(telegram) == of_max


def test_a_text_with_formatting_that_would_be_too_long_goes_plain(bot: MaxBot) -> None:
    bold = [MessageEntity(type="bold", offset=0, length=1)]
    short = words_of(bot, SendMessage(chat_id=1, text=""), "а & б", bold)
    assert (short.text, short.format) == ("<b>а</b> &amp; б", "html")
    long = words_of(bot, SendMessage(chat_id=1, text=""), "&" * 3990, bold)
    assert (long.text, long.format) == ("&" * 3990, None)
    parts = pieces(words_of(bot, SendMessage(chat_id=1, text="", parse_mode=None), "я" * 4096, None))
    assert [len(part.text) for part in parts] == [4000, 96]
    with pytest.raises(TelegramBadRequest, match="too long"):
        words_of(bot, SendMessage(chat_id=1, text=""), "&amp;" * 801, None)


def test_a_keyboard_keeps_to_maxs_rows() -> None:
    link = InlineKeyboardButton(text="Ссылка", url="https://a.example")
    press = InlineKeyboardButton(text="я" * 200, callback_data="role")
    markup = InlineKeyboardMarkup(inline_keyboard=[[press] * 9, [link, press, press, press], *[[press]] * 40])
    ((keyboard),) = keyboard_of(markup)
    rows = keyboard["payload"]["buttons"]
    assert [len(row) for row in rows[:4]] == [7, 2, 3, 1] and len(rows) == MAX.button_rows
    assert len(rows[0][0]["text"]) == 128 and rows[2][0] == {"type": "link", "text": "Ссылка", "url": link.url}
    assert keyboard_of(None) == [] and keyboard_of(InlineKeyboardMarkup(inline_keyboard=[])) == []


def test_a_file_is_named_by_one_string() -> None:
    file = FileOfMax("file", "t", "https://a.example/f", 'спр"авка.pdf')
    assert file_ids.read(file.file_id) == file and file_ids.is_of_max(file.file_id)
    with pytest.raises(ValueError, match="no file of MAX"):
        file_ids.read("AgACAgIAAxkBAAI")


@pytest.mark.parametrize(
    ("is_admin", "is_owner", "permissions", "lacking"),
    [
        (True, False, ["read_all_messages", "write", "delete"], []),
        (True, False, ["read_all_messages", "post_edit_delete_message"], []),  # as older versions of MAX name it
        (True, False, None, []),  # the schema lets it out
        (False, True, None, []),
        (True, False, ["read_all_messages"], [texts.RIGHT_DELETE]),
        (True, False, ["write", "delete"], [texts.RIGHT_ADMINISTRATOR, texts.RIGHT_DELETE]),
        (False, False, None, [texts.RIGHT_ADMINISTRATOR, texts.RIGHT_DELETE]),
    ],
)
def test_rights_in_a_group_are_read_as_max_lists_them(
    is_admin: bool, is_owner: bool, permissions: list[str] | None, lacking: list[str]
) -> None:
    assert missing_rights(member_with(is_admin, is_owner, permissions), is_forum=False) == lacking


_SEND: TelegramMethod[Any] = SendMessage(chat_id=1, text="x")
_EDIT: TelegramMethod[Any] = EditMessageText(chat_id=1, message_id=1, text="x")
_DELETE: TelegramMethod[Any] = DeleteMessage(chat_id=1, message_id=1)


@pytest.mark.parametrize(
    ("method", "refusal", "kind", "words"),
    [
        (_SEND, (401, "verify.token", "Invalid access_token"), TelegramUnauthorizedError, "verify.token"),
        (_SEND, (403, "chat.denied", "error.dialog.suspended"), TelegramForbiddenError, "suspended"),
        (_SEND, (404, "chat.not.found", "no"), TelegramBadRequest, "chat not found"),
        (_SEND, (400, "attachment.not.ready", "no"), TelegramBadRequest, "temporarily unavailable"),
        (_SEND, (429, "too.many.requests", "no"), TelegramRetryAfter, "too.many"),
        (_SEND, (200, "internal.error", "no"), TelegramServerError, "internal"),
        (_SEND, (503, "service.unavailable", "no"), TelegramServerError, "unavailable"),
        (_SEND, (405, "method.not.allowed", "no"), TelegramConflictError, "not.allowed"),
        (_EDIT, (404, "not.found", "no"), TelegramBadRequest, "message to edit not found"),
        (_EDIT, (200, "chat.denied", "within 7 days"), TelegramBadRequest, "can't be edited"),
        (_EDIT, (403, "chat.denied", "suspended"), TelegramForbiddenError, "suspended"),
        (_DELETE, (404, "not.found", "no"), TelegramBadRequest, "message to delete not found"),
        (_DELETE, (403, "access.denied", "no"), TelegramBadRequest, "not enough rights"),
    ],
)
def test_a_refusal_is_known_by_telegrams_words(
    method: TelegramMethod[Any], refusal: tuple[int, str, str], kind: type[TelegramAPIError], words: str
) -> None:
    error = as_aiogram(Refused(Refusal(*refusal)), method)
    assert type(error) is kind and words in str(error)
    assert isinstance(as_aiogram(NoAnswer("ServerDisconnectedError"), method), TelegramNetworkError)


def test_the_root_certificate_is_the_one_that_is_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert trusted_root.ends_at().year == 2032
    issuers = [dict(pair[0] for pair in one["issuer"]) for one in trusted_root.context().get_ca_certs()]
    assert "Russian Trusted Root CA" in {issuer.get("commonName") for issuer in issuers}
    first, end = Path(certifi.where()).read_text("utf-8").partition("-----END CERTIFICATE-----")[:2]
    other = tmp_path / "other.pem"
    other.write_text("-----BEGIN" + first.partition("-----BEGIN")[2] + end, "ascii")
    monkeypatch.setattr(trusted_root, "FILE", other)
    with pytest.raises(ValueError, match="another certificate"):
        trusted_root.context()
