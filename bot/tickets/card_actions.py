"""The buttons under a ticket's card, a function each: they change its status, or answer its family."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import owed
from bot.flows.content import Pack
from bot.flows.marked import Markup, plain
from bot.flows.ticket import colleague_list, put_off_days, ready_answers, ticket_card
from bot.flows.whole_numbers import LAST_PAGE, whole_number
from bot.tickets import answering, handing, owing, putting_off, ready_choices, status_changes
from bot.tickets.handing import Handing
from storage import bans, saved_answers, tickets
from storage.ticket_status import Cause
from storage.tickets import Ticket

_REPEAT_S = 60.0  # the same button pressed again within a minute counts once


@dataclass(frozen=True, slots=True)
class CardPress:
    """Holds a press at a desk: who pressed and when, and the `choice` that the button carries beside its ticket.

    `pack` is what the school says. `diary_url` is the address of the diary for the button above «Помогло», or empty.
    `put_off_until` is the morning that the choice of a button under «Отложить» means.
    `account` is that of whoever pressed, `message_id` names the message under which it was.
    """

    desk_id: int
    actor: str
    at: float
    pack: Pack
    choice: str = ""
    diary_url: str = ""
    put_off_until: datetime | None = None
    account: int | None = None
    message_id: int | None = None


async def carry_out(connection: AsyncConnection, ticket_id: int, action: str, by: CardPress) -> str:
    """Carries out a button under the card of a ticket, and gives the words that answer the press.

    It may be called for any id and any of `NAMES`, at any time: a ticket of another desk counts as unknown, and a
    button that is pressed twice changes nothing the second time, and the words say so.
    """
    # Locked, so that what the button changes is the ticket as it is, not as it was a moment before.
    ticket = await tickets.locked(connection, ticket_id)
    if ticket is None or ticket.desk_id != by.desk_id:
        return texts.NO_SUCH_TICKET
    if ticket.family_id is None:
        return texts.REASON_ERASED
    if action in ticket_card.MOVES:
        cause, told = ticket_card.MOVES[action]
        moved = await status_changes.move(connection, ticket, cause, actor=by.actor, at=by.at)
        if moved and cause is Cause.TAKEN:
            await tickets.change(connection, ticket.id, taken_by_id=by.account)
        return told.format(number=ticket.number) if moved else texts.ALREADY_SO
    return await _ACTIONS[action](connection, ticket, by)


async def _fixed(connection: AsyncConnection, ticket: Ticket, by: CardPress) -> str:
    """Asks the family to try again («Данные исправлены»)."""
    text = texts.FIXED.for_reader(owing.route_of_ticket(ticket, by.pack))
    return await _say(connection, ticket, by, text, Cause.FIXED)


async def _solved(connection: AsyncConnection, ticket: Ticket, by: CardPress) -> str:
    """Closes the ticket («Решено»)."""
    solved = await status_changes.solve(connection, ticket, Cause.DECIDED, by.pack, actor=by.actor, at=by.at)
    return texts.SOLVED.format(number=ticket.number) if solved else texts.ALREADY_SO


async def _clarify(connection: AsyncConnection, ticket: Ticket, by: CardPress) -> str:
    """Shows a page of the ready answers on the card («Запросить уточнение»)."""
    page = whole_number(by.choice, most=LAST_PAGE) or 0
    await owing.show_choice(connection, ticket, owed.CardChoice(ready=True, page=page), by.at)
    return ""


async def _card(connection: AsyncConnection, ticket: Ticket, by: CardPress) -> str:
    """Shows the card without the ready answers («Назад»)."""
    await owing.show_choice(connection, ticket, owed.CardChoice(), by.at)
    return ""


async def _ready(connection: AsyncConnection, ticket: Ticket, by: CardPress) -> str:
    """Shows the ready answer that was chosen, as the family would get it."""
    choice = ready_answers.choice_of(by.choice)
    if await ready_choices.locked(connection, ticket, choice) is None:
        return await _gone(connection, ticket, by)
    await owing.show_choice(connection, ticket, owed.CardChoice(ready=True, choice=choice), by.at)
    return ""


async def _send_ready(connection: AsyncConnection, ticket: Ticket, by: CardPress) -> str:
    """Sends the ready answer that is shown («Отправить»); pressed twice, or by two at once, it goes once."""
    text = await ready_choices.locked(connection, ticket, by.choice)
    if text is None:
        return await _gone(connection, ticket, by)
    await _card(connection, ticket, by)
    return await _say(connection, ticket, by, text, Cause.DESK_WROTE, ready=by.choice)


async def _gone(connection: AsyncConnection, ticket: Ticket, by: CardPress) -> str:
    """Shows the present list where an answer is gone, so that the next press finds its answer."""
    await owing.show_choice(connection, ticket, owed.CardChoice(ready=True), by.at)
    return texts.READY_ANSWER_GONE


async def _put_off(connection: AsyncConnection, ticket: Ticket, by: CardPress) -> str:
    """Shows the days to put the ticket off to («Отложить»), or puts it off to the one that was chosen."""
    if not ticket.is_open:
        return texts.PUT_OFF_SOLVED.format(number=ticket.number)
    if by.choice == put_off_days.NOT:
        return await putting_off.take_back(connection, ticket, by.at)
    if by.put_off_until is not None:
        return await putting_off.put_off(connection, ticket, by.put_off_until, by.at)
    await owing.show_choice(connection, ticket, owed.CardChoice(put_off=True), by.at)
    return ""


async def _hand(connection: AsyncConnection, ticket: Ticket, by: CardPress) -> str:
    """Shows a page of the colleagues («Передать»): on the card, or in the list that a command was answered with."""
    asked, note = _numbers(by.choice)
    page = min(asked, LAST_PAGE)
    if not ticket.is_open:
        return texts.HAND_CLOSED.format(number=ticket.number)
    if handing.has_nobody_else(await handing.page_of(connection, ticket.desk_id, 0), ticket, by.account):
        return texts.HAND_NOBODY
    if note is None or by.message_id is None:
        await owing.show_choice(connection, ticket, owed.CardChoice(colleagues=page), by.at)
        return ""
    shown = colleague_list.with_note(ticket.id, await handing.page_of(connection, ticket.desk_id, page), note)
    await owing.owe_page(connection, ticket.desk_id, by.message_id, shown, by.at)
    return ""


async def _hand_to(connection: AsyncConnection, ticket: Ticket, by: CardPress) -> str:
    """Hands the ticket over to the colleague whose button it is."""
    account, note = _numbers(by.choice)
    told = await handing.hand(connection, ticket, Handing(by.actor, by.account, account, by.at, note))
    if told == texts.COLLEAGUE_GONE:
        # The present list, so that the next press finds its colleague.
        nobody = await _hand(connection, ticket, replace(by, choice="0" if note is None else f"0:{note}"))
        if nobody and note is None:
            await _card(connection, ticket, by)
        return nobody or told
    if note is None:
        await _card(connection, ticket, by)
    return told


def _numbers(choice: str) -> tuple[int, int | None]:
    """Reads the two numbers that a button carries beside its ticket; what is no number was forged, and counts as 0."""
    first, _, second = choice.partition(":")
    return whole_number(first) or 0, whole_number(second) or None


async def _say(
    connection: AsyncConnection, ticket: Ticket, by: CardPress, text: Markup, cause: Cause, ready: str | None = None
) -> str:
    if await bans.is_banned(connection, ticket.desk_id, ticket.family_id):
        return texts.NOT_SENT_BANNED
    said = plain(text)
    lately = ticket.waiting_since is not None and abs(by.at - ticket.waiting_since) < _REPEAT_S
    if lately and ticket.last_answer == answering.shown(said):
        return texts.ALREADY_SO
    row = await tickets.add_message(
        connection, ticket_id=ticket.id, side="desk", family_id=ticket.family_id, kind="text", text=said,
        actor=by.actor, at=by.at,
    )  # fmt: skip
    await answering.answer_family(
        connection, ticket, owed.ScreenMessage(text, row=row), cause=cause, actor=by.actor, at=by.at, said=said,
        diary_url=by.diary_url,
    )  # fmt: skip
    if ready is not None:
        matter = ready_choices.matter_of_ticket(ticket, by.pack)
        if answering.asks_whether_helped(said):
            await tickets.change(connection, ticket.id, ready_answer=f"{ready}:{matter or ''}")
        await saved_answers.count_sent(connection, ticket.desk_id, ready, matter)
    return texts.ASKED_FAMILY


_ACTIONS: dict[str, Callable[[AsyncConnection, Ticket, CardPress], Awaitable[str]]] = {
    "fixed": _fixed,
    "solved": _solved,
    "clarify": _clarify,
    "card": _card,
    "ready": _ready,
    "sendready": _send_ready,
    "putoff": _put_off,
    "hand": _hand,
    "handto": _hand_to,
}
NAMES = (*ticket_card.MOVES, *_ACTIONS)
