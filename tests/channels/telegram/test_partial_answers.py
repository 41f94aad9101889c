"""Answers of the Bot API with extra, missing or unknown fields: what the bot needs of them is read all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from aiogram import methods
from aiogram.exceptions import TelegramAPIError, TelegramRetryAfter
from hypothesis import given
from hypothesis import strategies as st

from bot import texts_ru as texts
from bot.channels.telegram.session import Session, make_bot
from bot.delivery.desk_rights import missing_rights
from tests.world import World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: this is about what Telegram answers."""
    return sqlite_url


CHAT = {"id": -1001234567890, "type": "supergroup", "title": "Поддержка", "is_forum": True}
BOT = {"id": 42, "is_bot": True, "first_name": "Дневник", "username": "dnevnik_bot"}
MESSAGE = {"message_id": 77, "date": 1_790_000_000, "chat": CHAT, "from": BOT, "text": "слово"}
MEMBER = {
    "status": "administrator", "user": BOT, "can_be_edited": False, "is_anonymous": False, "can_manage_chat": True,
    "can_delete_messages": True, "can_manage_video_chats": True, "can_restrict_members": True,
    "can_promote_members": True, "can_change_info": True, "can_invite_users": True, "can_post_stories": True,
    "can_edit_stories": True, "can_delete_stories": True, "can_pin_messages": True, "can_manage_topics": True,
}  # fmt: skip
RESULTS: dict[str, tuple[Any, Any]] = {
    "getMe": (methods.GetMe(), BOT),
    "getChat": (methods.GetChat(chat_id=1), {**CHAT, "accent_color_id": 1, "max_reaction_count": 11}),
    "getChatMember": (methods.GetChatMember(chat_id=1, user_id=42), MEMBER),
    "getWebhookInfo": (
        methods.GetWebhookInfo(), {"url": "", "has_custom_certificate": False, "pending_update_count": 3},
    ),
    "getFile": (methods.GetFile(file_id="f"), {"file_id": "f", "file_unique_id": "u", "file_path": "a/b"}),
    "sendMessage": (methods.SendMessage(chat_id=1, text="а"), MESSAGE),
    "editMessageText": (methods.EditMessageText(chat_id=1, message_id=77, text="а"), MESSAGE),
    "copyMessage": (methods.CopyMessage(chat_id=1, from_chat_id=2, message_id=3), {"message_id": 77}),
    "createForumTopic": (
        methods.CreateForumTopic(chat_id=1, name="№1"), {"message_thread_id": 5, "name": "№1", "icon_color": 7322096},
    ),
}  # fmt: skip
UNKNOWN: list[tuple[str, Any]] = [
    ("available_reactions", [{"type": "emoji", "emoji": "👍"}, {"type": "sound", "sound_id": "1"}]),
    ("pinned_message", {**MESSAGE, "forward_origin": {"type": "guest", "date": 1}}),
    ("accepted_gift_types", None), ("permissions", {"can_fly": True}), ("photo", 7), ("tomorrow", {"a": [1]}),
]  # fmt: skip
JUNK: st.SearchStrategy[Any] = st.sampled_from([None, 7, "слово", [], {}, [{}], {"type": "tomorrow"}])


@pytest.fixture(scope="module")
def bot() -> Iterator[Any]:
    yield make_bot(World("sqlite+aiosqlite:///unused.sqlite3").settings())


def read(bot: Any, method: Any, result: Any) -> Any:
    """Gives what the caller of a method gets of an answer with this result."""
    assert isinstance(bot.session, Session)
    return bot.session.check_response(bot, method, 200, orjson.dumps({"ok": True, "result": result}).decode()).result


