"""Handles what concerns a group itself: `/id`, and the bot being added, given other rights, or removed."""

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import ChatMemberUpdated, Message
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.channels import chat_ids
from bot.delivery import failures, unreachable
from bot.delivery.desk_rights import look_at_desk, missing_rights
from bot.delivery.own_texts import say_in
from bot.delivery.sending import quietly
from bot.flows.marked import Markup, fill, marked
from bot.handlers.filters import Where
from bot.handlers.update_context import UpdateContext
from bot.tickets import stuck_schools

router = Router(name="groups")
GROUPS = Where(F.chat.type.in_({"group", "supergroup"}))


@router.message(GROUPS, Command("id", ignore_case=True))
async def show_id(message: Message, context: UpdateContext) -> None:
    """Answers `/id` in a group with the number to fill in as SUPPORT_CHAT_ID; with several schools a code binds it."""
    if await _may_say(context, message.chat.id, "id"):
        number, about = chat_ids.written(message.chat.id), _about_one_of_several(context, message.chat.id)
        text = fill(texts.GROUP_NUMBER, id=number, about=about) if about else fill(texts.GROUP_ID, id=number)
        await context.services.not_longer(quietly(say_in(context.services, message.chat.id, text, message)))


def _about_one_of_several(context: UpdateContext, chat_id: int) -> Markup | None:
    """Says whose a group is, or how it becomes a school's; None where there is one school, which the settings bind."""
    schools = context.services.schools
    if schools.operator is None and not schools.are_several:
        return None
    if schools.is_operators(chat_id):
        return marked(texts.GROUP_OF_OPERATOR)
    if context.desk_here is None:
        return marked(texts.GROUP_OF_NOBODY)
    return fill(texts.GROUP_OF_SCHOOL, school=context.school.name or texts.SCHOOL_FIRST)


async def _may_say(context: UpdateContext, chat_id: int, what: str) -> bool:
    """Tells whether an update may be answered in a group, once: always in the support chat, rarely in any other."""
    if context.desk_here is None and not context.services.group_replies.may_say((chat_id, what), context.now):
        return False

    async def claimed(connection: AsyncConnection) -> bool:
        return True

    return bool(await context.once(claimed))


@router.my_chat_member()
async def member_changed(event: ChatMemberUpdated, context: UpdateContext) -> None:
    """Notes that the bot was added to a group, removed from it, or blocked by a family."""
    status = event.new_chat_member.status
    if event.chat.type == "private":
        await _family_came_or_went(context, blocked=status == "kicked")
    elif event.chat.type == "channel":
        return
    elif status in ("member", "administrator", "restricted"):
        await _greet(event, context)
    elif context.desk_here and context.desk.chat_id == event.chat.id:
        await context.once(lambda c: stuck_schools.thrown_out(c, context.services, context.desk.id, context.now))
        context.desk.away = texts.DESK_REMOVED


async def _family_came_or_went(context: UpdateContext, blocked: bool) -> None:
    async def work(connection: AsyncConnection) -> None:
        if not blocked:
            await unreachable.welcome_back(connection, context.family_id, context.now)
        else:
            await unreachable.family_gone(connection, context.family_id, context.now)

    await context.once(work)


async def _greet(event: ChatMemberUpdated, context: UpdateContext) -> None:
    """Says what the group is for and which rights are missing, and wakes the tickets that waited for the bot's return.

    In the operator's chat nothing of a family is sent or erased: there the bot has to see what is written, no more.
    """
    lacking = missing_rights(event.new_chat_member, bool(event.chat.is_forum))
    about = _about_one_of_several(context, event.chat.id)
    if context.services.schools.is_operators(event.chat.id):
        lacking = [right for right in lacking if right == texts.RIGHT_ADMINISTRATOR]
    if context.desk_here:
        await context.once(lambda c: failures.rights_came(c, context.desk, context.now))
        context.desk.away = None
        await look_at_desk(context.services, context.desk)
        context.services.owed.set()
    was_in = event.old_chat_member.status in ("member", "administrator", "restricted")
    if was_in and lacking == missing_rights(event.old_chat_member, bool(event.chat.is_forum)):
        return
    number = chat_ids.written(event.chat.id)
    text = fill(texts.GREETING_SEVERAL, about=about) if about else fill(texts.GREETING, id=number)
    text += (
        fill(texts.RIGHTS_MISSING, rights="\n".join(f"• {right}" for right in lacking))
        if lacking
        else marked(texts.RIGHTS_FINE)
    )
    if about and context.desk_here is None and texts.RIGHT_ADMINISTRATOR in lacking:
        text += marked(texts.RIGHTS_FIRST)
    if context.desk_here or await _may_say(context, event.chat.id, text):
        await context.services.not_longer(quietly(say_in(context.services, event.chat.id, text)))
