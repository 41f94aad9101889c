"""Makes the database of version 1.1.0 that test_upgrade.py upgrades: run in a worktree of that version, once.

    git worktree add /tmp/version-1.1.0 4da9add
    cd /tmp/version-1.1.0
    PYTHONPATH=. python …/tests/storage/version_1_1_0/make_database.py …/tests/storage/version_1_1_0

Writes `database.sql`, all that its SQLite file held when the bot was stopped, and `telegram.json`, what stood in the
chats then: a family in the middle of each screen, open forms, open tickets, and an outbox full of messages that
Telegram had refused for the time being.
"""

import asyncio
import dataclasses
import json
import sqlite3
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from sandbox.refusals import internal_error  # type: ignore[import-not-found, unused-ignore]

from tests.world import ERRORS, World

Walk = Callable[[World, Any], Awaitable[object]]
NOT_FOUND, CONSENT = ERRORS["adult", "diary_not_found"], ERRORS["adult", "consent_required"]


async def does(world: World, person: Any, *deeds: str) -> None:
    """«[Label]» is pressed, all else is typed; each is taken before the next."""
    for deed in deeds:
        if deed.startswith("["):
            await person.press(deed.strip("[]"))
        else:
            await person.says(deed)
        await person.settles()
        await person.sees("")


def walk(*deeds: str) -> Walk:
    """A walk that consists of these deeds."""
    return lambda world, person: does(world, person, *deeds)


def form(*deeds: str) -> Walk:
    """A walk through the form to its preview, and on."""

    async def go(world: World, person: Any) -> None:
        await world.fills_form(person, "parent", "второй день не пускает")
        await does(world, person, *deeds)

    return go


def ticket(*deeds: str) -> Walk:
    """A ticket that was sent, and what the family did then."""

    async def go(world: World, person: Any) -> None:
        await world.topic_of(await world.sends_ticket(person))
        await does(world, person, *deeds)

    return go


PARENT = "/start parent"
TO_FORM = (PARENT, NOT_FOUND, "[Написать в школу]", "[Родителя]")
WALKS: dict[str, Walk] = {
    "role": walk("/start"),
    "age": walk("/start", "[Я ученик]"),
    "whose": walk("/start", "[Я родитель]"),
    "login": walk("/start", CONSENT),
    "step": walk(PARENT),
    "step of a child": walk("/start child", "[Готово]"),
    "step for a child": walk("/start p_child"),
    "end": walk(PARENT, "[Готово]", "[Готово]"),
    "done": walk(PARENT, "[Готово]", "[Готово]", "[Получилось]"),
    "errors": walk(PARENT, "[Появилась ошибка]"),
    "other": walk(PARENT, "[Появилась ошибка]", "[Другое]"),
    "remedy": walk(PARENT, CONSENT),
    "account": walk(PARENT, NOT_FOUND, "[Написать в школу]"),
    "wrong": walk(PARENT, NOT_FOUND, "[Написать в школу]", "[Ученика]"),
    "doubt": walk(PARENT, "дневник согласие"),
    "unknown": walk(PARENT, "зелёная кракозябра"),
    "unknown again": walk(PARENT, "зелёная кракозябра", "синяя кракозябра"),
    "topic": walk(PARENT, "забыла пароль от госуслуг"),
    "class": walk(*TO_FORM),
    "name": walk(*TO_FORM, "7Б"),
    "words": walk(*TO_FORM, "7Б", "[Пропустить]"),
    "preview": form(),
    "edit": form("[Изменить]"),
    "edit class": form("[Изменить]", "[Класс]"),
    "edit name": form("[Изменить]", "[Имя]"),
    "edit words": form("[Изменить]", "[Что случилось]"),
    "sends": form(),
    "cancelled": form("[Отмена]"),
    "help": walk(PARENT, "/help"),
    "privacy": walk(PARENT, "/privacy"),
    "forget": walk(PARENT, "/forget"),
    "ticket": ticket(),
    "my ticket": ticket("[Моё обращение]"),
    "second form": ticket(PARENT, CONSENT, "[Не помогло]"),
}


async def main(out: Path) -> None:
    """Walks, stops the bot, and writes both files."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bot.sqlite3"
        async with World(f"sqlite+aiosqlite:///{file}") as world:
            await world.start()
            people: dict[str, Any] = {}
            for name, go in WALKS.items():
                people[name] = world.person(f"Семья «{name}»")
                await go(world, people[name])
                world.clock.move(minutes=2)
            await world.all_sent()
            world.clock.move(minutes=2)
            await owe(world, people)
            await world.stop()
            telegram = world.telegram
            kept = {
                "at": world.clock(),
                "families": {name: person.id for name, person in people.items()},
                "chats": [
                    {
                        "id": chat.id,
                        "messages": [{k: v for k, v in m.items() if k != "chat"} for m in chat.messages.values()],
                        "topics": [dataclasses.asdict(topic) for topic in chat.topics.values()],
                        "pinned": chat.pinned,
                    }
                    for chat in telegram.chats.values()
                ],
            }
        dump = "\n".join(sqlite3.connect(file).iterdump())
        (out / "database.sql").write_text(dump + "\n", "utf-8")
        (out / "telegram.json").write_text(json.dumps(kept, ensure_ascii=False, indent=0) + "\n", "utf-8")


async def owe(world: World, people: dict[str, Any]) -> None:
    """A ticket, messages and answers that Telegram takes none of for the time being."""
    tickets = [await world.topic_of(number) for number in (1, 2, 3)]
    world.telegram.fault(internal_error(), 10**6, method="send.*|copy.*|createForumTopic|editForumTopic")
    await people["sends"].press("Отправить", wait=False)
    for name in ("ticket", "my ticket"):
        await people[name].says(f"весть семьи «{name}» перед обновлением")
    for number, topic in enumerate(tickets, 1):
        await world.desk.writes(f"ответ школы на №{number} перед обновлением", topic=topic)
    while await world.owed() < 6:
        await world.looks()


asyncio.run(main(Path(sys.argv[1])))
