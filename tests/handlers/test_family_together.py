"""A pupil hands a screen over to a parent; reminders, the notice and working hours, with a clock that moves."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from bot.channels.abilities import CHANNELS
from sandbox.person import Person
from sandbox.telegram.bot_api import Telegram
from storage import handovers
from tests.handover_link import link_handed_over, payload_of
from tests.world import ERRORS, World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: what is handed over is a token; storage/test_database.py keeps such on both."""
    return sqlite_url


TELEGRAM = re.compile(r"telegram|телеграм|t\.me/", re.IGNORECASE)
MOSCOW_NOON = datetime(2026, 11, 24, 9, 0, tzinfo=UTC).timestamp()


@pytest_asyncio.fixture
async def noon_world(unstarted_world: World) -> World:
    """A world in which it is noon in Moscow, on a Tuesday."""
    unstarted_world.clock.set_to(MOSCOW_NOON)
    return await unstarted_world.start()


LINKS_OF = {"telegram": "https://t.me/dnevnik_sandbox_bot?start=h_", "max": "https://max.ru/dnevnik_max_bot?start=h_"}


def token_of(pupil: Person) -> str:
    """The payload of the link that «Отправить родителям» shares."""
    return payload_of(link_handed_over(pupil))


# --- the hand-over -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("of_parent", ["telegram", "max"])
@pytest.mark.parametrize("of_pupil", ["telegram", "max"])
async def test_a_parent_lands_on_the_very_step_and_the_pupil_hears_of_the_end(
    database_url: str, of_pupil: str, of_parent: str
) -> None:
    async with World(database_url, channels=tuple({of_pupil, of_parent}), desk=of_pupil) as world:
        await world.start()
        pupil, mother = world.person("Петя", channel=of_pupil), world.person("Мария", channel=of_parent)
        await hands_over(world, pupil, mother, LINKS_OF[of_pupil])
        assert not world.violations
        if world.channels == ("max",):
            assert not TELEGRAM.search("\n".join([*pupil.texts, *pupil.urls.values(), *mother.texts]))


async def hands_over(world: World, pupil: Person, mother: Person, link: str) -> None:
    """A pupil hands the third step to a parent by a link that begins so; the parent does the parents' part."""
    await world.begins(mother, "parent")
    await world.begins(pupil, "child")
    await pupil.press("Готово")
    await pupil.press("Готово")
    await pupil.sees("Шаг 3 из 5")
    payload = token_of(pupil)
    assert link_handed_over(pupil).startswith(link)
    assert len(payload) <= min(channel.deep_link_length for channel in CHANNELS) and str(pupil.id) not in payload
    await mother.opens_link(payload)
    await mother.sees("Шаг 3 из 5")
    assert "Делаете вы" in mother.text and "Ребёнок просит помочь" in mother.text
    await mother.press("Готово")
    await mother.press("Готово")
    await mother.sees("Шаг 5 из 5")
    await pupil.sees("Родители всё сделали, теперь твой шаг")
    await pupil.press("Мой шаг")
    await pupil.sees("Шаг 5 из 5")
    await mother.press("Назад")
    await mother.press("Готово")
    assert sum("Родители всё сделали" in text for text in pupil.texts) <= 1, "told once"


async def test_whichever_parent_finishes_the_pupil_hears_of_it_once(world: World) -> None:
    pupil, mother, father = world.person("Петя"), world.person("Мария"), world.person("Иван")
    await world.begins(pupil, "child")
    payload = token_of(pupil)
    for parent in (mother, father):
        await parent.opens_link(payload)
        await parent.sees("Ребёнок просит помочь")
    for parent in (mother, father):
        for number in range(2, 6):
            await parent.press("Готово")
            await parent.sees(f"Шаг {number} из 5")
        await pupil.sees("Родители всё сделали")
    await world.brings_nothing_to(pupil)
    assert sum("Родители всё сделали" in text for text in pupil.texts) == 1


async def test_the_parents_part_of_a_diary_not_found_is_handed_over(world: World) -> None:
    pupil, mother = world.person("Петя"), world.person("Мария")
    await world.begins(pupil, "child")
    await pupil.says(ERRORS["child", "diary_not_found"])
    await pupil.sees("Попроси маму или папу проверить твои данные")
    await mother.opens_link(token_of(pupil))
    await mother.sees("Проверьте данные ребёнка в личном кабинете")


