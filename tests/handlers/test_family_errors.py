"""A family pastes or photographs its screen: the remedy on the right path, doubts, unknown messages, screenshots."""

from __future__ import annotations

import os
import random
from functools import partial
from pathlib import Path
from urllib.parse import unquote

import pytest

from bot.screenshots.reader import ScreenshotReader
from tests.screens.make import screen
from tests.ticket_under_way import PNG
from tests.world import ERRORS, World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: which remedy answers an error is decided without one."""
    return sqlite_url


READ_S = 50.0  # a busy machine takes its time; still below the lease of a reading


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot of these tests waits as long for its reader."""
    monkeypatch.setattr("bot.app.ScreenshotReader", partial(ScreenshotReader, time_limit=READ_S))


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
async def test_each_error_has_its_own_remedy(world: World, path: str, key: tuple[str, str], seen: str) -> None:
    reader = world.person()
    await world.begins(reader, path)
    await reader.says(ERRORS[key])
    await reader.sees(seen)
    if path == "parent" and key[1] == "diary_not_found":
        assert "свидетельств" not in reader.text


async def test_errors_are_understood_by_number_by_text_by_caption_and_by_picture(family_world: World) -> None:
    world = family_world
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.press("Появилась ошибка")
    await mother.press("1")
    await mother.sees("Что делать")
    await mother.says("/start")
    await mother.opens_link("child")
    await mother.sees("Шаг 1 из")
    await mother.says(ERRORS["child", "consent_required"])
    await mother.sees("Помогло")
    await mother.opens_link("parent")
    await mother.sees("Шаг 1 из")
    await mother.sends_photo(PNG, caption=ERRORS["adult", "diary_not_found"])
    await mother.sees("Что делать")
    assert not world.violations


async def test_the_childs_wording_is_the_childs_even_from_a_parent(world: World) -> None:
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.says(ERRORS["child", "consent_required"])
    await mother.sees("пусть ребёнок войдёт")


async def test_adults_wording_on_the_childs_path_asks_whose_login_it_was(world: World) -> None:
    pupil, mother = world.person("Петя"), world.person()
    await world.begins(pupil, "child")
    await pupil.says(ERRORS["adult", "diary_not_found"])
    await pupil.sees("Под чьей учётной записью ты входишь")
    await pupil.press("Ученика")
    await pupil.sees("Напиши в школу")
    await world.begins(mother, "parent>child")
    await mother.says(ERRORS["adult", "consent_required"])
    await mother.sees("Кто входил в дневник")
    await mother.press("Вхожу сам(а)")
    await mother.sees("при первом входе вы не дали")


async def test_an_unknown_path_is_asked_and_the_text_is_not_asked_again(world: World) -> None:
    mother = world.person()
    await mother.says(ERRORS["adult", "diary_not_found"])
    await mother.sees("Кто пишет")
    await mother.press("Я родитель")
    await mother.press("Вхожу сам(а)")
    await mother.sees("в вашем номере СНИЛС")


async def test_the_list_of_errors_shows_them_in_full(world: World) -> None:
    pupil = world.person("Петя")
    await world.begins(pupil, "child")
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


async def test_both_errors_in_one_message(world: World) -> None:
    pupil = world.person("Петя")
    await world.begins(pupil, "child")
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
async def test_neighbouring_problems_get_one_honest_sentence(world: World, text: str, url: str) -> None:
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.says(text)
    await mother.sees("не из инструкции школы")
    assert url in mother.urls.values()
    assert any("Написать в школу" in label for label in mother.labels)


@pytest.mark.ocr
async def test_a_screenshot_gets_its_remedy(world: World) -> None:
    pupil = world.person("Петя")
    await world.begins(pupil, "child")
    await pupil.sends_photo(screenshot("child", "consent_required"))
    await pupil.sees("Попроси маму или папу открыть личный кабинет")
    assert not [text for text in pupil.texts if "Читаю" in text], "no interim message"
    assert world.calls("sendChatAction"), "the chat shows that something is typed"


