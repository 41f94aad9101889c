"""Quotes of a part, and replies from another chat, reach the other side with the quoted words."""

from __future__ import annotations

import pytest

from sandbox.telegram.bot_api import Refused
from sandbox.visible import text_of
from tests.ticket_under_way import Talk
from tests.world import ERRORS, World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: a quote is found by the rows that test_sent_ticket.py has on both."""
    return sqlite_url


LONG = "Откройте Госуслуги, раздел «Семья и дети». Внизу нажмите Продолжить. Потом подождите письма."
ELSEWHERE = {"origin": {"type": "hidden_user", "sender_user_name": "Классный руководитель", "date": 1}}


async def test_a_quoted_part_of_the_school_is_quoted_at_the_desk(either_talk: Talk) -> None:
    talk = either_talk
    await talk.school(LONG)
    answer = await talk.family.sees("Внизу нажмите")
    await talk.family.replies(answer, "эту кнопку не вижу", quote="Внизу нажмите Продолжить")
    asked = await talk.world.desk.sees("эту кнопку не вижу")
    assert asked["quote"]["text"] == "Внизу нажмите Продолжить"
    assert text_of(asked) == "эту кнопку не вижу" and text_of(asked["reply_to_message"]) == LONG


async def test_a_quoted_part_of_the_family_is_quoted_to_it(either_talk: Talk) -> None:
    talk = either_talk
    mine = await talk.family.says("логин верный, пароль верный, страница пустая")
    at_desk = await talk.world.desk.sees("страница пустая")
    await talk.world.desk.replies(at_desk, "а браузер какой?", quote="страница пустая")
    asked = await talk.family.sees("а браузер какой?")
    assert asked["quote"]["text"] == "страница пустая"
    assert asked["reply_to_message"]["message_id"] == mine["message_id"]


async def test_a_reply_from_another_chat_shows_its_words_and_where_they_are_from(talk: Talk) -> None:
    quote = {"text": "доступ закроют в пятницу, мой СНИЛС 112-233-445 95", "position": 0}
    said = await talk.family.sends({"text": "что это значит?", "external_reply": ELSEWHERE, "quote": quote})
    arrived = text_of(await talk.world.desk.sees("что это значит?"))
    assert "доступ закроют в пятницу" in arrived and "Классный руководитель" in arrived
    assert "[СНИЛС скрыт]" in arrived and "112-233" not in arrived
    await talk.family.edits(said, "что это вообще значит?")
    assert "доступ закроют" in text_of(await talk.world.desk.sees("что это вообще значит?"))
    talk.world.clock.move(seconds=2)
    await talk.family.sends({**talk.world.telegram.shown("sticker", _sticker(talk)), "external_reply": ELSEWHERE})
    await talk.world.desk.sees("отвечает на сообщение из другого чата (Классный руководитель)")
    await talk.desk_gets("sticker")


def _sticker(talk: Talk):  # type: ignore[no-untyped-def]
    return talk.world.telegram.keep_file("sticker", b"RIFF0000WEBP", "sticker.webp", "image/webp")


async def test_the_school_quotes_another_chat(talk: Talk) -> None:
    quote = {"text": "портал не работает до 15:00", "position": 0}
    content = {"external_reply": ELSEWHERE, "quote": quote}
    await talk.world.desk.sends({"text": "подождите немного", **content}, **talk.where)
    said = text_of(await talk.family.sees("подождите немного"))
    assert "портал не работает до 15:00" in said and "Классный руководитель" not in said
    photo = talk.world.telegram.keep_file("photo", b"picture")
    await talk.world.desk.sends({**talk.world.telegram.shown("photo", photo), **content}, **talk.where)
    assert "портал не работает" in text_of(await talk.family_gets("photo"))


async def test_a_quote_that_telegram_refuses_goes_as_words(talk: Talk) -> None:
    await talk.school(LONG)
    answer = await talk.family.sees("Внизу нажмите")
    refusal = Refused(400, "Bad Request: QUOTE_TEXT_INVALID")
    talk.world.telegram.fault(refusal, method="sendMessage", chat=talk.world.support.id)
    await talk.family.replies(answer, "не вижу", quote="Внизу нажмите Продолжить")
    assert "«Внизу нажмите Продолжить»" in text_of(await talk.world.desk.sees("не вижу"))
    at_desk = await talk.world.desk.sees("не вижу")
    talk.world.telegram.fault(refusal, method="copyMessage")
    await talk.world.desk.replies(at_desk, "листайте ниже", quote="не вижу")
    assert "«не вижу»" in text_of(await talk.family.sees("листайте ниже"))


async def test_masked_words_that_the_school_quotes_go_as_words(talk: Talk) -> None:
    await talk.family.says("СНИЛС 112-233-445 95 не подходит")
    at_desk = await talk.world.desk.sees("не подходит")
    await talk.world.desk.replies(at_desk, "проверьте его", quote="[СНИЛС скрыт] не подходит")
    assert "«[СНИЛС скрыт] не подходит»" in text_of(await talk.family.sees("проверьте его"))


async def test_words_of_a_note_are_not_shown_to_the_family_by_a_quote(talk: Talk) -> None:
    note = await talk.school("// мама звонила дважды")
    where = {"topic": talk.where["topic"], "reply_to": note}
    quote = {"text": "мама звонила дважды", "position": 3, "is_manual": True}
    await talk.world.desk.sends({"text": "мы вам перезвоним", "quote": quote}, **where)
    await talk.family.sees("мы вам перезвоним")
    assert not any("звонила" in text for text in talk.family.texts)
    assert not any("звонила" in str(call) for call in talk.world.calls("copyMessage"))


async def test_words_of_another_topic_of_the_desk_are_not_shown_to_the_family_by_a_quote(talk: Talk) -> None:
    origin = {"type": "hidden_user", "sender_user_name": "Бот", "date": 1}
    here = {"id": talk.world.support.id, "type": "supergroup", "title": "Поддержка", "is_forum": True}
    quote = {"text": "у Пети Сидорова развод родителей", "position": 0}
    content = {"external_reply": {"origin": origin, "chat": here, "message_id": 2}, "quote": quote}
    await talk.world.desk.sends({"text": "мы вам перезвоним", **content}, **talk.where)
    await talk.family.sees("мы вам перезвоним")
    assert not any("Сидорова" in text for text in talk.family.texts)
    assert not any("Сидорова" in str(call) for call in talk.world.calls("copyMessage"))


async def test_an_error_that_is_quoted_to_the_bot_is_recognised(world: World) -> None:
    mother = world.person()
    await world.begins(mother, "parent")
    quote = {"text": ERRORS["adult", "diary_not_found"], "position": 0}
    await mother.sends({"text": "что с этим делать-то теперь?", "external_reply": ELSEWHERE, "quote": quote})
    await mother.sees("Что делать")


async def test_a_part_of_what_was_masked_as_a_whole_does_not_pass_in_a_quote(talk: Talk) -> None:
    """A word beside it made it personal: quoted alone, without that word, it looks like nothing."""
    parts = [
        ("пароль такой: sunflower12, он верный?", "sunflower12"),
        ("паспорт 4512 345678, а в журнале?", "345678"),
        ("пришёл код 482913 и не подходит", "482913"),
        ("телефон 274567 домашний", "274567 домашний"),
    ]
    for number, (words, quote) in enumerate(parts):
        talk.world.clock.move(seconds=5)
        said = await talk.family.says(words)
        await talk.family.replies(said, f"вот это проверьте, раз {number}", quote=quote)
        shown = await talk.world.desk.sees(f"проверьте, раз {number}")
        assert quote.split()[0] not in text_of(shown) and quote.split()[0] not in str(shown.get("quote"))


async def test_a_code_that_was_sent_alone_does_not_pass_in_a_quote(talk: Talk) -> None:
    await talk.family.says("пришёл код")
    said = await talk.family.says("482913")
    await talk.world.desk.sees("[код скрыт]")
    await talk.family.replies(said, "вот он же", quote="482913")
    assert "482913" not in str(await talk.world.desk.sees("вот он же"))
