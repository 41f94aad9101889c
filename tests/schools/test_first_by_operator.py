"""The first school that the operator adds keeps its families when a second one comes."""

from __future__ import annotations

from sandbox.administrator import Administrator
from tests.schools.test_registry import a_group, added
from tests.world import World


async def test_families_of_the_first_added_school_stay_with_it(unstarted_world: World) -> None:
    world = unstarted_world
    chat = world.telegram.group("Операторы", forum=False)
    world.environment.pop("SUPPORT_CHAT_ID")
    world.environment["OPERATOR_CHAT_ID"] = str(chat.id)
    await world.start()
    operator = Administrator(world.telegram, "Инна", chat=chat)
    code = await added(operator, "Школа №44 --slug 44")
    school = a_group(world, "Школа 44")
    await school.says(f"/code {code}")
    await school.sees("это группа школы")
    await world.all_sent()
    mother, father = world.person("Мария"), world.person("Иван")
    await mother.opens_link("s_44_child")
    await mother.sees("Шаг 1 из")
    await world.sends_ticket(father, school="44", words="не пускает")
    await school.sees("не пускает")
    await world.all_sent()
    await operator.says("/school list")
    await operator.sees("44 · Школа №44 · 🟢 работает · открытых: 1 · ждут больше суток: 0 · семей: 2")
    await added(operator, "Школа №45 --slug 45")
    await world.looks()
    await mother.press("Готово")
    await mother.sees("Шаг 2 из")
    await father.says("а ещё вот что")
    await school.sees("а ещё вот что")
    await operator.says("/school list")
    await operator.sees("45 · Школа №45")
    assert "44 · Школа №44 · 🟢 работает · открытых: 1 · ждут больше суток: 0 · семей: 2" in operator.texts[-1]
    newcomer = world.person("Анна")
    await newcomer.opens_link("child")
    await newcomer.sees("школ", anywhere=True)
    assert not any("Шаг" in text for text in newcomer.texts)
    assert not any("Из какой" in text for person in (mother, father) for text in person.texts)
    assert not world.violations
