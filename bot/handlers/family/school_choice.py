"""Handles the choice of a school, typed or pressed; a family without one is asked first and answered afterwards."""

import asyncio
from dataclasses import replace
from typing import Any

from aiogram import F, Router
from aiogram.filters import Filter
from aiogram.methods import TelegramMethod
from aiogram.types import CallbackQuery, Message

from bot import texts_ru as texts
from bot.flows import masking, routes, understanding
from bot.flows.guide import school_question
from bot.flows.guide.steps import back_to_steps
from bot.flows.marked import Markup, joined, marked, plain
from bot.flows.school_search import FoundSchools
from bot.flows.screen import Button, Screen
from bot.flows.ticket import ticket_form
from bot.handlers import message_kinds
from bot.handlers.family import current_screen, guide_buttons, school_asking
from bot.handlers.family.own_tickets import tickets_of
from bot.handlers.family.pending_input import CameWith, keeping, kept_in, taken_out
from bot.handlers.family.recognised import warned
from bot.handlers.family.school_links import at_school
from bot.handlers.family.texts_and_pictures import answer_text, picture_in
from bot.handlers.filters import PRIVATE, Action, FamilyCommand, RepliesToTicket, Where, in_private_chat
from bot.handlers.update_context import UpdateContext
from bot.tickets import owing
from storage import dialogues
from storage.dialogues import Dialogue

router = Router(name="family_school")
router.message.filter(PRIVATE)

# These need no school: they are about the family's own data, or about tickets that were sent.
_COMMANDS_ANYWAY = frozenset({"/start", "/help", "/privacy", "/forget", "/ticket"})
_BUTTONS_ANYWAY = frozenset({"mine", "help", "forget", "talk", "helped", "nothelped", "withdraw", "reopen", "school"})
_TELL_OF_THEMSELVES = frozenset(
    {understanding.Act.CANNOT_LOGIN, understanding.Act.NOT_SOLVED, understanding.Act.ROLE, understanding.Act.COMPLAINT}
)
_LONGEST_NAME = 7  # words of a school's name as it is typed


class SeveralSchools(Filter):
    """Lets an update through where several schools share the bot."""

    async def __call__(self, _: Message | CallbackQuery, context: UpdateContext, **__: Any) -> bool:
        """Tells whether there is a school to choose."""
        return context.services.schools.are_several


class BeforeChoice(Filter):
    """Lets a message through that cannot be handled before the family's school is known, or that names it."""

    async def __call__(self, message: Message, context: UpdateContext, dialogue: Dialogue, **__: Any) -> bool:
        """Tells whether a message waits for the choice, or answers the question."""
        word = (message.text or "").partition(" ")[0].partition("@")[0].lower()
        if word in _COMMANDS_ANYWAY or dialogue.ticket_id is not None:
            return False
        if not context.is_without_school:
            answers = school_question.is_asked(dialogue.screen) and bool(message.text)
            return answers and not word.startswith("/")
        return not await RepliesToTicket()(message, context)


class PressedBeforeChoice(Filter):
    """Lets a button of a private chat through that cannot be handled before the family's school is known."""

    async def __call__(self, query: CallbackQuery, context: UpdateContext, **__: Any) -> bool:
        """Tells whether a press waits for the choice."""
        name = (query.data or "").partition(":")[0]
        return in_private_chat(query) and context.is_without_school and name not in _BUTTONS_ANYWAY


def _asks_to_change(message: Message) -> bool:
    return school_asking.asks_to_change(message.text or "")


@router.message(SeveralSchools(), FamilyCommand("school"))
@router.message(SeveralSchools(), Where(F.func(_asks_to_change)))
async def change(message: Message, context: UpdateContext, dialogue: Dialogue) -> None:
    """Asks which school it is to be from now on (`/school`, or «Сменить школу» typed); nothing changes before that."""
    await school_asking.ask(context, dialogue)


@router.message(SeveralSchools(), BeforeChoice(), Where(F.text & ~F.text.startswith("/")))
async def tell(message: Message, context: UpdateContext, dialogue: Dialogue) -> None:
    """Looks for the school that a text names; any other text of a family without one waits for the choice."""
    text, asked = message.text or "", school_question.is_asked(dialogue.screen)
    names = context.services.schools.names
    shown = current_screen.which_school(context.services, dialogue).buttons if asked else []
    button = understanding.button_named(shown, text)
    if button is not None:
        await _press_typed(context, dialogue, button)
        return
    result = names.found_by(text)
    if result.is_exact and (asked or result.says_school):
        await _choose(context, dialogue, result.ids[0])
    elif asked and not result.ids and _is_small_talk(text, context):
        await school_asking.ask(context, replace(dialogue, screen=school_question.MARK))
    elif asked and (result.ids or not _is_no_name(text, context)):
        await _narrow(context, dialogue, result)
    else:
        await _keep_text(context, dialogue, text)


