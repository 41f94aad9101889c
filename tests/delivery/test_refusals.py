"""Telegram's refusals become words for people: none of its English reaches desk or family."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import texts_ru as texts
from bot.delivery import refusals

FORBIDDEN = [
    "not enough rights to send photos to the chat", "not enough rights to send videos to the chat",
    "not enough rights to send documents to the chat", "not enough rights to send audios to the chat",
    "not enough rights to send music to the chat", "not enough rights to send voice notes to the chat",
    "not enough rights to send video notes to the chat", "not enough rights to send stickers to the chat",
    "not enough rights to send animations to the chat", "not enough rights to send polls to the chat",
    "CHAT_SEND_PHOTOS_FORBIDDEN", "CHAT_SEND_VIDEOS_FORBIDDEN", "CHAT_SEND_DOCS_FORBIDDEN",
    "CHAT_SEND_AUDIOS_FORBIDDEN", "CHAT_SEND_VOICES_FORBIDDEN", "CHAT_SEND_ROUNDVIDEOS_FORBIDDEN",
    "CHAT_SEND_STICKERS_FORBIDDEN", "CHAT_SEND_GIFS_FORBIDDEN", "CHAT_SEND_POLL_FORBIDDEN",
    "CHAT_SEND_MEDIA_FORBIDDEN", "VOICE_MESSAGES_FORBIDDEN", "VIDEO_MESSAGES_FORBIDDEN",
]  # fmt: skip
WHOLE_CHAT = [
    "not enough rights to send text messages to the chat", "CHAT_SEND_PLAIN_FORBIDDEN", "CHAT_WRITE_FORBIDDEN",
    "have no rights to send a message", "not enough rights to create a topic", "CHAT_ADMIN_REQUIRED",
]  # fmt: skip
PASSING = [
    "wrong file_id or the file is temporarily unavailable", "failed to get HTTP URL content", "WEBPAGE_CURL_FAILED",
    "MSG_WAIT_FAILED", "RPC_CALL_FAIL", "FILE_REFERENCE_EXPIRED", "Try again later", "Timeout expired",
]  # fmt: skip
LOST = ["chat not found", "user not found", "PEER_ID_INVALID", "INPUT_USER_DEACTIVATED", "USER_IS_BLOCKED"]


@pytest.mark.parametrize("said", FORBIDDEN)
def test_what_forbids_a_kind_names_what_to_switch_on(said: str) -> None:
    assert refusals.forbids_kind(f"Bad Request: {said}")
    words = refusals.in_russian(f"Bad Request: {said}")
    assert "Включите «" in words or "в своих настройках мессенджера" in words


@pytest.mark.parametrize("said", WHOLE_CHAT)
def test_what_forbids_everything_is_no_matter_of_a_kind(said: str) -> None:
    assert not refusals.forbids_kind(f"Bad Request: {said}")
    assert refusals.in_russian(f"Bad Request: {said}") != texts.REFUSAL_OTHER


@pytest.mark.parametrize("said", PASSING)
def test_what_may_pass_is_known(said: str) -> None:
    assert refusals.is_passing(f"Bad Request: {said}") and not refusals.is_lost(said)


@pytest.mark.parametrize("said", LOST)
def test_a_chat_that_is_not_there_for_the_bot_is_known(said: str) -> None:
    assert refusals.is_lost(f"Bad Request: {said}") and not refusals.is_passing(said)


def test_every_refusal_that_is_known_has_words_for_people() -> None:
    assert set(refusals.SIGNS) == set(texts.REFUSALS)


@pytest.mark.parametrize("said", [*FORBIDDEN, *WHOLE_CHAT, *PASSING, *LOST, "SOMETHING_ODD", "BUTTON_URL_INVALID"])
def test_the_reason_is_russian(said: str) -> None:
    assert is_russian(refusals.in_russian(said))


@given(st.text(alphabet=st.characters(codec="ascii")))
def test_whatever_telegram_says_the_reason_is_russian(said: str) -> None:
    assert is_russian(refusals.in_russian(f"Bad Request: {said}"))


def is_russian(words: str) -> bool:
    return re.search("[а-я]{3}", words) is not None and not re.findall("[A-Za-z]+", re.sub("Telegram|GIF", "", words))
