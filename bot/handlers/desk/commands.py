"""Handles the commands of the support chat; each is a function here, and a line of /help in the texts."""

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import ticket_senders
from bot.flows.marked import Markup, fill, joined, marked
from bot.flows.ticket import ticket_card
from bot.flows.utf16 import units
from bot.handlers.desk import find_command, hand_command, statistics_command
from bot.handlers.desk.replies import actor_of, owe_answer, replied_id_of, say, topic_of
from bot.handlers.filters import InSupportChat
from bot.handlers.update_context import UpdateContext
from bot.tickets import banning, desk_topics, owing
from storage import facts, tickets
from storage.ticket_status import Status
from storage.tickets import Ticket

router = Router(name="desk_commands")
router.include_routers(statistics_command.router, find_command.router, hand_command.router)
NOTICE_LIMIT = 300


@router.message(InSupportChat(), Command("help", "start", ignore_case=True))
async def show_help(message: Message, context: UpdateContext) -> None:
    """Answers `/help` at the desk."""
    await say(context, message, marked(texts.DESK_HELP))


@router.message(InSupportChat(), Command("open", ignore_case=True))
async def show_open(message: Message, context: UpdateContext) -> None:
    """Answers `/open` with the open tickets, oldest first, with links."""
    found = await context.services.database.read(lambda c: tickets.opened(c, context.desk.id))
    lines = [_line(context, ticket) for ticket in found]
    lines = [fill(texts.OPEN_TICKETS, count=len(found)), *lines] if found else [marked(texts.OPEN_NONE)]
    await say(context, message, _whole_lines(lines, context.desk.channel.text_length))


def _whole_lines(lines: list[Markup], limit: int) -> Markup:
    """Cuts to as many lines as one message holds; a link cut in half would not parse."""
    kept: list[Markup | str] = []
    room = limit - len("…")
    for line in lines:
        room -= units(line) + len("\n")
        if room < 0:
            return joined("\n", [*kept, "…"])
        kept.append(line)
    return joined("\n", kept)


def _line(context: UpdateContext, ticket: Ticket) -> Markup:
    matter = ticket_card.short_name(ticket.error, context.services.pack)
    name = ticket_card.topic_name(ticket.id, ticket.class_name, matter, Status.NEW)
    link = owing.link_to(context.desk, ticket)
    shown = fill(texts.OPEN_LINKED, link=link, name=name) if link else name
    taken = f" · {ticket.taken_by}" if ticket.taken_by else ""
    when = context.services.when(ticket.created_at)
    return fill(texts.OPEN_LINE, ticket=shown, status=texts.STATUS_DESK[ticket.status], taken=taken, when=when)


@router.message(InSupportChat(), Command("ticket", ignore_case=True))
async def show_ticket(message: Message, command: CommandObject, context: UpdateContext) -> None:
    """Answers `/ticket N` with a ticket's card and its history."""
    argument = (command.args or "").strip().lstrip("№")
    if not (argument.isascii() and argument.isdigit() and len(argument) < 18):
        await say(context, message, marked(texts.TICKET_USAGE))
        return
    ticket = await context.services.database.read(lambda c: tickets.get(c, int(argument)))
    if ticket is None or ticket.desk_id != context.desk.id:
        await say(context, message, marked(texts.NO_SUCH_TICKET))
        return
    case = await ticket_senders.card_case(context.services, ticket)
    history = await context.services.database.read(lambda c: tickets.history(c, ticket.id))
    lines = [
        fill(
            texts.HISTORY_LINE,
            when=context.services.when(change.at),
            actor=change.actor,
            status=texts.STATUS_DESK[change.status_to],
        )
        for change in history[-10:]
    ]
    link = owing.link_to(context.desk, ticket)
    pack = fill(texts.TICKET_PACK, pack=ticket.pack) if ticket.pack else None
    card = ticket_card.card(case, context.services.pack, context.services.when)
    text = joined("\n", [card, "", *lines, *filter(None, (pack, link))])
    await say(context, message, text, about=ticket)


@router.message(InSupportChat(), Command("ban", "unban", ignore_case=True))
async def ban(message: Message, command: CommandObject, context: UpdateContext) -> None:
    """Carries out `/ban` and `/unban`, in a ticket's topic or as a reply to its card."""

    async def change(connection: AsyncConnection) -> Markup:
        ticket = await desk_topics.ticket_meant(connection, message.chat.id, topic_of(message), replied_id_of(message))
        if ticket is None or ticket.family_id is None:
            return marked(texts.BAN_WHERE)
        if command.command.lower() == "ban":
            await banning.ban(connection, context.services, ticket.family_id, context.now)
            return fill(texts.BANNED, actor=actor_of(message))
        await banning.unban(connection, context.services, ticket.family_id, context.now)
        return marked(texts.UNBANNED)

    async def work(connection: AsyncConnection) -> None:
        await owe_answer(connection, context, message, await change(connection))

    await context.once(work)
    await context.services.refresh_facts()


@router.message(InSupportChat(), Command("notice", ignore_case=True))
async def notice(message: Message, command: CommandObject, context: UpdateContext) -> None:
    """Puts a line on every first screen and remedy (`/notice текст`), or takes it away (`/notice off`)."""
    text = " ".join((command.args or "").split())
    if len(text) > NOTICE_LIMIT:
        await say(context, message, fill(texts.NOTICE_TOO_LONG, limit=NOTICE_LIMIT, length=len(text)))
        return
    if not text:
        now = context.services.notice
        await say(context, message, fill(texts.NOTICE_NOW, notice=now) if now else marked(texts.NOTICE_USAGE))
        return
    off = text.lower() in texts.NOTICE_OFF_WORDS

    async def work(connection: AsyncConnection) -> None:
        await facts.put(connection, "notice", None if off else text)
        said = marked(texts.NOTICE_OFF) if off else fill(texts.NOTICE_ON, notice=text)
        await owe_answer(connection, context, message, said)

    await context.once(work)
    await context.services.refresh_facts()