async def test_the_consent_is_handed_over_too(world: World) -> None:
    pupil, father = world.person("Петя"), world.person("Иван")
    await world.begins(pupil, "child")
    await pupil.says(ERRORS["child", "consent_required"])
    await pupil.sees("Попроси маму или папу открыть")
    await father.opens_link(token_of(pupil))
    await father.sees("Откройте свой личный кабинет")
    await father.press("Помогло")
    await pupil.sees("Родители всё сделали")


async def test_only_the_parents_steps_are_handed_over(world: World) -> None:
    pupil = world.person("Петя")
    await world.begins(pupil, "child")
    for number in range(1, 5):
        await pupil.sees(f"Шаг {number} из 5")
        assert any("Отправить родителям" in label for label in pupil.labels)
        await pupil.press("Готово")
    await pupil.sees("Шаг 5 из 5")
    assert not any("Отправить родителям" in label for label in pupil.labels)


@pytest.mark.parametrize("payload", ["h_forged", "h_", "h_" + "A" * 62])
async def test_a_forged_link_opens_the_childs_path_with_a_word(world: World, payload: str) -> None:
    mother = world.person()
    await mother.opens_link(payload)
    await mother.sees("Ссылка устарела или повреждена")
    assert "Шаг 1 из 5" in mother.text


async def test_a_link_lives_fourteen_days(world: World) -> None:
    pupil, mother = world.person("Петя"), world.person()
    await world.begins(pupil, "child")
    payload = token_of(pupil)
    world.clock.move(days=15)
    await mother.opens_link(payload)
    await mother.sees("Ссылка устарела")


async def test_the_pupils_own_account_is_told_whom_the_link_is_for(world: World) -> None:
    pupil = world.person("Петя")
    await world.begins(pupil, "child")
    await pupil.press("Готово")
    await pupil.opens_link(token_of(pupil))
    await pupil.sees("Это ссылка для родителей")
    assert "Шаг 2 из 5" in pupil.text and "Попроси" in pupil.text


async def test_tokens_are_random(world: World) -> None:
    seen = set()
    for number in range(5):
        pupil = world.person(f"Петя {number}")
        await world.begins(pupil, "child")
        seen.add(token_of(pupil))
    assert len(seen) == 5
    assert handovers.LIVES_S == 14 * 24 * 3600


# --- reminders ---------------------------------------------------------------------------------------------------


async def waits_at_step_two(world: World) -> Person:
    mother = world.person()
    await world.begins(mother, "parent>child")
    await mother.press("Готово")
    await mother.sees("Шаг 2 из 5")
    return mother


@pytest.mark.parametrize("channel", ["telegram", "max"])
async def test_a_reminder_comes_once_with_the_way_back(database_url: str, channel: str) -> None:
    async with World(database_url, channels=(channel,), desk=channel) as world:
        world.clock.set_to(MOSCOW_NOON)
        await world.start()
        mother = await waits_at_step_two(world)
        assert "Напомню 25.11 12:0" in await mother.press("Напомнить завтра")
        world.clock.move(hours=23)
        await world.brings_nothing_to(mother)
        world.clock.move(hours=1, minutes=1)
        await world.looks()
        await mother.sees("просили напомнить про шаг 2")
        await mother.press("Показать, что делать")
        await mother.sees("Шаг 2 из 5")
        world.clock.move(days=4)
        await world.brings_nothing_to(mother)


async def test_two_reminders_of_one_step_are_one(noon_world: World) -> None:
    world = noon_world
    mother = await waits_at_step_two(world)
    await mother.press("Напомнить завтра")
    await mother.press("Напомнить через 3 дня")
    world.clock.move(days=1, minutes=5)
    await world.brings_nothing_to(mother)
    world.clock.move(days=2)
    await world.looks()
    await mother.sees("просили напомнить")


async def test_reminders_come_by_day_and_survive_a_restart(unstarted_world: World) -> None:
    world = unstarted_world
    world.clock.set_to(datetime(2026, 11, 24, 20, 30, tzinfo=UTC).timestamp())  # 23:30 in Moscow
    await world.start()
    mother = await waits_at_step_two(world)
    assert "25.11 19:30" in await mother.press("Напомнить завтра"), "tomorrow, and by day"
    await world.restart()
    world.clock.set_to(datetime(2026, 11, 25, 16, 29, tzinfo=UTC).timestamp())
    await world.brings_nothing_to(mother)
    world.clock.move(minutes=2)
    await world.looks()
    await mother.sees("просили напомнить")


