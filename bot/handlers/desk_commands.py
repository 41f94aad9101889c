"""Commands of the support chat, `/id` in any group, and the greeting of a group that the bot was added to."""

from html import escape

from aiogram import Bot, F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import ChatMemberUpdated, Message
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import desk_couriers, desk_rows, faults
from bot.delivery.desk_state import look_at_desk, missing_rights
from bot.delivery.parcel import quietly
from bot.flows import desk
from bot.handlers import relay
from bot.handlers.desk_words import actor_of, say
from bot.handlers.filters import InSupportChat, Where
from bot.handlers.turn import Turn
from storage import outbox, privacy, tickets
from storage.tickets import Ticket

router = Router(name="desk_commands")
NOTICE_LIMIT = 300
GROUPS = Where(F.chat.type.in_({"group", "supergroup"}))


@router.message(GROUPS, Command("id", ignore_case=True))
async def show_id(message: Message, turn: Turn) -> None:
    """`/id` in a group: the number to fill in as SUPPORT_CHAT_ID."""
    await turn.services.not_longer(quietly(message.reply(texts.GROUP_ID.format(id=message.chat.id))))


@router.my_chat_member()
async def member_changed(event: ChatMemberUpdated, turn: Turn, bot: Bot) -> None:
    """The bot was added to a group, removed from it, or blocked by a family."""
    status = event.new_chat_member.status
    if event.chat.type == "private":
        await _family_came_or_went(turn, blocked=status == "kicked")
    elif event.chat.type == "channel":
        return
    elif status in ("member", "administrator", "restricted"):
        await _greet(event, turn, bot)
    elif event.chat.id == turn.services.support_chat_id:
        turn.services.desk_away = texts.DESK_REMOVED


async def _family_came_or_went(turn: Turn, blocked: bool) -> None:
    async def work(connection: AsyncConnection) -> None:
        if not blocked:
            await faults.welcome_back(connection, turn.family_id, turn.now)
        else:
            await faults.family_gone(connection, turn.family_id, turn.now)

    await turn.once(work)


async def _greet(event: ChatMemberUpdated, turn: Turn, bot: Bot) -> None:
    """Says the group's id and which rights are missing; wakes the tickets that waited for the bot's return."""
    lacking = missing_rights(event.new_chat_member, bool(event.chat.is_forum))
    if event.chat.id == turn.services.support_chat_id:

        async def resume(connection: AsyncConnection) -> None:
            await outbox.set_fact(connection, f"pause:{outbox.SUPPORT}", None)
            await faults.rights_came(connection, turn.now)

        await turn.services.database.write(resume)
        turn.services.desk_away = None
        await look_at_desk(turn.services)
        turn.services.owed.set()
    was_in = event.old_chat_member.status in ("member", "administrator", "restricted")
    if was_in and lacking == missing_rights(event.old_chat_member, bool(event.chat.is_forum)):
        return
    text = texts.GREETING.format(id=event.chat.id)
    text += (
        texts.RIGHTS_MISSING.format(rights="\n".join(f"• {right}" for right in lacking))
        if lacking
        else texts.RIGHTS_FINE
    )
    await turn.services.not_longer(quietly(bot.send_message(event.chat.id, text)))


# --- the support chat ------------------------------------------------------------------------------------------------


@router.message(InSupportChat(), Command("help", "start", ignore_case=True))
async def show_help(message: Message, turn: Turn) -> None:
    """`/help` at the desk."""
    await say(turn, message, texts.DESK_HELP)


@router.message(InSupportChat(), Command("open", ignore_case=True))
async def show_open(message: Message, turn: Turn) -> None:
    """`/open`: the open tickets, oldest first, with links."""
    found = await turn.services.database.read(tickets.opened)
    lines = [_line(turn, ticket) for ticket in found]
    text = texts.OPEN_TICKETS.format(count=len(found)) + "\n" + "\n".join(lines) if found else texts.OPEN_NONE
    await say(turn, message, _whole_lines(text))


