"""How what is owed to a family is sent: screens, the school's messages of every kind, edits, buttons taken off."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramRetryAfter,
)
from aiogram.types import InlineKeyboardMarkup, ReplyParameters
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import captions, content, desk_rows, other_ways, refusals
from bot.delivery.parcel import (
    REQUEST_TIMEOUT_S,
    UNKNOWN_ID,
    Delivered,
    NoWay,
    Record,
    SourceLost,
    all_stored,
    owe_reaction,
    quietly,
    reply_to,
    stored,
    ticket_of,
)
from bot.flows import desk
from bot.services import Services
from storage import dialogues, outbox, parked, tickets
from storage.outbox import Owed
from storage.tickets import TicketMessage

log = logging.getLogger(__name__)

_UNCOPIED = (
    "to copy not found", "can't be copied", "caption is too long", "CAPTION_TOO_LONG", "MESSAGE_ID_INVALID",
    "chat not found",
)  # fmt: skip
_AWAY_FROM_SOURCE = ("kicked", "not a member")


async def screen(services: Services, rows: list[Owed]) -> Delivered:
    """Shows a screen: in the place of an older one where the row names it, else as a new message."""
    row = rows[0]
    markup = row.payload.get("prompt") or row.payload.get("markup")
    keys = InlineKeyboardMarkup(**markup) if markup else None
    text: str = row.payload["text"]
    common: dict[str, Any] = {"reply_markup": keys, "request_timeout": REQUEST_TIMEOUT_S}
    if row.ticket_id is None and services.clock() - row.created_at > parked.STALE_S:
        log.info("a screen of the guide that waited for more than a day is dropped")
        return Delivered()
    if row.payload.get("message_id"):
        standing = await services.database.read(lambda c: dialogues.load(c, row.chat_id))
        if standing.updated_at > row.created_at:
            # The family has moved on since: an older screen must not turn the newer one back.
            return Delivered()
        try:
            await services.bot.edit_message_text(
                text, chat_id=row.chat_id, message_id=row.payload["message_id"], **common
            )
            return Delivered()
        except TelegramRetryAfter as error:
            # Edits have a limit of their own: the family gets its answer as a new message.
            log.info("a screen goes as a new message: %s", error.message)
        except TelegramBadRequest as error:
            if "not modified" in error.message:
                return Delivered()
    reply = reply_to(row.payload.get("reply_to"))
    sent = await services.bot.send_message(row.chat_id, text, reply_parameters=reply, **common)
    return Delivered(_prompted(row, sent.message_id))


def _prompted(row: Owed, message_id: int) -> Record:
    """Keeps which message speaks of the ticket, so that a reply to it is the ticket's, and which carries «Помогло»."""

    async def record(connection: AsyncConnection, now: float) -> None:
        if row.ticket_id:
            await tickets.add_message(
                connection, ticket_id=row.ticket_id, side="bot", family_id=row.chat_id, family_message_id=message_id,
                kind="text", at=now,
            )  # fmt: skip
        if row.payload.get("prompt") and row.ticket_id:
            await _keep_prompt(connection, row.ticket_id, message_id, now)
        if row.payload.get("told_by"):
            await owe_reaction(connection, outbox.SUPPORT, row.payload["told_by"], now, row.ticket_id)

    return record


async def _keep_prompt(connection: AsyncConnection, ticket_id: int, message_id: int, now: float) -> None:
    """Notes which message carries «Помогло»; one that came while the ticket moved on loses its buttons at once."""
    ticket = await tickets.get(connection, ticket_id)
    if ticket is None:
        return
    if ticket.prompt_message_id and ticket.prompt_message_id != message_id:
        await desk_rows.strip_prompt(connection, ticket, now)
    await tickets.change(connection, ticket_id, prompt_message_id=message_id)
    if ticket.status == desk.Status.SOLVED:
        await desk_rows.strip_prompt(connection, await tickets.get(connection, ticket_id) or ticket, now)


async def to_family(services: Services, rows: list[Owed]) -> Delivered:
    """Sends a message of the school, or its album. Raises CaptionTooLong."""
    row = rows[0]
    messages = await all_stored(services, rows)
    if not messages:
        return Delivered()
    prompt = next((r.payload["prompt"] for r in reversed(rows) if r.payload.get("prompt")), None)
    anew = any(r.payload.get("anew") for r in rows)
    reply = await _reply_at_family(services, row)
    if len(messages) > 1:
        album = await _album(services, row, messages, reply, anew)
        return Delivered(_recorded(row, messages, album, None, prompt))
    keys = InlineKeyboardMarkup(**prompt) if prompt else None
    one = await _one(services, row, messages[0], keys, reply, anew)
    return Delivered(_recorded(row, messages, [one], one if prompt else None, None))


