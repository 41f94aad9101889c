"""Looks at Telegram for `check`: the API, the token, how updates come in, the desk and the operator's chat."""

import asyncio
import time
from collections.abc import Mapping

from aiogram import Bot
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNotFound,
    TelegramUnauthorizedError,
)
from aiogram.types import ChatFullInfo, ChatMemberAdministrator, ChatMemberOwner, User, WebhookInfo
from aiogram.types.chat_member_union import ChatMemberUnion

from bot import texts_ru as texts
from bot.channels import chat_ids
from bot.channels.telegram.session import make_bot
from bot.check.table import Level, Row, rights_row
from bot.delivery.desk_rights import missing_rights
from bot.settings import TELEGRAM_API_URL, Settings
from storage import moved_chats

REQUEST_TIMEOUT_S = 10
_RECENT_S = 3600.0
_MOVES_FOLLOWED = 5
_REFUSED = (TelegramBadRequest, TelegramForbiddenError, TelegramMigrateToChat)
_SILENT = (TelegramAPIError, OSError, TimeoutError)


async def look(settings: Settings, moved: asyncio.Future[Mapping[int, int]]) -> list[Row]:
    """Asks Telegram and sets nothing. `moved` maps old ids of groups to newer ones, as the database has told them."""
    bot = make_bot(settings)
    try:
        return await _look(settings, bot, moved)
    finally:
        await bot.session.close()


async def _look(settings: Settings, bot: Bot, moved: asyncio.Future[Mapping[int, int]]) -> list[Row]:
    began = time.monotonic()
    try:
        me = await bot.get_me(request_timeout=REQUEST_TIMEOUT_S)
    except (TelegramUnauthorizedError, TelegramNotFound) as error:
        refused = Row(Level.WRONG, texts.CHECK_TOKEN, _reason(error), texts.CHECK_TOKEN_TO_DO)
        return [_answers(settings, began), refused]
    except _SILENT as error:
        return [_silent(settings, error)]
    token = Row(Level.RIGHT, texts.CHECK_TOKEN, texts.CHECK_TOKEN_RIGHT.format(name=me.username))
    rows = [_answers(settings, began), token]
    try:
        rows.append(_updates(settings, await bot.get_webhook_info(request_timeout=REQUEST_TIMEOUT_S)))
        rows += await _desk(settings, bot, me, await moved)
        rows += await _operator(settings, bot, await moved)
    except _SILENT as error:
        rows.append(_silent(settings, error))
    return rows


def _answers(settings: Settings, began: float) -> Row:
    seconds = f"{time.monotonic() - began:.1f}".replace(".", ",")
    found = texts.CHECK_API_ANSWERS.format(url=settings.telegram_api_url, seconds=seconds)
    own = settings.telegram_api_url != TELEGRAM_API_URL
    return Row(Level.RIGHT, texts.CHECK_API, found, texts.CHECK_API_OWN_TO_DO if own else "")


def _silent(settings: Settings, error: Exception) -> Row:
    found = texts.CHECK_API_SILENT.format(url=settings.telegram_api_url, error=_reason(error))
    return Row(Level.WRONG, texts.CHECK_API, found, texts.CHECK_API_TO_DO)


def _reason(error: Exception) -> str:
    text = error.message if isinstance(error, TelegramAPIError) else str(error)
    return text.splitlines()[0] if text else type(error).__name__


def _updates(settings: Settings, info: WebhookInfo) -> Row:
    """Says how updates come in now, and compares that with the settings."""
    count = info.pending_update_count
    waiting = texts.CHECK_UPDATES_WAITING.format(count=count) if count else ""
    if not settings.webhook_url:
        if not info.url:
            return Row(Level.RIGHT, texts.CHECK_UPDATES, texts.CHECK_UPDATES_POLLING + waiting)
        found = texts.CHECK_UPDATES_FOREIGN.format(url=info.url)
        return Row(Level.WARNING, texts.CHECK_UPDATES, found, texts.CHECK_UPDATES_FOREIGN_TO_DO)
    if info.url != settings.webhook_url:
        found = texts.CHECK_UPDATES_TO_COME.format(url=settings.webhook_url)
        return Row(Level.NOTE, texts.CHECK_UPDATES, found + waiting)
    if _fails(info):
        found = texts.CHECK_UPDATES_FAILING.format(error=info.last_error_message)
        return Row(Level.WARNING, texts.CHECK_UPDATES, found + waiting, texts.CHECK_UPDATES_FAILING_TO_DO)
    return Row(Level.RIGHT, texts.CHECK_UPDATES, texts.CHECK_UPDATES_WEBHOOK.format(url=info.url) + waiting)


def _fails(info: WebhookInfo) -> bool:
    """Tells whether the webhook fails now.

    Telegram keeps the last error for ever, so an old one is past, and so is any while no update waits.
    """
    failed_at = info.last_error_date
    if failed_at is None or not info.pending_update_count:
        return False
    return time.time() - failed_at.timestamp() < _RECENT_S


