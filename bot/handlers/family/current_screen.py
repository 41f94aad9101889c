"""Draws the screen before which a family stands, from stored data alone, so that a restart changes nothing."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.flows import routes
from bot.flows.content import Pack, Path, Reader
from bot.flows.guide import school_question, topic_answers, views
from bot.flows.guide.questions import deep_link
from bot.flows.guide.steps import back_to_steps
from bot.flows.marked import Markup, fill, joined, kept, marked
from bot.flows.plural import plural
from bot.flows.routes import Route
from bot.flows.screen import Button, Rows, School, Screen
from bot.flows.ticket import ticket_card, ticket_form
from bot.flows.whole_numbers import whole_number
from bot.handlers.family.pending_input import kept_in
from bot.services import Services
from bot.tickets import owing
from storage import saved_answers, tickets
from storage.dialogues import Dialogue
from storage.schools import FIRST
from storage.ticket_status import Cause
from storage.tickets import Ticket

FORM_KINDS = frozenset(
    {
        "join", "form_class", "form_name", "form_words", "form_preview", "form_edit", "edit_class", "edit_name",
        "edit_words",
    }
)  # fmt: skip


# «Моё обращение» is one message in every channel, whatever is open.
_MOST_SHOWN, _ANSWERS_UNITS = 10, 2500
_SCHOOL_LABEL = 32  # characters of a school's name on a button


def path_of(dialogue: Dialogue, pack: Pack) -> Path | None:
    """Gives the path that the family chose; None before it has."""
    return pack.path(dialogue.path)


def route_of(dialogue: Dialogue, pack: Pack) -> Route:
    """Gives the reader, path and step where the family stands, as a route of the guide."""
    path = path_of(dialogue, pack)
    reader = Reader(dialogue.reader) if dialogue.reader else None
    return Route("step" if path and reader else "role", None, path, reader, dialogue.step)


def addressed(dialogue: Dialogue, pack: Pack, family_tickets: list[Ticket]) -> Route:
    """Gives the reader of texts that belong to no step.

    It is the reader whom the dialogue knows; where nobody was asked (again), the one who sent the newest ticket.
    """
    route = route_of(dialogue, pack)
    if route.reader or not family_tickets:
        return route
    return owing.route_of_ticket(max(family_tickets, key=lambda ticket: ticket.id), pack)


def standing(dialogue: Dialogue, pack: Pack) -> Route:
    """Gives the screen of the guide that the dialogue stands before; that of its step where it stands elsewhere."""
    route = routes.parse(dialogue.screen, pack)
    if route is None or route.kind not in views.DRAWN:
        return back_to_steps(route_of(dialogue, pack))
    if route.kind in routes.BESIDE_STEPS and not route.path:
        return route_of(dialogue, pack).to(route.kind, route.about)
    return route


def answer_shown(dialogue: Dialogue) -> int | None:
    """Gives the id of the school's answer that the dialogue stands before; None where it stands elsewhere."""
    kind, _, answer_id = dialogue.screen.partition(":")
    return whole_number(answer_id) if kind == "answered" else None


def left_form(dialogue: Dialogue, pack: Pack) -> Dialogue:
    """Gives the dialogue after «Отмена»: at the guide's steps, with no form in hand."""
    return replace(at_route(dialogue, back_to_steps(route_of(dialogue, pack)), pack), form={})


def at_route(dialogue: Dialogue, route: Route, pack: Pack) -> Dialogue:
    """Gives the dialogue once the family stands before this screen."""
    if route.kind in routes.GUIDE or route.path:
        return replace(
            dialogue,
            screen=route.code,
            path=route.path.id if route.path else None,
            reader=route.reader.value if route.reader else None,
            step=route.step,
            error=route.about if pack.error(route.about) else None,
            misses=0,
        )
    return replace(dialogue, screen=route.code)


