"""Handles `/school …` in the operator's chat: schools are added, listed, given codes, and removed."""

import re
from typing import Any

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.methods import TelegramMethod
from aiogram.types import CallbackQuery, Message
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import owed, queues
from bot.desk import Desk
from bot.flows.marked import Markup, escape, fill, marked
from bot.flows.screen import Button, Rows
from bot.flows.whole_lines import whole_lines
from bot.flows.whole_numbers import whole_number
from bot.handlers.filters import Action, InOperatorChat
from bot.handlers.operator.operator_replies import owe_answer
from bot.handlers.update_context import UpdateContext
from bot.known_schools import OPERATOR
from bot.schools import leaving, registering, school_list, school_start_links
from bot.schools.registering import NewSchool, SchoolRefused
from storage import named_values, school_counts, schools, tickets

router = Router(name="operator_schools")

_OPTION = re.compile(r"(?:^|\s)(?:--|—|–)\s?(?P<option>[a-z]{1,16})(?:\s|=|$)", re.IGNORECASE)
_OPTIONS = ("name", "slug", "pack", "contacts", "hours")


def read_school(said: str) -> NewSchool:
    """Reads «Школа №43 --slug 43 --contacts …»; a phone may have made a dash of two hyphens. Raises SchoolRefused."""
    found = list(_OPTION.finditer(said))
    values = {"name": said[: found[0].start()] if found else said}
    for one, after in zip(found, [*found, None][1:], strict=True):
        name = one["option"].lower()
        if name not in _OPTIONS:
            raise SchoolRefused(texts.SCHOOL_OPTION_UNKNOWN.format(option=f"--{name}"))
        values[name] = said[one.end() : after.start() if after else len(said)].strip()
    return NewSchool(**{name: value.strip() for name, value in values.items()})


@router.message(InOperatorChat(), Command("school", "schools", ignore_case=True))
async def school(message: Message, command: CommandObject, context: UpdateContext) -> None:
    """Carries out `/school add|list|code|remove …`; what is wrong with it is said, and nothing is changed."""
    action, _, rest = (command.args or "").strip().partition(" ")

    async def work(connection: AsyncConnection) -> None:
        rows: Rows = ()
        try:
            async with connection.begin_nested():
                said, rows = await _done(connection, context, action.lower(), rest.strip())
        except SchoolRefused as refused:
            said = escape(str(refused))
        await owe_answer(connection, context, message, said, rows)

    await context.once(work)
    await context.services.refresh_facts()


async def _done(connection: AsyncConnection, context: UpdateContext, action: str, rest: str) -> tuple[Markup, Rows]:
    """Does what a command says; gives the answer and the buttons below it. Raises SchoolRefused."""
    services = context.services
    token, now = services.settings.token, context.now
    if action == "add":
        first = services.schools.first_name
        added = await registering.add(connection, read_school(rest), first, token, now)
        slug = added.school.slug or ""
        said = fill(texts.SCHOOL_ADDED, school=added.school.name, slug=slug, code=added.code) + _links(context, slug)
        if added.slug_of_first:
            said += fill(texts.SCHOOL_FIRST_NAMED, school=first, slug=added.slug_of_first)
        return said, ()
    if action == "code" and rest:
        found, code = await registering.new_code(connection, rest, token, now)
        said = fill(texts.SCHOOL_NEW_CODE, school=services.school_of(found.id).name or texts.SCHOOL_FIRST, code=code)
        return said + _links(context, found.slug or ""), ()
    if action == "remove" and rest:
        found = await leaving.leaving(connection, rest, bool(services.schools.first_name))
        opened, name = len(await tickets.opened(connection, found.id)), services.school_of(found.id).name
        if opened and _takes_nothing(services.schools.desk_of(found.id)):
            return fill(texts.SCHOOL_REMOVE_NOWHERE, school=name, slug=found.slug or ""), ()
        button = Button(texts.B_SCHOOL_REMOVE, data=f"schoolremove:{found.id}")
        return fill(texts.SCHOOL_REMOVE_ASK, school=name, open=opened), ((button,),)
    if action == "list":
        only = services.schools.of_family(None)
        counts = await school_counts.sizes(connection, now - school_counts.WAITS_LONG_S, only)
        paused = await named_values.paused_desks(connection, now)
        shown = school_list.lines(services.schools, counts, paused)
        return whole_lines(shown, services.schools.desk_of(OPERATOR).channel.text_length), ()
    return marked(texts.OPERATOR_HELP), ()


def _takes_nothing(desk: Desk) -> bool:
    """Tells whether the file of a school that leaves would not arrive at its desk."""
    return desk.chat_id is None or bool(desk.away)


def _links(context: UpdateContext, slug: str) -> Markup:
    found = school_start_links.links(slug, context.services.usernames)
    if not found:
        return Markup()
    return fill(texts.SCHOOL_LINKS, links="\n".join(found)) + fill(texts.SCHOOL_POSTER_BY_COMMAND, slug=slug)


@router.callback_query(InOperatorChat(), Action("schoolremove", private=False))
async def remove(query: CallbackQuery, context: UpdateContext, argument: str) -> TelegramMethod[Any] | None:
    """Removes a school: at once, or, with open tickets, once its desk got them as a file; once only."""
    services = context.services
    school_id = whole_number(argument) or 0

    async def work(connection: AsyncConnection) -> str:
        found = await schools.get(connection, school_id)
        try:
            going = await leaving.leaving(connection, (found and found.slug) or "", bool(services.schools.first_name))
        except SchoolRefused as refused:
            return str(refused)
        name = services.school_of(going.id).name
        if await tickets.opened(connection, going.id):
            if _takes_nothing(services.schools.desk_of(going.id)):
                return texts.SCHOOL_REMOVE_NOWHERE.format(school=name, slug=going.slug)
            if not await leaving.owe_export(connection, going.id, context.now):
                return texts.SCHOOL_LEAVES.format(school=name)
            said = fill(texts.SCHOOL_LEAVES, school=name)
        else:
            await leaving.leave(connection, going.id, context.now)
            said = fill(texts.SCHOOL_REMOVED, school=name)
        await queues.to_general(connection, OPERATOR, owed.DeskText(said, general=True), context.now, topic=0)
        return ""

    notice = await context.once(work)
    await services.refresh_facts()
    return await context.answer_press(query, None, notice or "")