async def _narrow(context: UpdateContext, dialogue: Dialogue, result: FoundSchools) -> None:
    """Shows what was found, or says that there is none; one school alone is asked to be confirmed."""
    services = context.services
    reader, stay = current_screen.reader_of(services, dialogue), current_screen.stay_row(services, dialogue)
    screen = school_question.found(services.schools.names, result, reader, stay)
    candidate = result.ids[0] if result.count == 1 else None
    await context.save_and_say(replace(dialogue, screen=school_question.mark_of(candidate)), screen)


async def _press_typed(context: UpdateContext, dialogue: Dialogue, button: Button) -> None:
    """Does what a press on the typed button would do."""
    school_id = school_question.candidate_in(button.data or "")
    if school_id is not None:
        await _choose(context, dialogue, school_id)
    elif button.to is not None:
        if await _is_refused(context, dialogue, context.desk_id):
            return
        form = ticket_form.from_json(dialogue.form)
        moved = replace(dialogue, screen=button.to.code)
        if form.form_id:
            await context.save_and_say(moved, ticket_form.view(button.to.kind, form, dialogue.name, context.school))
        else:
            await guide_buttons.show(context, moved, button.to)
    else:
        await school_asking.ask(context, replace(dialogue, screen=school_question.MARK))


def _is_no_name(text: str, context: UpdateContext) -> bool:
    """Tells whether a text says something else than a school's name, and so waits for the choice: an error, a story."""
    told = understanding.recognise(text, context.pack)
    is_trouble = told.verdict is understanding.Verdict.SURE or told.act in _TELL_OF_THEMSELVES
    return is_trouble or len(text.split()) > _LONGEST_NAME


def _is_small_talk(text: str, context: UpdateContext) -> bool:
    """Tells whether a text is a greeting, thanks or a mere «нет»: it names no school, and nothing in it waits."""
    act = understanding.recognise(text, context.pack).act
    return act in (understanding.Act.GREETING, understanding.Act.THANKS) or understanding.says_yes_or_no(text)


async def _keep_text(context: UpdateContext, dialogue: Dialogue, text: str) -> None:
    masked = masking.mask(text)
    before = kept_in(dialogue)
    words = "\n".join(part for part in (before.text, masked.text) if part)[: ticket_form.WORDS_LIMIT]
    kept = keeping(dialogue, replace(before, text=words))
    told, screen = warned(
        kept,
        Screen(marked(texts.SCHOOL_TEXT_KEPT)),
        bool(masked.found),
        current_screen.reader_of(context.services, kept),
    )
    await school_asking.ask(context, told, screen.text)


@router.message(SeveralSchools(), BeforeChoice(), Where(F.photo | (F.document & ~F.animation)))
async def show_picture(message: Message, context: UpdateContext, dialogue: Dialogue) -> None:
    """Keeps a picture, which is read after the choice; a further one of the same album is kept without a word."""
    before = kept_in(dialogue)
    pictures = (*before.pictures, picture_in(message))[: ticket_form.FILES_LIMIT]
    kept = keeping(dialogue, replace(before, pictures=pictures, album=message.media_group_id))
    if message.media_group_id and message.media_group_id == before.album:
        await context.once(lambda c: dialogues.save(c, replace(kept, updated_at=context.now)))
        return
    found = bool(message.caption and masking.mask(message.caption).found)
    reader = current_screen.reader_of(context.services, kept)
    told, screen = warned(kept, Screen(marked(texts.SCHOOL_PICTURE_KEPT)), found, reader)
    await school_asking.ask(context, told, screen.text)


@router.message(SeveralSchools(), BeforeChoice())
async def send_something_else(message: Message, context: UpdateContext, dialogue: Dialogue) -> None:
    """Asks for the school after a command, a sticker, a voice message and the like."""
    found = message_kinds.found_in(message)
    if found is not None and found.is_sure:
        await school_asking.ask(context, dialogue)


@router.callback_query(SeveralSchools(), PressedBeforeChoice())
async def press_before_choice(query: CallbackQuery, context: UpdateContext) -> TelegramMethod[Any] | None:
    """Puts the question in place of an old button's message; the button leads on after the choice."""
    dialogue = await context.dialogue()
    kept = keeping(dialogue, replace(kept_in(dialogue), button=query.data or ""))
    return await _asks_in_place(query, context, kept)


async def _asks_in_place(
    query: CallbackQuery, context: UpdateContext, dialogue: Dialogue, notice: str = ""
) -> TelegramMethod[Any] | None:
    asked = replace(dialogue, screen=school_question.MARK, updated_at=context.now)
    words = school_asking.words_before(context.services, dialogue)
    screen = school_question.above(words, current_screen.which_school(context.services, asked))
    await context.once(lambda c: dialogues.save(c, asked))
    return await context.answer_press(query, screen, notice)


