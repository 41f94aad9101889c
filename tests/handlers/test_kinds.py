"""Kinds of messages: every field of today's Bot API is known, and later ones are judged by a rule."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram.types import Message

from bot.channels.incoming_json import as_update
from bot.flows import masking
from bot.handlers import message_fingerprints, message_kinds
from bot.handlers.family import message_data


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: each kind is read before anything is stored; test_desk_media.py stores them on both."""
    return sqlite_url


BASE: dict[str, Any] = {
    "message_id": 7, "date": 1_790_000_000, "chat": {"id": 5, "type": "private", "first_name": "Мария"},
    "from": {"id": 5, "is_bot": False, "first_name": "Мария"},
}  # fmt: skip

# The names are Telegram's, of today and made up for tomorrow.
SERVICE_OF_TOMORROW: list[dict[str, Any]] = [
    {"chat_theme_sung": {"x": 1}}, {"something_of_next_year": {}}, {"chat_frozen": True},
    {"community_topic_pinned": {"title": "Дневник"}}, {"gift_wrapped": {"gift": {"sticker": {"file_id": "s"}}}},
    {"reading_time_set": {"seconds": 5}}, {"new_chat_colours": {"text": "x"}}, {"stars_gone": {"count": 3}},
    {"left_chat_bots": [{"id": 1}]}, {"paid_stars": 5},
]  # fmt: skip
CONTENT_OF_TOMORROW: list[dict[str, Any]] = [
    {"hologram": {"file_id": "h"}}, {"voice_letter": {"pages": [{"file_id": "v"}]}}, {"riddle": {"question": "кто?"}},
    {"poem": {"lines": [{"text": "раз"}]}}, {"live_embed": {"title": "Дневник"}}, {"news_feed": {"caption": "слово"}},
    {"hologram": {"x": 1}, "caption": "вот так"},
]  # fmt: skip


def read(**content: Any) -> Message:
    """A message with this content, as the bot reads it."""
    message = as_update({"update_id": 1, "message": {**BASE, **content}}, None).message  # type: ignore[arg-type]
    assert message is not None
    return message


def test_every_field_of_a_message_is_a_content_a_service_or_tells_of_the_message() -> None:
    """Aiogram's model holds every field of its Bot API; a new one must be given its place."""
    placed = [set(message_kinds.CONTENT), message_kinds.SERVICE, message_kinds.ABOUT]
    assert set(Message.model_fields) - set().union(*placed) == set()
    assert sum(len(one) for one in placed) == len(set().union(*placed)), "a field has one place"


@pytest.mark.parametrize("content", SERVICE_OF_TOMORROW, ids=lambda one: next(iter(one)))
def test_service_messages_of_tomorrow_are_nobodys_words(content: dict[str, Any]) -> None:
    assert message_kinds.is_service(read(**content))


@pytest.mark.parametrize("content", CONTENT_OF_TOMORROW, ids=lambda one: next(iter(one)))
def test_contents_of_tomorrow_are_contents(content: dict[str, Any]) -> None:
    found = message_kinds.found_in(read(**content))
    assert found is not None and found.is_sure


@pytest.mark.parametrize("content", [{"mood": {"level": 3}}, {"place_in_space": {"x": 1.5, "y": 2.0}}], ids=str)
def test_what_nobody_can_tell_is_to_be_tried(content: dict[str, Any]) -> None:
    found = message_kinds.found_in(read(**content))
    assert found is not None and not found.is_sure


@pytest.mark.parametrize("name", sorted(message_kinds.SERVICE))
def test_a_service_message_that_does_not_parse_is_one_still(name: str) -> None:
    assert message_kinds.is_service(read(**{name: {"of": ["another", "shape"]}}))


@pytest.mark.parametrize("name", [name for name in message_kinds.CONTENT if name not in ("text", "photo")])
def test_a_content_that_does_not_parse_is_one_still(name: str) -> None:
    """A kind with a field too many or too few is copied rather than lost."""
    found = message_kinds.found_in(read(**{name: {"of": ["another", "shape"], "file_id": "f"}}))
    assert found is not None and found.name == name


PRIVATE: list[dict[str, Any]] = [
    {"rich_message": {"blocks": [{"type": "paragraph", "text": ["112-", {"type": "bold", "text": "233"}, "-445 95"]}]}},
    {"rich_message": {"blocks": [{"type": "paragraph", "text": "112-233-"}, {"type": "paragraph", "text": "445 95"}]}},
    {"rich_message": {"blocks": [{"type": "hologram", "words": {"inner": [{"text": "112-233-445 95"}]}}]}},
    {"checklist": {"title": "дела", "tasks": [{"id": 1, "text": "мой СНИЛС 112-233-445 95"}]}},
    {"poem": {"lines": [{"text": "112-233-445 95"}]}},
    {"contact": {"phone_number": "+79101234567", "first_name": "Мария"}},
    {"poll": {"id": "1", "question": "112-233-445 95?", "options": [{"text": "да", "voter_count": 0}]}},
]  # fmt: skip


@pytest.mark.parametrize("content", PRIVATE, ids=lambda one: next(iter(one)))
def test_personal_data_in_an_uncaptioned_content_goes_in_masked_words(content: dict[str, Any]) -> None:
    message = read(**content)
    kept = message_data.kept(message, masking.mask(message_kinds.words_of(message)))
    assert kept["kind"] == "text" and kept["file_id"] is None
    said = kept["text"].replace("\n", "")
    assert "445" not in said and "9101234567" not in said and not masking.mask(said).found


def test_the_mark_of_a_message_holds_nothing_of_it_and_changes_with_its_words() -> None:
    one = message_fingerprints.mark_of(read(text="Ваш дневник не найден"), "secret")
    assert one == message_fingerprints.mark_of(read(text="Ваш дневник не найден", edit_date=5), "secret")
    assert one != message_fingerprints.mark_of(read(text="Ваш дневник найден"), "secret")
    assert one != message_fingerprints.mark_of(read(text="Ваш дневник не найден"), "another secret")
    marks = ""
    for number in range(40):
        marks = message_fingerprints.noted(marks, 2**40 + number, one)
    assert len(marks) <= 255, "the column holds no more"
    assert message_fingerprints.before(marks, 2**40 + 39) == one and message_fingerprints.before(marks, 2**40) is None
