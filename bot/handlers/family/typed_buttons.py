"""Finds the buttons that a family sees and may type, and does what a press does on one that acts."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from bot import texts_ru as texts
from bot.flows.content import Reader
from bot.flows.guide import remedies
from bot.flows.guide.questions import start_of
from bot.flows.guide.steps import back_to_steps
from bot.flows.marked import escape
from bot.flows.routes import Route
from bot.flows.screen import Button, Rows, Screen
from bot.handlers.family import (
    current_screen,
    handover,
    reminder_buttons,
    repair_buttons,
    school_answer_buttons,
    ticket_talk,
)
from bot.handlers.family.own_tickets import own_ticket
from bot.handlers.update_context import UpdateContext
from storage import dialogues
from storage.dialogues import Dialogue
from storage.tickets import Ticket

Deed = Callable[[UpdateContext, str], Awaitable[tuple[Screen | None, str]]]
_EMOJI = re.compile(r"^[^\w№]+")
_LONGEST = 80  # characters of a label: that of a ticket names its school


async def _in_ticket(context: UpdateContext, argument: str, deed: Deed) -> tuple[Screen | None, str]:
    """Acts on a ticket; not where its school has banned the family: the ban was looked for at the family's own one."""
    ticket = await own_ticket(context, argument)
    if ticket is not None and context.services.facts.is_banned(ticket.desk_id, context.family_id):
        return None, texts.BANNED_FAMILY
    return await deed(context, argument)


# What is done on a button of that action; each gives the screen that answers it, or None, and words.
_ACTS: dict[str, Deed] = {
    "remind": reminder_buttons.reminded,
    "await_repair": repair_buttons.awaited,
    "anshelped": school_answer_buttons.noted_helped,
    "ansnothelped": school_answer_buttons.way_to_school,
    "talk": partial(_in_ticket, deed=ticket_talk.talked_on),
    "withdraw": partial(_in_ticket, deed=lambda context, argument: ticket_talk.settled(context, "withdraw", argument)),
    "reopen": partial(_in_ticket, deed=lambda context, argument: ticket_talk.settled(context, "reopen", argument)),
}


def _without_emoji(label: str) -> str:
    return _EMOJI.sub("", label.strip()).casefold()


# With these begin the labels of a ticket's buttons; only a text that does is worth reading the tickets for.
_OF_TICKETS = tuple(_without_emoji(label) for label in (texts.B_WRITE_ON, texts.B_WITHDRAW, texts.B_REOPEN))


async def press(context: UpdateContext, dialogue: Dialogue, here: Route, rows: Rows, button: Button) -> bool:
    """Does what the button does, and says what answers it; `rows` stand below mere words. False where it does nothing.

    What the message changed in the dialogue is stored before, since the deed commits by itself.
    """
    action, _, argument = (button.data or "").partition(":")
    if action not in _ACTS:
        return False
    heard = replace(dialogue, updated_at=context.now)
    await context.services.database.write(lambda c: dialogues.save(c, heard), repeatable=True)
    screen, notice = await _ACTS[action](context, argument)
    if screen is None:
        screen = Screen(escape(notice), rows)
        screen = await handover.with_share_button(context.services, dialogue, here, screen)
    await context.chat.say(screen)
    return True


async def elsewhere(
    context: UpdateContext, dialogue: Dialogue, here: Route, text: str, family_tickets: list[Ticket]
) -> tuple[Button, ...]:
    """Gives the buttons that may stand above the family beside those of its stored screen.

    They are of messages that change no place in the dialogue: «Моё обращение», `/help`, a reminder, an answer with one
    button more.
    """
    if len(text) > _LONGEST:
        return ()
    always = (
        Button(texts.B_TO_STEPS, back_to_steps(current_screen.route_of(dialogue, context.pack))),
        Button(texts.B_BACK_THERE, here),
        Button(texts.B_ERRORS, remedies.list_of_errors(here)),
        Button(texts.B_AGAIN, Route("role")),
        Button(texts.B_MINE, Route("mine")),
        Button(texts.B_FORGET, Route("forget")),
    )
    of_tickets: tuple[Button, ...] = ()
    if family_tickets and _without_emoji(text).startswith(_OF_TICKETS):
        shown = await context.services.database.read(partial(current_screen.mine, context.services, dialogue=dialogue))
        of_tickets = tuple(button for button in shown.buttons if button.data and _is_exact(button.label, text))
    return (*always, *of_tickets, *_of_pupil(here), *_beside_remedy(context, here))


def _is_exact(label: str, text: str) -> bool:
    """Tells whether a text is this label and nothing else: what changes a ticket is not guessed from other words."""
    return _without_emoji(text).rstrip(".!") == _without_emoji(label)


def _of_pupil(here: Route) -> tuple[Button, ...]:
    """Gives the button of the message that the parent's part is done, and the link to hand on, which is shown again."""
    if here.path is None or not here.path.is_child or here.reader is not Reader.PUPIL:
        return ()
    shared = here if handover.is_for_parents(here) else back_to_steps(here)
    return (Button(texts.B_MY_STEP, here.to("step", step=len(here.path.steps))), Button(texts.B_SHARE, shared))


def _beside_remedy(context: UpdateContext, here: Route) -> tuple[Button, ...]:
    """Gives the buttons that words add to a remedy: another error, another reader, another age."""
    path, pack = here.path, context.pack
    if here.kind != "remedy" or path is None:
        return ()
    others = list(dict.fromkeys(error.id for error, _ in pack.errors_on(path) if error.id != here.about))
    second = here.to("remedy", others[0]) if len(others) == 1 else here.to("errors")
    found = [Button(texts.B_SECOND_ERROR, second)]
    if here.reader is Reader.PUPIL:
        if Reader.PARENT in path.readers:
            found.append(Button(texts.B_PARENT, replace(here, reader=Reader.PARENT)))
        if path.is_child:
            found += [
                Button(one.pupil_button, start_of(one, Reader.PUPIL, pack, here.about))
                for one in pack.of_owner(Reader.PUPIL)
                if one.pupil_button and not one.is_child
            ]
    return tuple(found)