def _whole_lines(text: str, limit: int = 3900) -> str:
    """As many lines as one message holds; a link cut in half would not parse."""
    kept: list[str] = []
    for line in text.split("\n"):
        if sum(map(len, kept)) + len(kept) + len(line) > limit:
            return "\n".join([*kept, "…"])
        kept.append(line)
    return text


def _line(turn: Turn, ticket: Ticket) -> str:
    name = desk.topic_name(ticket.id, ticket.class_name, ticket.error, desk.Status.NEW)
    link = desk_rows.link_to(turn.services.support_chat_id, ticket)
    shown = f'<a href="{link}">{escape(name)}</a>' if link else escape(name)
    taken = f" · {escape(ticket.taken_by)}" if ticket.taken_by else ""
    when = turn.services.when(ticket.created_at)
    return texts.OPEN_LINE.format(ticket=shown, status=texts.STATUS_DESK[ticket.status], taken=taken, when=when)


@router.message(InSupportChat(), Command("ticket", ignore_case=True))
async def show_ticket(message: Message, command: CommandObject, turn: Turn) -> None:
    """`/ticket N`: a ticket's card with its history."""
    argument = (command.args or "").strip().lstrip("№")
    if not (argument.isascii() and argument.isdigit() and len(argument) < 18):
        await say(turn, message, texts.TICKET_USAGE)
        return
    ticket = await turn.services.database.read(lambda c: tickets.get(c, int(argument)))
    if ticket is None:
        await say(turn, message, texts.NO_SUCH_TICKET)
        return
    case = await desk_couriers.card_case(turn.services, ticket)
    history = await turn.services.database.read(lambda c: tickets.history(c, ticket.id))
    lines = [
        texts.HISTORY_LINE.format(
            when=turn.services.when(change.at), actor=escape(change.actor), status=texts.STATUS_DESK[change.status_to]
        )
        for change in history[-10:]
    ]
    link = desk_rows.link_to(turn.services.support_chat_id, ticket)
    text = "\n".join([desk.card(case, turn.services.when), "", *lines, *([link] if link else [])])
    await say(turn, message, text, about=ticket)


@router.message(InSupportChat(), Command("ban", "unban", ignore_case=True))
async def ban(message: Message, command: CommandObject, turn: Turn) -> None:
    """`/ban` and `/unban` in a ticket's topic, or as a reply to its card."""

    async def work(connection: AsyncConnection) -> str:
        ticket = await relay.ticket_meant(connection, message)
        if ticket is None or ticket.family_id is None:
            return texts.BAN_WHERE
        key = privacy.keyed(ticket.family_id, turn.services.settings.bot_token)
        if command.command.lower() == "ban":
            await privacy.ban(connection, key, turn.now)
            return texts.BANNED.format(actor=escape(actor_of(message)))
        await privacy.unban(connection, key)
        return texts.UNBANNED

    text = await turn.services.database.write(work)
    await turn.services.refresh_facts()
    await say(turn, message, text)


@router.message(InSupportChat(), Command("notice", ignore_case=True))
async def notice(message: Message, command: CommandObject, turn: Turn) -> None:
    """`/notice текст` puts a line on every first screen and remedy, `/notice off` takes it away."""
    text = " ".join((command.args or "").split())
    if len(text) > NOTICE_LIMIT:
        await say(turn, message, texts.NOTICE_TOO_LONG.format(limit=NOTICE_LIMIT, length=len(text)))
        return
    if not text:
        now = escape(turn.services.notice)
        await say(turn, message, texts.NOTICE_NOW.format(notice=now) if now else texts.NOTICE_USAGE)
        return
    off = text.lower() in texts.NOTICE_OFF_WORDS
    await turn.services.database.write(lambda c: outbox.set_fact(c, "notice", None if off else text))
    await turn.services.refresh_facts()
    await say(turn, message, texts.NOTICE_OFF if off else texts.NOTICE_ON.format(notice=escape(text)))
