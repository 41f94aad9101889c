"""The things that families meet are told apart: which unknown texts are alike, and what a desk may see of them."""

from __future__ import annotations

import pytest

from bot.flows import matters
from bot.flows.content import Reader
from bot.flows.marked import plain
from bot.flows.matters import Matter, MatterKind, content_stems
from bot.flows.routes import Route
from bot.flows.understanding import recognise
from tests.pack import PACK


def alike(one: str, other: str) -> bool:
    return matters.are_alike(content_stems(one), content_stems(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Не открывается расписание звонков", "расписание звонков почему-то не открывается!!"),
        ("белый экран", "Здравствуйте! Белый экран, и всё"),
        ("пишет ошибка 502 bad gateway", "у нас тоже 502"),
        ("пропали оценки по алгебре", "Добрый день, у сына пропали все оценки"),
        ("расписание", "Расписание?"),
    ],
)
def test_texts_of_one_matter_are_alike(one: str, other: str) -> None:
    assert alike(one, other) and alike(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("не могу войти в дневник, пропали оценки", "не могу войти в дневник, экран белый"),
        ("ау", "ау"),
        ("", "белый экран"),
        ("телефон разбит, как быть", "сменили телефон на другой номер"),
        ("пишет ошибка 502", "пишет ошибка 403"),
        ("школа 43, где столовая", "школа 43, когда каникулы"),
    ],
)
def test_texts_that_share_what_every_message_has_are_not_alike(one: str, other: str) -> None:
    assert not alike(one, other) and not alike(other, one)


def test_hashed_words_are_alike_where_the_words_are_and_tell_nothing() -> None:
    first, second = content_stems("белый экран, код 502"), content_stems("у нас белый экран")
    hashed = matters.hashed(first, "secret")
    assert matters.are_alike(hashed, matters.hashed(second, "secret"))
    assert not matters.are_alike(hashed, matters.hashed(second, "another"))
    assert hashed & first == {"502"}


def test_a_crowd_is_counted_by_people_and_each_text_stands_in_one() -> None:
    met = [(who, content_stems("белый экран вместо оценок")) for who in (1, 2, 3, 3, 3)]
    met += [(who, content_stems("не приходит расписание звонков")) for who in (1, 4, 5, 6)]
    met += [(9, content_stems("где купить форму для физкультуры"))]
    assert matters.crowds(met, 5) == []
    assert matters.crowds(met, 4) == [[5, 6, 7, 8]]
    assert matters.crowds(met, 3) == [[5, 6, 7, 8], [0, 1, 2, 3, 4]]
    assert matters.crowds([], 1) == []


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Иванов Пётр 7Б не может войти", "[имя скрыто] 7Б не может войти"),
        ("у Пети пропали оценки", "у [имя скрыто] пропали оценки"),
        ("Я Мария Ивановна. Белый экран", "Я [имя скрыто]. Белый экран"),
        ("класс 7Б, Иванов-Петров П.И.: белый экран", "класс 7Б, [имя скрыто]: белый экран"),
        ("Дневник на Госуслугах не открыт. Помогите", "Дневник на Госуслугах не открыт. Помогите"),
        ("мой номер 89101234567, белый экран", "мой номер [телефон скрыт], белый экран"),
        ("пришёл код 482913, и белый экран", "пришёл код [код скрыт], и белый экран"),
        ("строка\n\n  другая", "строка другая"),
    ],
)
def test_an_example_shows_neither_names_nor_numbers(said: str, shown: str) -> None:
    assert matters.example_of(said, PACK) == shown


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Тимур не может войти", "Тимур"),
        ("у максима белый экран", "максима"),
        ("Здравствуйте, Мария Ивановна! Белый экран", "Мария Ивановна"),
        ("Добрый день Оля, у нас белый экран", "Оля"),
        ("Азиз Каримов не видит оценок", "Азиз Каримов"),
        ("пишет мама Фарход, белый экран", "Фарход"),
        ("переслано: Вика: белый экран", "Вика"),
        ("учитель Смирнова А.П. не отвечает", "Смирнова А.П."),
        ("Дневник Петрова Саши пустой", "Петрова Саши"),
    ],
)
def test_of_an_example_the_name_alone_is_hidden(said: str, name: str) -> None:
    assert matters.example_of(said, PACK) == said.replace(name, "[имя скрыто]")


@pytest.mark.parametrize(
    "said",
    [
        "Сайт Госуслуг не открывается",
        "Портал Госуслуг и Электронный Дневник не работают",
        "у всех лежит сайт Госуслуг, Дневник тоже",
        "не нахожу раздел «Семья и дети»",
        "где раздел Семья и дети",
        "во вкладке Школьное портфолио пусто",
        "открываю Школьное Портфолио, там пусто",
        "жму «Предоставить», ничего не происходит",
        "[ На главную ] [ Выйти ]",
        "Ваш дневник не найден Чтобы решить проблему Сообщите О Ней",
        "ВАШ ДНЕВНИК НЕ НАЙДЕН, ТРЕТИЙ ДЕНЬ",
        "код приходит в Макс, а вход через Сбер или Яндекс",
        "Логин верный, Минцифры молчит, МФЦ закрыт",
        "Моя школа не открывается в Хроме",
    ],
)
def test_services_sections_and_words_of_a_screen_are_no_names(said: str) -> None:
    assert matters.example_of(said, PACK) == said


def test_an_example_is_short() -> None:
    shown = matters.example_of("белый экран и больше ничего " * 40, PACK)
    assert len(shown) == 160 and shown.endswith("…")


def test_a_text_tells_its_matter_where_it_is_sure() -> None:
    def met(text: str) -> Matter | None:
        return matters.of_recognition(recognise(text, PACK), text, PACK)

    assert met("Для входа в дневник нужно согласие одного из родителей").code == "error:consent_required"  # type: ignore[union-attr]
    assert met("сайт госуслуг не работает, не открывается вообще").code == "topic:service_down"  # type: ignore[union-attr]
    unknown = met("жёлтый слон танцует вальс")
    assert unknown is not None and unknown.counted_as == ("unknown", None)
    assert Matter.of_code(unknown.code).kind is MatterKind.UNKNOWN
    assert met("ыъ") is None


def test_a_remedy_that_was_pressed_tells_its_error_and_no_other_screen_does() -> None:
    path = PACK.paths["parent"]
    remedy = matters.of_route(Route("remedy", "consent_required", path, Reader.PARENT))
    assert remedy is not None and remedy.code == "error:consent_required" and remedy.example is None
    assert matters.of_route(Route("errors", None, path, Reader.PARENT)) is None


def test_every_matter_has_a_title_and_a_notice_that_fits() -> None:
    all_of_them = [Matter(MatterKind.ERROR, one) for one in PACK.errors] + [
        Matter(MatterKind.TOPIC, one) for one in PACK.topics
    ]
    for matter in [
        *all_of_them,
        Matter(MatterKind.UNKNOWN, "0000"),
        Matter(MatterKind.ERROR, "gone"),
        Matter(MatterKind.TOPIC, "gone"),
    ]:
        assert len(matters.proposed_notice(matter, PACK)) <= 300
        told = plain(matters.told(matter, 5, 0.2, ["<b>белый</b> экран", "раз", "", "<b>белый</b> экран"], PACK))
        assert matters.title_of(matter, PACK) in told and "5 семей" in told and "меньше одной" in told
        assert told.count("<b>белый</b> экран") == 1
        assert ("«раз»" in told) is (matter.kind is MatterKind.UNKNOWN), "it says nothing beside a known matter"
