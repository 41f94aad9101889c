"""Handles a family that fills in the ticket's form: the button that begins it, and the answer to each question."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from aiogram import F, Router
from aiogram.methods import TelegramMethod
from aiogram.types import CallbackQuery, Message

from bot import texts_ru as texts
from bot.flows import masking, understanding
from bot.flows.marked import Sentence, marked
from bot.flows.routes import Route
from bot.flows.screen import Button, Screen
from bot.flows.ticket import ticket_form
from bot.flows.ticket.ticket_form import Form
from bot.handlers import message_kinds, quotes
from bot.handlers.family import current_screen, form_beginning
from bot.handlers.family.own_tickets import own_ticket
from bot.handlers.family.recognised import warned
from bot.handlers.family.texts_and_pictures import file_of, with_file
from bot.handlers.filters import PRIVATE, Action, InForm, Where, WriteButton
from bot.handlers.update_context import UpdateContext
from bot.tickets.quoted_words import words_masked
from storage import dialogues
from storage.dialogues import Dialogue

router = Router(name="family_form")
router.message.filter(PRIVATE)

SKIPS: dict[str, Callable[[Form], Form]] = {
    "name": lambda form: replace(form, name_asked=True),
    "words": lambda form: replace(form, words_asked=True),
    "files": lambda form: replace(form, files=()),
}


@router.callback_query(WriteButton())
async def write(query: CallbackQuery, context: UpdateContext, route: Route) -> TelegramMethod[Any] | None:
    """Shows the form's first question after «Написать в школу» or «Не помогло», or the ticket that is open already."""
    begun = await form_beginning.begun(context, await context.dialogue(), route)
    return await _stand(context, query, begun, ticket_form.from_json(begun.form), begun.screen)


async def _ask(
    context: UpdateContext, query: CallbackQuery, dialogue: Dialogue, form: Form
) -> TelegramMethod[Any] | None:
    return await _stand(context, query, dialogue, form, ticket_form.next_question(form))


async def _stand(
    context: UpdateContext, query: CallbackQuery, dialogue: Dialogue, form: Form, kind: str, notice: str = ""
) -> TelegramMethod[Any] | None:
    """Puts the family before a question of the form; a press that comes again is shown the one that it led to."""
    if context.repeated:
        return await context.answer_press(query, await context.stored_screen(await context.dialogue()))
    await save(context, replace(dialogue, screen=kind, form=form.as_json()))
    return await context.answer_press(query, ticket_form.view(kind, form, dialogue.name, context.school), notice)


async def show_standing(context: UpdateContext, query: CallbackQuery, dialogue: Dialogue) -> TelegramMethod[Any] | None:
    """Shows the form in hand as it is now, after a press on a button of what it was before."""
    form = ticket_form.from_json(dialogue.form)
    kind = ticket_form.standing(dialogue.screen if dialogue.in_form else "form_preview", form)
    return await _stand(context, query, dialogue, form, kind, texts.STALE_BUTTON)


async def save(context: UpdateContext, dialogue: Dialogue) -> None:
    await context.once(lambda c: dialogues.save(c, replace(dialogue, updated_at=context.now)))


@router.callback_query(Action("second"))
async def write_about_another_child(
    query: CallbackQuery, context: UpdateContext, argument: str
) -> TelegramMethod[Any] | None:
    """Begins a second ticket beside the open one («Это о другом ребёнке»)."""
    dialogue = await context.dialogue()
    form = ticket_form.from_json(dialogue.form)
    if form.form_id != argument:
        return await nothing_to_fill(context, query, dialogue)
    return await _ask(context, query, dialogue, replace(form, joins=None))


@router.callback_query(Action("join"))
async def join(query: CallbackQuery, context: UpdateContext, argument: str) -> TelegramMethod[Any] | None:
    """Adds to an open ticket («Добавить к обращению»): the family sees first what will be sent."""
    dialogue = await context.dialogue()
    form = ticket_form.from_json(dialogue.form)
    if not form.form_id:
        return await nothing_to_fill(context, query, dialogue)
    joined = await _joined(context, form, argument)
    if joined is None:
        return await show_standing(context, query, dialogue)
    return await _ask(context, query, dialogue, joined)


