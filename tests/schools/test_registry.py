"""Schools are added by the operator, bound by a code in their groups, moved, and leave: what everybody sees."""

from __future__ import annotations

import re

import pytest

from sandbox.administrator import Administrator
from tests.database_markers import on_sqlite
from tests.world import World

CODE = re.compile(r"/code ([A-Z0-9]{4}-[A-Z0-9]{4})")


@pytest.fixture
async def operated(world: World) -> tuple[World, Administrator]:
    """A world whose bot has an operator's chat."""
    group = world.telegram.group("Операторы", forum=False)
    await world.stop()
    world.environment["OPERATOR_CHAT_ID"] = str(group.id)
    await world.start()
    return world, Administrator(world.telegram, "Инна", chat=group)


def code_in(text: str) -> str:
    found = CODE.search(text)
    assert found, text
    return found[1]


async def added(operator: Administrator, said: str) -> str:
    """Adds a school; gives its code."""
    await operator.says(f"/school add {said}")
    return code_in((await operator.sees("добавлена"))["text"])


def a_group(world: World, name: str, *, forum: bool = True) -> Administrator:
    return Administrator(world.telegram, name, chat=world.telegram.group(name, forum=forum))


async def test_a_school_is_added_bound_and_moved(operated: tuple[World, Administrator]) -> None:
    world, operator = operated
    code = await added(operator, "Гимназия №2 — slug gym-2 --contacts кабинет 5")
    shown = next(text for text in operator.texts if "добавлена" in text)
    assert f"t.me/{world.telegram.bot['username']}?start=s_gym-2" in shown
    await operator.says("/school list")
    await operator.sees("gym-2 · Гимназия №2 · ⚪ группы ещё нет · открытых: 0")
    assert any("43 · Школа №43 · 🟢 работает" in text for text in operator.texts)

    mother = world.person("Мария")
    await mother.says(f"/code {code}")
    await mother.sees("пишут в группе школы")
    await operator.says(f"/code {code}")
    await operator.sees("Это чат оператора")
    await world.desk.says(f"/code {code}")
    await world.desk.sees("уже работает другая школа")

    school = a_group(world, "Гимназия")
    await school.says("/code ABCD-2345")
    await school.sees("Такого кода нет")
    await school.says(f"/code {code.lower().replace('-', ' ')}")
    await school.sees("это группа школы «Гимназия №2»")
    await school.sees("Все нужные права")
    other = a_group(world, "Чужая группа")
    await other.says(f"/code {code}")
    await other.sees("уже использован")
    await school.says(f"/code {code}")
    await school.sees("уже привязана")

    await world.sends_ticket(mother, school="gym-2", words="не пускает в дневник")
    await school.sees("не пускает в дневник")
    await world.all_sent()

    await operator.says("/school code gym-2")
    moving = code_in((await operator.sees("Новый код"))["text"])
    new = a_group(world, "Новая группа", forum=False)
    await new.says(f"/code {moving}")
    await new.sees("это группа школы «Гимназия №2»")
    await new.sees("№1 ·")
    await school.sees("теперь отвечает в другой группе")
    card = next(message for message in new.from_bot if message["text"].startswith("№1 ·"))
    await new.writes("ответ из новой группы", reply_to=card)
    await mother.sees("ответ из новой группы")
    assert "gym" not in "\n".join(world.desk.texts)
    assert not world.violations


@on_sqlite
async def test_a_group_is_told_what_it_is_and_how_it_becomes_a_schools(
    operated: tuple[World, Administrator],
) -> None:
    world, operator = operated
    code = await added(operator, "Школа №44")
    school = Administrator(world.telegram, "Игорь", chat=world.telegram.group("Учителя", forum=True, bot="left"))
    await school.adds_bot(status="member")
    greeting = (await school.sees("отправьте сюда код"))["text"]
    assert "SUPPORT_CHAT_ID" not in greeting and "/code K7QM-2XWA" in greeting
    assert "быть администратором" in greeting and "Без них я не увижу" in greeting
    await school.adds_bot()
    await school.sees("Все нужные права есть")
    await school.says("/id")
    assert "отправьте сюда код" in (await school.sees(f"Номер этой группы: {school.chat_id}"))["text"]
    await school.says(f"/code {code}")
    await school.sees("это группа школы «Школа №44»")
    await school.removes_bot()
    await operator.sees("бота удалили")
    await school.adds_bot()
    await school.sees("Здравствуйте. Это группа школы «Школа №44»: сюда приходят обращения семей.")
    await operator.removes_bot()
    await operator.adds_bot(lacking={"can_delete_messages"})
    greeting = (await operator.sees("Это чат оператора: здесь подсчёты"))["text"]
    assert "Не хватает прав" not in greeting
    await operator.says("/id")
    await operator.sees(f"Номер этой группы: {operator.chat_id}")
    assert not any("SUPPORT_CHAT_ID" in text for text in [*school.texts, *operator.texts])
    assert not world.violations


