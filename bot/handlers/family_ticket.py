"""A family writes to the school: the form, «Отправить», the conversation that follows and its end."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from aiogram import F, Router
from aiogram.methods import TelegramMethod
from aiogram.types import CallbackQuery, Message
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import desk_rows, pending
from bot.flows import desk, masking, people, ticket_form
from bot.flows.desk import Cause
from bot.flows.dialogue import Button, Screen, you
from bot.flows.spots import Spot
from bot.flows.ticket_form import Form
from bot.handlers import relay, screens
from bot.handlers.family_errors import file_of, warned, with_file
from bot.handlers.family_guide import show, tickets_of
from bot.handlers.filters import Action, InForm, InTicket, Write
from bot.handlers.turn import Turn
from storage import dialogues, statistics, tickets
from storage.dialogues import Dialogue
from storage.tickets import Ticket

router = Router(name="family_ticket")
router.message.filter(F.chat.type == "private")

SKIPS: dict[str, Callable[[Form], Form]] = {
    "name": lambda form: replace(form, name_asked=True),
    "words": lambda form: replace(form, words_asked=True),
}


# --- the form --------------------------------------------------------------------------------------------------------


@router.callback_query(Write())
async def write(query: CallbackQuery, turn: Turn, spot: Spot) -> TelegramMethod[Any] | None:
    """«Написать в школу», «Не помогло»: the first question of the form, or the ticket that is open already."""
    dialogue = await turn.dialogue()
    before = dialogue.screen.partition(":")[0]
    form = ticket_form.begin(ticket_form.from_json(dialogue.form), spot, secrets.token_hex(8), before)
    placed = replace(dialogue, form=form.as_json())
    if spot.path:
        placed = replace(screens.place_at(placed, spot), error=spot.about)
    open_ticket = next((t for t in await tickets_of(turn) if t.is_open), None)
    if open_ticket:
        rows = (
            (Button(texts.B_JOIN, data=f"join:{open_ticket.id}"),),
            (Button(texts.B_OTHER_CHILD, data=f"second:{form.form_id}"),),
            (Button(texts.B_CANCEL, Spot("cancelled")),),
        )
        screen = Screen(you(spot, "JOIN").format(number=open_ticket.id), rows)
        await _save(turn, replace(placed, screen="join"))
        return await turn.press(query, screen)
    return await _ask(turn, query, placed, form)


async def _ask(turn: Turn, query: CallbackQuery, dialogue: Dialogue, form: Form) -> TelegramMethod[Any] | None:
    kind = ticket_form.next_question(form)
    await _save(turn, replace(dialogue, screen=kind, form=form.as_json()))
    return await turn.press(query, ticket_form.view(kind, form, dialogue.name, turn.services.school))


async def _save(turn: Turn, dialogue: Dialogue) -> None:
    await turn.services.database.write(lambda c: dialogues.save(c, replace(dialogue, updated_at=turn.now)))


@router.callback_query(Action("second"))
async def write_about_another_child(query: CallbackQuery, turn: Turn, argument: str) -> TelegramMethod[Any] | None:
    """«Это о другом ребёнке»: a second ticket beside the open one."""
    dialogue = await turn.dialogue()
    form = ticket_form.from_json(dialogue.form)
    if form.form_id != argument:
        return await _nothing_to_fill(turn, query, dialogue)
    return await _ask(turn, query, dialogue, replace(form, second=True, joins=None))


@router.callback_query(Action("skip"))
async def skip(query: CallbackQuery, turn: Turn, argument: str) -> TelegramMethod[Any] | None:
    """«Пропустить»: the question is settled without an answer."""
    dialogue = await turn.dialogue()
    form = ticket_form.from_json(dialogue.form)
    if not form.form_id or argument not in SKIPS:
        return await _nothing_to_fill(turn, query, dialogue)
    return await _ask(turn, query, dialogue, SKIPS[argument](form))


async def _nothing_to_fill(turn: Turn, query: CallbackQuery, dialogue: Dialogue) -> TelegramMethod[Any] | None:
    gone = Screen(you(screens.spot_of(dialogue), "FORM_GONE"), ((Button(texts.B_AGAIN, Spot("role")),),))
    return await turn.press(query, gone)


@router.message(InForm(), F.text | F.photo | F.document)
async def fill(message: Message, turn: Turn, dialogue: Dialogue) -> None:
    """An answer to the question that stands."""
    form = ticket_form.from_json(with_file(dialogue, message).form)
    text = (message.text or message.caption or "").strip()
    if message.media_group_id and form.album == message.media_group_id and not text:
        # The first part of an album was answered; the rest of it is kept without a word.
        await _save(turn, replace(dialogue, form=form.as_json()))
        return
    form = replace(form, album=message.media_group_id)
    masked = masking.mask(text, code_expected=masking.speaks_of_code(form.words))
    kind = dialogue.screen
    has_file = file_of(message) is not None
    answered, again = ticket_form.answered(form, kind, masked.text, has_file)
    if again:
        screen = ticket_form.asked_again(answered, kind, again, has_file)
    else:
        kind = ticket_form.next_question(answered)
        screen = ticket_form.view(kind, answered, dialogue.name, turn.services.school)
    placed = replace(dialogue, screen=kind, form=answered.as_json())
    placed, screen = warned(placed, screen, bool(masked.found))
    await turn.save_and_say(placed, screen)


# --- sending ---------------------------------------------------------------------------------------------------------


@router.callback_query(Action("send"))
async def send(query: CallbackQuery, turn: Turn, argument: str) -> TelegramMethod[Any] | None:
    """«Отправить»: the consent, the ticket, its card in the outbox and the confirmation are one commit."""

    async def work(connection: AsyncConnection) -> tuple[Ticket, bool] | None:
        dialogue = replace(await dialogues.load(connection, turn.family_id), name=turn.name)
        form = ticket_form.from_json(dialogue.form)
        if form.form_id != argument or not form.class_name:
            sent = [t for t in await tickets.of_family(connection, turn.family_id) if t.form_id == argument]
            return (sent[0], False) if sent else None
        ticket, made = await tickets.create(connection, actor=texts.ACTOR_FAMILY, **_ticket_row(turn, form))
        if made:
            await desk_rows.owe_ticket(connection, ticket, form.files, turn.now)
            await statistics.count(connection, "ticket", turn.now, path=form.path, error=form.error)
        placed = replace(dialogue, screen=f"ticket:{ticket.id}", form={}, misses=0, updated_at=turn.now)
        await dialogues.save(connection, placed)
        return ticket, made

    result = await turn.services.database.write(work)
    turn.services.owed.set()
    if result is None:
        return await _nothing_to_fill(turn, query, await turn.dialogue())
    ticket, made = result
    notice = "" if made else texts.SENT_ALREADY.format(number=ticket.id)
    return await turn.press(query, sent_screen(turn, ticket), notice)


def _ticket_row(turn: Turn, form: Form) -> dict[str, Any]:
    return {
        "family_id": turn.family_id,
        "form_id": form.form_id,
        "status": desk.Status.NEW.value,
        "reader": form.reader,
        "path": form.path,
        "error": form.error,
        "steps_done": form.steps_done,
        "class_name": form.class_name,
        "pupil_name": form.pupil_name,
        "words": form.words,
        "first_name": turn.name,
        "consent_at": turn.now,
        "created_at": turn.now,
        "updated_at": turn.now,
    }


def sent_screen(turn: Turn, ticket: Ticket) -> Screen:
    """The confirmation, with when the school reads it where its hours are known."""
    spot = Form(path=ticket.path, reader=ticket.reader).spot
    opens = turn.services.next_opening(turn.now)
    when = texts.SENT_WHEN.format(when=turn.services.when(opens)) if opens else ""
    text = you(spot, "SENT").format(number=ticket.id, when=when)
    return Screen(text, ((Button(texts.B_MINE, Spot("mine")),),))


@router.callback_query(Action("join"))
async def join(query: CallbackQuery, turn: Turn, argument: str) -> TelegramMethod[Any] | None:
    """«Добавить к обращению»: what will be added is shown first, and goes with «Отправить» like all that is sent."""
    ticket = await _own(turn, argument)
    dialogue = await turn.dialogue()
    form = ticket_form.from_json(dialogue.form)
    if ticket is None or not form.form_id:
        return await _nothing_to_fill(turn, query, dialogue)
    return await _ask(turn, query, dialogue, replace(form, joins=ticket.id if ticket.is_open else None))


@router.callback_query(Action("add"))
async def add(query: CallbackQuery, turn: Turn, argument: str) -> TelegramMethod[Any] | None:
    """«Отправить» under what is added to an open ticket: it becomes a message of that ticket."""
    form_id, _, number = argument.partition(":")
    ticket = await _own(turn, number)
    if ticket is None:
        return await turn.press(query, None, texts.NOT_YOURS)

    async def work(connection: AsyncConnection) -> Form | None:
        dialogue = replace(await dialogues.load(connection, turn.family_id), name=turn.name)
        form = ticket_form.from_json(dialogue.form)
        if form.form_id != form_id:
            # Added already: this press came twice.
            return form if dialogue.screen == f"ticket:{ticket.id}" else None
        fresh = await tickets.get(connection, ticket.id) or ticket
        cause = Cause.FAMILY_WROTE if fresh.is_open else Cause.REOPENED
        await desk_rows.move(connection, fresh, cause, actor=texts.ACTOR_FAMILY, at=turn.now)
        await desk_rows.owe_new_problem(connection, fresh, form, turn.now)
        placed = replace(dialogue, screen=f"ticket:{ticket.id}", form={}, misses=0, updated_at=turn.now)
        await dialogues.save(connection, placed)
        return form

    form = await turn.services.database.write(work)
    turn.services.owed.set()
    if form is None:
        return await _nothing_to_fill(turn, query, await turn.dialogue())
    spot = screens.spot_of(await turn.dialogue())
    text = you(spot, "JOINED").format(number=ticket.id)
    return await turn.press(query, Screen(text, ((Button(texts.B_MINE, Spot("mine")),),)))


# --- the conversation ------------------------------------------------------------------------------------------------


@router.message(InTicket())
async def talk(message: Message, turn: Turn, dialogue: Dialogue) -> None:
    """Whatever a family writes once its ticket is sent goes to that ticket."""
    number = int(dialogue.screen.partition(":")[2] or 0)
    ticket = await turn.services.database.read(lambda c: tickets.get(c, number))
    if ticket is None or ticket.family_id != turn.family_id:
        await show(turn, dialogue, Spot("role"))
        return
    spot = screens.spot_of(dialogue)
    if not relay.can_relay(message):
        await turn.save_and_say(dialogue, Screen(you(spot, "UNREADABLE_KIND")))
        return
    if not ticket.is_open:
        await _after_the_end(message, turn, dialogue, ticket)
        return
    masked = await turn.services.database.read(lambda c: relay.masked_in(c, ticket, message))

    async def work(connection: AsyncConnection) -> None:
        await relay.to_desk(connection, ticket, message, masked, turn.now)
        await desk_rows.move(connection, ticket, Cause.FAMILY_WROTE, actor=texts.ACTOR_FAMILY, at=turn.now)
        if masked.found and not dialogue.warned_private:
            placed, screen = warned(dialogue, Screen(""), True)
            await turn.owe_screen(connection, Screen(screen.text.strip()))
            await dialogues.save(connection, replace(placed, updated_at=turn.now))

    await turn.once(work)


async def _after_the_end(message: Message, turn: Turn, dialogue: Dialogue, ticket: Ticket) -> None:
    spot = screens.spot_of(dialogue)
    if message.text and people.is_thanks(message.text):
        ended_by = await turn.services.database.read(lambda c: screens.last_cause(c, ticket))
        thanks = you(spot, "THANKS" if ended_by == Cause.HELPED else "THANKS_AFTER_END")
        await turn.save_and_say(dialogue, Screen(thanks, ((Button(texts.B_AGAIN, Spot("role")),),)))
        return
    masked = await turn.services.database.read(lambda c: relay.masked_in(c, ticket, message))
    form = pending.kept(dialogue.form, ticket.id, relay.kept(message, masked))
    rows = ((Button(texts.B_REOPEN, data=f"reopen:{ticket.id}"),), (Button(texts.B_AGAIN, Spot("role")),))
    screen = Screen(you(spot, "AFTER_END").format(number=ticket.id), rows)
    await turn.save_and_say(replace(dialogue, form=form), screen)


@router.callback_query(Action("talk"))
async def talk_on(query: CallbackQuery, turn: Turn, argument: str) -> TelegramMethod[Any] | None:
    """«Дописать»: back to the ticket's conversation."""
    ticket = await _own(turn, argument)
    if ticket is None:
        return await turn.press(query, None, texts.NOT_YOURS)
    dialogue = replace(await turn.dialogue(), screen=f"ticket:{ticket.id}")
    await _save(turn, dialogue)
    spot = screens.spot_of(dialogue)
    if not ticket.is_open:
        text = you(spot, "CLOSED_ALREADY").format(number=ticket.id)
        return await turn.press(query, Screen(text, _after_settling("withdraw", ticket)))
    text = you(spot, "TALK_ON").format(number=ticket.id)
    return await turn.press(query, Screen(text, ((Button(texts.B_MINE, Spot("mine")),),)))


