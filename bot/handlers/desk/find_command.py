"""Answers `/find` in the support chat with the tickets that are found, ten to a page."""

from typing import Any

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.methods import TelegramMethod
from aiogram.types import CallbackQuery, Message

from bot import texts_ru as texts
from bot.flows.marked import Markup, fill, joined, marked
from bot.flows.page_buttons import page_buttons
from bot.flows.plural import plural
from bot.flows.screen import Screen
from bot.flows.ticket import search_words
from bot.flows.whole_numbers import LAST_PAGE, whole_number
from bot.handlers.desk.replies import owe_answer, say
from bot.handlers.filters import Action, InSupportChat
from bot.handlers.update_context import UpdateContext
from bot.tickets import owing, ticket_links
from storage import ticket_words
from storage.ticket_words import FoundTickets, Term
from storage.tickets import Ticket

router = Router(name="desk_search")

QUERY_LIMIT = 100  # characters
AT_A_PAGE = 10


@router.message(InSupportChat(), Command("find", ignore_case=True))
async def find(message: Message, command: CommandObject, context: UpdateContext) -> None:
    """Answers `/find слово …` with the first page of the tickets that have every word."""
    query = " ".join((command.args or "").split())
    refused = _refusal(query)
    if refused is not None:
        await say(context, message, refused)
        return
    shown = await _page(context, query, 0)
    await context.once(lambda c: owe_answer(c, context, message, shown.text, rows=shown.rows))


@router.callback_query(InSupportChat(), Action("find", private=False))
async def turn_page(query: CallbackQuery, context: UpdateContext, argument: str) -> TelegramMethod[Any] | None:
    """Shows another page in place of this one. The query is read from the message: it is stored nowhere else."""
    message = query.message
    head = message.text.partition("\n")[0] if isinstance(message, Message) and message.text else ""
    sought = head.removeprefix(texts.FIND_MARK).strip()
    page = whole_number(argument, most=LAST_PAGE)
    if page is None or message is None or not head.startswith(texts.FIND_MARK) or _refusal(sought) is not None:
        return await context.answer_press(query, None, texts.FIND_ANEW)
    shown, message_id = await _page(context, sought, page), message.message_id
    await context.once(lambda c: owing.owe_page(c, context.desk.id, message_id, shown, context.now))
    return await context.answer_press(query, None)


def _refusal(query: str) -> Markup | None:
    """Gives the answer to a query by which nothing can be searched; None for a good one."""
    if len(query) > QUERY_LIMIT:
        return fill(texts.FIND_TOO_LONG, length=plural(texts.LENGTH, len(query)), limit=QUERY_LIMIT)
    if search_words.sought_in(query):
        return None
    return marked(texts.FIND_TOO_SHORT if any(map(str.isalpha, query)) else texts.FIND_USAGE)


async def _page(context: UpdateContext, query: str, page: int) -> Screen:
    """Draws a page of what is found, counted from 0."""
    terms = [Term(one.word, one.whole) for one in search_words.sought_in(query)]
    number, offset = search_words.number_in(query), page * AT_A_PAGE
    database, desk_id = context.services.database, context.desk.id
    found = await database.read(
        lambda c: ticket_words.find(c, desk_id, terms, offset=offset, limit=AT_A_PAGE, first=number)
    )
    lines = [_head(query, found), *(_line(context, ticket) for ticket in found.tickets)]
    if page or found.goes_on:
        lines.append(fill(texts.FIND_PAGE, page=page + 1))
    lines += ticket_links.below_list(context.desk, found.tickets)
    if await database.read(ticket_words.is_incomplete):
        lines.append(marked(texts.FIND_STILL_READING))
    return Screen(joined("\n", lines), page_buttons(page, goes_on=found.goes_on, to=lambda page: f"find:{page}"))


def _head(query: str, found: FoundTickets) -> Markup:
    if found.total is None:
        return fill(texts.FIND_MANY if found.tickets else texts.FIND_MANY_NOWHERE, query=query)
    if not found.total:
        return fill(texts.FIND_NOTHING, query=query)
    return fill(texts.FIND_FOUND, query=query, count=plural(texts.TICKETS_COUNTED, found.total))


def _line(context: UpdateContext, ticket: Ticket) -> Markup:
    shown = ticket_links.linked_name(context.desk, ticket, context.pack)
    when = context.services.when(ticket.created_at)
    return fill(texts.FIND_LINE, ticket=shown, status=texts.STATUS_DESK[ticket.status], when=when)
