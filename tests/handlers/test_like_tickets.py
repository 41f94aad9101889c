"""Two tickets about one pupil name each other on their cards, and are never merged."""

from __future__ import annotations

from sandbox.visible import text_of, urls_of
from tests.database_markers import on_sqlite
from tests.ticket_under_way import Talk, begin
from tests.world import World


def likes(talk: Talk) -> str:
    return next((line for line in text_of(talk.card).splitlines() if "Похоже на" in line), "")


async def test_tickets_of_one_pupil_name_each_other_until_one_is_erased(either_world: World) -> None:
    world = either_world
    mother, father = await begin(world, "Мария"), await begin(world, "Олег")
    await mother.card_shows(f"Похоже на №{father.number}")
    await father.card_shows(f"Похоже на №{mother.number}")
    assert "тот же класс и почти то же имя" in likes(father)
    if world.support.info.get("is_forum"):
        assert any(f"/{mother.topic.id}/" in url for url in urls_of(father.card).values())
    other = world.person("Вера")
    await world.sends_ticket(other, class_name="8А")
    shown = await world.desk.sees("Класс: 8А")
    assert "Похоже на" not in text_of(shown)
    await father.school("отвечаю отцу")
    await father.family.sees("отвечаю отцу")
    assert not any("отвечаю отцу" in text for text in mother.family.texts), "they stay two tickets"
    await mother.family.says("/forget")
    await mother.family.press("Удалить всё")
    await mother.family.sees("всё удалено")
    await world.eventually(lambda: not likes(father), what="the link gone")


@on_sqlite
async def test_an_older_card_follows_after_a_minute_or_with_its_next_change(world: World) -> None:
    mother, father, aunt = [await begin(world, name) for name in ("Мария", "Олег", "Вера")]
    await mother.card_shows(f"Похоже на №{aunt.number}, №{father.number}")
    edits = [p for p in world.calls("editMessageText") if p.get("message_id") == mother.card["message_id"]]
    assert len(edits) <= 2, "one for each minute in which tickets came"
    other = await begin(world, "Пётр")
    await world.desk.press("Взять", topic=mother.topic)
    await mother.card_shows("👀 в работе")
    assert f"№{other.number}" in likes(mother)