async def _own(turn: Turn, argument: str) -> Ticket | None:
    """The ticket that a button names, if it is this family's own."""
    if not (argument.isascii() and argument.isdigit() and len(argument) < 18):
        return None
    ticket = await turn.services.database.read(lambda c: tickets.get(c, int(argument)))
    return ticket if ticket and ticket.family_id == turn.family_id else None


# --- the end, and the beginning anew ---------------------------------------------------------------------------------


@router.callback_query(Action("helped", "nothelped", "withdraw", "reopen"))
async def settle(query: CallbackQuery, turn: Turn, action: str, argument: str) -> TelegramMethod[Any] | None:
    """«Помогло», «Не помогло», «Отозвать», «Открыть снова»: the family's word on its own ticket."""
    ticket = await _own(turn, argument)
    if ticket is None:
        return await turn.press(query, None, texts.NOT_YOURS)
    cause, text_name = {
        "helped": (Cause.HELPED, "HELPED"),
        "nothelped": (Cause.NOT_HELPED, "NOT_HELPED"),
        "withdraw": (Cause.WITHDRAWN, "WITHDRAWN"),
        "reopen": (Cause.REOPENED, "REOPENED"),
    }[action]

    async def work(connection: AsyncConnection) -> tuple[Dialogue, str]:
        fresh = await tickets.get(connection, ticket.id) or ticket
        first = await dialogues.first_handling(connection, turn.update_id, turn.now)
        await desk_rows.settled_by_family(connection, fresh, cause, turn.now, first)
        # Read now, not before: what the dialogue kept for a ticket that opens has gone to the desk.
        dialogue = await dialogues.load(connection, turn.family_id)
        screen = dialogue.screen if action == "withdraw" else f"ticket:{ticket.id}"
        placed = replace(dialogue, name=turn.name or dialogue.name, screen=screen, updated_at=turn.now)
        await dialogues.save(connection, placed)
        return placed, await screens.last_cause(connection, fresh)

    dialogue, last = await turn.services.database.write(work)
    turn.services.owed.set()
    if action == "withdraw" and last != Cause.WITHDRAWN:
        text_name = "CLOSED_ALREADY"  # it was solved before this old button was pressed
    text = you(screens.spot_of(dialogue), text_name).format(number=ticket.id)
    if action in ("helped", "nothelped") and query.message is not None:
        return await turn.press_and_say(query, Screen(text, _after_settling(action, ticket)))
    return await turn.press(query, Screen(text, _after_settling(action, ticket)))


def _after_settling(action: str, ticket: Ticket) -> tuple[tuple[Button, ...], ...]:
    if action in ("helped", "withdraw"):
        return ((Button(texts.B_REOPEN, data=f"reopen:{ticket.id}"),), (Button(texts.B_AGAIN, Spot("role")),))
    return ((Button(texts.B_MINE, Spot("mine")),),)


@router.message(InForm())
async def fill_with_something_else(message: Message, turn: Turn, dialogue: Dialogue) -> None:
    """A sticker, a voice message and the like in the middle of the form: the question stands."""
    form = ticket_form.from_json(dialogue.form)
    screen = ticket_form.view(dialogue.screen, form, dialogue.name, turn.services.school)
    text = you(form.spot, "FORM_UNREADABLE").format(question=screen.text)
    await turn.save_and_say(dialogue, Screen(text, screen.rows))