async def _one(
    services: Services,
    row: Owed,
    message: TicketMessage,
    keys: InlineKeyboardMarkup | None,
    reply: ReplyParameters | None,
    anew: bool,
) -> int:
    target: dict[str, Any] = {"chat_id": row.chat_id, "reply_markup": keys, "reply_parameters": reply}
    if not anew:
        try:
            copied = await services.bot.copy_message(
                **target, from_chat_id=message.desk_chat_id or 0, message_id=message.desk_message_id or 0,
                request_timeout=REQUEST_TIMEOUT_S,
            )  # fmt: skip
            return copied.message_id
        except TelegramAPIError as error:
            if refusals.forbids_kind(error.message):
                return await _another_way(services, target, message, error)
            if not _is_uncopied(error):
                raise content.as_too_long(error) if isinstance(error, TelegramBadRequest) else error from None
            if not content.can_be_sent(message):
                # Said as it is, a trouble with the support chat would be taken for one with the family.
                raise SourceLost(error.message) from None
    # The source is gone, or cannot be copied: what was stored of it goes instead.
    try:
        return await content.send_anew(services, target, message)
    except TelegramBadRequest as error:
        if not refusals.forbids_kind(error.message):
            raise
        return await _another_way(services, target, message, error)


async def _another_way(
    services: Services, target: dict[str, Any], message: TicketMessage, error: TelegramAPIError
) -> int:
    """Sends media of a kind that the family forbids as another one. Raises NoWay."""
    log.info("the family takes no %s: %s", message.kind, error.message)
    sent = await other_ways.send(services, target, message)
    if sent is None:
        raise NoWay(error.message) from None
    return sent


def _is_uncopied(error: TelegramAPIError) -> bool:
    """Whether the trouble is with the source in the support chat rather than with the family."""
    if isinstance(error, TelegramMigrateToChat):
        return True
    signs = _AWAY_FROM_SOURCE if isinstance(error, TelegramForbiddenError) else _UNCOPIED
    return isinstance(error, (TelegramForbiddenError, TelegramBadRequest)) and any(s in error.message for s in signs)


async def _album(
    services: Services, row: Owed, messages: list[TicketMessage], reply: ReplyParameters | None, anew: bool
) -> list[int]:
    target: dict[str, Any] = {"chat_id": row.chat_id, "reply_parameters": reply}
    if anew or reply is not None:
        # copyMessages knows no reply: an album that answers a message goes from what was stored.
        return await content.send_album(services, target, messages)
    wanted = sorted(m.desk_message_id or 0 for m in messages)
    try:
        copied = await services.bot.copy_messages(
            row.chat_id, messages[0].desk_chat_id or 0, wanted, request_timeout=REQUEST_TIMEOUT_S
        )
    except TelegramAPIError as error:
        if not _is_uncopied(error):
            raise
        copied = []
    if len(copied) == len(wanted):
        return [part.message_id for part in copied]
    # copyMessages skips what it cannot copy without a word: the whole album goes from what was stored.
    if copied:
        await quietly(services.bot.delete_messages(row.chat_id, [part.message_id for part in copied]))
    return await content.send_album(services, target, messages)


async def _reply_at_family(services: Services, row: Owed) -> ReplyParameters | None:
    reply_row = row.payload.get("reply_row")
    replied = await stored(services, reply_row) if reply_row else None
    return reply_to(replied.family_message_id) if replied else None


def _recorded(
    row: Owed, messages: list[TicketMessage], ids: list[int], prompted: int | None, ask: dict[str, Any] | None
) -> Record:
    """Keeps both ids of each message, the one that carries «Помогло», and for an album the question below it."""

    async def record(connection: AsyncConnection, now: float) -> None:
        for message, family_id in zip(messages, ids, strict=True):
            await tickets.change_message(connection, message.id, family_message_id=family_id)
            if message.desk_message_id:
                # Where reactions are off, one word for a whole album is enough: the group's minute holds twenty.
                more = {"desk_chat_id": message.desk_chat_id, "or_say": message is messages[0]}
                await owe_reaction(connection, outbox.SUPPORT, message.desk_message_id, now, row.ticket_id, **more)
        if prompted and row.ticket_id:
            await _keep_prompt(connection, row.ticket_id, prompted, now)
        if ask:
            await outbox.put_next(
                connection, row, [("screen", {"text": texts.ALBUM_FROM_SCHOOL, "prompt": ask})], at=now
            )

    return record


async def edit_at_family(services: Services, rows: list[Owed]) -> Delivered:
    """Repeats the school's edit; the newest message keeps its buttons."""
    row = rows[0]
    message = await stored(services, row.payload["row"])
    if message is None or message.family_message_id is None:
        return Delivered()
    if message.family_message_id == UNKNOWN_ID:
        return Delivered(captions.told_apart(message, row))
    ticket = await ticket_of(services, row)
    newest = ticket.prompt_message_id == message.family_message_id
    keys = InlineKeyboardMarkup(**desk_rows.prompt_markup(ticket.id)) if newest else None
    await content.edit_content(
        services, row.chat_id, message.family_message_id, [message], keys, replaced=bool(row.payload.get("replaced"))
    )
    return Delivered()


async def strip(services: Services, rows: list[Owed]) -> Delivered:
    """Takes the buttons off a message."""
    row = rows[0]
    await services.bot.edit_message_reply_markup(
        chat_id=row.chat_id, message_id=row.payload["message_id"], request_timeout=REQUEST_TIMEOUT_S
    )
    return Delivered()


FAMILY_COURIERS: dict[str, Callable[[Services, list[Owed]], Awaitable[Delivered]]] = {
    "screen": screen,
    "to_family": to_family,
    "edit_at_family": edit_at_family,
    "strip": strip,
}
