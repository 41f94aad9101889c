"""Files a ticket from a family's form («Отправить»), or adds what the form holds to a ticket that is open already."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import owed, queues
from bot.flows.content import Pack
from bot.flows.marked import fill, joined
from bot.flows.ticket import ticket_card, ticket_form
from bot.flows.ticket.ticket_form import Form
from bot.tickets import closed_ticket_messages, like_tickets, search_index, status_changes
from storage import dialogues, schools, statistics, tickets
from storage.dialogues import Dialogue
from storage.ticket_status import Cause
from storage.tickets import Ticket


async def file(
    connection: AsyncConnection,
    desk_id: int,
    family_id: int,
    pack: Pack,
    name: str,
    form_id: str,
    digest: str,
    at: float,
) -> tuple[Ticket, bool] | None:
    """Files the ticket of a family's form at a desk. Gives it, and whether it is new; None where there is no such form.

    It may be called whenever «Отправить» is pressed: a form that was sent before gives its ticket again, one that is
    not what the preview with this `digest` showed gives none, nor does one for a school that has left, whatever this
    process knows of it. Consent, ticket, what the desk is owed, and the family before the ticket's conversation are one
    commit. The ticket keeps the name and the version of the pack.
    """
    dialogue, form = await _form_of(connection, family_id, name)
    if form.form_id != form_id:
        return await filed(connection, family_id, form_id)
    if not ticket_form.may_be_sent(form, digest):
        return None
    for school_id in sorted({desk_id, dialogue.school_id or desk_id}):
        if await schools.has_left(connection, school_id):
            return None
    ticket, made = await tickets.create(
        connection, actor=texts.ACTOR_FAMILY, family_id=family_id, desk_id=desk_id, form_id=form_id, reader=form.reader,
        path=form.path, error=form.error, steps_done=form.steps_done, class_name=form.class_name,
        pupil_name=form.pupil_name, words=form.words, first_name=name, consent_at=at, created_at=at, updated_at=at,
        pack=pack.version,
    )  # fmt: skip
    if made:
        await search_index.add_ticket(connection, ticket)
        await _owe_ticket(connection, ticket, form.files, at)
        await like_tickets.show(connection, await like_tickets.of(connection, ticket), at, like_tickets.FOLLOW_S)
        await statistics.count(connection, "ticket", at, school_id=desk_id, path=form.path, error=form.error)
    await _leave_form(connection, dialogue, ticket, at)
    return ticket, made


async def filed(connection: AsyncConnection, family_id: int, form_id: str) -> tuple[Ticket, bool] | None:
    """Finds the ticket that a form was sent as; None where it was not sent.

    It may be called at any time, and changes nothing.
    """
    found = [ticket for ticket in await tickets.of_family(connection, family_id) if ticket.form_id == form_id]
    return (found[0], False) if found else None


def may_be_added(form: Form, digest: str, ticket: Ticket, desk_id: int) -> bool:
    """Tells whether a preview's «Отправить» adds this form to a ticket: what is told to one school goes to no other.

    `desk_id` is the desk to which the family writes. It may be called at any time, and changes nothing.
    """
    return ticket.desk_id == desk_id and ticket_form.may_be_sent(form, digest, ticket.id)


async def add(
    connection: AsyncConnection, ticket: Ticket, desk_id: int, pack: Pack, name: str, form_id: str, digest: str,
    at: float,
) -> bool:  # fmt: skip
    """Adds what a family's form holds to its ticket, which is opened where it ended meanwhile.

    It may be called whenever «Отправить» of such a form is pressed. What was added before is not added again; False
    where the form is gone for another reason, or may not be added (see `may_be_added`).
    """
    dialogue, form = await _form_of(connection, ticket.family_id or 0, name)
    if form.form_id != form_id:
        return dialogue.ticket_id == ticket.id
    if not may_be_added(form, digest, ticket, desk_id):
        return False
    fresh = await tickets.locked(connection, ticket.id)
    if fresh is None:
        return False  # its school has left
    ticket = fresh
    cause = Cause.FAMILY_WROTE if ticket.is_open else Cause.REOPENED
    told = None if ticket.is_open else owed.DeskText(fill(texts.DESK_REOPENED, number=ticket.number))
    await status_changes.move(connection, ticket, cause, actor=texts.ACTOR_FAMILY, at=at, told=told)
    await _owe_new_problem(connection, ticket, form, pack, at)
    await _leave_form(connection, dialogue, ticket, at)
    return True


async def _form_of(connection: AsyncConnection, family_id: int, name: str) -> tuple[Dialogue, Form]:
    dialogue = replace(await dialogues.load(connection, family_id), name=name)
    return dialogue, ticket_form.from_json(dialogue.form)


async def _leave_form(connection: AsyncConnection, dialogue: Dialogue, ticket: Ticket, at: float) -> None:
    """Puts the family before its ticket's conversation, with no form in hand."""
    left = replace(dialogue, screen=f"ticket:{ticket.id}", form={}, misses=0, updated_at=at)
    await dialogues.save(connection, left)


async def _owe_ticket(connection: AsyncConnection, ticket: Ticket, files: Iterable[dict[str, Any]], at: float) -> None:
    """Owes the desk a new ticket: its card, the words that the card has no room for, the pictures sent before."""
    await queues.to_ticket(connection, ticket, owed.Card(), at)
    await _owe_words_beyond_card(connection, ticket, ticket.words, at)
    await _owe_files(connection, ticket, list(files), at)


async def _owe_words_beyond_card(connection: AsyncConnection, ticket: Ticket, words: str | None, at: float) -> None:
    rest = ticket_card.beyond_card(words or "")
    if rest:
        await closed_ticket_messages.owe_kept(connection, ticket, closed_ticket_messages.text_alone(rest), at)


async def _owe_files(connection: AsyncConnection, ticket: Ticket, files: list[dict[str, Any]], at: float) -> None:
    """Owes the pictures of a form: several photos as one album, which counts as one call."""
    photos = [file for file in files if file["kind"] == "photo"]
    for file in [*photos, *(file for file in files if file["kind"] != "photo")]:
        group = f"form:{ticket.id}:{at}" if file["kind"] == "photo" and len(photos) > 1 else None
        row = await tickets.add_message(
            connection, ticket_id=ticket.id, side="family", family_id=ticket.family_id, kind=file["kind"],
            file_id=file["file_id"], file_name=file.get("file_name"), media_group_id=group, at=at,
        )  # fmt: skip
        await queues.to_ticket(connection, ticket, owed.ToDesk(row), at, media_group_id=group)


async def _owe_new_problem(connection: AsyncConnection, ticket: Ticket, form: Form, pack: Pack, at: float) -> None:
    """Owes a new problem of a family that has an open ticket: a message of that ticket, with the pictures.

    What it tells is kept as the family's message, which the desk is shown as a card is.
    """
    case = ticket_form.case_of(form, ticket.first_name or "")
    row = await tickets.add_message(
        connection, ticket_id=ticket.id, side="family", family_id=ticket.family_id, kind="text",
        text=ticket_card.as_message(case, pack), at=at,
    )  # fmt: skip
    card = joined("\n", ticket_card.case_lines(case, pack))
    await queues.to_ticket(connection, ticket, owed.DeskText(fill(texts.NEW_PROBLEM, card=card), tells_of=row), at)
    await search_index.add(connection, ticket, form.class_name, form.pupil_name, form.words)
    await _owe_words_beyond_card(connection, ticket, form.words, at)
    await _owe_files(connection, ticket, list(form.files), at)
