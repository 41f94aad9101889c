"""Handles /start, /help, /ticket and /cancel of a family, and the buttons that lead from screen to screen."""

import asyncio
from dataclasses import replace
from functools import lru_cache
from typing import Any

from aiogram import Router
from aiogram.filters import CommandObject
from aiogram.methods import TelegramMethod
from aiogram.types import CallbackQuery, Message
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.flows import matters
from bot.flows.guide import school_question, views
from bot.flows.guide.questions import deep_link, school_of_link
from bot.flows.guide.steps import back_to_steps
from bot.flows.marked import Markup, fill, joined, marked
from bot.flows.routes import Route
from bot.flows.screen import Button, School, Screen
from bot.flows.ticket import ticket_form
from bot.handlers.family import current_screen, handover, school_asking, school_links
from bot.handlers.family.own_tickets import tickets_of
from bot.handlers.filters import PRIVATE, FamilyCommand, Guide, Stored
from bot.handlers.update_context import Also, UpdateContext
from bot.tickets import noticing_bad_days
from storage import dialogues, reminders, repair_waits, tickets
from storage.dialogues import Dialogue

router = Router(name="family_guide")
router.message.filter(PRIVATE)


@router.message(FamilyCommand("start"))
async def start(message: Message, command: CommandObject, context: UpdateContext, dialogue: Dialogue) -> None:
    """Answers `/start`, with or without a deep link: by the first question, or the screen that the link names."""
    payload = (command.args or "").strip()
    dialogue, word = await school_links.chosen(context, dialogue, payload)
    if context.is_without_school:
        await school_asking.ask_for_link(context, dialogue, payload, word)
        return
    await begin(context, dialogue, school_of_link(payload)[1], word)


async def begin(
    context: UpdateContext, dialogue: Dialogue, payload: str, word: Markup, also: Also | None = None
) -> None:
    """Shows the first question, or the screen that a link's payload names, with `word` above it."""
    link = deep_link(payload, context.pack)
    route, words = link.route or Route("role"), [word] if word else []
    if link.token is not None:
        route, of_link = await handover.opened(context, link.token)
        words.append(of_link)
    form = ticket_form.from_json(dialogue.form)
    if (form.class_name or form.words_asked) and not words:
        words.append(marked(texts.FORM_DROPPED))
    await show(context, replace(dialogue, form={}, misses=0), route, joined("\n\n", words), also)


async def show(
    context: UpdateContext, dialogue: Dialogue, route: Route, word: Markup | None = None, also: Also | None = None
) -> None:
    """Shows a screen as a new message; `word` stands above it, `also` is done in the same transaction."""
    moved = current_screen.at_route(dialogue, route, context.pack)
    if route.kind == "done":
        moved = replace(moved, form={})
    screen = current_screen.drawn(context.services, moved, route, await tickets_of(context))
    screen = await handover.with_share_button(context.services, moved, route, screen)
    if word:
        screen = Screen(joined("\n\n", [word, screen.text]), screen.rows)
    await handover.note_arrival(context, route)
    await _note_met(context, route)
    await context.count_arrival(route)
    await context.save_and_say(moved, screen, also)


@router.message(FamilyCommand("help"))
async def show_help(message: Message, context: UpdateContext, dialogue: Dialogue) -> None:
    """Answers `/help`; the family stays where it is."""
    screen = current_screen.information("help", dialogue, context.school, await tickets_of(context))
    await context.save_and_say(dialogue, screen)


@router.message(FamilyCommand("ticket"))
async def show_ticket(message: Message, context: UpdateContext, dialogue: Dialogue) -> None:
    """Answers `/ticket` with «Моё обращение»."""
    await context.save_and_say(
        dialogue,
        await context.services.database.read(lambda c: current_screen.mine(context.services, c, dialogue)),
    )


