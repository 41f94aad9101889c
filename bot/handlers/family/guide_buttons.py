"""A family walks the guide: commands and the buttons that lead from screen to screen."""

import asyncio
from dataclasses import replace
from functools import lru_cache
from typing import Any

from aiogram import Router
from aiogram.filters import CommandObject
from aiogram.methods import TelegramMethod
from aiogram.types import CallbackQuery, Message

from bot import texts_ru as texts
from bot.flows import route
from bot.flows.guide import dialogue as guide
from bot.flows.guide.dialogue import Button, School, Screen
from bot.flows.marked import Markup, joined, marked
from bot.flows.route import Spot
from bot.flows.ticket import ticket_form
from bot.handlers.family import current_screen, handover
from bot.handlers.filters import PRIVATE, FamilyCommand, Guide, Stored
from bot.handlers.update_context import Also, Turn
from storage import dialogues, reminders, tickets
from storage.dialogues import Dialogue
from storage.tickets import Ticket

router = Router(name="family_guide")
router.message.filter(PRIVATE)


@router.message(FamilyCommand("start"))
async def start(message: Message, command: CommandObject, turn: Turn, dialogue: Dialogue) -> None:
    """`/start`, with or without a deep link: the first question, or the screen that the link names."""
    link = guide.deep_link((command.args or "").strip())
    spot, word = link.spot or Spot("role"), Markup()
    if link.token is not None:
        spot, word = await handover.opened(turn, link.token)
    form = ticket_form.from_json(dialogue.form)
    if (form.class_name or form.words_asked) and not word:
        word = marked(texts.FORM_DROPPED)
    await show(turn, replace(dialogue, form={}, misses=0), spot, word)


async def show(
    turn: Turn, dialogue: Dialogue, spot: Spot, word: Markup | None = None, also: Also | None = None
) -> None:
    """Puts the family before a screen, as a new message; `word` stands above it, `also` is done with it."""
    placed = current_screen.place_at(dialogue, spot)
    if spot.kind == "done":
        placed = replace(placed, form={})
    screen = current_screen.drawn(turn.services, placed, spot, await tickets_of(turn))
    screen = await handover.with_share_button(turn.services, turn.family_id, spot, screen)
    if word:
        screen = Screen(joined("\n\n", [word, screen.text]), screen.rows)
    await handover.note_arrival(turn, spot)
    await turn.count_arrival(spot)
    await turn.save_and_say(placed, screen, also)


@router.message(FamilyCommand("help"))
async def show_help(message: Message, turn: Turn, dialogue: Dialogue) -> None:
    """`/help`: what can be done here; the place in the dialogue stays."""
    screen = current_screen.information("help", dialogue, turn.services.school, await tickets_of(turn))
    await turn.save_and_say(dialogue, screen)


@router.message(FamilyCommand("ticket"))
async def show_ticket(message: Message, turn: Turn, dialogue: Dialogue) -> None:
    """`/ticket`: «Моё обращение»."""
    await turn.save_and_say(dialogue, await turn.services.database.read(lambda c: current_screen.mine(c, dialogue)))


@router.message(FamilyCommand("cancel"))
async def cancel(message: Message, turn: Turn, dialogue: Dialogue) -> None:
    """`/cancel`: drops the form and the reminders in hand and goes back to the steps. A sent ticket stays sent."""
    if dialogue.ticket_id is not None:
        spot = current_screen.addressed(dialogue, await tickets_of(turn))
        text = guide.you(spot, "NOTHING_TO_CANCEL").format(number=dialogue.ticket_id)
        await turn.save_and_say(dialogue, Screen(text, ((Button(texts.B_MINE, Spot("mine")),),)))
        return
    spot = guide.back_to_steps(current_screen.spot_of(dialogue))
    placed = replace(dialogue, form={}, misses=0)
    await show(turn, placed, spot, marked(texts.CANCELLED), lambda c: reminders.cancel_all(c, turn.family_id))


@router.callback_query(Guide())
async def press(query: CallbackQuery, turn: Turn, spot: Spot) -> TelegramMethod[Any] | None:
    """A button of the guide carries all that its screen needs: nothing is read of the family, one row is written."""
    here = Dialogue(turn.family_id, name=turn.name, updated_at=turn.now, thread_id=turn.thread_id)
    place = current_screen.place_at(here, spot)
    if spot.kind == "role":
        screen = current_screen.drawn(turn.services, place, spot, await tickets_of(turn))
    else:
        screen = _drawn_once(spot, turn.services.school)
    await handover.note_arrival(turn, spot)
    # Both wait for the same commit: together they cost what one costs.
    screen, *_ = await asyncio.gather(
        handover.with_share_button(turn.services, turn.family_id, spot, screen, turn.update_id),
        dialogues.save_place_once(turn.services.database, place, turn.update_id, turn.now, settled=spot.kind == "done"),
        turn.count_arrival(spot),
    )
    return await turn.press(query, screen)


@router.callback_query(Stored())
async def press_stored(query: CallbackQuery, turn: Turn, spot: Spot) -> TelegramMethod[Any] | None:
    """A button to a screen that shows what is stored of the family."""
    dialogue = await turn.dialogue()
    if spot.kind in ("unknown", "unknown_again", "topic"):
        spot = route.parse(spot.code) or spot
    # A form's button pressed once more after the ticket was sent takes nobody out of the ticket's conversation.
    sent = dialogue.ticket_id is not None and not dialogue.form.get("form_id")
    gone = sent and spot.kind in current_screen.FORM_KINDS | {"cancelled"}
    form = ticket_form.from_json(dialogue.form)
    if form.form_id and spot.kind in current_screen.FORM_KINDS:
        # What is typed next answers the question that is shown, whatever the button was made for.
        spot = Spot(ticket_form.standing(spot.kind, form))
    placed = dialogue if spot.kind in ("mine", "help") or gone else current_screen.place_at(dialogue, spot)
    if gone:
        spot = Spot("form_preview")
    elif spot.kind == "cancelled":
        placed = current_screen.left_form(placed)
    if spot.kind == "mine":
        screen = await turn.services.database.read(lambda c: current_screen.mine(c, dialogue))
    else:
        screen = current_screen.drawn(turn.services, dialogue, spot, await tickets_of(turn))

    await turn.once(lambda c: dialogues.save(c, replace(placed, updated_at=turn.now)))
    return await turn.press(query, screen)


@lru_cache(maxsize=2048)
def _drawn_once(spot: Spot, school: School) -> Screen:
    return guide.view(spot, school)


async def tickets_of(turn: Turn) -> list[Ticket]:
    """The family's tickets, open ones first."""
    return await turn.services.database.read_by_key(tickets.of_families, turn.family_id) or []