async def _joined(context: UpdateContext, form: Form, argument: str) -> Form | None:
    """Gives the form once it adds to the ticket that a button names; a ticket that has ended is left alone.

    None where the form never asked about that ticket: an older form did, perhaps for another school.
    """
    ticket = await own_ticket(context, argument)
    if ticket is None or ticket.id != form.open_ticket or ticket.desk_id != context.desk_id:
        return None
    return replace(form, joins=ticket.id if ticket.is_open else None)


@router.callback_query(Action("skip"))
async def skip(query: CallbackQuery, context: UpdateContext, argument: str) -> TelegramMethod[Any] | None:
    """Leaves a question without an answer («Пропустить»)."""
    dialogue = await context.dialogue()
    form = ticket_form.from_json(dialogue.form)
    if not form.form_id or argument not in SKIPS:
        return await nothing_to_fill(context, query, dialogue)
    return await _ask(context, query, dialogue, SKIPS[argument](form))


async def nothing_to_fill(
    context: UpdateContext, query: CallbackQuery, dialogue: Dialogue
) -> TelegramMethod[Any] | None:
    gone = Screen(
        texts.FORM_GONE.for_reader(current_screen.route_of(dialogue, context.pack)),
        ((Button(texts.B_AGAIN, Route("role")),),),
    )
    return await context.answer_press(query, gone)


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
        await save(context, replace(dialogue, form=replace(form, silent_files=form.silent_files + 1).as_json()))
        return
    form = replace(form, album=message.media_group_id, silent_files=0)
    if not file_of(message) and await _pressed_by_word(context, dialogue, form, text):
        return
    if dialogue.screen in ("form_words", "edit_words") and (quoted := quotes.of(message)) and quoted.words:
        text = texts.FORM_QUOTED.format(quote=words_masked(quoted), words=text).strip()
    masked = masking.mask(text, code_expected=masking.speaks_of_code(form.words))
    kind = dialogue.screen
    has_file = file_of(message) is not None
    answered, again = ticket_form.answered(form, kind, masked.text, has_file)
    if again:
        screen = ticket_form.asked_again(answered, kind, again, has_file, context.school)
    else:
        kind = ticket_form.next_question(answered)
        screen = ticket_form.view(kind, answered, dialogue.name, context.school)
    if message.media_group_id:
        screen = Screen(screen.text + marked(texts.FORM_ALBUM), screen.rows)
    begun = replace(dialogue, screen=kind, form=answered.as_json())
    begun, screen = warned(begun, screen, bool(masked.found), answered.route(context.pack))
    await context.save_and_say(begun, screen)


async def _pressed_by_word(context: UpdateContext, dialogue: Dialogue, form: Form, text: str) -> bool:
    """Presses the button of the form that a word names. Gives False where the word is part of what the family tells."""
    kind, school = dialogue.screen, context.school
    screen = ticket_form.view(kind, form, dialogue.name, school)
    button = understanding.button_named(screen.buttons, text)
    action, _, argument = (button.data or "" if button else "").partition(":")
    if action in ("send", "add"):
        # Consent is given by a press alone, never by a typed word.
        await question_again(context, dialogue, texts.FORM_PRESS_SEND)
        return True
    if button is None:
        slip = understanding.names_form_button(text)
        if slip or (kind in ("join", "form_preview", "form_edit") and understanding.says_yes_or_no(text)):
            await context.save_and_say(dialogue, screen)
            return True
        return False
    if button.to and button.to.kind == "cancelled":
        await context.save_and_say(
            current_screen.left_form(dialogue, context.pack),
            ticket_form.cancelled(form, context.pack),
        )
        return True
    if action == "skip":
        form = SKIPS[argument](form)
    elif action in ("join", "second"):
        joined = await _joined(context, form, argument) if action == "join" else None
        form = joined or replace(form, joins=None)
    to = button.to
    kind = ticket_form.next_question(form) if to is None else ticket_form.standing(to.kind, form)
    begun = replace(dialogue, screen=kind, form=form.as_json())
    await context.save_and_say(begun, ticket_form.view(kind, form, dialogue.name, school))
    return True


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
    screen = ticket_form.view(dialogue.screen, form, dialogue.name, context.school)
    text = told.for_reader(form.route(context.pack), question=screen.text)
    await context.save_and_say(dialogue, Screen(text, screen.rows))
