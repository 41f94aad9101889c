"""Texts that any family may read address nobody: there is one form of them for children and for grown-ups."""

from __future__ import annotations

import re

import pytest

from bot import texts_ru as texts

_YOU = re.compile(r"\b(?:\w+(?:ите|йте|ьте|ьтесь|йтесь)|вы|вас|вам|ваш\w*)\b", re.IGNORECASE)


@pytest.mark.parametrize(
    "name",
    [
        "FLOOD", "MESSAGE_CUT", "CANCELLED", "SOMETHING_WRONG", "UNKNOWN_COMMAND", "STALE_BUTTON", "TICKET_GONE",
        "NOTHING_TO_CANCEL", "NOT_DELIVERED_TO_SCHOOL", "BANNED_FAMILY", "FORGOTTEN", "PRESSES_TOO_FAST",
        "SENT_ALREADY", "ALBUM_FROM_SCHOOL", "FORM_DROPPED", "HANDOVER_OLD", "HANDOVER_DONE",
    ],
)  # fmt: skip
def test_a_text_of_one_form_is_no_vy_to_a_child(name: str) -> None:
    assert not _YOU.findall(getattr(texts, name))


def test_the_schools_ready_answers_fit_both() -> None:
    for _, said in texts.READY_ANSWERS.values():
        assert not _YOU.findall(said)
