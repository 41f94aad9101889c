"""Handles a family that writes to the school: the form, «Отправить», the conversation that follows and its end."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from aiogram import F, Router
from aiogram.methods import TelegramMethod
from aiogram.types import CallbackQuery, Message
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.flows import masking, understanding
from bot.flows.marked import Markup, Sentence, marked, plain
from bot.flows.masking import Masked
from bot.flows.routes import Route
from bot.flows.screen import Button, Screen
from bot.flows.ticket import ticket_form
from bot.flows.ticket.ticket_form import Form
from bot.handlers import message_kinds, quotes
from bot.handlers.family import current_screen, relay
from bot.handlers.family.answers import warned
from bot.handlers.family.guide_buttons import show, tickets_of
from bot.handlers.family.texts_and_pictures import file_of, with_file
from bot.handlers.filters import PRIVATE, Action, InForm, InTicket, RepliesToTicket, Where, Write
from bot.handlers.update_context import UpdateContext
from bot.tickets import after_the_end, owing
from storage import dialogues, statistics, tickets
from storage.dialogues import Dialogue
from storage.ticket_status import Cause
from storage.tickets import Ticket

router = Router(name="family_ticket")
router.message.filter(PRIVATE)

SKIPS: dict[str, Callable[[Form], Form]] = {
    "name": lambda form: replace(form, name_asked=True),
    "words": lambda form: replace(form, words_asked=True),
    "files": lambda form: replace(form, files=()),
}


@router.message(RepliesToTicket())
async def reply(message: Message, context: UpdateContext, dialogue: Dialogue, number: int) -> None:
    """Takes a reply to a message of a ticket as meant for that ticket, wherever the family stands."""
    await talk(message, context, dialogue, number)


# --- the form --------------------------------------------------------------------------------------------------------


@router.callback_query(Write())
async def write(query: CallbackQuery, context: UpdateContext, route: Route) -> TelegramMethod[Any] | None:
    """Shows the form's first question after «Написать в школу» or «Не помогло», or the ticket that is open already."""
    dialogue = await context.dialogue()
    before = dialogue.screen.partition(":")[0]
    form = ticket_form.begin(ticket_form.from_json(dialogue.form), route, secrets.token_hex(8), before)
    placed = replace(dialogue, form=form.as_json())
    if route.path:
        placed = replace(current_screen.place_at(placed, route), error=route.about)
    open_ticket = next((t for t in await tickets_of(context) if t.is_open), None)
    if open_ticket:
        form = replace(form, open_ticket=open_ticket.id)
        return await _stand(context, query, placed, form, "join")
    return await _ask(context, query, placed, form)


async def _ask(
    context: UpdateContext, query: CallbackQuery, dialogue: Dialogue, form: Form
) -> TelegramMethod[Any] | None:
    return await _stand(context, query, dialogue, form, ticket_form.next_question(form))


async def _stand(
    context: UpdateContext, query: CallbackQuery, dialogue: Dialogue, form: Form, kind: str
) -> TelegramMethod[Any] | None:
    """Puts the family before a question of the form; a press that comes again is shown the one that it led to."""
    if context.repeated:
        return await context.press(query, await context.place(await context.dialogue()))
    await _save(context, replace(dialogue, screen=kind, form=form.as_json()))
    return await context.press(query, ticket_form.view(kind, form, dialogue.name, context.services.school))


async def _save(context: UpdateContext, dialogue: Dialogue) -> None:
    await context.once(lambda c: dialogues.save(c, replace(dialogue, updated_at=context.now)))


@router.callback_query(Action("second"))
async def write_about_another_child(
    query: CallbackQuery, context: UpdateContext, argument: str
) -> TelegramMethod[Any] | None:
    """Begins a second ticket beside the open one («Это о другом ребёнке»)."""
    dialogue = await context.dialogue()
    form = ticket_form.from_json(dialogue.form)
    if form.form_id != argument:
        return await _nothing_to_fill(context, query, dialogue)
    return await _ask(context, query, dialogue, replace(form, second=True, joins=None))


