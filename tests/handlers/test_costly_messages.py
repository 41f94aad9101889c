"""Messages that carry very many links or entities cost a bounded amount of work."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram.types import Message, MessageEntity

from bot.flows import masking
from bot.handlers.family import message_data

LONGEST_URL = 2000
ENTITIES = 100  # Telegram keeps so many of a message


def _links(length: int, number: int = ENTITIES) -> list[MessageEntity]:
    return [
        MessageEntity(type="text_link", offset=3 * at, length=2, url=f"https://a.ru/{at}/".ljust(length, "я"))
        for at in range(number)
    ]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that were looked through for personal data."""
    texts: list[str] = []
    real = masking.mask

    def mask(text: str, **more: Any) -> masking.Masked:
        texts.append(text)
        return real(text, **more)

    monkeypatch.setattr(masking, "mask", mask)
    return texts


@pytest.mark.parametrize("length", [30, 200, LONGEST_URL])
def test_the_links_of_one_message_cost_no_more_than_a_long_text(read: list[str], length: int) -> None:
    masked = masking.Masked("аб " * ENTITIES, frozenset())
    message_data.moved(_links(length), masked)
    assert sum(map(len, read)) < 2 * 4096
    assert len(read) < 200


def test_the_links_of_a_usual_message_stay_and_those_that_name_a_person_go() -> None:
    masked = masking.Masked("аб " * ENTITIES, frozenset())
    usual = message_data.moved(_links(100, 20), masked)
    assert usual is not None
    assert len(usual) == 20
    tell = [MessageEntity(type="text_link", offset=0, length=2, url="https://wa.me/79151234567")]
    assert message_data.moved(tell, masked) is None
    again = message_data.moved([*_links(60, 3), *_links(60, 3), *tell], masked)
    assert again is not None
    assert len(again) == 6


def test_a_link_that_is_not_looked_at_goes_and_its_words_keep_the_rest_of_their_form() -> None:
    masked = masking.Masked("аб " * ENTITIES, frozenset())
    bold = MessageEntity(type="bold", offset=3 * ENTITIES - 3, length=2)
    left = message_data.moved([*_links(LONGEST_URL), bold], masked)
    assert left is not None
    assert left[-1]["type"] == "bold"
    assert 1 < len(left) < 5


@pytest.mark.parametrize("unit", ["не могу войти ", "4510 123456 \0", "1-2 a@", "код 12 "])
async def test_a_long_text_is_looked_through_once_on_its_way_to_the_desk(read: list[str], unit: str) -> None:
    said = {"message_id": 1, "date": 1, "chat": {"id": 5, "type": "private"}, "text": unit * 300}
    message = Message.model_validate(said)
    nobody: Any = None  # what was said before matters to a lone number only
    masked = await message_data.masked_in(nobody, nobody, message)
    message_data.kept(message, masked)
    assert len(read) == 1
