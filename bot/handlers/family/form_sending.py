"""Handles «Отправить» below a filled form: it becomes a ticket, or a message of the ticket that is open."""

from typing import Any

from aiogram import Router
from aiogram.methods import TelegramMethod
from aiogram.types import CallbackQuery
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.flows.marked import marked
from bot.flows.routes import Route
from bot.flows.screen import Button, Screen
from bot.flows.ticket import ticket_form
from bot.handlers.family import current_screen
from bot.handlers.family.form_answers import nothing_to_fill, show_standing
from bot.handlers.family.own_tickets import own_ticket
from bot.handlers.filters import Action
from bot.handlers.update_context import UpdateContext
from bot.tickets import filing, owing, stuck_schools
from storage.tickets import Ticket

router = Router(name="form_sending")


@router.callback_query(Action("send"))
async def send(query: CallbackQuery, context: UpdateContext, argument: str) -> TelegramMethod[Any] | None:
    """Sends the ticket («Отправить»), which is the family's consent to what the preview above the button shows."""
    form_id, _, digest = argument.partition(":")
    services, family_id = context.services, context.family_id
    desk_id, pack = context.desk_id, context.pack
    dialogue = await context.dialogue()
    form = ticket_form.from_json(dialogue.form)
    if form_id and form.form_id == form_id and not ticket_form.may_be_sent(form, digest):
        return await show_standing(context, query, dialogue)

    async def work(connection: AsyncConnection) -> tuple[Ticket, bool] | None:
        filed = await filing.file(connection, desk_id, family_id, pack, context.name, form_id, digest, context.now)
        if filed is not None and filed[1]:
            await stuck_schools.ticket_came(connection, services, desk_id, context.now)
        return filed

    result = await context.once(work)
    if result is None:
        result = await services.database.read(lambda c: filing.filed(c, family_id, form_id))
    if result is None:
        return await _not_sent(query, context)
    ticket, made = result
    notice = "" if made else texts.SENT_ALREADY.format(number=ticket.number)
    return await context.answer_press(query, _sent_screen(context, ticket), notice)


async def _not_sent(query: CallbackQuery, context: UpdateContext) -> TelegramMethod[Any] | None:
    """Says that the form is gone, or that its school has left meanwhile, which this process may not know yet."""
    await context.services.refresh_facts()
    dialogue = await context.dialogue()
    left = context.services.schools.left(dialogue.school_id)
    if left is None:
        return await nothing_to_fill(context, query, dialogue)
    reader = current_screen.reader_of(context.services, dialogue)
    told = texts.SCHOOL_LEFT.for_reader(reader, school=left.name)
    return await context.answer_press(query, Screen(told, ((Button(texts.B_AGAIN, Route("role")),),)))


def _sent_screen(context: UpdateContext, ticket: Ticket) -> Screen:
    """Draws the confirmation; it says when the school will read the ticket, if its hours are known."""
    opens = context.services.schools.next_opening(ticket.desk_id, context.now)
    when = marked(texts.SENT_WHEN).format(when=context.services.when(opens)) if opens else ""
    pack = context.services.schools.pack_of(ticket.desk_id)
    text = texts.SENT.for_reader(owing.route_of_ticket(ticket, pack), number=ticket.number, when=when)
    return Screen(text, ((Button(texts.B_MINE, Route("mine")),),))


@router.callback_query(Action("add"))
async def add(query: CallbackQuery, context: UpdateContext, argument: str) -> TelegramMethod[Any] | None:
    """Sends what is added to an open ticket («Отправить»): it becomes a message of that ticket."""
    of_form, _, number = argument.rpartition(":")
    form_id, _, digest = of_form.partition(":")
    ticket = await own_ticket(context, number)
    if ticket is None:
        return await context.answer_press(query, None, texts.TICKET_GONE)
    dialogue = await context.dialogue()
    form = ticket_form.from_json(dialogue.form)
    if form_id and form.form_id == form_id and not filing.may_be_added(form, digest, ticket, context.desk_id):
        return await show_standing(context, query, dialogue)

    pack, desk_id = context.services.schools.pack_of(ticket.desk_id), context.desk_id
    is_added = await context.once(
        lambda c: filing.add(c, ticket, desk_id, pack, context.name, form_id, digest, context.now)
    )
    if not is_added and not context.repeated:
        return await nothing_to_fill(context, query, await context.dialogue())
    text = texts.JOINED.for_reader(owing.route_of_ticket(ticket, pack), number=ticket.number)
    return await context.answer_press(query, Screen(text, ((Button(texts.B_MINE, Route("mine")),),)))