@router.callback_query(Action("skip"))
async def skip(query: CallbackQuery, context: UpdateContext, argument: str) -> TelegramMethod[Any] | None:
    """Leaves a question without an answer («Пропустить»)."""
    dialogue = await context.dialogue()
    form = ticket_form.from_json(dialogue.form)
    if not form.form_id or argument not in SKIPS:
        return await _nothing_to_fill(context, query, dialogue)
    return await _ask(context, query, dialogue, SKIPS[argument](form))


async def _nothing_to_fill(
    context: UpdateContext, query: CallbackQuery, dialogue: Dialogue
) -> TelegramMethod[Any] | None:
    gone = Screen(
        texts.FORM_GONE.for_reader(current_screen.route_of(dialogue)), ((Button(texts.B_AGAIN, Route("role")),),)
    )
    return await context.press(query, gone)


def _tells(message: Message) -> bool:
    """Tells whether a message can answer a question of the form: it holds words, of whatever kind, or a picture."""
    found = message_kinds.found_in(message)
    return found is not None and (found.name in ("text", "photo", "document", "rich_message") or bool(message.photo))


@router.message(InForm(), Where(F.func(_tells)))
async def fill(message: Message, context: UpdateContext, dialogue: Dialogue) -> None:
    """Takes an answer to the question that stands."""
    form = ticket_form.from_json(with_file(dialogue, message).form)
    text = message_kinds.words_of(message).strip()
    if message.media_group_id and form.album == message.media_group_id and not text:
        # The first part of an album was answered; the rest of it is kept without a word.
        await _save(context, replace(dialogue, form=form.as_json()))
        return
    form = replace(form, album=message.media_group_id)
    if not file_of(message) and await _pressed_by_word(context, dialogue, form, text):
        return
    if dialogue.screen in ("form_words", "edit_words") and (quoted := quotes.of(message)) and quoted.words:
        text = texts.FORM_QUOTED.format(quote=quotes.words_masked(message, quoted), words=text).strip()
    masked = masking.mask(text, code_expected=masking.speaks_of_code(form.words))
    kind = dialogue.screen
    has_file = file_of(message) is not None
    answered, again = ticket_form.answered(form, kind, masked.text, has_file)
    if again:
        screen = ticket_form.asked_again(answered, kind, again, has_file)
    else:
        kind = ticket_form.next_question(answered)
        screen = ticket_form.view(kind, answered, dialogue.name, context.services.school)
    if message.media_group_id:
        screen = Screen(screen.text + marked(texts.FORM_ALBUM), screen.rows)
    placed = replace(dialogue, screen=kind, form=answered.as_json())
    placed, screen = warned(placed, screen, bool(masked.found))
    await context.save_and_say(placed, screen)


async def _pressed_by_word(context: UpdateContext, dialogue: Dialogue, form: Form, text: str) -> bool:
    """Presses the button of the form that a word names. Gives False where the word is part of what the family tells."""
    kind, school = dialogue.screen, context.services.school
    screen = ticket_form.view(kind, form, dialogue.name, school)
    button = understanding.button_named(screen.buttons, text)
    action, _, argument = (button.data or "" if button else "").partition(":")
    if action in ("send", "add"):
        # Only the press is the consent.
        await question_again(context, dialogue, texts.FORM_PRESS_SEND)
        return True
    if button is None:
        slip = understanding.names_form_button(text)
        if slip or (kind in ("join", "form_preview", "form_edit") and understanding.says_yes_or_no(text)):
            await context.save_and_say(dialogue, screen)
            return True
        return False
    if button.to and button.to.kind == "cancelled":
        await context.save_and_say(current_screen.left_form(dialogue), ticket_form.cancelled(form))
        return True
    if action == "skip":
        form = SKIPS[argument](form)
    elif action in ("join", "second"):
        ticket = await _own(context, argument) if action == "join" else None
        form = replace(form, joins=ticket.id if ticket and ticket.is_open else None, second=action == "second")
    to = button.to
    kind = ticket_form.next_question(form) if to is None else ticket_form.standing(to.kind, form)
    placed = replace(dialogue, screen=kind, form=form.as_json())
    await context.save_and_say(placed, ticket_form.view(kind, form, dialogue.name, school))
    return True


