"""Personal data on their way to the desk: bare codes, edits, and links that hide a phone."""

from __future__ import annotations

import pytest

from bot import texts_ru as texts
from sandbox.visible import text_of
from storage import tickets
from tests.ticket_under_way import Talk
from tests.world import World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: a text is masked before it is stored."""
    return sqlite_url


CODE = "[код скрыт]"


async def test_a_bare_code_after_talk_of_it_never_reaches_the_desk(talk: Talk) -> None:
    desk = talk.world.desk
    await talk.family.says("мне пришёл код, куда его?")
    await desk.sees("пришёл код", topic=talk.topic)
    await talk.family.says("482913")
    await desk.sees(CODE, topic=talk.topic)
    await talk.family.says("48 29 13")
    await talk.family.says("и что дальше")
    await desk.sees("и что дальше", topic=talk.topic)
    assert not any("4829" in text or "48 29" in text for text in talk.topic.texts)


async def test_a_number_that_the_school_asked_for_arrives(talk: Talk) -> None:
    desk = talk.world.desk
    await talk.family.says("код из смс не приходит")
    await desk.sees("не приходит", topic=talk.topic)
    await talk.school("Какой код ошибки на экране?")
    await talk.family.sees("код ошибки")
    await talk.family.says("4041")
    await desk.sees("4041", topic=talk.topic)


async def test_a_number_out_of_the_blue_arrives(talk: Talk) -> None:
    await talk.family.says("4041")
    await talk.world.desk.sees("4041", topic=talk.topic)


async def test_a_code_that_the_school_should_not_have_asked_for_does_not(talk: Talk) -> None:
    await talk.school("Что за код вам прислали Госуслуги?")
    await talk.family.sees("Что за код")
    await talk.family.says("482913")
    await talk.world.desk.sees(CODE, topic=talk.topic)


async def test_an_edit_into_a_bare_code_is_masked_too(talk: Talk) -> None:
    desk = talk.world.desk
    await talk.family.says("вот код")
    message = await talk.family.says("сейчас")
    await desk.sees("сейчас", topic=talk.topic)
    await talk.family.edits(message, "482913")
    await desk.sees(CODE, topic=talk.topic)


async def test_a_bare_code_in_the_form_is_masked(world: World) -> None:
    mother = world.person()
    await world.fills_form(mother, "parent", "пришёл код, дальше не пускает")
    await mother.says("482913")
    await mother.sees(CODE)
    assert "482913" not in mother.text


async def test_links_to_a_phone_or_a_mailbox_lose_their_address(talk: Talk) -> None:
    addresses = {
        "почта": "mailto:ivanova%40mail.ru",
        "телефон": "tel:+79101234567",
        "телеграм": "https://t.me/%2B79101234567",
        "сайт": "https://lk.gosuslugi.ru/profile",
    }
    text = " ".join(addresses)
    links = [
        {"type": "text_link", "offset": text.index(word), "length": len(word), "url": url}
        for word, url in addresses.items()
    ]
    talk.family._post({"text": text, "entities": links})
    arrived = await talk.world.desk.sees("почта телефон")
    assert text_of(arrived) == text
    assert [entity["url"] for entity in arrived["entities"]] == ["https://lk.gosuslugi.ru/profile"]


async def test_a_phone_in_the_name_of_a_profile_reaches_neither_the_desk_nor_the_database(world: World) -> None:
    """People write their phone where their name stands, so that they are called back."""
    mother = world.person("Аня +7 916 123-45-67")
    number = await world.sends_ticket(mother)
    topic = await world.topic_of(number)
    assert world.app is not None
    stored = await world.app.services.database.read(lambda c: tickets.get(c, number))
    assert stored is not None and stored.first_name == f"Аня {texts.MASKS['phone']}"
    assert "Аня [телефон скрыт]" in topic.card["text"]
    assert "916" not in topic.card["text"]