@pytest.mark.slow
@pytest.mark.parametrize("name", RESULTS)
@given(data=st.data())
def test_a_result_is_read_whatever_is_left_out_added_or_changed_in_it(bot: Any, name: str, data: st.DataObject) -> None:
    """Each field that came as it should is there, whatever stands beside it."""
    method, whole = RESULTS[name]
    needed = {"message_thread_id"} & whole.keys()
    others = sorted(whole.keys() - needed)
    lost = data.draw(st.sets(st.sampled_from(others))) if others else set()
    bent = data.draw(st.dictionaries(st.sampled_from(others), JUNK)) if others else {}
    more = dict(data.draw(st.lists(st.sampled_from(UNKNOWN)))) if name == "getChat" else {}
    came = {key: value for key, value in whole.items() if key not in lost} | bent | more
    result = read(bot, method, came)
    for key in whole.keys() - lost - bent.keys() - {"from", "chat", "user", "date", "status"}:
        assert getattr(result, key) == whole[key], key


@pytest.mark.parametrize("result", [None, True, "да", [], {}, {"message_id": None}])
@pytest.mark.parametrize("name", ["sendMessage", "copyMessage", "editMessageText"])
def test_what_was_sent_counts_as_sent_whatever_is_told_of_it(bot: Any, name: str, result: Any) -> None:
    """A message that arrived must not be sent again for an answer that nobody can read."""
    assert getattr(read(bot, RESULTS[name][0], result), "message_id", 0) == 0


@pytest.mark.parametrize(
    "said",
    [
        {"ok": False}, {"ok": False, "description": None}, {"ok": False, "error_code": "x", "description": 7},
        {"ok": False, "description": "Too Many", "parameters": []},
        {"ok": False, "description": "Too Many", "parameters": {"retry_after": None, "tomorrow": {}}},
    ],
)  # fmt: skip
@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 429, 500, 502])
def test_a_refusal_with_fields_missing_is_a_refusal_in_words(bot: Any, status: int, said: Any) -> None:
    with pytest.raises(TelegramAPIError) as raised:
        bot.session.check_response(bot, methods.GetMe(), status, orjson.dumps(said).decode())
    assert isinstance(raised.value.message, str)


def test_the_seconds_to_wait_are_read_beside_what_does_not_parse(bot: Any) -> None:
    said = {"ok": False, "description": "Too Many", "parameters": {"retry_after": 7, "migrate_to_chat_id": "x"}}
    with pytest.raises(TelegramRetryAfter) as raised:
        bot.session.check_response(bot, methods.GetMe(), 429, orjson.dumps(said).decode())
    assert raised.value.retry_after == 7


@pytest.mark.parametrize("status", ["member", "restricted", "left", "kicked"])
def test_a_member_without_rights_lacks_them_whatever_else_is_told(bot: Any, status: str) -> None:
    me = read(bot, RESULTS["getChatMember"][0], {"status": status})
    assert texts.RIGHT_ADMINISTRATOR in missing_rights(me, is_forum=True)


@pytest.mark.parametrize("lost", sorted(MEMBER))
def test_a_right_that_is_not_told_is_not_called_missing(bot: Any, lost: str) -> None:
    told = {key: value for key, value in MEMBER.items() if key != lost}
    assert missing_rights(read(bot, RESULTS["getChatMember"][0], told), is_forum=True) == []


def without(*names: str) -> Callable[[Any], Any]:
    """The result of a server that does not know these fields."""
    return lambda result: {key: value for key, value in result.items() if key not in names}


ODD: list[tuple[str, Callable[[Any], Any]]] = [
    ("getChatMember", without("user", "can_manage_topics", "can_post_stories")),
    ("getChatMember", lambda _: {"status": "guardian"}),
    ("getChat", lambda result: {**without("accent_color_id")(result), **dict(UNKNOWN)}),
    ("getMe", without("first_name", "is_bot", "can_join_groups")),
    ("createForumTopic", without("name", "icon_color")),
    ("sendMessage", without("date", "chat")),
]


@pytest.mark.parametrize(("method", "alter"), ODD)
async def test_a_ticket_leaves_whatever_another_version_tells(
    unstarted_world: World, method: str, alter: Callable[[Any], Any]
) -> None:
    """A newer or an older server costs no ticket."""
    unstarted_world.telegram.altered[method] = alter
    world = await unstarted_world.start()
    mother = world.person()
    number = await world.sends_ticket(mother)
    await world.topic_of(number)
    await world.desk.says("Исправили", topic=world.desk.topic(f"№{number}"))
    await mother.sees("Исправили")
