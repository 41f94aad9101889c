"""Sends owed screens to a family, takes buttons off its messages, and deletes the school's messages in its chat.

A screen goes as a new message or in place of an older one. These are screens that stood in the outbox; those that
answer an update at once are shown by bot/handlers/family_chat.py.
"""

import logging
from typing import Any

from aiogram.exceptions import TelegramBadRequest, TelegramRetryAfter
from aiogram.types import InlineKeyboardMarkup
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import owed, queues, refusals
from bot.delivery.own_texts import Told, tell
from bot.delivery.private_topics import in_thread
from bot.delivery.sending import REQUEST_TIMEOUT_S, Delivered, Record, Senders, reply_to
from bot.flows.marked import fill
from bot.services import Services
from bot.tickets import owing
from storage import bans, dialogues, parked, tickets
from storage.clocks import CLOCKS_APART_S
from storage.outbox import Owed
from storage.tickets import Ticket

log = logging.getLogger(__name__)


async def screen(services: Services, rows: list[Owed]) -> Delivered:
    """Shows a screen: in the place of an older one where the row names it, else as a new message."""
    row, message = rows[0], owed.ScreenMessage.of(rows[0])
    abilities = services.abilities_of(row.chat_id)
    markup = message.prompt or message.markup
    whole = Told(message.text, InlineKeyboardMarkup(**markup) if markup else None)
    waited = services.clock() - row.created_at
    if row.ticket_id is None and waited > parked.STALE_S and not message.lasting:
        log.info("a screen of the guide that waited for more than a day is dropped")
        return Delivered()
    if message.message_id and abilities.edits:
        standing = await services.database.read(lambda c: dialogues.load(c, row.chat_id))
        if row.created_at < standing.updated_at <= services.clock() + CLOCKS_APART_S:
            # The family has moved on since: an older screen must not turn the newer one back. A moment that is still
            # to come was kept before the clock was put back, and tells nothing.
            return Delivered()
        try:
            await tell(
                services,
                abilities,
                whole,
                lambda told: services.bot.edit_message_text(
                    told.text, chat_id=row.chat_id, message_id=message.message_id, **_as_told(told)
                ),
            )
            return Delivered()
        except TelegramRetryAfter as error:
            # Edits have a limit of their own: the family gets its answer as a new message.
            log.info("a screen goes as a new message: %s", error.message)
        except TelegramBadRequest as error:
            if refusals.is_unchanged(error.message):
                return Delivered()
    reply = reply_to(message.reply_to)
    sent = await in_thread(
        services,
        row.chat_id,
        lambda thread: tell(
            services,
            abilities,
            whole,
            lambda told: services.bot.send_message(
                row.chat_id, told.text, reply_parameters=reply, **_as_told(told), **thread
            ),
        ),
    )
    return Delivered(_prompted(row, message, sent.message_id))


def _as_told(told: Told) -> dict[str, Any]:
    return {"reply_markup": told.keys, "parse_mode": told.parse_mode, "request_timeout": REQUEST_TIMEOUT_S}


def _prompted(row: Owed, message: owed.ScreenMessage, message_id: int) -> Record:
    """Keeps which message speaks of the ticket, so that a reply to it is the ticket's, and which carries «Помогло»."""

    async def record(connection: AsyncConnection, now: float) -> None:
        ticket = await tickets.get(connection, row.ticket_id) if row.ticket_id else None
        if ticket and ticket.family_id is None:
            ticket = None  # it was erased while this was on its way
        if ticket and message.row is not None:
            await _show_at_desk(connection, ticket, message.row, message_id, now)
        elif ticket:
            await tickets.add_message(
                connection, ticket_id=ticket.id, side="bot", family_id=row.chat_id, family_message_id=message_id,
                kind="text", at=now,
            )  # fmt: skip
        if message.prompt and row.ticket_id:
            await keep_prompt(connection, row.ticket_id, message_id, now)

    return record


async def _show_at_desk(connection: AsyncConnection, ticket: Ticket, row: int, message_id: int, now: float) -> None:
    """Shows the desk what its family got by a button: no message of the desk says it, and no sign proves its delivery.

    Nothing is shown of what was erased meanwhile.
    """
    said = await tickets.message(connection, row)
    if said is None or not await tickets.change_message(connection, row, family_message_id=message_id):
        return
    if said.text:
        # Without its formatting: an answer may hold a quote, and Telegram takes none within a quote.
        text = fill(texts.FAMILY_GOT, actor=said.actor, text=said.text)
        await queues.to_ticket(connection, ticket, owed.DeskText(text, silent=True), now)


async def keep_prompt(connection: AsyncConnection, ticket_id: int, message_id: int, now: float) -> None:
    """Notes which message carries «Помогло»; one that came while the ticket moved on loses its buttons at once."""
    ticket = await tickets.get(connection, ticket_id)
    if ticket is None:
        return
    if ticket.prompt_message_id and ticket.prompt_message_id != message_id:
        await owing.strip_prompt(connection, ticket, now)
    await tickets.change(connection, ticket_id, prompt_message_id=message_id)
    if not ticket.is_open or await bans.is_banned(connection, ticket.desk_id, ticket.family_id):
        await owing.strip_prompt(connection, await tickets.get(connection, ticket_id) or ticket, now)


async def strip(services: Services, rows: list[Owed]) -> Delivered:
    """Takes the buttons off a message."""
    row = rows[0]
    await services.bot.edit_message_reply_markup(
        chat_id=row.chat_id, message_id=owed.Strip.of(row).message_id, request_timeout=REQUEST_TIMEOUT_S
    )
    return Delivered()


async def delete(services: Services, rows: list[Owed]) -> Delivered:
    """Deletes a message of the school that the family has."""
    row = rows[0]
    await services.bot.delete_message(
        row.chat_id, owed.DeleteAtFamily.of(row).message_id, request_timeout=REQUEST_TIMEOUT_S
    )
    return Delivered()


SENDERS: Senders = {owed.ScreenMessage: screen, owed.Strip: strip, owed.DeleteAtFamily: delete}