async def test_a_reminder_missed_at_night_waits_for_the_morning(noon_world: World) -> None:
    world = noon_world
    mother = await waits_at_step_two(world)
    await mother.press("Напомнить завтра")
    world.clock.set_to(datetime(2026, 11, 25, 20, 0, tzinfo=UTC).timestamp())  # 23:00 in Moscow: the laptop slept
    await world.brings_nothing_to(mother)
    world.clock.move(hours=10, minutes=1)
    await world.looks()
    await mother.sees("просили напомнить")


@pytest.mark.parametrize("moves_on", ["Готово", "/cancel"])
async def test_moving_on_and_cancel_take_a_reminder_back(noon_world: World, moves_on: str) -> None:
    world = noon_world
    mother = await waits_at_step_two(world)
    await mother.press("Напомнить завтра")
    if moves_on.startswith("/"):
        await mother.says(moves_on)
        await mother.sees("Отменил")
    else:
        await mother.press(moves_on)
        await mother.sees("Шаг 3 из 5")
    world.clock.move(days=1, minutes=5)
    await world.brings_nothing_to(mother)


@pytest.mark.parametrize("does", ["К шагам", "спасибо", "какая-то абракадабра на экране", "/start", "/help", "Назад"])
async def test_looking_elsewhere_takes_no_promise_back(noon_world: World, does: str) -> None:
    world = noon_world
    mother = await waits_at_step_two(world)
    if does != "Назад":
        await mother.says(ERRORS["child", "consent_required"])
        await mother.sees("Помогло?")
    await mother.press("Напомнить завтра")
    if does in ("К шагам", "Назад"):
        await mother.press(does)
    else:
        await mother.says(does)
        await mother.settles()
    world.clock.move(days=1, minutes=5)
    await world.looks()
    await mother.sees("просили напомнить")


async def test_a_reminder_for_a_family_that_blocked_the_bot_waits_for_its_return(noon_world: World) -> None:
    world = noon_world
    mother = await waits_at_step_two(world)
    await mother.press("Напомнить завтра")
    await mother.blocks_bot()
    world.clock.move(days=1, minutes=5)
    await world.looks()
    sends = world.telegram.counts["sendMessage"]
    world.clock.move(minutes=30)
    await world.looks()
    assert world.telegram.counts["sendMessage"] - sends <= 1, "no endless tries"
    await mother.unblocks_bot()
    await mother.sees("просили напомнить")


# --- the notice and the hours ------------------------------------------------------------------------------------


async def test_the_notice_stands_on_first_screens_and_remedies(world: World) -> None:
    mother, standing = world.person(), world.person("Анна")
    await world.begins(standing, "parent")
    await world.desk.writes("/notice Госуслуги сегодня <работают> с перебоями")
    await world.desk.sees("семьи увидят")
    await world.brings_nothing_to(standing)
    await mother.says("/start")
    await mother.sees("Госуслуги сегодня <работают> с перебоями")
    await world.begins(mother, "parent")
    assert "с перебоями" in mother.text
    await mother.says(ERRORS["adult", "consent_required"])
    await mother.sees("с перебоями")
    await world.desk.writes("/notice off")
    await world.desk.sees("снято")
    await mother.says("/start")
    await world.eventually(lambda: "Кто пишет" in mother.text and "перебоями" not in mother.text)


async def test_a_notice_that_is_too_long_is_refused_with_its_length(world: World) -> None:
    await world.desk.writes("/notice " + "а" * 301)
    await world.desk.sees("301 знак, а помещается 300")
    await world.desk.writes("/notice")
    await world.desk.sees("Объявления сейчас нет")


async def test_a_ticket_sent_at_night_says_when_the_school_reads_it(database_url: str) -> None:
    hours = "Mon-Fri 08:00-17:00; Sat 09:00-12:00; off 2026-12-31..2027-01-10"
    async with World(database_url, WORKING_HOURS=hours) as world:
        world.clock.set_to(datetime(2026, 11, 27, 20, 0, tzinfo=UTC).timestamp())  # Friday, 23:00 in Moscow
        await world.start()
        mother = world.person()
        await world.fills_form(mother, "parent", "не пускает")
        await mother.press("Отправить")
        await mother.sees("Школа прочитает его 28.11 09:00")
        await world.all_sent()
        world.clock.move(hours=11)  # Saturday, 10:00: one hour of work has passed
        await world.looks()
        await world.desk.sees("ждёт ответа больше часа")
        world.clock.move(hours=1)
        await world.looks()
        assert sum("ждёт ответа" in text for text in desk_texts(world.telegram, world.support.id)) == 1


def desk_texts(telegram: Telegram, chat_id: int) -> list[str]:
    return [str(message.get("text", "")) for message in telegram.chats[chat_id].messages.values()]
