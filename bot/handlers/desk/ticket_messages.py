"""Handles what the school says in its support chat: messages of a ticket go to the family, buttons move the ticket."""

import re
from typing import Any

from aiogram import Bot, F, Router
from aiogram.methods import TelegramMethod
from aiogram.types import CallbackQuery, Message
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import content, failures, owed
from bot.flows.marked import Markup, fill, marked, plain
from bot.flows.ticket import ready_answers, ticket_card
from bot.handlers import message_kinds, quotes
from bot.handlers.desk.replies import actor_of, owe_answer, say
from bot.handlers.family import relay
from bot.handlers.filters import Action, InSupportChat, Where
from bot.handlers.update_context import UpdateContext
from bot.tickets import owing
from storage import bans, outbox, tickets, topics
from storage.ticket_status import Cause
from storage.tickets import Ticket, TicketMessage

router = Router(name="desk_tickets")
router.message.filter(InSupportChat())
router.edited_message.filter(InSupportChat())
router.callback_query.filter(InSupportChat())

NOTE_MARK = "//"
_COMMAND = re.compile(r"/[^\W\d_]\w*(?:@(?P<bot>\w+))?", re.UNICODE)
_REPEAT_S = 60.0  # the same words pressed again within a minute are one wish


# --- messages --------------------------------------------------------------------------------------------------------


@router.message(Where(F.migrate_to_chat_id))
async def follow_upgrade(message: Message, context: UpdateContext) -> None:
    """Follows a group that became a supergroup, whose id is another one from then on."""
    new_chat_id = message.migrate_to_chat_id or 0
    await context.once(lambda c: failures.follow_migration(context.desk, c, new_chat_id, context.now))


@router.message(Where(F.forum_topic_closed))
async def close_by_hand(message: Message, context: UpdateContext, bot: Bot) -> None:
    """Takes a topic that was closed by hand as «Решено»."""
    await _by_hand(message, context, bot, Cause.TOPIC_CLOSED)


@router.message(Where(F.forum_topic_reopened))
async def reopen_by_hand(message: Message, context: UpdateContext, bot: Bot) -> None:
    """Opens the ticket of a topic that was opened again by hand."""
    await _by_hand(message, context, bot, Cause.TOPIC_REOPENED)


@router.message(Where(F.forum_topic_edited))
async def renamed_by_hand(message: Message, context: UpdateContext, bot: Bot) -> None:
    """Keeps the name of a topic that was renamed by hand: from then on the bot changes only the mark before it."""
    name = message.forum_topic_edited.name if message.forum_topic_edited else None
    topic_id = message.message_thread_id
    if not name or topic_id is None or (message.from_user and message.from_user.id == bot.id):
        return

    async def work(connection: AsyncConnection) -> None:
        ticket = await tickets.at_topic(connection, message.chat.id, topic_id)
        if ticket and ticket.family_id is not None:
            await topics.put(
                connection, message.chat.id, topic_id, ticket.id, name=name, own_name=ticket_card.own_name(name)
            )

    await context.once(work)


async def _by_hand(message: Message, context: UpdateContext, bot: Bot, cause: Cause) -> None:
    if message.message_thread_id is None or (message.from_user and message.from_user.id == bot.id):
        return
    closed = cause is Cause.TOPIC_CLOSED

    async def work(connection: AsyncConnection) -> None:
        ticket = await tickets.at_topic(connection, message.chat.id, message.message_thread_id or 0)
        ticket = await tickets.held(connection, ticket.id) if ticket else None
        if ticket and ticket.family_id is not None and ticket.topic_id == message.message_thread_id:
            await tickets.change(connection, ticket.id, topic_closed=closed)
            moved = await owing.move(connection, ticket, cause, actor=actor_of(message), at=context.now)
            if moved and closed:
                await tell_family_solved(connection, context, ticket)

    await context.once(work)


def command_of(message: Message) -> str | None:
    """Gives the username of the bot that a command names, empty where it names none; None where there is no command."""
    found = _COMMAND.match(message.text or message.caption or "")
    return (found["bot"] or "") if found else None