@router.message(FamilyCommand("cancel"))
async def cancel(message: Message, context: UpdateContext, dialogue: Dialogue) -> None:
    """Drops the form, the reminders and the wait for a repair (`/cancel`), and goes back to the steps.

    A sent ticket stays sent, and a family in its conversation stays there. Where nothing was begun, the answer says so.
    """
    was_begun = await _began_something(context, dialogue)

    async def drop_promises(connection: AsyncConnection) -> None:
        await reminders.cancel_all(connection, context.family_id)
        await repair_waits.cancel(connection, context.family_id)

    moved = replace(dialogue, form={}, misses=0)
    if dialogue.ticket_id is None:
        route = back_to_steps(current_screen.route_of(dialogue, context.pack))
        word = marked(texts.CANCELLED) if was_begun else marked(texts.NOTHING_BEGUN)
        await show(context, moved, route, word, drop_promises)
        return
    ticket = await context.services.database.read(lambda c: tickets.get(c, dialogue.ticket_id or 0))
    number = ticket.number if ticket else dialogue.ticket_id
    text = marked(texts.CANCELLED) if was_begun else fill(texts.NOTHING_TO_CANCEL, number=number)
    await context.save_and_say(moved, Screen(text, ((Button(texts.B_MINE, Route("mine")),),)), drop_promises)


async def _began_something(context: UpdateContext, dialogue: Dialogue) -> bool:
    """Tells whether a family fills in a form, changes its school, or waits for something that it asked for."""
    if dialogue.form.get("form_id") or school_question.is_asked(dialogue.screen):
        return True

    async def waits(connection: AsyncConnection) -> bool:
        reminded = await reminders.of_family(connection, context.family_id)
        return bool(reminded) or await repair_waits.is_waiting(connection, context.family_id)

    return await context.services.database.read(waits)


@router.callback_query(Guide())
async def press_guide(query: CallbackQuery, context: UpdateContext, route: Route) -> TelegramMethod[Any] | None:
    """Shows the screen of a button. It carries all that it needs: nothing of the family is read, but for its school."""
    here = Dialogue(
        context.family_id, name=context.name, updated_at=context.now, thread_id=context.chat.thread_id,
        school_id=context.school_id,
    )  # fmt: skip
    at_screen = current_screen.at_route(here, route, context.pack)
    if route.kind == "role":
        screen = current_screen.drawn(context.services, at_screen, route, await tickets_of(context))
    else:
        screen = _drawn_once(route, context.school)
    await handover.note_arrival(context, route)
    # Both wait for the same commit: together they cost what one costs.
    screen, *_ = await asyncio.gather(
        handover.with_share_button(context.services, here, route, screen, context.update_id),
        dialogues.save_screen_once(
            context.services.database, at_screen, context.update_id, context.now, settled=route.kind == "done"
        ),
        context.count_arrival(route),
        _note_met(context, route),
    )
    return await context.answer_press(query, screen)


async def _note_met(context: UpdateContext, route: Route) -> None:
    """Notes which error a family met that chose it from a list; one that got in waits for no repair any more."""
    if route.kind == "done":
        await context.services.database.write(lambda c: repair_waits.cancel(c, context.family_id), repeatable=True)
    elif not context.repeated:
        await noticing_bad_days.note(context.services, context.desk_id, context.family_id, matters.of_route(route))


@router.callback_query(Stored())
async def press_stored(query: CallbackQuery, context: UpdateContext, route: Route) -> TelegramMethod[Any] | None:
    """Shows the screen of a button whose contents are stored."""
    dialogue = await context.dialogue()
    # A form's button pressed once more after the ticket was sent takes nobody out of the ticket's conversation.
    sent = dialogue.ticket_id is not None and not dialogue.form.get("form_id")
    gone = sent and route.kind in current_screen.FORM_KINDS | {"cancelled"}
    form = ticket_form.from_json(dialogue.form)
    if form.form_id and route.kind in current_screen.FORM_KINDS:
        # What is typed next answers the question that is shown, whatever the button was made for.
        route = Route(ticket_form.standing(route.kind, form))
    moved = (
        dialogue if route.kind in ("mine", "help") or gone else current_screen.at_route(dialogue, route, context.pack)
    )
    if gone:
        route = Route("form_preview")
    elif route.kind == "cancelled":
        moved = current_screen.left_form(moved, context.pack)
    if route.kind == "mine":
        screen = await context.services.database.read(lambda c: current_screen.mine(context.services, c, dialogue))
    else:
        screen = current_screen.drawn(context.services, dialogue, route, await tickets_of(context))

    await context.once(lambda c: dialogues.save(c, replace(moved, updated_at=context.now)))
    return await context.answer_press(query, screen)


@lru_cache(maxsize=2048)
def _drawn_once(route: Route, school: School) -> Screen:
    return views.view(route, school)
