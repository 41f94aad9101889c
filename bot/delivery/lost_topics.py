"""A ticket's place in the support chat, lost and found again: deleted topics and cards, closed topics, upgrades."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery.own_texts import payload_of
from bot.flows.marked import Markup, fill, joined
from bot.flows.ticket import ticket_card
from bot.tickets import owing
from storage import outbox, tickets
from storage.outbox import Owed

MOST_PLACES = 2  # how often one row may wait for a new card before it goes without one
_RECAP_MESSAGES, _RECAP_UNITS = 5, 500  # in UTF-16 units, far below the 4096 of a message
EDITED = {"edit_at_desk": "to_desk", "edit_at_family": "to_family"}  # what an edit goes as where it cannot be one
_SHOWN_BY_CARD = ("card_edit", "card_choice", "topic_state")


async def new_place(connection: AsyncConnection, rows: list[Owed], now: float) -> None:
    """The ticket's topic (or card) is gone: a card and the last messages come first, the rest follows there."""
    row = rows[0]
    assert row.ticket_id
    if row.kind != "card" and row.payload.get("placed", 0) >= MOST_PLACES:
        for each in rows:
            await outbox.change_payload(connection, each.id, {**each.payload, "placeless": True})
        await outbox.retry(connection, [each.id for each in rows], not_before=now, error="no card")
        return
    behind = await outbox.following(connection, rows[-1], limit=100_000)
    await outbox.done(connection, [each.id for each in [*rows, *behind]])
    await _owe_card(connection, row.ticket_id, now)
    for each in (r for r in rows if r.kind != "card"):
        payload = {**each.payload, "placed": each.payload.get("placed", 0) + 1}
        await outbox.put(
            connection, chat_id=each.chat_id, queue=each.queue, kind=each.kind, payload=payload,
            ticket_id=each.ticket_id, family_id=each.family_id, media_group_id=each.media_group_id, at=each.created_at,
        )  # fmt: skip
    for each in behind:
        if each.kind not in _SHOWN_BY_CARD or each.payload.get("ready"):
            await outbox.put_again(connection, each)
    ticket = await tickets.get(connection, row.ticket_id)
    if ticket and not ticket.is_open:
        await owing.owe_desk(connection, row.ticket_id, "topic_state", {}, now)


async def _owe_card(connection: AsyncConnection, ticket_id: int, now: float) -> None:
    for kind, payload in _card_first(await _recap(connection, ticket_id)):
        await owing.owe_desk(connection, ticket_id, kind, payload, now)


def _card_first(recap: Markup | None) -> list[tuple[str, dict[str, Any]]]:
    """The card and, below it, what was said last: kinds and payloads."""
    said = [("desk_text", payload_of(recap, placed=MOST_PLACES))] if recap else []
    return [("card", {"unless_placed": True}), *said]


async def _recap(connection: AsyncConnection, ticket_id: int) -> Markup | None:
    """The last messages of a ticket that stood in the place that is gone."""
    shown = [m for m in await tickets.messages(connection, ticket_id) if m.desk_message_id and m.side != "bot"]
    if not shown:
        return None
    lines = []
    for message in shown[-_RECAP_MESSAGES:]:
        who = texts.ACTOR_FAMILY if message.side == "family" else texts.ACTOR_SCHOOL
        said = ticket_card.shortened(message.text or "", _RECAP_UNITS) or texts.KINDS.get(message.kind, message.kind)
        lines.append(fill(texts.RECAP_LINE, who=who, text=said))
    return fill(texts.RECAP, lines=joined("\n", lines))


async def show_again(connection: AsyncConnection, row: Owed, now: float) -> None:
    """What was to be changed is gone from the chat: an open ticket's card is made anew, an edited message sent anew."""
    if row.ticket_id is None:
        return
    if row.kind in EDITED:
        await send_edited(connection, row, now)
        return
    ticket = await tickets.get(connection, row.ticket_id)
    if row.kind not in _SHOWN_BY_CARD or ticket is None or not ticket.is_open:
        return
    if row.kind == "topic_state":
        await tickets.unmap_desk(connection, ticket.id)  # the topic stays known as one of this ticket
    else:
        await tickets.change(connection, ticket.id, card_message_id=None)
    if not await outbox.is_owed(connection, outbox.ticket_queue(ticket.id), "card"):
        recap = await _recap(connection, ticket.id) if row.kind == "topic_state" else None
        await outbox.put_next(connection, row, _card_first(recap), at=now)


async def send_edited(connection: AsyncConnection, edit: Owed, now: float) -> None:
    """Owes what was edited as a new message, unless the message itself still waits to be sent as it is now."""
    kind, number = EDITED[edit.kind], edit.payload["row"]
    if number in await outbox.rows_owed(connection, edit.queue, kind):
        return
    payload = {"row": number, "anew": True, "from_message": edit.payload.get("from_message")}
    await outbox.put(
        connection, chat_id=edit.chat_id, queue=edit.queue, kind=kind, ticket_id=edit.ticket_id, payload=payload,
        family_id=edit.family_id, at=now,
    )  # fmt: skip


async def open_topic_first(connection: AsyncConnection, rows: list[Owed], now: float) -> None:
    """The topic is closed: it is opened for these rows, and closed behind them where the ticket is solved."""
    row = rows[0]
    assert row.ticket_id
    behind = await outbox.following(connection, rows[-1], limit=100_000)
    await outbox.done(connection, [each.id for each in [*rows, *behind]])
    await tickets.change(connection, row.ticket_id, topic_closed=True)
    await owing.owe_desk(connection, row.ticket_id, "topic_open", {}, now)
    for each in [*rows, *behind]:
        await outbox.put_again(connection, each)
    if not any(each.kind == "topic_state" for each in behind):
        await owing.owe_desk(connection, row.ticket_id, "topic_state", {}, now)


async def cards_anew(connection: AsyncConnection, now: float) -> None:
    """Every open ticket gets its card where the support chat is now."""
    for ticket in await tickets.opened(connection):
        if not await outbox.is_owed(connection, outbox.ticket_queue(ticket.id), "card"):
            await _owe_card(connection, ticket.id, now)