@router.message(Where(F.func(command_of).is_not(None)))
async def refuse_command(message: Message, context: UpdateContext) -> None:
    """Refuses a command that does not exist, which never goes to a family, and ignores one for another bot."""
    addressed = (command_of(message) or "").lower()
    if not addressed or addressed == context.services.bot_username.lower():
        await say(context, message, marked(texts.UNKNOWN_DESK_COMMAND) + marked(texts.DESK_HELP))


@router.message()
async def answer_family(message: Message, context: UpdateContext) -> None:
    """Sends whatever anybody writes about a ticket to its family, but for internal notes and talk of no ticket."""
    found = message_kinds.found_in(message)
    if found is None or (_is_note(message) and not message.media_group_id):
        return

    async def work(connection: AsyncConnection) -> None:
        ticket, replied = await _ticket_of(connection, message)
        if ticket is None or await _belongs_to_note(connection, message, ticket, context.now):
            return
        if ticket.family_id is None:
            text = fill(texts.NOT_DELIVERED, reason=texts.REASON_ERASED)
            await owe_answer(connection, context, message, text)
            return
        await _tell_where_talk_goes_on(connection, context, message, ticket)
        said = await _words_of(connection, message, ticket, found.name)
        row = await tickets.add_message(
            connection, ticket_id=ticket.id, side="desk", family_id=ticket.family_id, desk_chat_id=message.chat.id,
            desk_message_id=message.message_id, kind=found.name,
            text=message_kinds.words_of(message) or None, entities=plain_entities(message), file_id=found.file_id,
            media_group_id=message.media_group_id,
            actor=actor_of(message), at=context.now,
        )  # fmt: skip
        group = message.media_group_id
        reply_row = replied.id if replied else None
        quote = quotes.for_family(message, replied, ticket) or None
        answer = owed.ToFamily(row, message.message_id, reply_row, quote, trial=not found.is_sure)
        if answer.trial:
            # Copying it shows whether it was a message at all; until then it is no answer.
            await owing.owe_family(connection, ticket, answer, context.now)
            return
        await owing.answer_family(
            connection, ticket, answer, cause=Cause.DESK_WROTE, actor=actor_of(message), at=context.now,
            said=said, media_group_id=group, delay=owing.MEDIA_GROUP_WAIT_S if group else 0.0,
        )  # fmt: skip

    await context.once(work)


async def _tell_where_talk_goes_on(
    connection: AsyncConnection, context: UpdateContext, message: Message, ticket: Ticket
) -> None:
    """Says once, in a former topic of a ticket, where the talk goes on; messages from there reach the family, too."""
    thread = message.message_thread_id
    if not message.is_topic_message or thread is None or thread == ticket.topic_id:
        return
    topic = await topics.get(connection, message.chat.id, thread)
    if topic is None or topic.ticket_id != ticket.id or topic.told_at is not None:
        return
    await topics.put(connection, message.chat.id, thread, ticket.id, told_at=context.now)
    link = owing.link_to(context.desk, ticket)
    told = fill(texts.TALK_MOVED_LINK, link=link) if link else ""
    await owe_answer(connection, context, message, fill(texts.TALK_MOVED, number=ticket.id, link=told))


async def _words_of(connection: AsyncConnection, message: Message, ticket: Ticket, kind: str) -> str | None:
    """Gives the words that «Моё обращение» shows of an answer; those of an album are its caption, in whichever part."""
    words, group = message_kinds.words_of(message), message.media_group_id
    if not words and group and await tickets.album_of_desk(connection, ticket.id, group):
        return None
    return words or texts.KINDS.get(kind)


def _is_note(message: Message) -> bool:
    return (message.text or message.caption or "").lstrip().startswith(NOTE_MARK)


async def _belongs_to_note(connection: AsyncConnection, message: Message, ticket: Ticket, at: float) -> bool:
    """Tells whether the message is part of an album whose caption makes it a note; its parts are updates apart."""
    group = message.media_group_id
    if group is None:
        return False
    parts = await tickets.album_of_desk(connection, ticket.id, group)
    if any(part.side == "note" for part in parts):
        return True
    if not _is_note(message):
        return False
    await tickets.add_message(
        connection, ticket_id=ticket.id, side="note", kind="text", media_group_id=group, actor=actor_of(message), at=at
    )
    await tickets.make_notes(connection, [part.id for part in parts])
    await outbox.drop_album(connection, outbox.family_queue(ticket.family_id or 0), group)
    return True


