"""Handles the support chat's commands that have no file of their own, and includes the routers of the others."""

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import ticket_senders
from bot.flows.marked import Markup, fill, joined, marked
from bot.flows.plural import plural
from bot.flows.ticket import ticket_card
from bot.flows.whole_lines import whole_lines
from bot.flows.whole_numbers import whole_number
from bot.handlers.desk import answer_commands, digest_command, find_command, give_command, statistics_command
from bot.handlers.desk.replies import actor_of, owe_answer, replied_id_of, say, topic_of
from bot.handlers.filters import InSupportChat
from bot.handlers.update_context import UpdateContext
from bot.tickets import banning, desk_topics, notices, ticket_links
from bot.tickets.notices import NOTICE_LIMIT
from storage import hung_notices, repair_messages, repair_waits, tickets
from storage.tickets import Ticket

router = Router(name="desk_commands")
router.include_routers(
    statistics_command.router, answer_commands.router, digest_command.router, find_command.router, give_command.router
)


@router.message(InSupportChat(), Command("help", "start", ignore_case=True))
async def show_help(message: Message, context: UpdateContext) -> None:
    """Answers `/help` at the desk."""
    await say(context, message, marked(texts.DESK_HELP))


@router.message(InSupportChat(), Command("open", ignore_case=True))
async def show_open(message: Message, context: UpdateContext) -> None:
    """Answers `/open` with the open tickets, oldest first, with links."""
    found = await context.services.database.read(lambda c: tickets.opened(c, context.desk.id))
    lines = [_line(context, ticket) for ticket in found]
    below = ticket_links.below_list(context.desk, found)
    lines = [fill(texts.OPEN_TICKETS, count=len(found)), *lines, *below] if found else [marked(texts.OPEN_NONE)]
    await say(context, message, whole_lines(lines, context.desk.channel.text_length))


def _line(context: UpdateContext, ticket: Ticket) -> Markup:
    taken = f" · {ticket.taken_by}" if ticket.taken_by else ""
    return fill(
        texts.OPEN_LINE,
        ticket=ticket_links.linked_name(context.desk, ticket, context.pack),
        turn=_turn(context, ticket),
        taken=taken,
        when=context.services.when(ticket.created_at),
    )


def _turn(context: UpdateContext, ticket: Ticket) -> str:
    """Says whose turn it is, or why it is nobody's: the family is banned, the ticket is put off."""
    if ticket.family_id is not None and context.services.facts.is_banned(ticket.desk_id, ticket.family_id):
        return texts.OPEN_BANNED
    if ticket.put_off_until is not None:
        return texts.OPEN_PUT_OFF.format(when=context.services.when(ticket.put_off_until))
    return texts.OPEN_TURNS[ticket.facts.status_for_family]


@router.message(InSupportChat(), Command("ticket", ignore_case=True))
async def show_ticket(message: Message, command: CommandObject, context: UpdateContext) -> None:
    """Answers `/ticket N` with a ticket's card and its history."""
    number = whole_number((command.args or "").strip().lstrip("№"))
    if number is None:
        await say(context, message, marked(texts.TICKET_USAGE))
        return
    ticket = await context.services.database.read(lambda c: tickets.numbered(c, context.desk.id, number))
    if ticket is None:
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
    link = ticket_links.link_to(context.desk, ticket)
    pack = fill(texts.TICKET_PACK, pack=ticket.pack) if ticket.pack else None
    card = ticket_card.card(case, context.pack, context.services.when)
    text = joined("\n", [card, "", *lines, *filter(None, (pack, link))])
    await say(context, message, text, about=ticket)


@router.message(InSupportChat(), Command("ban", "unban", ignore_case=True))
async def ban(message: Message, command: CommandObject, context: UpdateContext) -> None:
    """Carries out `/ban` and `/unban`, in a ticket's topic or as a reply to its card."""

    async def change(connection: AsyncConnection) -> Markup:
        ticket = await desk_topics.ticket_meant(
            connection, context.desk.id, message.chat.id, topic_of(message), replied_id_of(message)
        )
        if ticket is None or ticket.family_id is None:
            return marked(texts.BAN_WHERE)
        if command.command.lower() == "ban":
            await banning.ban(connection, context.services, ticket, context.now)
            return fill(texts.BANNED, actor=actor_of(message))
        await banning.unban(connection, context.services, ticket, context.now)
        return marked(texts.UNBANNED)

    async def work(connection: AsyncConnection) -> None:
        await owe_answer(connection, context, message, await change(connection))

    await context.once(work)
    await context.services.refresh_facts()


@router.message(InSupportChat(), Command("notice", ignore_case=True))
async def notice(message: Message, command: CommandObject, context: UpdateContext) -> None:
    """Puts a line on every first screen and remedy (`/notice текст`), or takes it away (`/notice off`).

    The families that wait until it works again are told once it is taken away.
    """
    text = " ".join((command.args or "").split())
    if len(text) > NOTICE_LIMIT:
        await say(
            context, message, fill(texts.NOTICE_TOO_LONG, limit=NOTICE_LIMIT, length=plural(texts.LENGTH, len(text)))
        )
        return
    if not text:
        await context.once(lambda c: _owe_notice_now(c, context, message))
        return
    off = text.lower() in texts.NOTICE_OFF_WORDS

    async def work(connection: AsyncConnection) -> None:
        if off:
            repaired = await notices.repair(connection, context.desk, context.now)
            said = marked(texts.NOTICE_OFF) + (notices.told_of(repaired.families) if repaired.families else Markup())
            await owe_answer(connection, context, message, said)
        else:
            said = await notices.hang(connection, context.desk, text, context.now)
            await owe_answer(
                connection, context, message, said, rows=notices.repaired_row(text), repair_of=repair_messages.NOTICE
            )

    await context.once(work)
    await context.services.refresh_facts()


async def _owe_notice_now(connection: AsyncConnection, context: UpdateContext, message: Message) -> None:
    """Owes the answer to `/notice` alone: the notice that hangs, and how many families wait until it works again."""
    hangs = await hung_notices.now(connection, context.desk.id)
    said = fill(texts.NOTICE_NOW, notice=hangs) if hangs else marked(texts.NOTICE_USAGE)
    waiting = await repair_waits.count(connection, context.desk.id)
    if waiting:
        said += fill(texts.NOTICE_WAITED_FOR, families=plural(texts.FAMILIES, waiting))
    rows = notices.repaired_row(hangs or "") if hangs or waiting else ()
    await owe_answer(connection, context, message, said, rows=rows, repair_of=repair_messages.NOTICE if rows else None)