@pytest.mark.ocr
async def test_a_screenshot_goes_along_with_the_ticket(world: World) -> None:
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.sends_photo(screenshot("parent", "diary_not_found"))
    await mother.sees("в вашем номере СНИЛС")
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
async def test_files_that_are_no_pictures_get_a_clear_answer(world: World, name: str, data: bytes, seen: str) -> None:
    mother = world.person()
    await world.begins(mother, "parent")
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


def tesseract_that_reads(folder: Path, words: str) -> str:
    """The PATH of a process that finds a stand-in, which reads the same words in any picture as soon as it starts."""
    row = "5\t1\t1\t1\t1\t{}\t0\t0\t9\t9\t96\t{}\n"
    (folder / "table").write_text("".join(row.format(at, word) for at, word in enumerate(words.split())))
    command = folder / "tesseract"
    answers = f"--version) echo tesseract 5.3.0;; --list-langs) echo rus;; *) cat > /dev/null; cat {folder}/table;;"
    command.write_text(f'#!/bin/sh\ncase "$1" in {answers} esac\n')
    command.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


@pytest.mark.process
async def test_a_stored_reading_survives_a_restart(unstarted_world: World, tmp_path: Path) -> None:
    world = unstarted_world
    world.environment["PATH"] = tesseract_that_reads(tmp_path, ERRORS["child", "diary_not_found"])
    await world.launch()
    pupil = world.person("Петя")
    await world.begins(pupil, "child")
    world.telegram.latency = 0.3
    await pupil.sends_photo(screenshot("child", "diary_not_found"))
    await pupil.settles()
    await world.kill()
    world.telegram.latency = 0.0
    await world.launch()
    await pupil.sees("Напиши в школу")


async def test_a_parent_who_writes_of_a_son_is_a_parent(world: World) -> None:
    mother, father, pupil = world.person(), world.person("Иван"), world.person("Петя")
    await mother.says("у сына пишет ваш дневник не найден")
    await mother.sees("Кто входил в дневник")
    await father.says("Сын заходит, там: для входа в дневник нужно согласие одного из родителей")
    await father.sees("Откройте свой личный кабинет")
    await pupil.says("пишет: нужно согласие одного из родителей")
    await pupil.sees("Попроси маму или папу")
    await pupil.press("Я родитель")
    await pupil.sees("Откройте свой личный кабинет")


async def test_words_for_a_child_that_were_a_guess_give_way_to_the_parent_who_writes(world: World) -> None:
    mother = world.person()
    await mother.says("просит согласие одного из родителей")
    await mother.sees("Попроси маму или папу")
    await mother.says("Сын 12 лет, входит под своей детской записью, а дневник требует согласие одного из родителей")
    await mother.sees("Откройте свой личный кабинет")
    await mother.says("а что теперь, всё так же требует согласие")
    await mother.settles()
    await world.all_sent()
    assert "Помогло?" in mother.text and "Попроси" not in mother.text


async def test_small_words_are_no_error_texts(world: World) -> None:
    mother = world.person()
    await mother.says("Добрый день!")
    await mother.sees("Здравствуйте! Помогу войти")
    await world.begins(mother, "parent")
    await mother.says("Здравствуйте")
    await mother.sees("Шаг 1 из 2")
    await mother.says("готово")
    await mother.sees("Шаг 2 из 2")
    await mother.says("Назад")
    await mother.sees("Шаг 1 из 2")
    await mother.says("ок, поняла")
    await mother.sees("Пожалуйста! Если что-то не выйдет")
    assert any("Готово" in label for label in mother.labels)
    await mother.says("сделала")
    await mother.sees("Шаг 2 из 2")
    await mother.says("готово!")
    await mother.sees("Получилось войти?")
    await mother.says("ура, получилось")
    await mother.sees("дневник открывается")
    await mother.says("Спасибо большое!")
    await mother.sees("Рад, что помогло")


