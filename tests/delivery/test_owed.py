"""Each kind of owed message is a class with a sender, and reads and writes the rows of older versions."""

from typing import Any

import pytest

from bot.delivery import owed, senders
from bot.delivery.owed_message import CLASSES, Unknown
from bot.flows.marked import Markup
from storage.outbox import Owed

# Rows as version 1.1.0 and the versions after it kept them.
KEPT: list[tuple[str, dict[str, Any]]] = [
    ("card", {}),
    ("card", {"unless_placed": True}),
    ("pin", {"message_id": 5}),
    ("card_edit", {}),
    ("card_choice", {"ready": True}),
    ("card_choice", {"ready": True, "page": 1, "choice": "17"}),
    ("desk_page", {"text": "слово", "message_id": 5, "markup": {"inline_keyboard": []}}),
    ("card_choice", {"colleagues": 2}),
    ("topic_state", {}),
    ("topic_open", {}),
    ("to_desk", {"row": 3, "reply_row": None}),
    ("to_desk", {"row": 3, "reply_row": 2, "quote": {"quote": "слово"}, "trial": True, "placed": 1, "placeless": True}),
    ("to_desk", {"row": 3, "anew": True, "from_message": None, "prompt": None, "alone": True, "told_waiting": True}),
    ("edit_at_desk", {"row": 3, "replaced": False}),
    ("desk_text", {"text": "<b>слово</b>", "reply_to": 5}),
    ("desk_text", {"text": "слово", "thread": 7, "reply_to": 5, "general": True}),
    ("desk_text", {"text": "слово", "markup": {"inline_keyboard": []}, "moved": True, "placed": 2}),
    ("desk_text", {"text": "слово", "general": True, "silent": True, "repair_of": 3}),
    ("desk_text", {"text": "слово", "tells_of": 3}),
    ("desk_buttons", {"message_id": 5, "markup": {"inline_keyboard": []}}),
    ("chart", {"text": "слово", "numbers": {"days": 7}, "thread": None, "reply_to": 5}),
    ("card_choice", {"put_off": True}),
    ("waiting_list", {"until": 5.0}),
    ("week_report", {"text": "слово", "numbers": {"days": 7}, "until": 5.0}),
    ("school_export", {}),
    ("schools_table", {"text": "слово", "first": "2030-11-01", "last": "2030-11-30", "reply_to": 5}),
    ("delete", {"message_ids": [1, 2], "desk_chat_id": None}),
    ("delete_topic", {"topic_id": 7, "desk_chat_id": -100, "told": True}),
    ("screen", {"text": "слово", "markup": None}),
    ("screen", {"text": "слово", "markup": {"inline_keyboard": []}, "message_id": 5, "lasting": True}),
    ("screen", {"text": "слово", "prompt": {"inline_keyboard": []}, "reply_to": 5, "row": 6}),
    ("to_family", {"row": 3, "from_message": 5, "reply_row": None, "prompt": {"inline_keyboard": []}}),
    ("edit_at_family", {"row": 3, "from_message": 5, "replaced": True}),
    ("strip", {"message_id": 5}),
    ("delete_at_family", {"message_id": 5}),
    ("reaction", {"message_id": 5}),
    ("reaction", {"message_id": 5, "desk_chat_id": -100, "or_say": False}),
]


def a_row(kind: str, payload: dict[str, Any]) -> Owed:
    return Owed(1, 7, "family:7", kind, payload, None, 7, None, 0.0, 0.0, 0)


def said(payload: dict[str, Any]) -> dict[str, Any]:
    """Leaves out of a payload what is as by default."""
    return {name: value for name, value in payload.items() if value not in (None, False)} | (
        {"or_say": False} if payload.get("or_say") is False else {}
    )


@pytest.mark.parametrize(("kind", "payload"), KEPT)
def test_a_row_is_read_and_written_as_before(kind: str, payload: dict[str, Any]) -> None:
    message = owed.of(a_row(kind, payload))
    assert type(message) is CLASSES[kind] and message.kind == kind
    assert said(message.to_json()) == said(payload)
    assert owed.of(a_row(kind, message.to_json())) == message


def test_every_kind_is_among_them_and_has_a_sender() -> None:
    assert {kind for kind, _ in KEPT} == set(CLASSES)
    assert set(senders.SENDERS) == set(CLASSES.values())


def test_what_a_person_typed_is_escaped_and_a_kept_text_is_not_escaped_twice() -> None:
    typed = owed.DeskText("1 < 2")  # type: ignore[arg-type]
    assert typed.to_json() == {"text": "1 &lt; 2"}
    kept = owed.DeskText.from_json(typed.to_json())
    assert kept.text == Markup("1 &lt; 2") and kept.to_json() == typed.to_json()


def test_a_banned_family_gets_words_without_buttons() -> None:
    keys: dict[str, Any] = {"inline_keyboard": []}
    assert owed.ScreenMessage(Markup("слово"), markup=keys, prompt=keys).without_buttons().to_json() == {
        "text": "слово"
    }
    assert owed.ToFamily(3, prompt=keys).without_buttons().to_json() == {"row": 3}
    assert owed.Strip(5).without_buttons() == owed.Strip(5)


@pytest.mark.parametrize(
    ("kind", "payload"), [("invented_tomorrow", {"words": "слово"}), ("screen", {"words": "слово"})]
)
def test_a_row_that_nobody_understands_is_kept_as_it_is(kind: str, payload: dict[str, Any]) -> None:
    message = owed.of(a_row(kind, payload))
    assert isinstance(message, Unknown) and message.payload == payload
    assert {name: message.to_json()[name] for name in payload} == payload


def test_a_limit_on_one_kind_of_call_lets_the_others_go() -> None:
    assert owed.waiting_as("edit") == {
        "card_edit", "card_choice", "desk_page", "desk_buttons", "edit_at_desk", "edit_at_family",
    }  # fmt: skip
    assert owed.waiting_as("card") == {"card"}, "making topics has a limit of its own"
    assert owed.waiting_as("message") == owed.MESSAGES == set(CLASSES) - owed.SILENT
    assert owed.waiting_as("") == set(CLASSES)


def test_cosmetic_calls_are_silent_and_give_way() -> None:
    for one in CLASSES.values():
        assert not (one.is_cosmetic and one.is_message)
        assert one.gives_way or not one.is_cosmetic
        assert one.is_change or not one.is_erasure