async def _desk(settings: Settings, bot: Bot, me: User, moved: Mapping[int, int]) -> list[Row]:
    wanted = settings.support_chat_id
    if wanted is not None and chat_ids.is_max(wanted):
        return []  # max_rows.py looks at it
    if wanted is None and settings.operator_chat_id is not None:
        return [Row(Level.NOTE, texts.CHECK_DESK, texts.CHECK_DESK_BY_CODES)]
    if wanted is None:
        return [Row(Level.WARNING, texts.CHECK_DESK, texts.CHECK_DESK_UNSET, texts.CHECK_DESK_UNSET_TO_DO)]
    try:
        chat, member = await _chat_and_bot(bot, wanted, moved)
    except _REFUSED as error:
        return [Row(Level.WRONG, texts.CHECK_DESK, _reason(error), texts.CHECK_DESK_TO_DO.format(id=wanted))]
    if trouble := _not_in_group(chat, member):
        to_do = texts.CHECK_DESK_TO_DO.format(id=wanted) if _is_group(chat) else texts.CHECK_DESK_UNSET_TO_DO
        return [Row(Level.WRONG, texts.CHECK_DESK, trouble, to_do)]
    promoted = isinstance(member, ChatMemberAdministrator | ChatMemberOwner)
    rows = [
        _kind_of(chat),
        _sight(me, promoted),
        rights_row(missing_rights(member, bool(chat.is_forum)), texts.CHECK_RIGHTS_TO_DO),
    ]
    if chat.id and chat.id != wanted:
        found, to_do = texts.CHECK_DESK_MOVED, texts.CHECK_DESK_MOVED_TO_DO.format(id=chat.id)
        rows.insert(1, Row(Level.WARNING, texts.CHECK_DESK_ID, found, to_do))
    return rows


async def _operator(settings: Settings, bot: Bot, moved: Mapping[int, int]) -> list[Row]:
    """Tells whether the operator's chat is there, and the bot may write in it; its commands reach any member."""
    wanted = settings.operator_chat_id
    if wanted is None or chat_ids.is_max(wanted):
        return []  # max_rows.py looks at one in MAX
    to_do = texts.CHECK_OPERATOR_TO_DO.format(id=wanted)
    try:
        chat, member = await _chat_and_bot(bot, wanted, moved)
    except _REFUSED as error:
        return [Row(Level.WRONG, texts.CHECK_OPERATOR, _reason(error), to_do)]
    if trouble := _not_in_group(chat, member):
        return [Row(Level.WRONG, texts.CHECK_OPERATOR, trouble, to_do)]
    if not _may_write(chat, member):
        mute = texts.CHECK_OPERATOR_MUTE.format(title=chat.title)
        return [Row(Level.WRONG, texts.CHECK_OPERATOR, mute, texts.CHECK_OPERATOR_MUTE_TO_DO)]
    if chat.id and chat.id != wanted:
        found, to_do = texts.CHECK_OPERATOR_MOVED, texts.CHECK_OPERATOR_MOVED_TO_DO.format(id=chat.id)
        return [Row(Level.WARNING, texts.CHECK_OPERATOR, found.format(title=chat.title), to_do)]
    return [Row(Level.RIGHT, texts.CHECK_OPERATOR, texts.CHECK_OPERATOR_RIGHT.format(title=chat.title))]


def _is_group(chat: ChatFullInfo) -> bool:
    return chat.type not in ("private", "channel")


def _not_in_group(chat: ChatFullInfo, member: ChatMemberUnion) -> str:
    """Gives what is wrong where the chat is no group, or the bot is not in it; empty where all is right."""
    if not _is_group(chat):
        return texts.CHECK_DESK_NO_GROUP
    is_out = getattr(member, "status", None) in ("left", "kicked")
    return texts.CHECK_DESK_REMOVED.format(title=chat.title) if is_out else ""


def _may_write(chat: ChatFullInfo, member: ChatMemberUnion) -> bool:
    """Tells whether the bot may send texts: an administrator may in every group, others as far as the group allows."""
    if isinstance(member, ChatMemberAdministrator | ChatMemberOwner):
        return True
    allowed = getattr(chat.permissions, "can_send_messages", None) is not False
    return allowed and getattr(member, "can_send_messages", None) is not False


async def _chat_and_bot(bot: Bot, wanted: int, moved: Mapping[int, int]) -> tuple[ChatFullInfo, ChatMemberUnion]:
    """Asks Telegram for a chat of the settings, wherever it has moved to, and for the bot as its member."""
    chat = await _chat(bot, moved_chats.newest_of(wanted, moved))
    return chat, await bot.get_chat_member(chat.id or wanted, bot.id, request_timeout=REQUEST_TIMEOUT_S)


async def _chat(bot: Bot, chat_id: int) -> ChatFullInfo:
    """Finds the chat, wherever it has moved to."""
    for _ in range(_MOVES_FOLLOWED):
        try:
            return await bot.get_chat(chat_id, request_timeout=REQUEST_TIMEOUT_S)
        except TelegramMigrateToChat as error:
            chat_id = error.migrate_to_chat_id
    return await bot.get_chat(chat_id, request_timeout=REQUEST_TIMEOUT_S)


def _kind_of(chat: ChatFullInfo) -> Row:
    if chat.is_forum:
        return Row(Level.RIGHT, texts.CHECK_DESK, texts.CHECK_DESK_FORUM.format(title=chat.title))
    return Row(Level.NOTE, texts.CHECK_DESK, texts.CHECK_DESK_PLAIN.format(title=chat.title))


def _sight(me: User, promoted: bool) -> Row:
    """Tells whether the bot sees the answers: privacy mode hides messages from a bot that is no administrator.

    Source: Telegram, «Bots FAQ», privacy mode.
    """
    if promoted:
        return Row(Level.RIGHT, texts.CHECK_SIGHT, texts.CHECK_SIGHT_ADMINISTRATOR)
    if me.can_read_all_group_messages:
        return Row(Level.RIGHT, texts.CHECK_SIGHT, texts.CHECK_SIGHT_NO_PRIVACY)
    return Row(Level.WRONG, texts.CHECK_SIGHT, texts.CHECK_SIGHT_BLIND, texts.CHECK_SIGHT_TO_DO)
