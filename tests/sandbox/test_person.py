"""The people of the sandbox, with a small aiogram bot that stands in for ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from aiogram import Bot, Dispatcher, F
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ContentType
from aiogram.filters import CommandObject, CommandStart
from aiogram.types import BufferedInputFile, CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

from sandbox.administrator import Administrator
from sandbox.person import Person
from sandbox.telegram.bot_api import Telegram
from sandbox.telegram.server import running
from tests.sandbox.conftest import PNG


def steps(number: int) -> InlineKeyboardMarkup:
    done = InlineKeyboardButton(text="✅ Готово", callback_data=f"step:{number + 1}")
    link = InlineKeyboardButton(text="Сайт", url="https://school.example.org/")
    return InlineKeyboardMarkup(inline_keyboard=[[done], [link]])


def echo_bot(dispatcher: Dispatcher) -> None:
    @dispatcher.message(CommandStart())
    async def start(message: Message, command: CommandObject) -> None:
        await message.answer(f"<b>Шаг 1 из 5</b> {command.args or ''}", reply_markup=steps(1))

    @dispatcher.callback_query(F.data.startswith("step:"))
    async def step(query: CallbackQuery) -> None:
        number = int((query.data or "").removeprefix("step:"))
        await query.answer("Дальше")
        assert isinstance(query.message, Message)
        await query.message.edit_text(f"Шаг {number} из 5", reply_markup=steps(number))

    @dispatcher.callback_query()
    async def forged(query: CallbackQuery) -> None:
        await query.answer("Эта кнопка устарела")

    @dispatcher.message(F.photo)
    async def photo(message: Message, bot: Bot) -> None:
        assert message.photo
        data = await bot.download(message.photo[-1])
        assert data is not None
        size = message.photo[-1]
        await message.answer_photo(BufferedInputFile(data.read(), "copy.png"), caption=f"{size.width}×{size.height}")

    @dispatcher.message(F.text.startswith("тихо"))
    async def silent(message: Message) -> None:
        return None

    @dispatcher.message(F.text)
    async def echo(message: Message) -> None:
        forwarded = " (переслано)" if message.forward_origin else ""
        reply = f" на «{message.reply_to_message.text}»" if message.reply_to_message else ""
        await message.reply(f"Вы написали: {message.html_text}{reply}{forwarded}")

    @dispatcher.edited_message()
    async def edited(message: Message) -> None:
        await message.answer(f"Исправлено: {message.text}")

    @dispatcher.message()
    async def other(message: Message) -> None:
        await message.answer(f"Пришло: {ContentType(message.content_type).value}, {message.media_group_id or 'одно'}")


@asynccontextmanager
async def polled(telegram: Telegram) -> AsyncIterator[Bot]:
    async with running(telegram) as url:
        session = AiohttpSession(api=TelegramAPIServer.from_base(url))
        bot = Bot(telegram.token, session=session, default=DefaultBotProperties(parse_mode="HTML"))
        dispatcher = Dispatcher()
        echo_bot(dispatcher)
        polling = asyncio.create_task(dispatcher.start_polling(bot, handle_signals=False, polling_timeout=5))
        try:
            yield bot
        finally:
            polling.cancel()
            await asyncio.gather(polling, return_exceptions=True)
            await session.close()


@pytest_asyncio.fixture
async def telegram() -> AsyncIterator[Telegram]:
    telegram = Telegram()
    async with polled(telegram):
        yield telegram
    assert telegram.violations == []


async def test_a_guide_is_walked_by_its_labels(telegram: Telegram) -> None:
    mother = Person(telegram, "Мария")
    await mother.opens_link("child")
    await mother.sees("Шаг 1 из 5 child")
    assert mother.labels == ["✅ Готово", "Сайт"]
    assert mother.urls == {"Сайт": "https://school.example.org/"}
    assert await mother.press("Готово") == "Дальше"
    await mother.sees("Шаг 2 из 5")
    assert mother.text == "Шаг 2 из 5"
    assert len(mother.from_bot) == 1
    assert telegram.unanswered() == []
    assert mother.notices == ["Дальше"]


async def test_two_taps_are_both_answered(telegram: Telegram) -> None:
    mother = Person(telegram)
    await mother.says("/start")
    assert await mother.press_twice("Готово") == ["Дальше", "Дальше"]


async def test_a_missing_label_names_those_seen(telegram: Telegram) -> None:
    mother = Person(telegram)
    await mother.says("/start")
    await mother.sees("Шаг 1")
    mother.limit = 0.5
    with pytest.raises(AssertionError, match=r"Нет такой.*✅ Готово"):
        await mother.press("Нет такой")
    with pytest.raises(AssertionError, match="does not see"):
        await mother.sees("Шаг 5")
    with pytest.raises(AssertionError, match="not pressed but opened"):
        await mother.press("Сайт")


async def test_forged_data_gets_its_answer(telegram: Telegram) -> None:
    mother = Person(telegram)
    await mother.says("/start")
    shown = await mother.sees("Шаг 1")
    assert await mother.taps(shown, "x" * 64) == "Эта кнопка устарела"
    assert await mother.taps({"chat": {"id": mother.id}, "message_id": 999_999}, "old") == "Эта кнопка устарела"


async def test_texts_replies_edits_and_forwards(telegram: Telegram) -> None:
    mother = Person(telegram)
    said = await mother.says("https://a.example <b>не тег</b>")
    shown = await mother.sees("Вы написали: https://a.example <b>не тег</b>")
    assert shown["reply_to_message"]["message_id"] == said["message_id"]
    await mother.replies(await mother.says("школа"), "ещё")
    await mother.sees("Вы написали: ещё на «школа»")
    await mother.edits(said, "исправила")
    await mother.sees("Исправлено: исправила")
    await mother.forwards("чужое")
    await mother.sees("чужое (переслано)")


async def test_media_of_every_kind_arrive(telegram: Telegram) -> None:
    mother = Person(telegram)
    await mother.sends_photo(PNG)
    shown = await mother.sees("10×20")
    assert telegram.files[shown["photo"][-1]["file_id"]].data == PNG
    sends = {
        "document": mother.sends_document(b"%PDF"),
        "video": mother.sends_video(),
        "animation": mother.sends_animation(),
        "audio": mother.sends_audio(),
        "voice": mother.sends_voice(),
        "video_note": mother.sends_video_note(),
        "sticker": mother.sends_sticker(),
        "location": mother.sends_location(),
        "contact": mother.sends_contact(),
        "poll": mother.sends_poll(),
    }
    for kind, sending in sends.items():
        await sending
        await mother.sees(f"Пришло: {kind}, одно")


async def test_an_album_arrives_as_separate_messages(telegram: Telegram) -> None:
    mother = Person(telegram)
    sent = await mother.sends_album([("document", b"1"), ("document", b"2")], caption="два")
    groups = {message["media_group_id"] for message in sent}
    assert len(sent) == 2 and len(groups) == 1
    await mother.sees(f"Пришло: document, {groups.pop()}")


async def test_silence_is_seen_as_silence(telegram: Telegram) -> None:
    mother = Person(telegram)
    await mother.says("тихо, пожалуйста")
    await mother.sees_nothing_new()
    await mother.says("а теперь нет")
    with pytest.raises(AssertionError, match="something new"):
        await mother.sees_nothing_new(5)


async def test_the_desk_writes_in_topics(telegram: Telegram) -> None:
    chat = telegram.group("Поддержка", forum=True)
    olga = Administrator(telegram, "Ольга", chat=chat)
    await olga.makes_topic("№17 · 7Б")
    first = await olga.makes_topic("№1 · 7Б")
    assert olga.topic("№1").id == first.id
    message = await olga.writes("Здравствуйте", topic="№1")
    assert message["is_topic_message"] and "forum_topic_created" in message["reply_to_message"]
    await olga.sees("Вы написали: Здравствуйте", topic="№1")
    assert "Вы написали: Здравствуйте на «None»" in first.texts
    await olga.sees("Пришло: forum_topic_created", topic="№17")  # updates are handled side by side
    assert olga.topic("№17").texts == ["Пришло: forum_topic_created, одно"]


async def test_an_anonymous_administrator_is_the_group(telegram: Telegram) -> None:
    chat = telegram.group("Поддержка", forum=True)
    nobody = Administrator(telegram, "Ольга", chat=chat, anonymous=True)
    message = await nobody.writes("Добрый день", topic=await nobody.makes_topic("№2"))
    assert message["from"]["id"] == 1087968824
    assert message["sender_chat"]["id"] == chat.id
    await nobody.sees("Добрый день", topic="№2")
