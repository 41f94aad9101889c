"""Whatever the sandbox answers is what aiogram's types expect of Telegram."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramMigrateToChat, TelegramRetryAfter
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BufferedInputFile,
    ChatMemberAdministrator,
    ChatMemberOwner,
    InputMediaDocument,
    InputMediaPhoto,
    Message,
    ReactionTypeEmoji,
    Update,
)
from pytest import raises

from sandbox.administrator import Administrator
from sandbox.person import Person
from sandbox.telegram.bot_api import Telegram, too_many
from sandbox.telegram.server import running
from tests.sandbox.conftest import PNG


@pytest_asyncio.fixture
async def bot(telegram: Telegram) -> AsyncIterator[Bot]:
    async with running(telegram) as url:
        session = AiohttpSession(api=TelegramAPIServer.from_base(url))
        yield Bot(telegram.token, session=session)
        await session.close()
    assert telegram.violations == []


async def test_answers_about_chats_are_typed(telegram: Telegram, bot: Bot) -> None:
    chat = telegram.group("Поддержка", forum=True)
    olga = Administrator(telegram, "Ольга", chat=chat, status="creator")
    assert (await bot.get_chat(chat.id)).is_forum
    assert isinstance(await bot.get_chat_member(chat.id, bot.id), ChatMemberAdministrator)
    assert isinstance(await bot.get_chat_member(chat.id, olga.id), ChatMemberOwner)
    topic = await bot.create_forum_topic(chat.id, "№1")
    sent = await bot.send_message(chat.id, "а", message_thread_id=topic.message_thread_id)
    assert await bot.pin_chat_message(chat.id, sent.message_id)
    assert (await bot.get_chat(chat.id)).pinned_message
    assert await bot.set_message_reaction(chat.id, sent.message_id, [ReactionTypeEmoji(emoji="👍")])
    scope = BotCommandScopeAllPrivateChats()
    assert await bot.set_my_commands([BotCommand(command="start", description="Начать")], scope=scope)
    assert (await bot.get_webhook_info()).url == ""
    assert (await bot.get_me()).id == telegram.bot["id"]
    await olga.removes_bot()
    assert (await bot.get_updates())[-1].my_chat_member


async def test_uploads_and_albums_are_typed(telegram: Telegram, bot: Bot) -> None:
    mother = Person(telegram)
    await mother.says("/start")
    photo, document = BufferedInputFile(PNG, "a.png"), BufferedInputFile(b"%PDF", "b.pdf")
    sent = await bot.send_media_group(mother.id, [InputMediaPhoto(media=photo), InputMediaPhoto(media=photo)])
    assert [one.photo[-1].width for one in sent if one.photo] == [10, 10]
    one = await bot.send_document(mother.id, document, caption="файл")
    assert one.document and one.document.file_name == "b.pdf"
    changed = await bot.edit_message_media(
        InputMediaDocument(media=BufferedInputFile(b"2", "c.txt")), chat_id=mother.id, message_id=one.message_id
    )
    assert isinstance(changed, Message) and changed.document and changed.document.mime_type == "text/plain"
    downloaded = await bot.download(changed.document.file_id)
    assert downloaded is not None and downloaded.read() == b"2"
    copies = await bot.copy_messages(mother.id, mother.id, [message.message_id for message in sent])
    assert len(copies) == 2


async def test_every_kind_of_update_is_typed(telegram: Telegram, bot: Bot) -> None:
    group = telegram.group("Поддержка", kind="group")
    olga = Administrator(telegram, "Ольга", chat=group, anonymous=True)
    mother = Person(telegram)
    said = await mother.says("/start")
    await mother.edits(said, "/help")
    await mother.taps(said, "x", wait=False)
    await mother.sends_album([PNG, PNG], "два")
    for sending in (mother.sends_sticker, mother.sends_location, mother.sends_contact, mother.sends_poll):
        await sending()
    for sends_file in (mother.sends_voice, mother.sends_video, mother.sends_video_note, mother.sends_audio):
        await sends_file()
    await mother.sends_animation()
    await mother.forwards("чужое")
    await mother.blocks_bot()
    await olga.writes("привет")
    await olga.upgrades_group()
    updates = await bot.get_updates()
    assert len(updates) == len(telegram.pending) and all(isinstance(update, Update) for update in updates)
    assert {update.event_type for update in updates} == {
        "message",
        "edited_message",
        "callback_query",
        "my_chat_member",
    }


async def test_refusals_become_aiograms_own(telegram: Telegram, bot: Bot) -> None:
    group = telegram.group("Поддержка", kind="group")
    olga = Administrator(telegram, "Ольга", chat=group)
    telegram.fault(too_many(3), method="sendMessage")
    with raises(TelegramRetryAfter) as busy:
        await bot.send_message(group.id, "а")
    assert busy.value.retry_after == 3
    new = await olga.upgrades_group()
    with raises(TelegramMigrateToChat) as moved:
        await bot.send_message(group.id, "а")
    assert moved.value.migrate_to_chat_id == new.id