def drawn(services: Services, dialogue: Dialogue, route: Route, family_tickets: list[Ticket]) -> Screen:
    """Draws any screen of a family from what was read before."""
    school = services.school_of_family(dialogue)
    if route.kind in FORM_KINDS:
        return _form_screen(dialogue, route.kind, school)
    if route.kind == "cancelled":
        return ticket_form.cancelled(ticket_form.from_json(dialogue.form), school.pack)
    if route.kind in ("help", "privacy", "forget"):
        return information(route.kind, dialogue, school, family_tickets)
    screen = views.view(route, school)
    if route.kind == "role" and not route.about and any(t.is_open for t in family_tickets):
        screen = Screen(screen.text, (*screen.rows, (Button(texts.B_MINE, Route("mine")),)))
    return screen


def _form_screen(dialogue: Dialogue, kind: str, school: School) -> Screen:
    form = ticket_form.from_json(dialogue.form)
    if not form.form_id:
        return Screen(
            texts.FORM_GONE.for_reader(route_of(dialogue, school.pack)), ((Button(texts.B_AGAIN, Route("role")),),)
        )
    return ticket_form.view(ticket_form.standing(kind, form), form, dialogue.name, school)


def way_back(dialogue: Dialogue, pack: Pack, label: str | None = None) -> Button:
    """Makes the button back to where the family stands: the form in hand, or the guide's steps."""
    if dialogue.in_form:
        return Button(label or texts.B_TO_PREVIEW, Route(dialogue.screen))
    if dialogue.ticket_id is not None and dialogue.form.get("form_id"):
        # «Не помогло» under the school's answer led here from a form.
        stands = ticket_form.next_question(ticket_form.from_json(dialogue.form))
        return Button(label or texts.B_TO_PREVIEW, Route(stands))
    return Button(label or texts.B_TO_STEPS, back_to_steps(route_of(dialogue, pack)))


def information(kind: str, dialogue: Dialogue, school: School, family_tickets: list[Ticket]) -> Screen:
    """Draws the screens of /help, /privacy and /forget, with the way back."""
    told = {"help": texts.HELP, "privacy": texts.PRIVACY, "forget": texts.FORGET}[kind]
    reader = addressed(dialogue, school.pack, family_tickets)
    days = plural(texts.DAYS, school.retention_days)
    change = texts.HELP_SCHOOL if school.one_of_several else ""
    text = told.for_reader(reader, school=school.card, operator=school.data_operator, days=days, change=change)
    policy = ((Button(texts.B_PRIVACY_POLICY, url=school.privacy_url),),) if school.privacy_url else ()
    shown: Rows = policy if kind == "privacy" else ((Button(texts.B_MINE, Route("mine")),),)
    shown = (*shown, *school.change_row) if kind == "help" else shown
    return Screen(text, (*shown, (way_back(dialogue, school.pack),)))


async def mine(services: Services, connection: AsyncConnection, dialogue: Dialogue) -> Screen:
    """Draws «Моё обращение»: the state of the open tickets, else of the last one, and what can be done with it.

    A ticket stays with the school that it was sent to, whichever the family chose since.
    """
    pack = services.school_of_family(dialogue).pack
    back = (way_back(dialogue, pack),)
    family_tickets = await tickets.of_family(connection, dialogue.family_id)
    if not family_tickets:
        route = route_of(dialogue, pack)
        return Screen(texts.MINE_NONE.for_reader(route), ((Button(texts.B_WRITE, route.to("write")),), back))
    shown = [t for t in family_tickets if t.is_open][:_MOST_SHOWN] or family_tickets[:1]
    ended_by = await last_cause(connection, shown[0])
    room = _ANSWERS_UNITS // len(shown)
    text = joined("\n\n", (_state(ticket, services.school_of(ticket.desk_id), ended_by, room) for ticket in shown))
    at_schools = len({ticket.desk_id for ticket in shown}) > 1
    rows = [
        _ticket_buttons(ticket, len(shown) > 1, services.school_of(ticket.desk_id).name if at_schools else "")
        for ticket in shown
    ]
    return Screen(text, (*rows, back))


async def last_cause(connection: AsyncConnection, ticket: Ticket) -> str:
    """Gives the cause of the ticket's last change of status; empty where there was none."""
    changes = await tickets.history(connection, ticket.id)
    return changes[-1].cause if changes else ""


