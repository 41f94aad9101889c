"""Looks at MAX for `check`: server and certificate, token, how updates come in, groups and the bot's rights there."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from bot import texts_ru as texts
from bot.channels import chat_ids
from bot.channels.max import trusted_root
from bot.channels.max.http_client import HttpClient, NoAnswer, Refused
from bot.channels.max.method_calls import member_with
from bot.check.table import Level, Row, rights_row
from bot.delivery.desk_rights import missing_rights
from bot.settings import Settings

_SOON = timedelta(days=90)


async def look(settings: Settings) -> list[Row]:
    """Asks MAX and sets nothing."""
    client = HttpClient(settings.max_api_url, settings.max_token, lambda: None)
    try:
        return [*await _look(settings, client), _certificate()]
    finally:
        await client.close()


async def _look(settings: Settings, client: HttpClient) -> list[Row]:
    began = time.monotonic()
    try:
        me = await client.call("GET", "me")
    except NoAnswer as error:
        return [_silent(settings, error)]
    except Refused as error:
        refused = Row(Level.WRONG, texts.CHECK_MAX_TOKEN, error.refusal.message, texts.CHECK_MAX_TOKEN_TO_DO)
        return [_answers(settings, began), refused]
    name = str(me.get("username") or me.get("first_name") or "")
    rows = [
        _answers(settings, began),
        Row(Level.RIGHT, texts.CHECK_MAX_TOKEN, texts.CHECK_TOKEN_RIGHT.format(name=name)),
    ]
    try:
        rows.append(_updates(settings, await client.call("GET", "subscriptions")))
        if settings.support_chat_id is not None and chat_ids.is_max(settings.support_chat_id):
            rows += await _desk(client, settings.support_chat_id)
        elif settings.support_chat_id is None and not settings.bot_token and settings.operator_chat_id is not None:
            rows.append(Row(Level.NOTE, texts.CHECK_DESK, texts.CHECK_DESK_BY_CODES))
        elif settings.support_chat_id is None and not settings.bot_token:
            rows.append(Row(Level.WARNING, texts.CHECK_DESK, texts.CHECK_DESK_UNSET, texts.CHECK_DESK_UNSET_TO_DO))
        if settings.operator_chat_id is not None and chat_ids.is_max(settings.operator_chat_id):
            rows.append(await _operator(client, settings.operator_chat_id))
    except (NoAnswer, Refused) as error:
        rows.append(_silent(settings, error))
    return rows


def _answers(settings: Settings, began: float) -> Row:
    seconds = f"{time.monotonic() - began:.1f}".replace(".", ",")
    found = texts.CHECK_API_ANSWERS.format(url=settings.max_api_url, seconds=seconds)
    return Row(Level.RIGHT, texts.CHECK_MAX_API, found)


def _silent(settings: Settings, error: Exception) -> Row:
    found = texts.CHECK_API_SILENT.format(url=settings.max_api_url, error=error)
    return Row(Level.WRONG, texts.CHECK_MAX_API, found, texts.CHECK_MAX_API_TO_DO)


def _updates(settings: Settings, said: dict[str, Any]) -> Row:
    """Says how updates come in now, and compares that with the settings."""
    found = said.get("subscriptions")
    urls = [str(one.get("url")) for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    wanted = settings.max_webhook_url
    if urls == ([wanted] if wanted else []):
        told = texts.CHECK_UPDATES_WEBHOOK.format(url=wanted) if wanted else texts.CHECK_MAX_POLLING
        return Row(Level.RIGHT, texts.CHECK_MAX_UPDATES, told)
    if wanted and not urls:
        return Row(Level.NOTE, texts.CHECK_MAX_UPDATES, texts.CHECK_UPDATES_TO_COME.format(url=wanted))
    foreign = texts.CHECK_MAX_FOREIGN.format(urls=", ".join(url for url in urls if url != wanted))
    return Row(Level.WARNING, texts.CHECK_MAX_UPDATES, foreign, texts.CHECK_MAX_FOREIGN_TO_DO)


async def _desk(client: HttpClient, desk: int) -> list[Row]:
    to_do = texts.CHECK_DESK_TO_DO.format(id=chat_ids.written(desk))
    try:
        chat, me = await _chat_and_bot(client, desk)
    except Refused as error:
        return [Row(Level.WRONG, texts.CHECK_DESK, error.refusal.message, to_do)]
    if chat.get("type") != "chat":
        return [Row(Level.WRONG, texts.CHECK_DESK, texts.CHECK_DESK_NO_GROUP, texts.CHECK_DESK_UNSET_TO_DO)]
    group = Row(Level.RIGHT, texts.CHECK_DESK, texts.CHECK_MAX_DESK.format(title=chat.get("title") or ""))
    return [group, rights_row(_lacking(me), texts.CHECK_MAX_RIGHTS_TO_DO)]


async def _operator(client: HttpClient, wanted: int) -> Row:
    """Tells whether the operator's chat is there, and the bot sees commands and may write in it."""
    to_do = texts.CHECK_OPERATOR_TO_DO.format(id=chat_ids.written(wanted))
    try:
        chat, me = await _chat_and_bot(client, wanted)
    except Refused as error:
        return Row(Level.WRONG, texts.CHECK_OPERATOR, error.refusal.message, to_do)
    title, permissions = chat.get("title") or "", me.get("permissions")
    if chat.get("type") != "chat":
        return Row(Level.WRONG, texts.CHECK_OPERATOR, texts.CHECK_DESK_NO_GROUP, to_do)
    if texts.RIGHT_ADMINISTRATOR in _lacking(me):
        blind = texts.CHECK_OPERATOR_BLIND.format(title=title)
        return Row(Level.WRONG, texts.CHECK_OPERATOR, blind, texts.CHECK_MAX_RIGHTS_TO_DO)
    if not me.get("is_owner") and isinstance(permissions, list) and "write" not in permissions:
        mute = texts.CHECK_OPERATOR_MUTE.format(title=title)
        return Row(Level.WRONG, texts.CHECK_OPERATOR, mute, texts.CHECK_MAX_RIGHTS_TO_DO)
    return Row(Level.RIGHT, texts.CHECK_OPERATOR, texts.CHECK_OPERATOR_RIGHT.format(title=title))


async def _chat_and_bot(client: HttpClient, wanted: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Asks MAX for a group and for the bot as its member. Raises Refused where MAX gives one of them to nobody."""
    number = chat_ids.in_max(wanted)
    return await client.call("GET", f"chats/{number}"), await client.call("GET", f"chats/{number}/members/me")


def _lacking(me: dict[str, Any]) -> list[str]:
    """Gives the rights of a desk that the bot, as this member of a group, has not."""
    member = member_with(me.get("is_admin") is True, me.get("is_owner") is True, me.get("permissions"))
    return missing_rights(member, False)


def _certificate() -> Row:
    """Tells when the root certificate ends in which MAX's chain does."""
    try:
        ends = trusted_root.ends_at()
    except (OSError, ValueError):
        return Row(Level.WRONG, texts.CHECK_MAX_ROOT, texts.CHECK_MAX_ROOT_BROKEN, texts.CHECK_MAX_ROOT_TO_DO)
    found = texts.CHECK_MAX_ROOT_ENDS.format(date=ends.strftime("%d.%m.%Y"))
    if ends - datetime.now(UTC) < _SOON:
        return Row(Level.WARNING, texts.CHECK_MAX_ROOT, found, texts.CHECK_MAX_ROOT_TO_DO)
    return Row(Level.RIGHT, texts.CHECK_MAX_ROOT, found)
