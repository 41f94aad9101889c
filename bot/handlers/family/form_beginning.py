"""Computes the dialogue that stands before the first question of a ticket's form; whoever begins the form saves it."""

import secrets
from dataclasses import replace

from bot.flows.routes import Route
from bot.flows.ticket import ticket_form
from bot.handlers.family import current_screen
from bot.handlers.family.own_tickets import tickets_of
from bot.handlers.update_context import UpdateContext
from storage.dialogues import Dialogue


async def begun(context: UpdateContext, dialogue: Dialogue, route: Route) -> Dialogue:
    """Gives the dialogue as it stands before the form's first question; nothing is stored.

    A family with an open ticket at this school is asked first whether it is about that one («join»).
    """
    before = _came_from(dialogue)
    form = ticket_form.begin(ticket_form.from_json(dialogue.form), route, context.pack, secrets.token_hex(8), before)
    moved = dialogue
    if route.path:
        moved = replace(current_screen.at_route(dialogue, route, context.pack), error=route.about)
    # What is told to one school is never added to the ticket of another, from which the family came.
    open_ticket = next((t for t in await tickets_of(context) if t.is_open and t.desk_id == context.desk_id), None)
    if open_ticket:
        form = replace(form, open_ticket=open_ticket.id, open_number=open_ticket.number)
    kind = "join" if open_ticket else ticket_form.next_question(form)
    return replace(moved, screen=kind, form=form.as_json())


def _came_from(dialogue: Dialogue) -> str:
    """Gives the kind of the screen that the family comes from: after an offer to write, that of its unknown words."""
    kind = dialogue.screen.partition(":")[0]
    if kind != "write_offered":
        return kind
    return {0: kind, 1: "unknown"}.get(dialogue.misses, "unknown_again")