def plain_entities(message: Message) -> list[dict[str, Any]] | None:
    """Gives a message's formatting as plain data."""
    entities = message.entities or message.caption_entities or []
    return [
        entity.model_dump(exclude_none=True, exclude={"user"}) for entity in entities if entity.type != "text_mention"
    ] or None


async def _ticket_of(connection: AsyncConnection, message: Message) -> tuple[Ticket | None, TicketMessage | None]:
    """Finds the ticket that a message of the support chat speaks of, and the message of it that is replied to."""
    reply = message.reply_to_message
    replied = await tickets.message_at_desk(connection, message.chat.id, reply.message_id) if reply else None
    return await relay.ticket_meant(connection, message), replied


@router.edited_message()
async def edit_answer(message: Message, context: UpdateContext) -> None:
    """Edits the message that the family has, as the school edited its answer."""

    async def work(connection: AsyncConnection) -> None:
        row = await tickets.message_at_desk(connection, message.chat.id, message.message_id)
        ticket = await tickets.held(connection, row.ticket_id) if row else None
        if row is None:
            await _refuse_edited_note(connection, context, message)
        if row is None or ticket is None or row.side != "desk":
            return
        if ticket.erased_at is not None:
            # What was erased stays so.
            await _refuse_edit(connection, context, message, ticket, texts.NOT_EDITED_ERASED)
            return
        if _is_note(message):
            await _refuse_edit(connection, context, message, ticket, texts.NOT_EDITED_TO_NOTE)
            return
        if command_of(message) is not None:
            await _refuse_edit(connection, context, message, ticket, texts.NOT_EDITED_TO_COMMAND)
            return
        words = message_kinds.words_of(message) or None
        media = relay.replaced(message, row)
        if words == row.text and plain_entities(message) == row.entities and not media:
            return
        await tickets.change_message(connection, row.id, text=words, entities=plain_entities(message), **media)
        if row.text and ticket.last_answer == ticket_card.shortened(row.text, owing.ANSWER_SHOWN):
            shown = words or texts.KINDS.get(row.kind, "")
            await tickets.change(
                connection, ticket.id, last_answer=ticket_card.shortened(shown, owing.ANSWER_SHOWN) or None
            )
        if content.is_only_copied(row):
            # Nothing can be edited in it: it goes once more, as it is now.
            await owing.owe_family(connection, ticket, owed.ToFamily(row.id, message.message_id), context.now)
            return
        # Owed even where the message itself is still on its way: it may have been read before this edit.
        edit = owed.EditAtFamily(row.id, message.message_id, replaced=bool(media))
        await owing.owe_edit(connection, ticket, edit, context.now)

    await context.once(work)


async def _refuse_edit(
    connection: AsyncConnection, context: UpdateContext, message: Message, ticket: Ticket, reason: str
) -> None:
    told = owed.DeskText(fill(texts.NOT_DELIVERED, reason=reason), reply_to=message.message_id)
    await owing.owe_desk(connection, ticket.id, told, context.now)


async def _refuse_edited_note(connection: AsyncConnection, context: UpdateContext, message: Message) -> None:
    """Says that a note was not sent, and will not be, though its mark was taken off by an edit."""
    if message_kinds.is_service(message) or _is_note(message) or command_of(message) is not None:
        return
    ticket, _ = await _ticket_of(connection, message)
    if ticket and message.media_group_id and not message.caption:
        parts = await tickets.album_of_desk(connection, ticket.id, message.media_group_id)
        if any(part.side == "note" for part in parts):
            return  # a part of a note's album, whose words stand under another part
    if ticket is not None and ticket.family_id is not None:
        text = fill(texts.NOT_DELIVERED, reason=texts.NOT_EDITED_FROM_NOTE)
        await owe_answer(connection, context, message, text, ticket)


# --- buttons ---------------------------------------------------------------------------------------------------------


