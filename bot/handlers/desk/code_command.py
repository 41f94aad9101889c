"""Handles `/code`, by which a school binds its group, wherever somebody writes it."""

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import owed, queues
from bot.delivery.desk_rights import look_at_desk
from bot.delivery.own_texts import say_in
from bot.delivery.sending import quietly
from bot.flows.marked import Markup, fill, joined, marked
from bot.flows.screen import Screen
from bot.handlers.desk.groups import GROUPS
from bot.handlers.filters import PRIVATE, FamilyCommand
from bot.handlers.update_context import UpdateContext
from bot.known_schools import OPERATOR
from bot.schools import binding
from bot.schools.binding import BindingOutcome, Bound
from bot.tickets import owing
from storage.dialogues import Dialogue

router = Router(name="code_command")


@router.message(PRIVATE, FamilyCommand("code"))
async def in_private(message: Message, context: UpdateContext, dialogue: Dialogue) -> None:
    """Tells somebody who writes `/code` in a private chat that it belongs into the school's group."""
    await context.save_and_say(dialogue, Screen(marked(texts.CODE_ONLY_IN_GROUP)))


@router.message(GROUPS, Command("code", ignore_case=True))
async def in_group(message: Message, command: CommandObject, context: UpdateContext) -> None:
    """Binds the group to the school of the code, and says at once which rights the bot lacks there."""
    services, typed = context.services, command.args or ""
    if services.schools.is_operators(message.chat.id):
        await context.once(
            lambda c: owing.owe_answer(
                c, OPERATOR, None, message.message_id, marked(texts.CODE_IN_OPERATORS_CHAT), context.now
            )
        )
        return
    first_chat = services.settings.support_chat_id

    async def work(connection: AsyncConnection) -> Bound:
        return await binding.bind(connection, typed, message.chat.id, first_chat, services.facts.secret, context.now)

    bound = await context.once(work)
    if bound is None:
        return
    if bound.outcome is not BindingOutcome.BOUND or bound.school is None:
        await _refuse(message, context, typed, bound)
        return
    await services.refresh_facts()
    await _tell_rights(context, bound.school.id)
    if bound.left_chat is not None:
        gone = fill(texts.SCHOOL_MOVED_AWAY, school=bound.school.name or texts.SCHOOL_FIRST)
        await services.not_longer(quietly(say_in(services, bound.left_chat, gone)))


async def _refuse(message: Message, context: UpdateContext, typed: str, bound: Bound) -> None:
    """Says why nothing was bound; in a group of no school only now and then, so that no stranger makes the bot talk."""
    known = bound.school.name or texts.SCHOOL_FIRST if bound.school else ""
    said: Markup = fill(texts.CODE_OUTCOMES[bound.outcome.value], school=known)
    if not typed.strip():
        said = marked(texts.CODE_USAGE)
    services = context.services
    if context.desk_here is not None or services.group_replies.may_say((message.chat.id, "code", typed), context.now):
        await services.not_longer(quietly(say_in(services, message.chat.id, said, message)))


async def _tell_rights(context: UpdateContext, school_id: int) -> None:
    """Looks at the bot's rights in the new desk's chat, and owes the desk a message about them."""
    services = context.services
    desk = services.schools.desk_of(school_id)
    await look_at_desk(services, desk)
    said = marked(texts.SCHOOL_RIGHTS_FINE)
    if desk.lacking:
        rights = "\n".join(f"• {right}" for right in desk.lacking)
        said = fill(texts.RIGHTS_MISSING, rights=rights).lstrip()
    elif desk.away:
        said = joined("", [desk.away])
    told = owed.DeskText(said, general=True)
    await services.database.write(lambda c: queues.to_general(c, school_id, told, context.now, topic=0))
    services.owed.set()
