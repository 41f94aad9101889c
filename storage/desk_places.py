"""Finds the ticket that a topic or a message of a desk's chat belongs to, and the ticket's message that stands there.

A chat may have been another desk's before, so the desk is always asked for: another desk's tickets are never found.
"""

from sqlalchemy import bindparam, desc, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import tickets as stored
from storage import topics
from storage.ticket_models import Ticket, TicketMessage, ticket_messages, tickets

_T, _M = tickets.c, ticket_messages.c
_OF_DESK = select(tickets).where(_T.desk_id == bindparam("desk"), _T.desk_chat_id == bindparam("chat"))
_LIVES_IN = _OF_DESK.where(_T.topic_id == bindparam("topic")).order_by(desc(_T.id)).limit(1)
_WITH_CARD = _OF_DESK.where(_T.card_message_id == bindparam("message")).limit(1)
_MESSAGES = select(ticket_messages).where(
    _M.desk_chat_id == bindparam("chat"), _M.desk_message_id == bindparam("message"),
    exists().where(_T.id == _M.ticket_id, _T.desk_id == bindparam("desk")),
)  # fmt: skip
_NEWEST_PART = _MESSAGES.order_by(desc(_M.id)).limit(1)
_PARTS = _MESSAGES.order_by(_M.id)


async def ticket_in_topic(connection: AsyncConnection, desk_id: int, chat_id: int, topic_id: int) -> Ticket | None:
    """Gives the ticket whose forum topic this is, or was before the ticket got another one."""
    here = {"desk": desk_id, "chat": chat_id, "topic": topic_id}
    row = (await connection.execute(_LIVES_IN, here)).one_or_none()
    if row is not None:
        return Ticket(*row)
    before = await topics.get(connection, chat_id, topic_id)
    found = await stored.get(connection, before.ticket_id) if before else None
    return found if found and found.desk_id == desk_id else None


async def ticket_of_message(connection: AsyncConnection, desk_id: int, chat_id: int, message_id: int) -> Ticket | None:
    """Gives the ticket that a message of the chat belongs to: its card, or any message relayed there."""
    here = {"desk": desk_id, "chat": chat_id, "message": message_id}
    card = (await connection.execute(_WITH_CARD, here)).one_or_none()
    if card is not None:
        return Ticket(*card)
    part = await newest_part(connection, desk_id, chat_id, message_id)
    return await stored.get(connection, part.ticket_id) if part else None


async def newest_part(connection: AsyncConnection, desk_id: int, chat_id: int, message_id: int) -> TicketMessage | None:
    """Gives the newest part of what stands in this message of the chat; None where it is no ticket's."""
    here = {"desk": desk_id, "chat": chat_id, "message": message_id}
    row = (await connection.execute(_NEWEST_PART, here)).one_or_none()
    return TicketMessage(*row) if row else None


async def parts(connection: AsyncConnection, desk_id: int, chat_id: int, message_id: int) -> list[TicketMessage]:
    """Gives every message that was merged into this message of the chat, in its order."""
    here = {"desk": desk_id, "chat": chat_id, "message": message_id}
    return [TicketMessage(*row) for row in await connection.execute(_PARTS, here)]