@router.callback_query(Action(*ticket_card.MOVES, "fixed", "solved", "clarify", "card", "ready", private=False))
async def press(query: CallbackQuery, context: UpdateContext, action: str, argument: str) -> TelegramMethod[Any] | None:
    """Handles a button under a card. Pressed twice it changes nothing the second time."""
    number, _, choice = argument.partition(":")
    actor = actor_of(query)

    async def work(connection: AsyncConnection) -> str:
        # Locked, so that what the button changes is the ticket as it is, not as it was a moment before.
        ticket = await tickets.held(connection, int(number)) if _is_number(number) else None
        if ticket is None or ticket.desk_id != context.desk.id:
            return texts.NO_SUCH_TICKET
        if ticket.family_id is None:
            return texts.REASON_ERASED
        if action in ticket_card.MOVES:
            cause, told = ticket_card.MOVES[action]
            moved = await owing.move(connection, ticket, cause, actor=actor, at=context.now)
            return told.format(number=ticket.id) if moved else texts.ALREADY_SO
        return await _ACTIONS[action](connection, context, ticket, actor, choice)

    notice = await context.once(work)
    return await context.press(query, None, notice or "")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 18


async def _fixed(connection: AsyncConnection, context: UpdateContext, ticket: Ticket, actor: str, choice: str) -> str:
    text = texts.FIXED.for_reader(owing.route_of_ticket(ticket))
    return await _say(connection, context, ticket, actor, text, Cause.FIXED)


async def _say(
    connection: AsyncConnection, context: UpdateContext, ticket: Ticket, actor: str, text: Markup, cause: Cause
) -> str:
    said = plain(text)
    lately = ticket.waiting_since is not None and context.now - ticket.waiting_since < _REPEAT_S
    if lately and ticket.last_answer == ticket_card.shortened(said, owing.ANSWER_SHOWN):
        return texts.ALREADY_SO
    await owing.answer_family(
        connection, ticket, owed.Screen(text), cause=cause, actor=actor, at=context.now, said=said,
        diary_url=context.services.settings.diary_url,
    )  # fmt: skip
    return texts.TO_BANNED if await bans.is_banned(connection, ticket.family_id) else texts.ASKED_FAMILY


async def _solved(connection: AsyncConnection, context: UpdateContext, ticket: Ticket, actor: str, choice: str) -> str:
    if not await owing.move(connection, ticket, Cause.DECIDED, actor=actor, at=context.now):
        return texts.ALREADY_SO
    await tell_family_solved(connection, context, ticket)
    return texts.SOLVED.format(number=ticket.id)


async def tell_family_solved(connection: AsyncConnection, context: UpdateContext, ticket: Ticket) -> None:
    """Tells the family that the school closed the ticket, and how to open it again."""
    text = texts.CLOSED_BY_SCHOOL.for_reader(owing.route_of_ticket(ticket), number=ticket.id)
    closed = owed.Screen(text, markup=owing.reopen_markup(ticket.id))
    await owing.owe_family(connection, ticket, closed, context.now)


async def _clarify(connection: AsyncConnection, context: UpdateContext, ticket: Ticket, actor: str, choice: str) -> str:
    await owing.show_choice(connection, ticket.id, context.now, ready=True)
    return ""


async def _card(connection: AsyncConnection, context: UpdateContext, ticket: Ticket, actor: str, choice: str) -> str:
    await owing.show_choice(connection, ticket.id, context.now, ready=False)
    return ""


async def _ready(connection: AsyncConnection, context: UpdateContext, ticket: Ticket, actor: str, choice: str) -> str:
    text = ready_answers.text_of(choice)
    if text is None:
        # The card shows the list of today, so that what is pressed next is there.
        await _clarify(connection, context, ticket, actor, "")
        return texts.READY_ANSWER_GONE
    await _card(connection, context, ticket, actor, "")
    return await _say(connection, context, ticket, actor, text, Cause.DESK_WROTE)


_ACTIONS = {
    "fixed": _fixed,
    "solved": _solved,
    "clarify": _clarify,
    "card": _card,
    "ready": _ready,
}
