"""Updates of which a part does not parse: that part is left out, the rest is read."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.incoming_json import Unreadable, as_update, loads
from bot.channels.telegram.partial_updates import LEFT_OUT

CHAT = {"id": 5, "type": "private", "first_name": "Мария"}
PERSON = {"id": 5, "is_bot": False, "first_name": "Мария"}
MESSAGE: dict[str, Any] = {"message_id": 7, "date": 1_790_000_000, "chat": CHAT, "from": PERSON, "text": "слово"}
ODD: list[dict[str, Any]] = [
    {"forward_origin": {"type": "guest", "date": 1}}, {"entities": [{"type": "bold"}]}, {"reply_markup": {"x": 1}},
    {"reply_to_message": {"message_id": "x"}}, {"external_reply": {"origin": {"type": "guest", "date": 1}}},
    {"quote": {"words": "other"}}, {"via_bot": {"id": "none"}}, {"link_preview_options": 5}, {"story": {"id": "x"}},
    {"reply_to_story": []}, {"sender_chat": {"id": {}}}, {"edit_date": "yesterday"}, {"media_group_id": {"a": 1}},
]  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("kind", ["message", "edited_message"])
@pytest.mark.parametrize("odd", ODD, ids=lambda one: next(iter(one)))
def test_a_text_is_read_whatever_stands_beside_it(kind: str, odd: dict[str, Any]) -> None:
    update = as_update({"update_id": 1, kind: {**copy.deepcopy(MESSAGE), **copy.deepcopy(odd)}}, None)  # type: ignore[arg-type]
    message = update.message or update.edited_message
    assert message is not None and message.text == "слово"
    assert (message.model_extra or {})[LEFT_OUT] == odd, "what was left out is kept as it came"


@pytest.mark.parametrize("odd", ODD, ids=lambda one: next(iter(one)))
def test_a_press_is_read_whatever_stands_in_its_message(odd: dict[str, Any]) -> None:
    shown = {**copy.deepcopy(MESSAGE), **copy.deepcopy(odd)}
    query = {"id": "1", "from": PERSON, "chat_instance": "1", "data": "step", "message": shown}
    read = as_update({"update_id": 1, "callback_query": query}, None).callback_query  # type: ignore[arg-type]
    assert read is not None and read.message is not None and read.message.chat.id == 5


@given(st.sampled_from(sorted(name for one in ODD for name in one)), JSON)
def test_nothing_beside_a_text_keeps_it_from_being_read(name: str, value: Any) -> None:
    update = as_update({"update_id": 1, "message": {**copy.deepcopy(MESSAGE), name: value}}, None)  # type: ignore[arg-type]
    assert update.message is not None and update.message.text == "слово"


@pytest.mark.parametrize("needed", ["message_id", "chat", "date"])
def test_without_a_chat_or_a_number_there_is_nothing_to_answer(needed: str) -> None:
    with pytest.raises(Unreadable) as raised:
        as_update({"update_id": 9, "message": {**MESSAGE, needed: {"odd": 1}}}, None)  # type: ignore[arg-type]
    assert raised.value.update_id == 9


@pytest.mark.parametrize("depth", [100, 300, 480, 900])
@pytest.mark.parametrize("name", ["photo", "rich_message", "reply_to_message", "reply_markup", "invented_tomorrow"])
@pytest.mark.parametrize("key", ["", "blocks"])
def test_what_is_nested_without_end_costs_itself_and_nothing_else(name: str, key: str, depth: int) -> None:
    """Whatever as_update raised but Unreadable ended the fetching, at every start anew."""
    deep: Any = "x"
    for _ in range(depth):
        deep = {key: [deep]} if key else [deep]
    update = as_update({"update_id": 1, "message": {**copy.deepcopy(MESSAGE), name: deep}}, None)  # type: ignore[arg-type]
    assert update.message is not None and update.message.text == "слово"


@pytest.mark.parametrize("body", [b'{"a": "\xff\xd0"}', b'{"a": "\\ud800"}', b'{"a": "\xed\xa0\x80"}'])
def test_a_body_with_letters_that_are_none_is_read(body: bytes) -> None:
    """One such letter made the whole answer of getUpdates unreadable, the other ninety-nine updates with it."""
    assert set(loads(body)["a"]) == {"\ufffd"}