async def test_small_words_count_as_no_miss(world: World) -> None:
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.says("какая-то абракадабра на экране")
    await mother.sees("Такой надписи я не знаю")
    await mother.says("спасибо")
    await mother.sees("Пожалуйста")
    await mother.says("добрый вечер")
    await mother.sees("Шаг 1 из 2")
    await mother.says("другая абракадабра на экране")
    await mother.sees("Такой надписи я не знаю")


async def test_a_number_may_be_typed(world: World) -> None:
    pupil = world.person("Петя")
    await world.begins(pupil, "child")
    await pupil.press("Появилась ошибка")
    await pupil.says("2")
    await pupil.sees("придут уведомления")
    assert any("Отправить родителям" in label for label in pupil.labels)
    await pupil.press("К шагам")
    await pupil.press("Появилась ошибка")
    await pupil.says("первая")
    await pupil.sees("свидетельства о рождении")
    await pupil.press("К шагам")
    await pupil.press("Появилась ошибка")
    await pupil.says("другое")
    await pupil.sees("Пришли надпись с экрана")
    await pupil.says("написать в школу")
    await pupil.sees("там разберутся")
    await pupil.press("Написать в школу")
    await pupil.sees("В каком ты классе")


async def test_the_list_without_a_path_is_no_guess(world: World) -> None:
    mother = world.person()
    await mother.says("какая-то непонятная абракадабра на экране")
    await mother.press("Список ошибок")
    await mother.sees("Что написано на экране?")
    assert {"1", "2", "3", "4", "Другое"} <= set(mother.labels)


async def test_a_child_under_a_parents_account_is_told_so_as_a_child(world: World) -> None:
    pupil, mother = world.person("Петя"), world.person()
    await world.begins(pupil, "child")
    await pupil.press("Готово")
    await pupil.says(ERRORS["adult", "consent_required"])
    await pupil.press("Родителя")
    await pupil.sees("попробуй войти под своей детской")
    assert "пусть откроют свой личный кабинет" in pupil.text and "ваш" not in pupil.text
    share = next(url for label, url in pupil.urls.items() if "Отправить родителям" in label)
    await mother.opens_link(unquote(share).partition("start=")[2].partition("&")[0])
    await mother.sees("при первом входе вы не дали")
    await pupil.press("Помогло")
    await pupil.sees("пришли мне надпись")


class Reads:
    """A reader of pictures that sees the same words in each."""

    def __init__(self, words: str) -> None:
        self.words = words

    async def read(self, data: bytes) -> str:
        """The words."""
        return self.words


def with_reader(world: World, words: str) -> None:
    assert world.app is not None
    world.app.services.reader = Reads(words)  # type: ignore[assignment]


async def test_a_picture_is_answered_like_a_text(world: World) -> None:
    pupil, mother = world.person("Петя"), world.person()
    with_reader(world, ERRORS["child", "consent_required"])
    await world.begins(pupil, "child")
    await pupil.sends_photo(b"picture")
    await pupil.sees("Попроси маму или папу открыть")
    assert any("Отправить родителям" in label for label in pupil.labels)
    await mother.sends_photo(b"picture", caption="вот у сына такое")
    await mother.sees("Откройте свой личный кабинет")
    both = ERRORS["child", "diary_not_found"] + ". " + ERRORS["child", "consent_required"]
    with_reader(world, both)
    await pupil.sends_photo(b"picture")
    await pupil.sees("Вижу и вторую надпись")


class ReadsEach:
    """A reader of pictures on which the picture's own bytes are written."""

    async def read(self, data: bytes) -> str:
        """The words."""
        return data.decode()