@router.callback_query(SeveralSchools(), Action("school"))
async def press_school(query: CallbackQuery, context: UpdateContext, argument: str) -> TelegramMethod[Any] | None:
    """Takes the school of a button; one that names none («Сменить школу», «Другая школа») asks for it."""
    dialogue = await context.dialogue()
    if not argument:
        return await _asks_in_place(query, context, dialogue)
    school_id = school_question.candidate_in(query.data or "")
    asked = school_question.is_asked(dialogue.screen)
    if school_id not in context.services.schools.names.names:
        gone = plain(texts.SCHOOL_GONE.for_reader(current_screen.reader_of(context.services, dialogue)))
        if asked or context.is_without_school:
            return await _asks_in_place(query, context, dialogue, gone)
        return await context.answer_press(query, None, gone)
    if school_id == context.school_id and not asked and not kept_in(dialogue).text:
        return await context.answer_press(query, None, texts.SCHOOL_SAME)
    words = joined("\n\n", await _words_of(context, dialogue, school_id or 0))
    kept, moved = kept_in(dialogue), _moved(context, dialogue, school_id or 0)
    if kept.text or kept.payload:
        await _go_on(context, moved, kept)
        return await context.answer_press(query, Screen(words))
    await _read_pictures(context, kept)
    route = _leads_to(moved, kept, context)
    at_screen = replace(current_screen.at_route(moved, route, context.pack), updated_at=context.now)
    screen = current_screen.drawn(context.services, at_screen, route, await tickets_of(context))
    await context.once(lambda c: dialogues.save(c, at_screen))
    return await context.answer_press(query, school_question.above([words], screen))


async def _choose(context: UpdateContext, dialogue: Dialogue, school_id: int) -> None:
    """Takes a school that was typed, and answers what the family came with, in one message."""
    if await _is_refused(context, dialogue, school_id):
        return
    context.words_above = joined("\n\n", await _words_of(context, dialogue, school_id))
    await _go_on(context, _moved(context, dialogue, school_id), kept_in(dialogue))


async def _is_refused(context: UpdateContext, dialogue: Dialogue, school_id: int) -> bool:
    """Tells whether the school that was typed has banned the family; it is told so, and asked for another one."""
    if not context.services.facts.is_banned(school_id, context.family_id):
        return False
    await school_asking.ask(context, dialogue, marked(texts.BANNED_FAMILY))
    return True


async def _words_of(context: UpdateContext, dialogue: Dialogue, school_id: int) -> list[Markup]:
    """Gives what is said of a choice: which school it is, and what becomes of what was begun at another."""
    name = context.services.schools.names.names[school_id]
    is_other = dialogue.school_id not in (None, school_id)
    words = [school_question.chosen(name, is_change=is_other)]
    if is_other and dialogue.form.get("form_id"):
        words.append(marked(texts.SCHOOL_FORM_DROPPED))
    if is_other and any(ticket.is_open and ticket.desk_id != school_id for ticket in await tickets_of(context)):
        words.append(marked(texts.SCHOOL_OLD_TICKETS))
    return words


def _moved(context: UpdateContext, dialogue: Dialogue, school_id: int) -> Dialogue:
    """Gives the dialogue at its school; what was filled in for another one is dropped."""
    is_other = dialogue.school_id not in (None, school_id)
    free = replace(dialogue, form={}) if is_other else taken_out(dialogue)
    return at_school(context, free, school_id)


async def _go_on(context: UpdateContext, moved: Dialogue, kept: CameWith) -> None:
    """Answers what the family came with: its text, else its link, else the button that it pressed."""
    await _read_pictures(context, kept)
    if kept.text:
        await answer_text(context, replace(moved, screen=_leads_to(moved, kept, context).code), kept.text)
    elif kept.payload:
        await guide_buttons.begin(context, moved, kept.payload, Markup())
    else:
        await guide_buttons.show(context, moved, _leads_to(moved, kept, context))


def _leads_to(moved: Dialogue, kept: CameWith, context: UpdateContext) -> routes.Route:
    """Gives the screen of the button that was pressed before, as the chosen school has it; else that of the steps."""
    route = routes.parse(kept.button, context.pack) if kept.button else None
    steps = back_to_steps(current_screen.route_of(moved, context.pack))
    return route if route and route.kind in routes.GUIDE else steps


async def _read_pictures(context: UpdateContext, kept: CameWith) -> None:
    """Has the kept pictures read. It is noted before the choice is: a crash between the two loses none of them."""
    if not kept.pictures:
        return
    at = context.now
    await context.services.database.write(
        lambda c: school_asking.store_reading(c, context.family_id, context.update_id, kept.pictures, at),
        repeatable=True,
    )
    asyncio.get_running_loop().call_later(owing.MEDIA_GROUP_WAIT_S, context.services.jobs_waiting.set)
