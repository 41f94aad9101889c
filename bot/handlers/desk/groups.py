"""Handles what concerns a group itself: `/id`, and the bot being added, given other rights, or removed."""

from aiogram import Bot, F, Router
from aiogram.filters import Command
from aiogram.types import ChatMemberUpdated, Message
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.channels import chat_ids
from bot.delivery import failures, unreachable
from bot.delivery.desk_rights import look_at_desk, missing_rights
from bot.delivery.own_texts import say_in
from bot.delivery.sending import quietly
from bot.flows.marked import fill, marked
from bot.handlers.filters import Where
from bot.handlers.update_context import UpdateContext
from bot.tickets import stuck_schools

router = Router(name="groups")
GROUPS = Where(F.chat.type.in_({"group", "supergroup"}))


@router.message(GROUPS, Command("id", ignore_case=True))
async def show_id(message: Message, context: UpdateContext) -> None:
    """Answers `/id` in a group with the number to fill in as SUPPORT_CHAT_ID."""
    if await _may_say(context, message.chat.id, "id"):
        text = fill(texts.GROUP_ID, id=chat_ids.written(message.chat.id))
        await context.services.not_longer(quietly(say_in(context.services, message.chat.id, text, message)))


async def _may_say(context: UpdateContext, chat_id: int, what: str) -> bool:
    """Tells whether an update may be answered in a group, once: always in the support chat, rarely in any other."""
    if context.desk_here is None and not context.services.replies.may_say((chat_id, what), context.now):
        return False

    async def claimed(connection: AsyncConnection) -> bool:
        return True

    return bool(await context.once(claimed))


@router.my_chat_member()
async def member_changed(event: ChatMemberUpdated, context: UpdateContext, bot: Bot) -> None:
    """Notes that the bot was added to a group, removed from it, or blocked by a family."""
    status = event.new_chat_member.status
    if event.chat.type == "private":
        await _family_came_or_went(context, blocked=status == "kicked")
    elif event.chat.type == "channel":
        return
    elif status in ("member", "administrator", "restricted"):
        await _greet(event, context, bot)
    elif context.desk_here:
        await context.once(lambda c: stuck_schools.thrown_out(c, context.services, context.desk.id, context.now))
        context.desk.away = texts.DESK_REMOVED


async def _family_came_or_went(context: UpdateContext, blocked: bool) -> None:
    async def work(connection: AsyncConnection) -> None:
        if not blocked:
            await unreachable.welcome_back(connection, context.family_id, context.now)
        else:
            await unreachable.family_gone(connection, context.family_id, context.now)

    await context.once(work)


async def _greet(event: ChatMemberUpdated, context: UpdateContext, bot: Bot) -> None:
    """Says the group's id and the missing rights, and wakes the tickets that waited for the bot's return."""
    lacking = missing_rights(event.new_chat_member, bool(event.chat.is_forum))
    if context.desk_here:
        await context.once(lambda c: failures.rights_came(c, context.desk, context.now))
        context.desk.away = None
        await look_at_desk(context.services, context.desk)
        context.services.owed.set()
    was_in = event.old_chat_member.status in ("member", "administrator", "restricted")
    if was_in and lacking == missing_rights(event.old_chat_member, bool(event.chat.is_forum)):
        return
    text = fill(texts.GREETING, id=chat_ids.written(event.chat.id))
    text += (
        fill(texts.RIGHTS_MISSING, rights="\n".join(f"• {right}" for right in lacking))
        if lacking
        else marked(texts.RIGHTS_FINE)
    )
    if context.desk_here or await _may_say(context, event.chat.id, text):
        await context.services.not_longer(quietly(say_in(context.services, event.chat.id, text)))