async def test_an_album_is_read_until_a_picture_is_recognised(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert world.app is not None
    services = world.app.services
    services.reader = ReadsEach()  # type: ignore[assignment]
    monkeypatch.setattr("bot.tickets.owing.MEDIA_GROUP_WAIT_S", 3600.0)

    async def sends_album(*words: str) -> None:
        await pupil.sends_album([one.encode() for one in words])
        await pupil.settles()
        world.clock.move(hours=2)
        services.jobs_waiting.set()

    pupil = world.person("Петя")
    await world.begins(pupil, "child")
    await sends_album("наш кот", ERRORS["child", "diary_not_found"], "и собака")
    await pupil.sees("Школа проверит, правильно ли твои данные")
    await sends_album("наш кот", "и собака")
    await pupil.sees("На снимке нет надписи")
    assert sum("На снимке нет надписи" in text for text in pupil.texts) == 1
    await pupil.press("Написать в школу")
    await pupil.says("7Б")
    await pupil.press("Пропустить")
    await pupil.press("Пропустить")
    await pupil.sees("Вложений: 5")


async def test_the_caption_of_an_unknown_picture_goes_along(unstarted_world: World) -> None:
    unstarted_world.environment["SCHOOL_CONTACTS"] = "8 (4912) 00-00-00"
    world = await unstarted_world.start()
    with_reader(world, "Расписание уроков")
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.sends_photo(b"picture", caption="вот такое непонятное окошко")
    await mother.sees("На снимке нет надписи")
    assert "8 (4912) 00-00-00" in mother.text
    await mother.press("Написать в школу")
    await mother.says("7Б")
    await mother.press("Пропустить")
    await mother.sees("Что случилось")
    assert "вот такое непонятное окошко" in mother.text and "уже приложен" in mother.text


async def test_where_the_picture_cannot_be_read_its_caption_is(world: World) -> None:
    assert world.app is not None
    world.app.services.reader = None
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.sends_photo(b"picture", caption="забыла пароль от госуслуг")
    await mother.sees("пройдите восстановление пароля")
    await mother.sends_photo(b"picture")
    await mother.sees("Не умею читать картинки")


async def test_a_caption_asks_for_a_person_beside_a_picture_that_names_nothing(world: World) -> None:
    mother = world.person()
    await world.begins(mother, "parent")
    for read in ("", "Расписание уроков"):
        with_reader(world, read)
        for caption, answer in (
            ("Хочу поговорить с человеком", "там разберутся"),
            ("Не помогло", "Что написано на экране"),
        ):
            await mother.says("/start parent")
            await mother.sees("Шаг 1 из 2")
            await mother.sends_photo(b"picture", caption=caption)
            await mother.sees(answer)
    await mother.says(ERRORS["adult", "consent_required"])
    await mother.sees("Помогло?")
    await mother.sends_photo(b"picture", caption="не помогло")
    await mother.sees("там разберутся")
    await mother.press("Написать в школу")
    await mother.says("7Б")
    await mother.press("Пропустить")
    await mother.press("Пропустить")
    await mother.sees("Вложений: 2")
    with_reader(world, ERRORS["adult", "diary_not_found"])
    await mother.says("/start parent")
    await mother.sends_photo(b"picture", caption="Хочу поговорить с человеком")
    await mother.sees("Школа проверит")


def screenshot(path: str, error: str) -> bytes:
    """A phone's screen with the error on it."""
    label = f"{'child' if path == 'child' else 'adult'}-{error}"
    return screen(0, label, "none", random.Random(43)).data


async def test_a_code_that_comes_alone_after_talk_of_one_never_reaches_the_school(world: World) -> None:
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.says("не приходит код из смс")
    await mother.sees("не из инструкции школы")
    await mother.says("482913")
    await mother.says("непонятная штука на экране")
    await mother.press("Написать в школу")
    await mother.sees("класс")
    await mother.says("7Б")
    await mother.press("Пропустить")
    shown = await mother.sees("Вот что получит школа")
    assert "482913" not in shown["text"]
