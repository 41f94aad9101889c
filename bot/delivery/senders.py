"""Which courier takes which kind of outbox row, which rows leave together, and the signs that work in any chat."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiogram.exceptions import TelegramBadRequest
from aiogram.types import ReactionTypeEmoji
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import calls
from bot.delivery.content import units
from bot.delivery.desk_senders import DESK_COURIERS
from bot.delivery.family_senders import FAMILY_COURIERS
from bot.delivery.own_texts import payload_of
from bot.delivery.sending import REQUEST_TIMEOUT_S, Delivered, desk_of, erased
from bot.flows.marked import marked
from bot.services import Services
from storage import outbox, tickets
from storage.outbox import Owed

log = logging.getLogger(__name__)

DELIVERED_REACTION = "👍"
IN_HAND_S = 2.0  # kept of the lease: the answer must be in before another worker may take the row


async def send(services: Services, rows: list[Owed], leased_until: float) -> Delivered:
    """Sends rows that leave together, all calls within the lease, which ends at that moment of the loop's clock.

    Raises aiogram's errors, TimeoutError, PlaceLost and CaptionTooLong.
    """
    async with asyncio.timeout_at(leased_until - IN_HAND_S):
        return await _COURIERS[rows[0].kind](services, rows)


async def mergeable(connection: AsyncConnection, head: Owed, behind: list[Owed], limit: int) -> list[Owed]:
    """The head and the texts right behind it that fit into one message of `limit` UTF-16 units."""
    rows: list[Owed] = []
    length = 0
    for row in [head, *(row for row in behind if row.kind not in calls.GIVES_WAY)]:
        if row.kind != "to_desk" or row.media_group_id or row.payload.get("alone"):
            break
        if rows and row.payload.get("reply_row"):
            break
        message = await tickets.message(connection, row.payload["row"])
        if message is None or message.kind != "text":
            break
        length += units(message.text or "") + 1
        if rows and length > limit:
            break
        rows.append(row)
    return rows or [head]


async def _reaction(services: Services, rows: list[Owed]) -> Delivered:
    """Puts the sign of delivery under a message; where the desk's chat has none, a short reply says it."""
    row = rows[0]
    at_desk = row.chat_id == outbox.SUPPORT
    chat_id = desk_of(services, row) if at_desk else row.chat_id
    if at_desk and chat_id != services.support_chat_id:
        return Delivered()  # the group has another id by now, under which the number is another message's
    try:
        await services.bot.set_message_reaction(
            chat_id, row.payload["message_id"],
            reaction=[ReactionTypeEmoji(emoji=DELIVERED_REACTION)], request_timeout=REQUEST_TIMEOUT_S,
        )  # fmt: skip
        return Delivered()
    except TelegramBadRequest as error:
        log.info("a reaction was refused: %s", error.message)
        if not at_desk or "not found" in error.message or not row.payload.get("or_say", True):
            return Delivered()

    async def say_instead(connection: AsyncConnection, now: float) -> None:
        payload = payload_of(marked(texts.DELIVERED), reply_to=row.payload["message_id"])
        await outbox.put(
            connection, chat_id=outbox.SUPPORT, queue=row.queue, kind="desk_text", payload=payload,
            ticket_id=row.ticket_id, at=now,
        )  # fmt: skip

    return Delivered(say_instead)


async def _delete(services: Services, rows: list[Owed]) -> Delivered:
    """Deletes messages of a family that took its data back."""
    chat_id, numbers = desk_of(services, rows[0]), rows[0].payload["message_ids"]
    await erased(services, chat_id, services.bot.delete_messages(chat_id, numbers, request_timeout=REQUEST_TIMEOUT_S))
    return Delivered()


_COURIERS: dict[str, Callable[[Services, list[Owed]], Awaitable[Delivered]]] = {
    **DESK_COURIERS,
    **FAMILY_COURIERS,
    "reaction": _reaction,
    "delete": _delete,
}

KINDS = frozenset(_COURIERS)
