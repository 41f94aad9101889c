"""The whole life of a ticket whose family and whose desk are both in MAX: the card in a group, answered by reply."""

from __future__ import annotations

from sandbox.visible import labels_of, text_of
from tests.talk import begin
from tests.world import World


async def test_a_ticket_lives_from_the_form_to_its_end(max_world: World) -> None:
    talk = await begin(max_world)
    desk, family = max_world.desk, talk.family
    assert "Откуда" not in text_of(talk.card) and "reply_to_message" not in talk.card
    assert {"Взять", "Данные исправлены", "Запросить уточнение", "Решено"} <= {
        label.split(" ", 1)[-1] if not label[0].isalpha() else label for label in labels_of(talk.card)
    }
    await desk.press("Взять", message=talk.card)
    await talk.card_shows("Ольга")
    await desk.writes("просто разговор в группе")
    await desk.writes("// служебная заметка", reply_to=talk.card)
    await talk.school("Проверили, попробуйте ещё раз")
    await family.sees("Проверили, попробуйте ещё раз", anywhere=True)
    await talk.card_shows("ждём")
    assert "просто разговор" not in "\n".join(family.texts) and "заметка" not in "\n".join(family.texts)
    await family.says("Не пускает всё равно")
    copied = await desk.sees("Не пускает всё равно")
    assert copied["reply_to_message"]["message_id"] == talk.card["message_id"]
    await desk.writes("Ещё раз исправили", reply_to=copied)
    await family.sees("Ещё раз исправили", anywhere=True)
    await desk.press("Данные исправлены", message=talk.card)
    await family.sees("Помогло", anywhere=True)
    await family.press("Помогло")
    await talk.card_shows("решено")
    assert await talk.status() == "solved"
    assert not max_world.violations
