"""Calls the sender of each kind of owed message, chooses texts that leave as one, sends reactions and deletions.

`SENDERS` is the table of all senders; most stand in a module beside this one.
"""

import asyncio
import logging

from aiogram.exceptions import TelegramBadRequest
from aiogram.types import ReactionTypeEmoji
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import (
    desk_senders,
    digest_senders,
    export_sender,
    family_senders,
    owed,
    queues,
    schools_table_sender,
    screen_senders,
    ticket_senders,
)
from bot.delivery.sending import REQUEST_TIMEOUT_S, Delivered, Senders, chat_named, desk_of, erased
from bot.flows.marked import marked
from bot.flows.utf16 import units
from bot.services import Services
from bot.tickets import message_runs
from storage import tickets
from storage.outbox import Owed

log = logging.getLogger(__name__)

DELIVERED_REACTION = "👍"
IN_HAND_S = 2.0  # kept of the lease: the answer must be in before another worker may take the row


async def send(services: Services, rows: list[Owed], leased_until: float) -> Delivered:
    """Sends rows that leave together, all calls within the lease, which ends at that moment of the loop's clock.

    Raises aiogram's errors, TimeoutError, PlaceLost, CaptionTooLong, and KeyError for a kind that nobody can send.
    """
    async with asyncio.timeout_at(leased_until - IN_HAND_S):
        return await SENDERS[owed.class_of(rows[0])](services, rows)


async def mergeable(connection: AsyncConnection, head: Owed, behind: list[Owed], limit: int) -> list[Owed]:
    """Gives the head and the texts right behind it that fit into one message of `limit` UTF-16 units."""
    rows: list[Owed] = []
    length = 0
    for row in [head, *(row for row in behind if not owed.class_of(row).gives_way)]:
        text = owed.of(row)
        if not isinstance(text, owed.ToDesk) or text.alone or row.media_group_id or (rows and text.reply_row):
            break
        message = await tickets.message(connection, text.row)
        if message is None or message.kind != "text":
            break
        length += units(message.text or "") + 1
        if rows and length > limit:
            break
        rows.append(row)
    return rows or [head]


async def _reaction(services: Services, rows: list[Owed]) -> Delivered:
    """Puts the sign of delivery under a message; where a chat has none, words say it.

    A desk gets a short reply; a family one message for a whole run of its own.
    """
    row, sign = rows[0], owed.Reaction.of(rows[0])
    desk = desk_of(services, row) if row.desk_id else None
    chat_id = chat_named(desk, sign) if desk else row.chat_id
    if desk and chat_id != desk.chat_id:
        return Delivered()  # the group has another id by now, under which the number is another message's

    async def say_to_desk(connection: AsyncConnection, now: float) -> None:
        await queues.beside(connection, row, owed.DeskText(marked(texts.DELIVERED), reply_to=sign.message_id), now)

    async def say_to_family(connection: AsyncConnection, now: float) -> None:
        await message_runs.acknowledge(connection, sign.row or 0, now)

    instead = Delivered((say_to_desk if sign.or_say else None) if desk else say_to_family)
    if not services.abilities_of(row.chat_id).reactions:
        return instead
    try:
        await services.bot.set_message_reaction(
            chat_id, sign.message_id,
            reaction=[ReactionTypeEmoji(emoji=DELIVERED_REACTION)], request_timeout=REQUEST_TIMEOUT_S,
        )  # fmt: skip
        return Delivered()
    except TelegramBadRequest as error:
        log.info("a reaction was refused: %s", error.message)
        return Delivered() if "not found" in error.message else instead


async def _delete(services: Services, rows: list[Owed]) -> Delivered:
    """Deletes messages of a family that took its data back."""
    desk, erasure = desk_of(services, rows[0]), owed.DeleteMessages.of(rows[0])
    chat_id, numbers = chat_named(desk, erasure), erasure.message_ids
    await erased(desk, chat_id, services.bot.delete_messages(chat_id, numbers, request_timeout=REQUEST_TIMEOUT_S))
    return Delivered()


SENDERS: Senders = {
    **ticket_senders.SENDERS,
    **desk_senders.SENDERS,
    **digest_senders.SENDERS,
    **export_sender.SENDERS,
    **schools_table_sender.SENDERS,
    **screen_senders.SENDERS,
    **family_senders.SENDERS,
    owed.Reaction: _reaction,
    owed.DeleteMessages: _delete,
}