def _state(ticket: Ticket, school: School, ended_by: str, room: int) -> Markup:
    pack = school.pack
    status = texts.STATUS_FAMILY[ticket.facts.status_for_family].for_reader(owing.route_of_ticket(ticket, pack))
    if not ticket.is_open and ended_by == Cause.WITHDRAWN:
        status = marked(texts.STATUS_WITHDRAWN)
    about = [ticket.class_name, ticket_card.short_name(ticket.error, pack)]
    said = ticket_card.shortened(ticket.last_answer or "", room)
    answer = fill(texts.MINE_ANSWER, answer=said) if said else ""
    about_it = " · ".join(part for part in about if part and part != texts.CLASS_UNTOLD)
    told = fill(texts.MINE, number=ticket.number, status=status, about=about_it, answer=answer)
    return fill(texts.MINE_SCHOOL, school=school.name, ticket=told) if school.one_of_several else told


def _ticket_buttons(ticket: Ticket, several: bool, school_name: str) -> tuple[Button, ...]:
    suffix = f" №{ticket.number}" if several else ""
    suffix += f", {ticket_card.shortened(school_name, _SCHOOL_LABEL)}" if school_name else ""
    if not ticket.is_open:
        return (Button(texts.B_REOPEN + suffix, data=f"reopen:{ticket.id}"),)
    withdraw = Button(texts.B_WITHDRAW + suffix, data=f"withdraw:{ticket.id}")
    return (Button(texts.B_WRITE_ON + suffix, data=f"talk:{ticket.id}"), withdraw)


def reader_of(services: Services, dialogue: Dialogue) -> Route:
    """Gives whom the question addresses: the reader whom the dialogue, or the link that is kept, tells."""
    pack = services.schools.pack_of(dialogue.school_id)
    stands = route_of(dialogue, pack)
    return stands if stands.reader else deep_link(kept_in(dialogue).payload, pack).route or stands


def which_school(services: Services, dialogue: Dialogue) -> Screen:
    """Draws the question before which a dialogue stands, from stored data alone."""
    names, reader = services.schools.names, reader_of(services, dialogue)
    candidate = school_question.candidate_in(dialogue.screen)
    if candidate in names.names:
        return school_question.confirmed(names, candidate or 0, reader, stay_row(services, dialogue))
    return school_question.asked(names, reader, stay_row(services, dialogue))


def stay_row(services: Services, dialogue: Dialogue) -> Rows:
    """Gives the button back for a family that has a school and changes its mind; no row for one without.

    Where a text waits for the choice, the button chooses the school that the family has, which answers the text.
    """
    school_id = services.schools.of_family(dialogue.school_id)
    if school_id is None:
        return ()
    if kept_in(dialogue).text:
        return ((Button(texts.B_SCHOOL_STAY, data=school_question.mark_of(school_id)),),)
    pack = services.schools.pack_of(dialogue.school_id)
    form = ticket_form.from_json(dialogue.form)
    stood = replace(dialogue, screen=ticket_form.next_question(form)) if form.form_id else dialogue
    return ((way_back(stood, pack, texts.B_SCHOOL_STAY),),)


async def current(services: Services, connection: AsyncConnection, dialogue: Dialogue) -> Screen:
    """Draws the screen that the stored dialogue stands before."""
    pack = services.school_of_family(dialogue).pack
    if dialogue.ticket_id is not None:
        return await mine(services, connection, dialogue)
    if services.schools.are_several and school_question.is_asked(dialogue.screen):
        return which_school(services, dialogue)
    answer_id = answer_shown(dialogue)
    if answer_id is not None:
        school_id = services.schools.of_family(dialogue.school_id) or FIRST
        found = await saved_answers.get(connection, school_id, answer_id)
        if found is not None and found.for_families:
            return topic_answers.school_answered(route_of(dialogue, pack), kept(found.text), answer_id)
    stored = routes.parse(dialogue.screen, pack)
    route = stored if stored and stored.kind in FORM_KINDS | {"cancelled"} else standing(dialogue, pack)
    return drawn(services, dialogue, route, await tickets.of_family(connection, dialogue.family_id))
