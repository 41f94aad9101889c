"""Handles Telegram's service messages in the support chat: topics closed, opened, renamed; the group's upgrade."""

from aiogram import Bot, F, Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.types import Message

from bot import texts_ru as texts
from bot.delivery import failures
from bot.delivery.sending import quietly
from bot.handlers.desk.replies import actor_of
from bot.handlers.filters import InSupportChat, Where
from bot.handlers.update_context import UpdateContext
from bot.tickets import desk_topics

router = Router(name="topic_changes")
router.message.filter(InSupportChat())

DELETED_WITHIN_S = 10
_LINES = F.forum_topic_edited | F.forum_topic_closed | F.forum_topic_reopened | F.pinned_message


@router.message(Where(F.migrate_to_chat_id))
async def follow_upgrade(message: Message, context: UpdateContext) -> None:
    """Follows a group that became a supergroup, whose id is another one from then on."""
    new_chat_id = message.migrate_to_chat_id or 0
    await context.once(lambda c: failures.follow_migration(context.desk, c, new_chat_id, context.now))


@router.message(Where(_LINES))
async def delete_own_service_message(message: Message, context: UpdateContext, bot: Bot) -> None:
    """Deletes the service message that the bot's own change left in a topic, where the bot may delete messages.

    It only decorates: nothing is owed, a failure is passed over, and no family's message waits for it.
    """
    if message.from_user is None or message.from_user.id != bot.id:
        raise SkipHandler
    if context.desk.is_known and texts.RIGHT_DELETE not in context.desk.lacking:
        await context.services.not_longer(quietly(_delete(message, bot)))


async def _delete(message: Message, bot: Bot) -> None:
    await bot.delete_message(message.chat.id, message.message_id, request_timeout=DELETED_WITHIN_S)


@router.message(Where(F.forum_topic_closed))
async def close_by_hand(message: Message, context: UpdateContext, bot: Bot) -> None:
    """Takes a topic that was closed by hand as «Решено»."""
    topic_id = _changed_by_hand(message, bot)
    if topic_id:
        place, pack, actor = (context.desk.id, message.chat.id, topic_id), context.pack, actor_of(message)
        await context.once(lambda c: desk_topics.close(c, *place, pack, actor, context.now))


@router.message(Where(F.forum_topic_reopened))
async def reopen_by_hand(message: Message, context: UpdateContext, bot: Bot) -> None:
    """Opens the ticket of a topic that was opened again by hand."""
    topic_id = _changed_by_hand(message, bot)
    if topic_id:
        place, actor = (context.desk.id, message.chat.id, topic_id), actor_of(message)
        await context.once(lambda c: desk_topics.reopen(c, *place, actor, context.now))


@router.message(Where(F.forum_topic_edited))
async def rename_by_hand(message: Message, context: UpdateContext, bot: Bot) -> None:
    """Keeps the name of a topic that was renamed by hand."""
    name = message.forum_topic_edited.name if message.forum_topic_edited else None
    topic_id = _changed_by_hand(message, bot)
    if topic_id and name:
        place = context.desk.id, message.chat.id, topic_id
        await context.once(lambda c: desk_topics.rename(c, *place, name))


def _changed_by_hand(message: Message, bot: Bot) -> int | None:
    """Gives the topic that a service message tells of; None where the bot itself changed it."""
    is_own = message.from_user is not None and message.from_user.id == bot.id
    return None if is_own else message.message_thread_id
