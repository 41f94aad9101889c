"""Which screen a family stands before, drawn from what is stored: after a restart, an upgrade or a month alike."""

from dataclasses import replace
from html import escape

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.flows import desk, spots, ticket_form
from bot.flows import dialogue as guide
from bot.flows.desk import Cause
from bot.flows.dialogue import Button, School, Screen, you
from bot.flows.guides import Path, Reader
from bot.flows.spots import Spot
from bot.services import Services
from storage import tickets
from storage.dialogues import Dialogue
from storage.tickets import Ticket

FORM_KINDS = frozenset(
    {"form_class", "form_name", "form_words", "form_preview", "form_edit", "edit_class", "edit_name", "edit_words"}
)


# «Моё обращение» is one message of 4096 UTF-16 units, whatever is open.
_MOST_SHOWN, _ANSWERS_UNITS = 10, 2500


def spot_of(dialogue: Dialogue) -> Spot:
    """The reader, path and step where the family stands, as a spot of the guide."""
    path = Path(dialogue.path) if dialogue.path else None
    reader = Reader(dialogue.reader) if dialogue.reader else None
    return Spot("step" if path and reader else "role", None, path, reader, dialogue.step)


def standing(dialogue: Dialogue) -> Spot:
    """The screen of the guide that the stored dialogue stands before; that of its step where it stands elsewhere."""
    spot = spots.parse(dialogue.screen)
    if spot is None or spot.kind not in guide.DRAWN:
        return guide.back_to_steps(spot_of(dialogue))
    if spot.kind in ("unknown", "unknown_again", "topic") and not spot.path:
        return spot_of(dialogue).to(spot.kind, spot.about)
    return spot


def place_at(dialogue: Dialogue, spot: Spot) -> Dialogue:
    """The dialogue once the family stands before this screen."""
    if spot.kind in spots.GUIDE or spot.path:
        return replace(
            dialogue,
            screen=spot.code,
            path=spot.path.value if spot.path else None,
            reader=spot.reader.value if spot.reader else None,
            step=spot.step,
            error=spot.about if spot.error else None,
            misses=0,
        )
    return replace(dialogue, screen=spot.code)


def drawn(services: Services, dialogue: Dialogue, spot: Spot, family_tickets: list[Ticket]) -> Screen:
    """Any screen of a family: a pure drawing of what was read before."""
    school = services.school
    if spot.kind in FORM_KINDS:
        return _form_screen(dialogue, spot.kind, school)
    if spot.kind == "cancelled":
        return ticket_form.cancelled(ticket_form.from_json(dialogue.form))
    if spot.kind in ("help", "privacy", "forget"):
        return information(spot.kind, dialogue, school)
    screen = guide.view(spot, school)
    if spot.kind == "role" and not spot.about and any(t.is_open for t in family_tickets):
        screen = Screen(screen.text, (*screen.rows, (Button(texts.B_MINE, Spot("mine")),)))
    return screen


def _form_screen(dialogue: Dialogue, kind: str, school: School) -> Screen:
    form = ticket_form.from_json(dialogue.form)
    if not form.form_id:
        return Screen(you(spot_of(dialogue), "FORM_GONE"), ((Button(texts.B_AGAIN, Spot("role")),),))
    if kind == "form_preview":
        kind = ticket_form.next_question(form)
    return ticket_form.view(kind, form, dialogue.name, school)


def way_back(dialogue: Dialogue, label: str | None = None) -> Button:
    """Back to where the family stands: the form in hand, or the guide's steps. `label` where it is to be another."""
    if dialogue.screen in FORM_KINDS and dialogue.form.get("form_id"):
        return Button(label or texts.B_TO_PREVIEW, Spot(dialogue.screen))
    return Button(label or texts.B_TO_STEPS, guide.back_to_steps(spot_of(dialogue)))


def information(kind: str, dialogue: Dialogue, school: School) -> Screen:
    """/help and its like: what the bot can do, and the way back."""
    text = you(spot_of(dialogue), kind.upper()).format(school=school.card, days=school.retention_days)
    policy = ((Button(texts.B_PRIVACY_POLICY, url=school.privacy_url),),) if school.privacy_url else ()
    shown = policy if kind == "privacy" else ((Button(texts.B_MINE, Spot("mine")),),)
    return Screen(text, (*shown, (way_back(dialogue),)))


async def mine(connection: AsyncConnection, dialogue: Dialogue) -> Screen:
    """«Моё обращение»: the state of the open tickets, else of the last one, and what can be done with it."""
    spot, back = spot_of(dialogue), (way_back(dialogue),)
    family_tickets = await tickets.of_family(connection, dialogue.family_id)
    if not family_tickets:
        return Screen(you(spot, "MINE_NONE"), ((Button(texts.B_WRITE, spot.to("write")),), back))
    shown = [t for t in family_tickets if t.is_open][:_MOST_SHOWN] or family_tickets[:1]
    ended_by = await last_cause(connection, shown[0])
    room = _ANSWERS_UNITS // len(shown)
    text = "\n\n".join(_state(spot, ticket, ended_by, room) for ticket in shown)
    rows = [_ticket_buttons(ticket, several=len(shown) > 1) for ticket in shown]
    return Screen(text, (*rows, back))


async def last_cause(connection: AsyncConnection, ticket: Ticket) -> str:
    """What moved the ticket to where it stands."""
    changes = await tickets.history(connection, ticket.id)
    return changes[-1].cause if changes else ""


def _state(spot: Spot, ticket: Ticket, ended_by: str, room: int) -> str:
    names = texts.STATUS_FAMILY_CHILD if spot.is_child else texts.STATUS_FAMILY
    withdrawn = not ticket.is_open and ended_by == Cause.WITHDRAWN
    status = texts.STATUS_WITHDRAWN if withdrawn else names[ticket.status]
    about = [ticket.class_name or "", texts.ERROR_SHORT.get(ticket.error or "", texts.ERROR_SHORT_NONE)]
    said = desk.shortened(ticket.last_answer or "", room)
    answer = texts.MINE_ANSWER.format(answer=escape(said)) if said else ""
    return texts.MINE.format(
        number=ticket.id, status=status, about=" · ".join(part for part in about if part), answer=answer
    )


def _ticket_buttons(ticket: Ticket, several: bool) -> tuple[Button, ...]:
    suffix = f" №{ticket.id}" if several else ""
    if not ticket.is_open:
        return (Button(texts.B_REOPEN + suffix, data=f"reopen:{ticket.id}"),)
    withdraw = Button(texts.B_WITHDRAW + suffix, data=f"withdraw:{ticket.id}")
    return (Button(texts.B_WRITE_ON + suffix, data=f"talk:{ticket.id}"), withdraw)


async def current(services: Services, connection: AsyncConnection, dialogue: Dialogue) -> Screen:
    """The screen that the stored dialogue stands before."""
    if dialogue.screen.startswith("ticket:"):
        return await mine(connection, dialogue)
    stored = spots.parse(dialogue.screen)
    spot = stored if stored and stored.kind in FORM_KINDS | {"cancelled"} else standing(dialogue)
    return drawn(services, dialogue, spot, await tickets.of_family(connection, dialogue.family_id))
