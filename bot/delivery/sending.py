"""Holds what all senders share: their result, the errors that they raise, and calls whose refusal does no harm."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramUnauthorizedError,
)
from aiogram.types import ReplyParameters
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.routed_bot import NoMessenger
from bot.delivery import owed, refusals
from bot.delivery.owed_message import Erasure, OwedMessage, Relayed
from bot.desk import Desk
from bot.services import Services
from storage import outbox, tickets
from storage.outbox import Owed
from storage.tickets import Ticket, TicketMessage

log = logging.getLogger(__name__)
_NO_TOKEN = (NoMessenger, TelegramUnauthorizedError)

REQUEST_TIMEOUT_S = 20  # shorter than a lease: a row is never sent by two workers
UNKNOWN_ID = 0  # Bot API, Message: such a message is not known by a number yet (a video in processing)
Record = Callable[[AsyncConnection, float], Awaitable[None]]


class PlaceLost(Exception):
    """Raised where a ticket has no card in the support chat (any more): one must be made first."""


class CaptionTooLong(Exception):
    """Raised where a caption is longer than a bot may write: its words must follow as a message of their own."""


class NoAlbum(Exception):
    """Raised where messages cannot leave as one album: they go one by one."""


class SourceLost(Exception):
    """Raised where a message of the school cannot be copied, and too little of it was kept to send it anew."""


class SourceAway(Exception):
    """Telegram does not find the chat that a message is copied from at this moment; it tells why in Telegram's words.

    The chat that it goes to is there.
    """


class NoWay(Exception):
    """The chat forbids this kind of media, and no other way led there; it tells why in Telegram's words."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """The result of a sender: what to keep in the transaction that takes a row out of the outbox."""

    record: Record | None = None


Sender = Callable[[Services, list[Owed]], Awaitable[Delivered]]
Senders = dict[type[OwedMessage], Sender]


def desk_of(services: Services, row: Owed) -> Desk:
    """Gives the desk that a row goes to."""
    return services.schools.desk_of(row.desk_id or 0)


def chat_named(desk: Desk, message: owed.Reaction | Erasure) -> int:
    """Gives the chat of the message that something owed to a desk names; the desk's present one, if it names none."""
    return message.desk_chat_id or desk.chat


def is_placed(desk: Desk, ticket: Ticket) -> bool:
    """Tells whether the ticket's card stands in the desk's present chat, and not in a former one."""
    return ticket.card_message_id is not None and ticket.desk_chat_id == desk.chat_id


async def ticket_of(services: Services, row: Owed) -> Ticket:
    """Reads the ticket of a row. Raises LookupError."""
    ticket = await services.database.read(lambda c: tickets.get(c, row.ticket_id or 0))
    if ticket is None:
        raise LookupError(f"ticket {row.ticket_id} is gone")
    return ticket


async def stored(services: Services, row_id: int) -> TicketMessage | None:
    """Reads a message of a ticket as it is kept."""
    return await services.database.read(lambda c: tickets.message(c, row_id))


async def all_stored(services: Services, rows: list[Owed]) -> list[TicketMessage]:
    """Reads the messages that these rows carry; one that was erased meanwhile is left out."""
    return [m for row in rows if (m := await stored(services, Relayed.of(row).row))]


def reply_to(message_id: int | None) -> ReplyParameters | None:
    """Makes a reference to a message to reply to; where that is gone, Telegram sends without it."""
    return ReplyParameters(message_id=message_id, allow_sending_without_reply=True) if message_id else None


async def owe_reaction(
    connection: AsyncConnection, chat_id: int, reaction: owed.Reaction, at: float, ticket_id: int | None = None
) -> None:
    """Owes the sign under a message that proves its delivery; `chat_id` as the outbox names a family or a desk."""
    await outbox.put(
        connection, chat_id=chat_id, queue=f"reaction:{chat_id}:{reaction.message_id}", kind=reaction.kind,
        payload=reaction.to_json(), family_id=chat_id if chat_id > 0 else None, ticket_id=ticket_id, at=at,
    )  # fmt: skip


async def unless_so(call: Awaitable[Any]) -> None:
    """Makes a call that Telegram may refuse because everything is already as it should be."""
    try:
        await call
    except TelegramBadRequest as error:
        if not refusals.is_unchanged(error.message):
            raise


async def quietly(call: Awaitable[Any]) -> None:
    """Makes a call whose failure harms nobody."""
    try:
        await call
    except TelegramAPIError as error:
        log.warning("refused, and gone on: %s", error.message)


async def erased(desk: Desk, chat_id: int, call: Awaitable[Any]) -> None:
    """Makes a call that deletes something in a chat of the desk; one of before may refuse it without a consequence.

    A refusal that passes, and a call that got no answer, are raised there, too: the deletion is tried again. A former
    messenger whose token is gone, or taken back, holds up nothing at the present desk.
    """
    try:
        await unless_so(call)
    except (TelegramBadRequest, TelegramForbiddenError, TelegramMigrateToChat, *_NO_TOKEN) as error:
        if chat_id == desk.chat_id or refusals.is_passing(error.message):
            raise
        log.warning("refused, and gone on: %s", error.message)
