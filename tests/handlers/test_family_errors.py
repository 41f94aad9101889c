"""What a family pastes or photographs: the remedy on the right path, doubts, unknown messages, screenshots."""

from __future__ import annotations

import random

import pytest

from tests.screens.make import screen
from tests.world import ERRORS, World


@pytest.mark.parametrize(
    ("path", "key", "seen"),
    [
        ("child", ("child", "diary_not_found"), "свидетельства о рождении"),
        ("child", ("child", "consent_required"), "Попроси маму или папу"),
        ("parent>child", ("child", "consent_required"), "Откройте свой личный кабинет"),
        ("adult_pupil", ("adult", "diary_not_found"), "свидетельства о рождении"),
        ("adult_pupil", ("adult", "consent_required"), "при первом входе вы не дали"),
        ("parent>adult_pupil", ("adult", "consent_required"), "ученик не дал согласие"),
        ("parent", ("adult", "consent_required"), "при первом входе вы не дали"),
        ("parent", ("adult", "diary_not_found"), "в вашем номере СНИЛС"),
    ],
)
async def test_each_error_has_its_own_remedy(small_world: World, path: str, key: tuple[str, str], seen: str) -> None:
    reader = small_world.person()
    await small_world.begins(reader, path)
    await reader.says(ERRORS[key])
    await reader.sees(seen)
    if path == "parent" and key[1] == "diary_not_found":
        assert "свидетельств" not in reader.text


async def test_the_childs_wording_is_the_childs_even_from_a_parent(small_world: World) -> None:
    mother = small_world.person()
    await small_world.begins(mother, "parent")
    await mother.says(ERRORS["child", "consent_required"])
    await mother.sees("пусть ребёнок войдёт")


async def test_adults_wording_on_the_childs_path_asks_whose_login_it_was(small_world: World) -> None:
    pupil, mother = small_world.person("Петя"), small_world.person()
    await small_world.begins(pupil, "child")
    await pupil.says(ERRORS["adult", "diary_not_found"])
    await pupil.sees("Под чьей учётной записью ты входишь")
    await pupil.press("Ученика")
    await pupil.sees("Напиши в школу")
    await small_world.begins(mother, "parent>child")
    await mother.says(ERRORS["adult", "consent_required"])
    await mother.sees("Под чьей учётной записью вы входили")
    await mother.press("Вхожу сам(а)")
    await mother.sees("при первом входе вы не дали")


async def test_an_unknown_path_is_asked_and_the_text_is_not_asked_again(small_world: World) -> None:
    mother = small_world.person()
    await mother.says(ERRORS["adult", "diary_not_found"])
    await mother.sees("Кто пишет")
    await mother.press("Я родитель")
    await mother.press("Вхожу сам(а)")
    await mother.sees("в вашем номере СНИЛС")


async def test_the_list_of_errors_shows_them_in_full(small_world: World) -> None:
    pupil = small_world.person("Петя")
    await small_world.begins(pupil, "child")
    await pupil.press("Появилась ошибка")
    await pupil.sees("Что написано на экране")
    assert ERRORS["child", "diary_not_found"] in pupil.text and ERRORS["child", "consent_required"] in pupil.text
    assert {"1", "2", "Другое"} <= set(pupil.labels)
    await pupil.press("2")
    await pupil.sees("придут уведомления")
    await pupil.press("К шагам")
    await pupil.press("Появилась ошибка")
    await pupil.press("Другое")
    await pupil.sees("Пришли надпись с экрана")


async def test_both_errors_in_one_message(small_world: World) -> None:
    pupil = small_world.person("Петя")
    await small_world.begins(pupil, "child")
    await pupil.says(ERRORS["child", "diary_not_found"] + ". А у брата: " + ERRORS["child", "consent_required"])
    await pupil.sees("Вижу и вторую надпись")
    await pupil.press("Вторая надпись")
    await pupil.sees("Помогло?")


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("забыла пароль от госуслуг", "https://esia.gosuslugi.ru/login/recovery"),
        ("не приходит смс с кодом", "https://www.gosuslugi.ru/help/faq/c-1"),
        ("учётная запись не подтверждена", "https://www.gosuslugi.ru/help/faq/login/2"),
    ],
)
async def test_neighbouring_problems_get_one_honest_sentence(small_world: World, text: str, url: str) -> None:
    mother = small_world.person()
    await small_world.begins(mother, "parent")
    await mother.says(text)
    await mother.sees("не из инструкции школы")
    assert url in mother.urls.values()
    assert any("Написать в школу" in label for label in mother.labels)


@pytest.mark.ocr
async def test_a_screenshot_gets_its_remedy(world: World) -> None:
    pupil = world.person("Петя", limit=30)
    await world.begins(pupil, "child")
    await pupil.sends_photo(screenshot("child", "consent_required"))
    await pupil.sees("Попроси маму или папу открыть личный кабинет", limit=30)
    assert not [text for text in pupil.texts if "Читаю" in text], "no interim message"
    assert world.calls("sendChatAction"), "the chat shows that something is typed"


@pytest.mark.ocr
async def test_a_screenshot_goes_along_with_the_ticket(small_world: World) -> None:
    mother = small_world.person(limit=30)
    await small_world.begins(mother, "parent")
    await mother.sends_photo(screenshot("parent", "diary_not_found"))
    await mother.sees("в вашем номере СНИЛС", limit=30)
    await mother.press("Написать в школу")
    await mother.press("Родителя")
    await mother.says("7Б")
    await mother.press("Пропустить")
    await mother.press("Пропустить")
    await mother.sees("Вложений: 1")


@pytest.mark.parametrize(
    ("name", "data", "seen"),
    [
        ("файл.pdf", b"%PDF-1.4 nothing", "PDF я не читаю"),
        ("кот.gif", b"GIF89a" + b"\x00" * 40, "Это анимация"),
        ("снимок.png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 20, "не открывается"),
        ("текст.txt", b"hello", "Это не картинка"),
    ],
)
@pytest.mark.ocr
async def test_files_that_are_no_pictures_get_a_clear_answer(
    small_world: World, name: str, data: bytes, seen: str
) -> None:
    mother = small_world.person()
    await small_world.begins(mother, "parent")
    await mother.sends_document(data, name, "application/octet-stream")
    await mother.sees(seen)


async def test_without_tesseract_the_family_is_asked_for_text(
    unstarted_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.app.find_tesseract", lambda: None)
    await unstarted_world.start()
    mother = unstarted_world.person()
    await unstarted_world.begins(mother, "parent")
    await mother.sends_photo(b"anything")
    await mother.sees("Не умею читать картинки, напишите текст")


@pytest.mark.ocr
async def test_a_stored_reading_survives_a_restart(unstarted_world: World) -> None:
    world = unstarted_world
    await world.launch()
    pupil = world.person("Петя", limit=40)
    await world.begins(pupil, "child")
    world.telegram.latency = 0.3
    await pupil.sends_photo(screenshot("child", "diary_not_found"))
    await pupil.settles()
    await world.kill()
    world.telegram.latency = 0.0
    await world.launch()
    await pupil.sees("Напиши в школу", limit=40)


def screenshot(path: str, error: str) -> bytes:
    """A phone's screen with the error on it."""
    label = f"{'child' if path == 'child' else 'adult'}-{error}"
    return screen(0, label, "none", random.Random(43)).data