# --- sending ---------------------------------------------------------------------------------------------------------


@router.callback_query(Action("send"))
async def send(query: CallbackQuery, context: UpdateContext, argument: str) -> TelegramMethod[Any] | None:
    """Sends the ticket («Отправить»): consent, ticket, card in the outbox and confirmation are one commit."""

    async def sent(connection: AsyncConnection) -> tuple[Ticket, bool] | None:
        found = [t for t in await tickets.of_family(connection, context.family_id) if t.form_id == argument]
        return (found[0], False) if found else None

    async def work(connection: AsyncConnection) -> tuple[Ticket, bool] | None:
        dialogue = replace(await dialogues.load(connection, context.family_id), name=context.name)
        form = ticket_form.from_json(dialogue.form)
        if form.form_id != argument or not form.class_name:
            return await sent(connection)
        ticket, made = await tickets.create(connection, actor=texts.ACTOR_FAMILY, **_ticket_row(context, form))
        if made:
            await owing.owe_ticket(connection, ticket, form.files, context.now)
            await statistics.count(connection, "ticket", context.now, path=form.path, error=form.error)
        placed = replace(dialogue, screen=f"ticket:{ticket.id}", form={}, misses=0, updated_at=context.now)
        await dialogues.save(connection, placed)
        return ticket, made

    result = await context.once(work) or await context.services.database.read(sent)
    if result is None:
        return await _nothing_to_fill(context, query, await context.dialogue())
    ticket, made = result
    notice = "" if made else texts.SENT_ALREADY.format(number=ticket.id)
    return await context.press(query, sent_screen(context, ticket), notice)


def _ticket_row(context: UpdateContext, form: Form) -> dict[str, Any]:
    return {
        "family_id": context.family_id,
        "desk_id": context.services.desk.id,
        "form_id": form.form_id,
        "reader": form.reader,
        "path": form.path,
        "error": form.error,
        "steps_done": form.steps_done,
        "class_name": form.class_name,
        "pupil_name": form.pupil_name,
        "words": form.words,
        "first_name": context.name,
        "consent_at": context.now,
        "created_at": context.now,
        "updated_at": context.now,
    }


def sent_screen(context: UpdateContext, ticket: Ticket) -> Screen:
    """Draws the confirmation; it says when the school will read the ticket, if its hours are known."""
    opens = context.services.next_opening(context.now)
    when = marked(texts.SENT_WHEN).format(when=context.services.when(opens)) if opens else ""
    text = texts.SENT.for_reader(owing.route_of_ticket(ticket), number=ticket.id, when=when)
    return Screen(text, ((Button(texts.B_MINE, Route("mine")),),))


@router.callback_query(Action("join"))
async def join(query: CallbackQuery, context: UpdateContext, argument: str) -> TelegramMethod[Any] | None:
    """Adds to an open ticket («Добавить к обращению»): the family sees first what will be sent."""
    ticket = await _own(context, argument)
    dialogue = await context.dialogue()
    form = ticket_form.from_json(dialogue.form)
    if ticket is None or not form.form_id:
        return await _nothing_to_fill(context, query, dialogue)
    return await _ask(context, query, dialogue, replace(form, joins=ticket.id if ticket.is_open else None))


@router.callback_query(Action("add"))
async def add(query: CallbackQuery, context: UpdateContext, argument: str) -> TelegramMethod[Any] | None:
    """Sends what is added to an open ticket («Отправить»): it becomes a message of that ticket."""
    form_id, _, number = argument.partition(":")
    ticket = await _own(context, number)
    if ticket is None:
        return await context.press(query, None, texts.TICKET_GONE)

    async def work(connection: AsyncConnection) -> bool:
        dialogue = replace(await dialogues.load(connection, context.family_id), name=context.name)
        form = ticket_form.from_json(dialogue.form)
        if form.form_id != form_id:
            # Added already: this button was pressed twice.
            return dialogue.ticket_id == ticket.id
        fresh = await tickets.held(connection, ticket.id) or ticket
        cause = Cause.FAMILY_WROTE if fresh.is_open else Cause.REOPENED
        await owing.move(connection, fresh, cause, actor=texts.ACTOR_FAMILY, at=context.now)
        await owing.owe_new_problem(connection, fresh, form, context.now)
        placed = replace(dialogue, screen=f"ticket:{ticket.id}", form={}, misses=0, updated_at=context.now)
        await dialogues.save(connection, placed)
        return True

    if not await context.once(work) and not context.repeated:
        return await _nothing_to_fill(context, query, await context.dialogue())
    text = texts.JOINED.for_reader(owing.route_of_ticket(ticket), number=ticket.id)
    return await context.press(query, Screen(text, ((Button(texts.B_MINE, Route("mine")),),)))


