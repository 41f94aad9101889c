"""Bad input gets a clear answer or a deliberate silence, and the family keeps its place in the dialogue."""

from __future__ import annotations

import pytest

from sandbox.person import Person
from sandbox.visible import text_of
from tests.world import ROLES, World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: these inputs are answered before anything but the dialogue is written."""
    return sqlite_url


PLACE = "Шаг 2 из 2"


async def at_step_two(world: World) -> Person:
    """A mother on the second step of her own path."""
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.press("Готово")
    await mother.sees(PLACE)
    return mother


async def keeps_place(mother: Person) -> None:
    """/cancel leads back to where the family stood."""
    await mother.says("/cancel")
    await mother.sees(PLACE)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        (" \n ", "Пришло пустое сообщение"),
        ("\u200b\u2060", "Пришло пустое сообщение"),
        ("я" * 4096, "Такой надписи я не знаю"),
        ("<b>жирный</b> & <script>alert(1)</script>", "Такой надписи я не знаю"),
        ("*жирный* _курсив_ [ссылка](http://example.com) `код`", "Такой надписи я не знаю"),
        ("🤷‍♀️🤷‍♀️", "Такой надписи я не знаю"),
        ("/nonsense with arguments", "Такой команды нет"),
        ("/", "Такой команды нет. Вот"),
        ("/ban", "её пишут в группе школы"),
        ("/Stats@any_bot 30", "её пишут в группе школы"),
        ("/id", "её пишут в группе школы"),
    ],
)
async def test_texts_get_a_clear_answer(world: World, text: str, seen: str) -> None:
    mother = await at_step_two(world)
    await mother.says(text)
    await mother.sees(seen)
    await keeps_place(mother)


@pytest.mark.parametrize("bot", ["", "@dnevnik_sandbox_bot", "@DNEVNIK_Sandbox_Bot", "@the_name_of_yesterday_bot"])
@pytest.mark.parametrize(
    ("command", "seen"),
    [
        ("/Start", "Кто пишет"), ("/START role_pupil", "Сколько тебе лет"), ("/HELP", "Пришлите надпись"),
        ("/Privacy", "кто за них отвечает"), ("/Ticket", "Обращений в школу пока нет"),
        ("/Cancel", PLACE), ("/FORGET", "Удалить всё"),
    ],
)  # fmt: skip
async def test_a_command_is_the_same_in_capitals_and_by_any_name_of_the_bot(
    world: World, command: str, seen: str, bot: str
) -> None:
    """A phone begins every line with a capital letter."""
    mother = await at_step_two(world)
    name, _, rest = command.partition(" ")
    await mother.says(f"{name}{bot} {rest}".strip())
    await mother.sees(seen)


@pytest.mark.parametrize(
    "sends",
    [
        "sends_sticker", "sends_voice", "sends_video", "sends_location", "sends_contact", "sends_poll",
        "sends_video_note", "sends_audio", "sends_animation",
    ],
)  # fmt: skip
async def test_kinds_that_cannot_be_read_are_answered(world: World, sends: str) -> None:
    mother = await at_step_two(world)
    await getattr(mother, sends)()
    await mother.sees("Это я прочитать не могу")
    await keeps_place(mother)


async def test_forwarded_and_edited_messages_are_read(world: World) -> None:
    mother = await at_step_two(world)
    await mother.forwards("Для входа в дневник нужно согласие одного из родителей")
    await mother.sees("пусть ребёнок войдёт")
    message = await mother.says("что-то непонятное вовсе")
    await mother.sees("Такой надписи я не знаю")
    await mother.edits(message, "Для входа в дневник нужно согласие одного из родителей")
    await mother.sees("пусть ребёнок войдёт")


@pytest.mark.parametrize(
    "data",
    [
        "nonsense", "step:-:child:pupil:99", "step:-:child:nobody:1", "remedy:-:child:pupil:1", "take:1", "send:",
        "send:0000", "helped:1", "withdraw:999999999999999999999", "reopen:-1", "step:::::", "skip:age",
        "remind:9:role",        "join:1", "second:x", "form_preview", "а" * 32, "ready:1:0", "talk:1",
    ],
)  # fmt: skip
async def test_forged_callback_data_is_answered_and_changes_nothing(world: World, data: str) -> None:
    mother = await at_step_two(world)
    await mother.taps(mother.screen or {}, data)
    await keeps_place(mother)
    assert not world.desk.topics


async def test_a_button_of_a_deleted_message_shows_its_screen_anew(world: World) -> None:
    mother = await at_step_two(world)
    screen = mother.screen or {}
    data = screen["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    world.telegram.chats[mother.id].messages.pop(screen["message_id"])
    await mother.says("/help")
    await mother.sees("Пришлите надпись")
    await mother.taps({**screen}, data, wait=False)
    await mother.sees("Шаг 1 из 2")


async def test_a_year_old_button_still_works(world: World) -> None:
    mother = await at_step_two(world)
    world.clock.move(days=365)
    await world.restart()
    await mother.press("Готово")
    await mother.sees("Получилось войти?")


async def test_two_taps_at_once_are_both_answered(world: World) -> None:
    mother = await at_step_two(world)
    await mother.press_twice("Готово")
    await mother.sees("Получилось войти?")
    assert len(mother.from_bot) == 1


async def test_a_command_with_arguments_is_taken(world: World) -> None:
    mother = world.person()
    await mother.says("/help me please")
    await mother.sees("Пришлите надпись")
    await mother.says("/start 'or 1=1 --")
    await mother.sees("Кто пишет")


async def test_foreign_groups_hear_nothing_but_id_and_greeting(world: World) -> None:
    group = world.telegram.group("Чужая группа")
    stranger = world.person("Чужой")
    telegram = world.telegram
    for text in ("Ваш дневник не найден", "/open", "/id"):
        telegram.post(stranger.id, {"text": text}, chat_id=group.id)

    def said() -> list[str]:
        return [text_of(m) for m in group.messages.values() if m["from"]["id"] == telegram.bot["id"]]

    await world.eventually(lambda: bool(said()) and telegram.settled(), what="the answer to /id")
    assert len(said()) == 1 and str(group.id) in said()[0]


async def test_a_channel_is_met_with_silence(world: World) -> None:
    channel = world.telegram.group("Канал", kind="channel")
    world.telegram.post(world.person().id, {"text": "Ваш дневник не найден"}, chat_id=channel.id)
    mother = world.person("Анна")
    await mother.says("/start")
    await mother.sees("Кто пишет")
    assert not [m for m in channel.messages.values() if m["from"]["id"] == world.telegram.bot["id"]]


@pytest.mark.parametrize("sends", ["sends_sticker", "sends_voice", "sends_location"])
async def test_the_form_keeps_its_question(world: World, sends: str) -> None:
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.press("Появилась ошибка")
    await mother.press("Другое")
    await mother.press("Написать в школу")
    await mother.sees("В каком классе")
    await getattr(mother, sends)()
    await mother.sees("напишите текстом")
    assert "В каком классе" in mother.text and "экран" not in mother.text
    await mother.says("кадетский")
    await mother.sees("Не разобрал класс")
    await mother.says("7Б")
    await mother.sees("Как зовут")
    await mother.says("и" * 200)
    await mother.sees("Слишком длинно")
    await mother.says("<i>Пётр</i> & Ко")
    await mother.sees("Что случилось")
    await mother.press("Пропустить")
    await mother.sees("<i>Пётр</i> & Ко")


async def test_the_bot_answers_when_telegram_fails_for_a_while(world: World) -> None:
    from sandbox.telegram.bot_api import internal_error, too_many

    mother = world.person()
    await world.begins(mother, "parent")
    world.telegram.fault(internal_error(), times=1, method="editMessageText")
    await mother.press("Готово")
    await mother.sees(PLACE)
    world.telegram.fault(too_many(1), times=1, method="sendMessage")
    await mother.says("/help")
    await mother.sees("Пришлите надпись")
    world.telegram.fault("drop", times=1, method="sendMessage")
    await mother.says("/cancel")
    await mother.sees(PLACE)


async def test_every_role_may_begin_again_at_any_point(world: World) -> None:
    mother = world.person()
    for path in ROLES:
        await world.begins(mother, path)
    assert not world.telegram.violations


async def test_an_owed_screen_never_turns_a_newer_one_back(world: World) -> None:
    from sandbox.telegram.bot_api import too_many

    mother = world.person()
    await world.begins(mother, "parent")
    world.telegram.fault(too_many(2), times=1, method="editMessageText")
    await mother.press("Готово")
    await mother.press("Готово")
    await mother.sees(PLACE)
    await mother.press("Готово")
    await mother.sees("Получилось войти?")
    world.clock.move(seconds=10)
    await world.brings_nothing_to(mother)
    assert "Получилось войти?" in mother.text