@on_sqlite
async def test_a_code_is_too_old_after_a_day(operated: tuple[World, Administrator]) -> None:
    world, operator = operated
    code = await added(operator, "Школа №44")
    world.clock.move(seconds=24 * 3600 + 60)
    school = a_group(world, "Школа 44")
    await school.says(f"/code {code}")
    await school.sees("Срок кода вышел")


@on_sqlite
async def test_what_the_operator_gets_wrong_is_said_and_changes_nothing(operated: tuple[World, Administrator]) -> None:
    world, operator = operated
    await operator.says("/school add Гимназия --slug 43")
    await operator.sees("Имя «43» уже занято")  # by the school of the settings, though it had none before
    await added(operator, "Школа №44")
    await operator.sees("У школы «Школа №43» теперь тоже есть имя в ссылках: 43")
    for said, answer in (
        ("add", "Напишите название"),
        ("add Школа №44", "уже есть"),
        ("add Школа №45 --slug школа_45!", "латинские строчные"),
        ("add Школа №45 --slug 44", "уже занято"),
        ("add Школа №45 --pack нет_такого", "ryazan_43"),
        ("add Школа №45 --hours всегда", "Часы работы"),
        ("add Школа №45 --colour red", "--colour"),
        ("code 99", "Школы «99» нет"),
        ("remove 99", "Школы «99» нет"),
        ("что-нибудь", "Чат оператора"),
    ):
        await operator.says(f"/school {said}")
        await operator.sees(answer)
    await added(operator, "Школа №44 --slug 44-skopin")
    await operator.says("/school list")
    await operator.sees("Школ: 3")
    await world.desk.says("/school list")
    await world.desk.sees("/open")  # of this command the desk is told that there is none
    assert not any("Школ: " in text for text in world.desk.texts)


async def test_the_school_of_the_settings_may_be_taken_into_use_last(unstarted_world: World) -> None:
    world = unstarted_world
    chat = world.telegram.group("Операторы", forum=False)
    desk = world.environment.pop("SUPPORT_CHAT_ID")
    world.environment["OPERATOR_CHAT_ID"] = str(chat.id)
    await world.start()
    operator = Administrator(world.telegram, "Инна", chat=chat)
    await added(operator, "Школа №44 --slug 44")
    assert not any("теперь тоже есть имя" in text for text in operator.texts)
    await operator.says("/school list")
    await operator.sees("Школ: 1")
    await world.stop()
    world.environment["SUPPORT_CHAT_ID"] = desk
    await world.start()
    mother = world.person()
    await mother.opens_link("s_43")
    await mother.sees("🏫 Школа №43")


async def test_a_school_that_leaves_gets_its_tickets_and_is_erased(operated: tuple[World, Administrator]) -> None:
    world, operator = operated
    mother, father = world.person("Мария"), world.person("Иван")
    await world.sends_ticket(father, words="другая школа")
    school = await world.adds_school("44", "Школа №44")
    await world.sends_ticket(mother, school="44", words="секрет семьи")
    await school.sees("секрет семьи")
    await world.all_sent()
    await operator.says("/school remove 44")
    await operator.sees("Удалить «Школа №44»? Открытых обращений: 1")
    await operator.press("Удалить школу")
    await operator.sees("её данные стёрты")
    document = next(message for message in school.from_bot if "document" in message)
    file = world.telegram.files[document["document"]["file_id"]]
    assert "секрет семьи" in file.data.decode("utf-8-sig") and "другая школа" not in file.data.decode("utf-8-sig")
    assert "секрет" not in "\n".join(operator.texts)
    await world.looks()
    await mother.says("здравствуйте")
    await mother.sees("Школа №44 больше не пользуется", anywhere=True)
    newcomer = world.person("Анна")
    await newcomer.opens_link("s_44")
    await newcomer.sees("больше не пользуется", anywhere=True)
    await father.says("а я всё жду")
    await world.desk.sees("а я всё жду")
    await operator.says("/school remove 44")
    await operator.sees("больше не пользуется ботом")


@on_sqlite
async def test_a_school_without_a_group_is_not_removed_from_the_chat_while_tickets_wait(
    operated: tuple[World, Administrator],
) -> None:
    world, operator = operated
    await added(operator, "Школа №44")
    await world.sends_ticket(world.person("Мария"), school="44")
    await operator.says("/school remove 44")
    await operator.sees("Удалите её на сервере")


def test_nothing_is_left_to_guess() -> None:
    from bot.schools import binding_codes, school_slugs

    code = binding_codes.new_code()
    assert binding_codes.read_code(f" {code.lower()} ") == code
    assert binding_codes.read_code("кавс 2345") == "KABC-2345"  # Russian letters that look like Latin ones
    assert binding_codes.read_code("K0BC-2345") is None
    assert school_slugs.made_of("Школа №43", set()) == "43"
    assert school_slugs.made_of("Школа №43", {"43"}) == "43-2"
    assert school_slugs.made_of("Гимназия имени Щербакова", set()) == "gimnaziya-imeni-shcherba"
    assert school_slugs.made_of("№№", set()) == "school"
    assert school_slugs.SLUG.fullmatch("43") and not school_slugs.SLUG.fullmatch("-43")
