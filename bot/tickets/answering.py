"""The school answers a ticket: its message is owed to the family, and the ticket waits for the family."""

from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import owed, queues
from bot.flows.content import Pack
from bot.flows.marked import Markup, fill, marked
from bot.flows.ticket import answer_sorts, ticket_card
from bot.flows.ticket.answer_sorts import Sort
from bot.tickets import owed_buttons, owing, search_index, status_changes
from storage import bans, dialogues, outbox, statistics, tickets
from storage.ticket_status import Cause, Turn
from storage.tickets import Ticket, TicketMessage

ANSWER_SHOWN = 500  # UTF-16 units of the school's last answer that «Моё обращение» shows
_END = 80  # characters of its end


def shown(said: str) -> str:
    """Gives as much of an answer as «Моё обращение» shows of it; its end as well, where that says what it is."""
    short = ticket_card.shortened(said, ANSWER_SHOWN)
    if answer_sorts.sort_of(short) is answer_sorts.sort_of(said):
        return short
    return f"{ticket_card.shortened(said, ANSWER_SHOWN - 2 * _END - 1)} {said[-_END:]}"


def asks_whether_helped(said: str) -> bool:
    """Tells whether «Помогло» makes sense below a message of the school: it does not below a request or a promise."""
    return answer_sorts.sort_of(said) is Sort.ANSWER


def owes_promised(ticket: Ticket) -> bool:
    """Tells whether the school's last message to a family promises an answer."""
    return answer_sorts.sort_of(ticket.last_answer or "") is Sort.PROMISE


def reminder(ticket: Ticket, pack: Pack) -> Markup:
    """Gives the words that remind a family of what the school wrote last, by whether that was a request."""
    if answer_sorts.sort_of(ticket.last_answer or "") is Sort.REQUEST:
        return texts.SILENT_REMINDER_OF_REQUEST.for_reader(owing.route_of_ticket(ticket, pack), number=ticket.number)
    return fill(texts.SILENT_REMINDER, number=ticket.number)


async def answer_family(
    connection: AsyncConnection,
    ticket: Ticket,
    message: owed.ScreenMessage | owed.ToFamily,
    *,
    cause: Cause,
    actor: str,
    at: float,
    said: str | None,
    diary_url: str = "",
    media_group_id: str | None = None,
    delay: float = 0.0,
) -> None:
    """Owes the family a message of the school; the ticket waits for the family, who come back to it.

    It may be called for any ticket locked by this transaction whose family is not erased; an ended one is opened.

    Only the newest answer carries «Помогло» and «Не помогло»; the older one loses them. A request, a promise and a
    further part of an album (`said` is None) carry none, and leave them where they are. A banned family reads it, but
    the ticket does not wait for it, and the administrator who wrote is told so.
    """
    asks = cause is Cause.FIXED or (said is not None and asks_whether_helped(said))
    if asks:
        await owing.strip_prompt(connection, ticket, at)
        message = replace(message, prompt=owed_buttons.prompt_markup(ticket.id, diary_url))
    await owing.owe_family(connection, ticket, message, at, media_group_id=media_group_id, delay=delay)
    await answered(
        connection, ticket, cause=cause, actor=actor, at=at, said=said, from_message=message.desk_message_id, asks=asks
    )


async def answered(
    connection: AsyncConnection,
    ticket: Ticket,
    *,
    cause: Cause,
    actor: str,
    at: float,
    said: str | None,
    from_message: int | None = None,
    asks: bool = True,
) -> None:
    """Notes that the school has answered: the ticket waits for the family, who come back to it.

    It may be called for any ticket locked by this transaction, in which the answer itself is owed. The words are put
    into the index of `/find`, and the first answer is counted. `from_message` is the message of the desk, which a word
    on a ban is a reply to. It `asks` where «Помогло» stands below it.
    """
    values: dict[str, Any] = {"ready_answer": None} if asks else {}  # «Помогло» speaks of this answer from now on
    if said:
        values["last_answer"] = shown(said)
    if ticket.first_answer_at is None:
        values["first_answer_at"] = at
        await statistics.count(connection, "first_answer", at, school_id=ticket.desk_id, seconds=at - ticket.created_at)
    if values:
        await tickets.change(connection, ticket.id, **values)
    if said:
        await search_index.add(connection, ticket, said)
    if ticket.family_id is not None:
        await bring_back(connection, ticket)
    if await bans.is_banned(connection, ticket.desk_id, ticket.family_id):
        await _warn_of_ban(connection, ticket, from_message, at)
        return
    await status_changes.move(connection, ticket, cause, actor=actor, at=at)
    # Also where the ticket waited for the family before: its three days begin anew.
    await tickets.change(connection, ticket.id, waiting_since=at, reminded_at=None)


async def take_back(connection: AsyncConnection, gone: list[TicketMessage], at: float) -> None:
    """Notes that these messages of one ticket are no answer any more: deleted, a note, or refused by the messenger.

    It may be called once the family does not have them. «Моё обращение» knows them no longer, nor does `/find` where
    their rows keep no words. The answer before them is the last one then; where none stands since the family's last
    word, it is the school's turn again.
    """
    ticket = await tickets.locked(connection, gone[0].ticket_id) if gone else None
    if ticket is None:
        return
    if ticket.last_answer in {_shown_of(row) for row in gone}:
        last = await _last_standing(connection, ticket, {row.id for row in gone})
        is_answered = last is not None and last.side == "desk"
        await tickets.change(connection, ticket.id, last_answer=_shown_of(last) if last and is_answered else None)
        if ticket.turn == Turn.FAMILY and not is_answered:
            actor = gone[0].actor or texts.ACTOR_ANONYMOUS
            await status_changes.move(connection, ticket, Cause.ANSWER_TAKEN_BACK, actor=actor, at=at)
    for row in gone:
        await search_index.change(connection, ticket, row.text, None)


def _shown_of(message: TicketMessage) -> str:
    return shown(message.text or texts.KINDS.get(message.kind, ""))


async def _last_standing(connection: AsyncConnection, ticket: Ticket, lost: set[int]) -> TicketMessage | None:
    """Gives the newest message that one side has of the other, or will have: none that was refused or erased."""
    queue = outbox.family_queue(ticket.family_id or 0)
    on_their_way = {
        kind.of(row).row
        for kind in (owed.ToFamily, owed.ScreenMessage)
        for row in await outbox.of_kind(connection, queue, kind.kind)
    }

    def stands(message: TicketMessage) -> bool:
        is_had = message.family_message_id is not None or message.id in on_their_way
        return message.side == "family" or (message.side == "desk" and is_had and not message.is_blank)

    standing = [m for m in await tickets.messages(connection, ticket.id) if m.id not in lost and stands(m)]
    return standing[-1] if standing else None


async def _warn_of_ban(connection: AsyncConnection, ticket: Ticket, message_id: int | None, at: float) -> None:
    """Says below a message that its family cannot answer it; once for an album, whose parts come one by one."""
    if message_id and not await outbox.is_owed(connection, outbox.ticket_queue(ticket.id), owed.DeskText.kind):
        await queues.to_ticket(connection, ticket, owed.DeskText(marked(texts.TO_BANNED), reply_to=message_id), at)


async def bring_back(connection: AsyncConnection, ticket: Ticket) -> None:
    """Puts the family before its ticket's conversation; a question of the form that it is asked stands on.

    It may be called for any ticket whose family was not erased.
    """
    dialogue = await dialogues.load(connection, ticket.family_id or 0)
    if not dialogue.in_form:
        await dialogues.set_screen(connection, dialogue.family_id, f"ticket:{ticket.id}")
