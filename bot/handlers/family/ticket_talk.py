"""Handles a family that talks to the school: messages to its ticket, and the buttons that settle or reopen it."""

from dataclasses import replace
from typing import Any

from aiogram import Router
from aiogram.methods import TelegramMethod
from aiogram.types import CallbackQuery, Message
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.flows import understanding
from bot.flows.content import Pack
from bot.flows.marked import Markup, Sentence, marked, plain
from bot.flows.routes import Route
from bot.flows.screen import Button, Screen
from bot.flows.understanding import Act, Verdict
from bot.handlers import message_kinds
from bot.handlers.family import current_screen, message_data
from bot.handlers.family.guide_buttons import show
from bot.handlers.family.own_tickets import own_ticket
from bot.handlers.family.recognised import warned
from bot.handlers.filters import PRIVATE, Action, InTicket, RepliesToTicket
from bot.handlers.update_context import UpdateContext
from bot.tickets import family_messages, owing, settling
from bot.tickets.family_messages import MessageOutcome, Wish
from storage import dialogues, tickets
from storage.dialogues import Dialogue
from storage.ticket_status import Cause
from storage.tickets import Ticket

router = Router(name="family_ticket")
router.message.filter(PRIVATE)

_ANEW = Button(texts.B_AGAIN, Route("role"))  # it stands below what is said after the end of a ticket
# After the end of a ticket these words say goodbye, and open nothing.
_ENDS_WELL = frozenset({Act.THANKS, Act.SOLVED})


@router.message(RepliesToTicket())
async def reply(message: Message, context: UpdateContext, dialogue: Dialogue, ticket_id: int) -> None:
    """Takes a reply to a message of a ticket as meant for that ticket, wherever the family stands."""
    await talk(message, context, dialogue, ticket_id)


@router.message(InTicket())
async def talk(message: Message, context: UpdateContext, dialogue: Dialogue, ticket_id: int) -> None:
    """Sends whatever a family writes after its ticket was sent to that ticket."""
    ticket = await context.services.database.read(lambda c: tickets.get(c, ticket_id))
    if ticket is None or ticket.family_id != context.family_id:
        await show(context, dialogue, Route("role"))
        return
    found = message_kinds.found_in(message)
    if found is None or (not found.is_sure and not ticket.is_open):
        return
    if not ticket.is_open and understanding.button_named((_ANEW,), message.text or ""):
        await show(context, dialogue, Route("role"))
        return
    pack = context.services.schools.pack_of(ticket.desk_id)  # the family may have another school by now
    masked = await context.services.database.read(lambda c: message_data.masked_in(c, ticket, message))
    words = message_kinds.words_of(message)
    told = understanding.recognise(words, pack, pack.path(ticket.path))
    read, wish = message_data.for_ticket(message, masked), _wish_of(message.text or "", ticket, told.act)
    is_of_step = understanding.says_done(words) or understanding.says_not_yet(words)  # «мы дали согласие» is no error
    read = replace(read, error=told.error if told.verdict is Verdict.SURE and not is_of_step else None)
    stays = dialogue if dialogue.in_form else replace(dialogue, screen=f"ticket:{ticket.id}")
    stays, warning = warned(stays, Screen(Markup()), bool(masked.found), owing.route_of_ticket(ticket, pack))

    async def work(connection: AsyncConnection) -> None:
        written = await family_messages.write(connection, ticket, read, wish, context.now)
        if written is MessageOutcome.SCHOOL_LEFT:
            school = context.services.school_of(ticket.desk_id)
            gone = texts.SCHOOL_LEFT.for_reader(owing.route_of_ticket(ticket, pack), school=school.name)
            await context.chat.owe_screen(connection, Screen(gone))
            return
        answer = await _answer_to(connection, ticket, pack, written)
        if answer:
            await context.chat.owe_screen(connection, answer)
        if warning.text:
            await context.chat.owe_screen(connection, Screen(warning.text.strip()))
        await dialogues.save(connection, stays)

    await context.once(work)


def _wish_of(text: str, ticket: Ticket, act: Act | None) -> Wish:
    """Tells what a text, no caption, asks of a ticket that has ended; `act` is how its words were recognised."""
    if text and act in _ENDS_WELL and not understanding.is_over_in_part(text):
        return Wish.THANKS
    return Wish.REOPEN if understanding.button_named((_reopen(ticket),), text) else Wish.NONE


