"""Words read from a picture: an error counts in the school's own words, misread or not; its neighbours are none."""

from __future__ import annotations

import pytest

from bot.flows.routes import Route
from bot.flows.understanding import Context, Kind, Meaning, Verdict, recognise_screen, understand
from tests.pack import PACK

WORDINGS = [(error.id, wording) for error in PACK.errors.values() for wording in error.wordings]


def screen(words: str) -> str:
    """The words with what stands around them on a phone."""
    return f"18:20 4G 55%\nМоя школа\n{words}\nНа главную"


def beside(pictured: str, caption: str = "", quoted: str = "") -> Meaning:
    return understand(caption, Context(PACK, Route("role"), quoted=quoted, pictured=pictured))


@pytest.mark.parametrize(("error", "wording"), WORDINGS)
def test_each_wording_is_known_on_a_screen_and_tells_its_path(error: str, wording: object) -> None:
    found = recognise_screen(screen(wording.text), PACK)  # type: ignore[attr-defined]
    assert (found.error, found.verdict) == (error, Verdict.SURE)
    paths = wording.paths  # type: ignore[attr-defined]
    assert (found.path.id if found.path else None) == (paths[0] if len(paths) == 1 else None)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("ш дневни не найден Чтобы реши проблем сооб те о не чер з форму обра ной связи", "diary_not_found"),
        ("Ваш дневи к не найдем. Чтобы решить проблему", "diary_not_found"),
        ("Для входа в дневник необходимо согласи", "consent_required"),
    ],
)
def test_a_misread_wording_is_known(words: str, error: str) -> None:
    found = recognise_screen(screen(words), PACK)
    assert (found.error, found.verdict) == (error, Verdict.SURE)


@pytest.mark.parametrize(
    "words",
    [
        "Ошибка 404. Страница не найдена",
        "Ошибка 404. Страница не найдена. Чтобы решить проблему, сообщите о ней через форму обратной связи",
        "404 Такой страницы нет. Попросите родителей сообщить о ней через форму обратной связи",
        "Ваш профиль не найден. Чтобы решить проблему, напишите в поддержку",
        "Пользователь не найден. Проверьте логин и пароль",
        "Файл не найден. Обратитесь к учителю или сообщите об этом через форму обратной связи",
        "Ваш дневник открыт. Оценок за сегодня нет",
        "Дневник 7Б класс. Алгебра. Не найдено записей",
        "Учётная запись не В наидена р Зарегистрируйтесь на Госуслугах",
    ],
)
def test_a_screen_that_ends_like_an_error_is_none(words: str) -> None:
    """A 404 page that ends like an error is no error."""
    assert recognise_screen(screen(words), PACK).error is None


@pytest.mark.parametrize(
    "words",
    [
        "Для входа необходимо согласие с правилами сайта. Перейдите по ссылке",
        "Для входа в. дневник нужно из роди",
        "Для входа в кружок нужно согласие одного из родителей",
        "Для участия в олимпиаде необходимо согласие на обработку персональных данных",
    ],
)
def test_another_consent_is_never_sure(words: str) -> None:
    assert recognise_screen(screen(words), PACK).verdict is not Verdict.SURE


def test_a_caption_and_a_quote_count_beside_a_picture() -> None:
    """A caption or a quote beside a picture counts."""
    adults = PACK.errors["diary_not_found"].wording_on(None)
    assert beside("", caption="пишет что дневник не найден").recognition.error == "diary_not_found"
    assert beside("кот", quoted=adults).recognition.error == "diary_not_found"
    assert beside(screen(adults), caption="вот такое, что делать?").is_sure_error
    said = beside("Расписание. Математика", caption="не приходит код из смс")
    assert (said.kind, said.recognition.topic) == (Kind.TOPIC, "no_code")
    assert beside("", caption="").kind is Kind.NOTHING
