"""The guides hold the whole of the school's instruction, each path its own, and nothing of it is bent."""

from __future__ import annotations

import re

import pytest

from bot.flows.content import Path, Reader
from tests.pack import ADULT_PUPIL, CHILD, CONSENT, DIARY, PACK, PARENT

CHILD_READERS = [(CHILD, Reader.PUPIL), (CHILD, Reader.PARENT)]
ADULT_READERS = [
    (ADULT_PUPIL, Reader.PUPIL), (ADULT_PUPIL, Reader.PARENT), (PARENT, Reader.PARENT),
]  # fmt: skip
EXACT = "данные в журнале должны точно совпадать"


def said(path: Path, reader: Reader) -> list[str]:
    return [step.text[reader] for step in path.steps]


def wording(error: str, path: Path) -> str:
    return PACK.errors[error].wording_on(path)


def remedy_of(error: str, path: Path, reader: Reader) -> str:
    return PACK.errors[error].remedies[path.id, reader]


@pytest.mark.parametrize(("path", "reader"), CHILD_READERS)
def test_the_childs_five_steps(path: Path, reader: Reader) -> None:
    one, two, three, four, five = said(path, reader)
    assert "«Семья и дети»" in one and "личный кабинет" in one and re.search("заполни", one)
    assert re.search("дождитесь|дождаться", two, re.IGNORECASE) and "провер" in two
    assert "детскую учётную запись" in three and "Порядок создания" in three
    assert "согласие на обработку" in four and "«Школьное портфолио»" in four
    assert "«Согласия и доверенности»" in four and "не из инструкции школы" in four
    assert "электронный журнал" in five and "детской учётной записью" in five and "огласие" in five
    assert [step.doer for step in path.steps] == [Reader.PARENT] * 4 + [Reader.PUPIL]
    links = [step.link.url for step in path.steps if step.link]
    assert links == [
        "https://lk.gosuslugi.ru/profile/family", "https://www.gosuslugi.ru/help/faq/login_child/102380",
    ]  # fmt: skip


@pytest.mark.parametrize(("path", "reader"), ADULT_READERS)
def test_the_adults_two_steps(path: Path, reader: Reader) -> None:
    one, two = said(path, reader)
    assert "электронный журнал" in one and "подтверждённой" in one and "Госуслуг" in one
    assert "согласие на обработку данных" in two and "при первом входе" in two and "электронный журнал" in two


def test_the_error_texts_stand_word_for_word() -> None:
    assert wording(DIARY, CHILD) == (
        "Ваш дневник не найден. Чтобы решить проблему, попросите родителей сообщить о ней через форму обратной связи"
    )
    assert wording(CONSENT, CHILD) == ("Для входа в дневник нужно согласие одного из родителей")
    for path in (ADULT_PUPIL, PARENT):
        assert wording(DIARY, path) == (
            "Ваш дневник не найден. Чтобы решить проблему, сообщите о ней через форму обратной связи"
        )
        assert wording(CONSENT, path) == (
            "Для входа в дневник необходимо согласие. Перейдите по ссылке из уведомления, направленного в ваш личный"
            " кабинет на Госуслугах."
        )


@pytest.mark.parametrize(("path", "reader"), [*CHILD_READERS, *ADULT_READERS])
def test_diary_not_found_is_remedied_on_its_own_path(path: Path, reader: Reader) -> None:
    remedy = remedy_of(DIARY, path, reader)
    assert "СНИЛС" in remedy and "ФИО" in remedy and EXACT in remedy and "школу" in remedy.lower()
    assert ("свидетельства о рождении" in remedy) is (path != PARENT)


@pytest.mark.parametrize(("path", "reader"), CHILD_READERS)
def test_the_childs_consent_was_asked_for_automatically(path: Path, reader: Reader) -> None:
    remedy = remedy_of(CONSENT, path, reader)
    assert "запрошены автоматически" in remedy and "уведомлени" in remedy and "по ссылке из уведомления" in remedy
    assert "родител" in remedy


@pytest.mark.parametrize(("path", "reader"), ADULT_READERS)
def test_the_adults_consent_was_not_given_at_the_first_login(path: Path, reader: Reader) -> None:
    remedy = remedy_of(CONSENT, path, reader)
    assert "при первом входе" in remedy and "не дал" in remedy and "по ссылке из уведомления" in remedy
    assert "автоматически" not in remedy


def test_a_child_is_addressed_with_ty_and_everyone_else_with_vy() -> None:
    vy = re.compile(r"\b(вы|вас|вам|ваш\w*|[А-Яа-яё]+(?:йте|ите|йтесь|итесь))\b", re.IGNORECASE)
    ty = re.compile(r"\b(ты|тебя|тебе|тво[йяиеёю]\w*|жми|попроси|напиши)\b", re.IGNORECASE)
    for error in PACK.errors:
        assert not vy.search(remedy_of(error, CHILD, Reader.PUPIL))
    for text in said(CHILD, Reader.PUPIL):
        assert not vy.search(text), text
    for path, reader in [(CHILD, Reader.PARENT), *ADULT_READERS]:
        for text in said(path, reader):
            assert not ty.search(text), text