async def _answer_to(connection: AsyncConnection, ticket: Ticket, pack: Pack, written: MessageOutcome) -> Screen | None:
    """Draws what answers a message to a ticket: only one to an ended ticket is answered by the bot itself."""
    route, anew = owing.route_of_ticket(ticket, pack), (_ANEW,)
    if written is MessageOutcome.THANKED:
        ended_by = await current_screen.last_cause(connection, ticket)
        thanks = marked(texts.THANKS) if ended_by == Cause.HELPED else texts.THANKS_AFTER_END.for_reader(route)
        return Screen(thanks, (anew,))
    if written is MessageOutcome.REOPENED:
        return _settled(ticket, pack, "reopen", texts.REOPENED)
    if written is MessageOutcome.KEPT:
        return Screen(texts.AFTER_END.for_reader(route, number=ticket.number), ((_reopen(ticket),), anew))
    return None


def _reopen(ticket: Ticket) -> Button:
    return Button(texts.B_REOPEN, data=f"reopen:{ticket.id}")


@router.callback_query(Action("talk"))
async def talk_on(query: CallbackQuery, context: UpdateContext, argument: str) -> TelegramMethod[Any] | None:
    """Goes back to the ticket's conversation («Дописать»)."""
    return await context.answer_press(query, *await talked_on(context, argument))


async def talked_on(context: UpdateContext, argument: str) -> tuple[Screen | None, str]:
    """Puts the family into the conversation of its own ticket, and gives what answers that."""
    ticket = await own_ticket(context, argument)
    if ticket is None:
        return None, texts.TICKET_GONE
    dialogue, pack = await context.dialogue(), context.services.schools.pack_of(ticket.desk_id)
    there = replace(dialogue, screen=f"ticket:{ticket.id}", updated_at=context.now)
    await context.once(lambda c: dialogues.save(c, there))
    if not ticket.is_open:
        return _settled(ticket, pack, "withdraw", texts.CLOSED_ALREADY), ""
    text = texts.TALK_ON.for_reader(owing.route_of_ticket(ticket, pack), number=ticket.number)
    return Screen(text, ((Button(texts.B_MINE, Route("mine")),),)), ""


@router.callback_query(Action("helped", "nothelped", "withdraw", "reopen"))
async def settle(
    query: CallbackQuery, context: UpdateContext, action: str, argument: str
) -> TelegramMethod[Any] | None:
    """Settles a family's own ticket: «Помогло», «Не помогло», «Отозвать», «Открыть снова»."""
    return await context.answer_press(query, *await settled(context, action, argument))


async def settled(context: UpdateContext, action: str, argument: str) -> tuple[Screen | None, str]:
    """Settles a family's own ticket, and gives what answers that; what comes below the screen is owed."""
    ticket = await own_ticket(context, argument)
    if ticket is None:
        return None, texts.TICKET_GONE
    pack = context.services.schools.pack_of(ticket.desk_id)
    cause, told = {
        "helped": (Cause.HELPED, texts.HELPED),
        "nothelped": (Cause.NOT_HELPED, texts.NOT_HELPED),
        "withdraw": (Cause.WITHDRAWN, texts.WITHDRAWN),
        "reopen": (Cause.REOPENED, texts.REOPENED),
    }[action]

    async def work(connection: AsyncConnection) -> tuple[Screen | None, str]:
        moved = await settling.by_button(connection, ticket, cause, context.name, context.now)
        solved_before = action == "withdraw" and await current_screen.last_cause(connection, ticket) != Cause.WITHDRAWN
        said = _settled(ticket, pack, action, texts.CLOSED_ALREADY if solved_before else told)
        if action in ("withdraw", "reopen"):
            return said, ""
        # The school's message above stays as it is, and what is said comes below it, once for however many taps.
        if moved:
            await context.chat.owe_screen(connection, said)
            return None, ""
        return None, plain(_settled(ticket, pack, action, texts.CLOSED_ALREADY if action == "helped" else told).text)

    screen, notice = await context.once(work) or (None, "")
    if screen is None and action in ("withdraw", "reopen"):
        # This press came before, and the ticket may have moved on since.
        dialogue = await context.dialogue()
        screen = await context.services.database.read(lambda c: current_screen.mine(context.services, c, dialogue))
    return screen, notice


def _settled(ticket: Ticket, pack: Pack, action: str, told: Sentence) -> Screen:
    text = told.for_reader(owing.route_of_ticket(ticket, pack), number=ticket.number)
    return Screen(text, _after_settling(action, ticket))


def _after_settling(action: str, ticket: Ticket) -> tuple[tuple[Button, ...], ...]:
    if action in ("helped", "withdraw"):
        return ((_reopen(ticket),), (_ANEW,))
    return ((Button(texts.B_MINE, Route("mine")),),)