# --- the conversation ------------------------------------------------------------------------------------------------


@router.message(InTicket())
async def talk(message: Message, context: UpdateContext, dialogue: Dialogue, number: int) -> None:
    """Sends whatever a family writes after its ticket was sent to that ticket."""
    ticket = await context.services.database.read(lambda c: tickets.get(c, number))
    if ticket is None or ticket.family_id != context.family_id:
        await show(context, dialogue, Route("role"))
        return
    route = owing.route_of_ticket(ticket)
    found = message_kinds.found_in(message)
    is_sure = found is not None and found.is_sure
    if found is None or (not is_sure and not ticket.is_open):
        return
    masked = await context.services.database.read(lambda c: relay.masked_in(c, ticket, message))
    placed = dialogue if dialogue.in_form else replace(dialogue, screen=f"ticket:{ticket.id}")
    placed, told = warned(placed, Screen(Markup()), bool(masked.found), route)

    async def work(connection: AsyncConnection) -> None:
        # Read now, not before: the school may open or close the ticket at this very moment.
        fresh = await tickets.held(connection, ticket.id) or ticket
        if fresh.is_open:
            await relay.to_desk(connection, fresh, message, masked, context.now)
            if is_sure:
                await owing.move(connection, fresh, Cause.FAMILY_WROTE, actor=texts.ACTOR_FAMILY, at=context.now)
        else:
            await _answer_after_the_end(connection, context, message, fresh, masked)
        if told.text:
            await context.owe_screen(connection, Screen(told.text.strip()))
        await dialogues.save(connection, placed)

    await context.once(work)


async def _answer_after_the_end(
    connection: AsyncConnection, context: UpdateContext, message: Message, ticket: Ticket, masked: Masked
) -> None:
    """Keeps a message to an ended ticket until «Открыть снова» is pressed. Thanks are answered, and open nothing."""
    route, anew = owing.route_of_ticket(ticket), (Button(texts.B_AGAIN, Route("role")),)
    if message.text and understanding.is_thanks(message.text):
        ended_by = await current_screen.last_cause(connection, ticket)
        thanks = marked(texts.THANKS) if ended_by == Cause.HELPED else texts.THANKS_AFTER_END.for_reader(route)
        await context.owe_screen(connection, Screen(thanks, (anew,)))
        return
    rows = ((Button(texts.B_REOPEN, data=f"reopen:{ticket.id}"),), anew)
    if understanding.button_named(rows[0], message.text or ""):
        await owing.settled_by_family(connection, ticket, Cause.REOPENED, context.now)
        await context.owe_screen(connection, _settled(ticket, "reopen", texts.REOPENED))
        return
    in_front, _ = quotes.for_desk(message, None)
    if await after_the_end.keep(connection, ticket, relay.kept(message, masked, in_front), context.now):
        await context.owe_screen(connection, Screen(texts.AFTER_END.for_reader(route, number=ticket.id), rows))


@router.callback_query(Action("talk"))
async def talk_on(query: CallbackQuery, context: UpdateContext, argument: str) -> TelegramMethod[Any] | None:
    """Goes back to the ticket's conversation («Дописать»)."""
    ticket = await _own(context, argument)
    if ticket is None:
        return await context.press(query, None, texts.TICKET_GONE)
    dialogue = replace(await context.dialogue(), screen=f"ticket:{ticket.id}")
    await _save(context, dialogue)
    if not ticket.is_open:
        return await context.press(query, _settled(ticket, "withdraw", texts.CLOSED_ALREADY))
    text = texts.TALK_ON.for_reader(owing.route_of_ticket(ticket), number=ticket.id)
    return await context.press(query, Screen(text, ((Button(texts.B_MINE, Route("mine")),),)))


