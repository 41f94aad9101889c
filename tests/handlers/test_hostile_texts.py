"""Texts that nobody writes on purpose, at every question: each is answered, and so is another family."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from sandbox.person import Person
from tests.corpus.costly_texts import at_random, longest
from tests.database_markers import on_sqlite
from tests.ticket_under_way import begin
from tests.world import ERRORS, World

# A few of every kind; each kind's whole list is tried on the readers by themselves.
HOSTILE = [
    "1" * 40 + "x",
    "12345678901 4510 123456 89151234567 Иванов Пётр",
    longest("цифр4412 смс \t"),
    longest("<b>&amp;"),
    "\u202e" * 500 + "мама" + "\u0301" * 3000,
    at_random()[4],
]
HOSTILE = [text[:4096] for text in HOSTILE]
Walk = Callable[[World, Person], Awaitable[None]]


async def _role(world: World, family: Person) -> None:
    await family.says("/start")
    await family.sees("Кто")


async def _age(world: World, family: Person) -> None:
    await _role(world, family)
    await family.press("Я ученик")


async def _whose(world: World, family: Person) -> None:
    await _role(world, family)
    await family.press("Я родитель")


async def _step(world: World, family: Person) -> None:
    await world.begins(family, "child")


async def _errors(world: World, family: Person) -> None:
    await world.begins(family, "parent")
    await family.press("Появилась ошибка")


async def _other(world: World, family: Person) -> None:
    await _errors(world, family)
    await family.press("Другое")


async def _class(world: World, family: Person) -> None:
    await world.begins(family, "parent")
    await family.says(ERRORS["adult", "diary_not_found"])
    await family.press("Написать в школу")
    await family.press("Родителя")
    await family.sees("класс")


async def _name(world: World, family: Person) -> None:
    await _class(world, family)
    await family.says("7Б")
    await family.sees("зовут")


async def _words(world: World, family: Person) -> None:
    await _name(world, family)
    await family.press("Пропустить")
    await family.sees("Что случилось")


async def _preview(world: World, family: Person) -> None:
    await world.fills_form(family, "parent", "не пускает")


async def _edit(world: World, family: Person) -> None:
    await _preview(world, family)
    await family.press("Изменить")


async def _edit_class(world: World, family: Person) -> None:
    await _edit(world, family)
    await family.press("Класс")


QUESTIONS: list[Walk] = [
    _role, _age, _whose, _step, _errors, _other, _class, _name, _words, _preview, _edit, _edit_class,
]  # fmt: skip


# One database is enough for what is asked in the guide: the texts of a ticket, which are kept, go through both below.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("walk", QUESTIONS, ids=lambda walk: walk.__name__[1:])
async def test_every_question_answers_hostile_texts(world: World, walk: Walk) -> None:
    families = [world.person(f"Семья {number}") for number in range(len(HOSTILE))]
    for family in families:
        await walk(world, family)
    before = [len(family.from_bot) for family in families]
    for family, text in zip(families, HOSTILE, strict=True):
        await family.says(text)
    other = world.person("Другая")
    await other.says("/start")
    await other.sees("Кто")
    await world.eventually(
        lambda: all(len(family.from_bot) > count for family, count in zip(families, before, strict=True)),
        what="an answer to each text",
    )
    assert not world.telegram.violations
    for family in families:
        await family.says("/start")
        await family.sees("Кто")


@on_sqlite
@pytest.mark.slow
async def test_a_ticket_carries_hostile_texts_both_ways(world: World) -> None:
    talk = await begin(world)
    for number, text in enumerate(HOSTILE):
        await talk.family.says(text)
        await talk.family.says(f"после {number}")
        await world.desk.sees(f"после {number}", topic=talk.topic)
        if text.strip("\u202e\u0301"):
            await talk.school(text)
        await talk.school(f"ответ {number}")
        await talk.family.sees(f"ответ {number}", anywhere=True)
    assert not world.telegram.violations


@on_sqlite
@pytest.mark.parametrize("command", ["/notice ", "/ban ", "//", "/"])
async def test_the_desk_may_write_anything(world: World, command: str) -> None:
    talk = await begin(world)
    for text in HOSTILE:
        await talk.school((command + text)[:4096])
    if command == "/ban ":
        await talk.school("/unban")  # an answer to a banned family is refused
        await world.desk.sees("снова может писать")
    await talk.school("всё в порядке")
    await talk.family.sees("всё в порядке", anywhere=True)
    other = world.person("Другая")
    await other.says("/start")
    await other.sees("Кто")
