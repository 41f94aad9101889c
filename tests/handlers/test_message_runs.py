"""A family that writes several messages in a row sees once that they were passed on, and nothing is lost."""

from __future__ import annotations

from sandbox.visible import text_of
from tests.ticket_under_way import Talk

PASSED_ON = "Передано школе"


async def test_messages_in_a_row_are_acknowledged_once_or_by_signs_alone(any_talk: Talk) -> None:
    talk, world, family = any_talk, any_talk.world, any_talk.family
    signs = family.messenger is world.telegram  # in MAX a bot puts none under a message

    def told() -> int:
        return sum(PASSED_ON in text for text in family.texts)

    async def arrive(*words: str) -> None:
        for said in words:
            await world.desk.sees(said, anywhere=True)
        await world.all_sent()

    before = len(family.from_bot)
    first = [await family.says(said) for said in ("Добрый день", "у нас дневник не открывается", "сын в пятом классе")]
    await arrive("Добрый день", "у нас дневник не открывается", "сын в пятом классе")
    await world.restart()
    more = [await family.says(said) for said in ("пишет «дневник не найден»", "что делать", "ау")]
    await arrive("пишет «дневник не найден»", "что делать", "ау")
    at_desk = "\n".join(text_of(message) for message in world.desk.from_bot)
    assert all(at_desk.count(text_of(one)) >= 1 for one in (*first, *more))
    if signs:
        assert all(family.reaction(one) for one in (*first, *more)), "a sign is under each"
    assert told() == len(family.from_bot) - before == (0 if signs else 1)

    # A row ends with what the school writes, and with a pause.
    await talk.school("Проверили, попробуйте войти")
    await family.sees("Проверили")
    await family.says("пробую")
    await arrive("пробую")
    assert told() == (0 if signs else 2)
    world.clock.move(minutes=11)
    await family.says("не вышло")
    await arrive("не вышло")
    assert told() == (0 if signs else 3)
