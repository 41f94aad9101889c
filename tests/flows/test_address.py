"""A child is addressed with «ты», everybody else with «вы», and texts that any family may read address nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from bot import texts_ru as texts
from bot.flows.content import Path, Reader
from bot.flows.marked import Sentence
from bot.flows.routes import Route
from bot.screenshots.decoder import Reason
from tests.pack import ADULT_PUPIL, CHILD, PACK

_YOU = re.compile(r"\b(?:\w+(?:ите|йте|ьте|ьтесь|йтесь)|вы|вас|вам|ваш\w*)\b", re.IGNORECASE)


_THOU = re.compile(r"\b(?:ты|тебе|тебя|тво\w+)\b", re.IGNORECASE)


def _sentences() -> Iterator[tuple[str, Sentence]]:
    for name, value in vars(texts).items():
        found = value if isinstance(value, dict) else {"": value}
        yield from ((f"{name} {key}".strip(), one) for key, one in found.items() if isinstance(one, Sentence))
    yield from ((f"topic {topic.id}", topic.answer) for topic in PACK.topics.values())


SENTENCES = dict(_sentences())


@pytest.mark.parametrize(
    "text",
    [
        texts.FLOOD, texts.MESSAGE_CUT, texts.CANCELLED, texts.NOTHING_BEGUN, texts.SOMETHING_WRONG,
        texts.UNKNOWN_COMMAND, texts.DESK_COMMAND_IN_PRIVATE,
        texts.STALE_BUTTON, texts.TICKET_GONE, texts.NOTHING_TO_CANCEL, texts.NOT_DELIVERED_TO_SCHOOL,
        texts.BANNED_FAMILY, texts.FORGOTTEN, texts.PRESSES_TOO_FAST, texts.SENT_ALREADY, texts.ALBUM_FROM_SCHOOL,
        texts.FORM_DROPPED, texts.HANDOVER_OLD, texts.HANDOVER_DONE, texts.FORM_EDIT, texts.FORM_CANCELLED, texts.JOIN,
        texts.THANKS, texts.SILENT_REMINDER, texts.STATUS_WITHDRAWN, texts.FORM_PICTURE_EARLY,
    ],
)  # fmt: skip
def test_a_text_of_one_form_is_no_vy_to_a_child(text: str) -> None:
    assert not _YOU.findall(text)


def test_each_form_of_a_sentence_addresses_its_own_reader() -> None:
    wrong = {name: (_YOU.findall(one.child), _THOU.findall(one.adult)) for name, one in SENTENCES.items()}
    assert {name: found for name, found in wrong.items() if any(found)} == {}


def test_both_forms_of_a_sentence_have_the_same_values() -> None:
    values = {
        name: [sorted(re.findall(r"{(\w+)}", form)) for form in (one.child, one.adult)]
        for name, one in SENTENCES.items()
    }
    assert {name: found for name, found in values.items() if found[0] != found[1]} == {}


@pytest.mark.parametrize(
    ("reader", "path", "said"),
    [
        (Reader.PUPIL, CHILD, "ты &lt;1&gt;"),
        (Reader.PUPIL, None, "ты &lt;1&gt;"),
        (Reader.PUPIL, ADULT_PUPIL, "вы &lt;1&gt;"),
        (Reader.PARENT, CHILD, "вы &lt;1&gt;"),
        (None, None, "вы &lt;1&gt;"),
    ],
)
def test_a_sentence_is_read_in_the_form_of_its_reader(reader: Reader | None, path: Path | None, said: str) -> None:
    sentence = Sentence(child="ты {n}", adult="вы {n}")
    assert sentence.for_reader(Route("step", None, path, reader), n="<1>") == said


def test_there_is_a_sentence_for_every_reason_why_a_picture_is_not_read() -> None:
    assert set(texts.PICTURE_UNREADABLE) == {*Reason, "slow"}


def test_the_schools_ready_answers_fit_both() -> None:
    for _, said in texts.READY_ANSWERS.values():
        assert not _YOU.findall(said)