async def _own(context: UpdateContext, argument: str) -> Ticket | None:
    """Finds the ticket that a button names, if it is this family's own."""
    if not (argument.isascii() and argument.isdigit() and len(argument) < 18):
        return None
    ticket = await context.services.database.read(lambda c: tickets.get(c, int(argument)))
    return ticket if ticket and ticket.family_id == context.family_id else None


# --- the end, and the beginning anew ---------------------------------------------------------------------------------


@router.callback_query(Action("helped", "nothelped", "withdraw", "reopen"))
async def settle(
    query: CallbackQuery, context: UpdateContext, action: str, argument: str
) -> TelegramMethod[Any] | None:
    """Settles a family's own ticket: «Помогло», «Не помогло», «Отозвать», «Открыть снова»."""
    ticket = await _own(context, argument)
    if ticket is None:
        return await context.press(query, None, texts.TICKET_GONE)
    cause, told = {
        "helped": (Cause.HELPED, texts.HELPED),
        "nothelped": (Cause.NOT_HELPED, texts.NOT_HELPED),
        "withdraw": (Cause.WITHDRAWN, texts.WITHDRAWN),
        "reopen": (Cause.REOPENED, texts.REOPENED),
    }[action]

    async def work(connection: AsyncConnection) -> tuple[Screen | None, str]:
        fresh = await tickets.held(connection, ticket.id) or ticket
        moved = await owing.settled_by_family(connection, fresh, cause, context.now)
        dialogue = await dialogues.load(connection, context.family_id)
        if action in ("nothelped", "reopen") or (action == "helped" and not dialogue.in_form):
            dialogue = replace(dialogue, screen=f"ticket:{ticket.id}")
        await dialogues.save(connection, replace(dialogue, name=context.name or dialogue.name, updated_at=context.now))
        solved_before = action == "withdraw" and await current_screen.last_cause(connection, fresh) != Cause.WITHDRAWN
        said = _settled(ticket, action, texts.CLOSED_ALREADY if solved_before else told)
        if action in ("withdraw", "reopen"):
            return said, ""
        # The school's message above stays as it is, and what is said comes below it, once for however many taps.
        if moved:
            await context.owe_screen(connection, said)
            return None, ""
        return None, plain(_settled(ticket, action, texts.CLOSED_ALREADY if action == "helped" else told).text)

    screen, notice = await context.once(work) or (None, "")
    if screen is None and action in ("withdraw", "reopen"):
        # This press came before, and the ticket may have moved on since.
        dialogue = await context.dialogue()
        screen = await context.services.database.read(lambda c: current_screen.mine(c, dialogue))
    return await context.press(query, screen, notice)


def _settled(ticket: Ticket, action: str, told: Sentence) -> Screen:
    text = told.for_reader(owing.route_of_ticket(ticket), number=ticket.id)
    return Screen(text, _after_settling(action, ticket))


def _after_settling(action: str, ticket: Ticket) -> tuple[tuple[Button, ...], ...]:
    if action in ("helped", "withdraw"):
        return ((Button(texts.B_REOPEN, data=f"reopen:{ticket.id}"),), (Button(texts.B_AGAIN, Route("role")),))
    return ((Button(texts.B_MINE, Route("mine")),),)


@router.message(InForm())
async def fill_with_something_else(message: Message, context: UpdateContext, dialogue: Dialogue) -> None:
    """Puts the question again after a sticker, a voice message and the like in the middle of the form."""
    found = message_kinds.found_in(message)
    if found is None or not found.is_sure:
        return
    await question_again(context, dialogue, texts.FORM_UNREADABLE)


async def question_again(context: UpdateContext, dialogue: Dialogue, told: Sentence) -> None:
    """Puts the form's question again, within a sentence that has a place for it."""
    form = ticket_form.from_json(dialogue.form)
    screen = ticket_form.view(dialogue.screen, form, dialogue.name, context.services.school)
    text = told.for_reader(form.route, question=screen.text)
    await context.save_and_say(dialogue, Screen(text, screen.rows))
