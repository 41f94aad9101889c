"""Asks Telegram about the support chat: whether it is a forum, and which rights the bot has there."""

import logging

from aiogram.exceptions import TelegramAPIError, TelegramMigrateToChat, TelegramRetryAfter
from aiogram.types import (
    ChatMemberBanned,
    ChatMemberLeft,
    ChatMemberMember,
    ChatMemberOwner,
    ChatMemberRestricted,
)
from aiogram.types.chat_member_union import ChatMemberUnion
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery.refusals import in_russian
from bot.services import Services
from storage import facts

log = logging.getLogger(__name__)

_MOVES_FOLLOWED = 5
_IN_A_FORUM = {texts.RIGHT_PIN: "can_pin_messages", texts.RIGHT_TOPICS: "can_manage_topics"}
_ANYWHERE = {texts.RIGHT_DELETE: "can_delete_messages"}  # for /forget alone: without it tickets go all the same


_WITHOUT_RIGHTS = (ChatMemberMember, ChatMemberRestricted, ChatMemberLeft, ChatMemberBanned)


async def find_desk(services: Services) -> None:
    """Takes the support chat's id from the settings, or the newer one that was stored when the group was upgraded."""
    wanted = services.settings.support_chat_id
    services.desk.chat_id = await services.database.read(lambda c: stored_desk(c, wanted))


async def stored_desk(connection: AsyncConnection, chat_id: int | None) -> int | None:
    """The id that a group has by now, as far as it was stored when it was upgraded."""
    for _ in range(_MOVES_FOLLOWED):
        moved = await facts.get(connection, f"migrated:{chat_id}")
        if moved is None:
            break
        chat_id = int(moved)
    return chat_id


async def look_at_desk(services: Services) -> list[str]:
    """Asks Telegram about the support chat; returns the rights that the bot lacks there."""
    if services.desk.chat_id is None:
        return []
    try:
        chat = await services.bot.get_chat(services.desk.chat_id)
        me = await services.bot.get_chat_member(services.desk.chat_id, services.bot.id)
    except TelegramMigrateToChat as error:
        from bot.delivery.failures import follow_migration

        moved_to = error.migrate_to_chat_id
        await services.database.write(lambda c: follow_migration(services, c, moved_to, services.clock()))
        return await look_at_desk(services)
    except TelegramAPIError as error:
        services.desk.away = in_russian(error)
        if isinstance(error, TelegramRetryAfter):
            # The next look is due by the distance from this moment.
            services.desk.checked_at = services.clock() + error.retry_after
        log.warning("the support chat cannot be reached: %s", error.message)
        return []
    services.desk.is_forum, services.desk.is_known = bool(chat.is_forum), True
    services.desk.checked_at = services.clock()
    lacking = missing_rights(me, services.desk.is_forum)
    services.desk.away = _why_away(me, lacking)
    services.owed.set()
    return lacking


def _why_away(me: ChatMemberUnion, lacking: list[str]) -> str | None:
    """Gives the reason why tickets wait: the bot is out, or may not make the topics that they need."""
    if getattr(me, "status", None) in ("left", "kicked"):
        return texts.DESK_REMOVED
    return texts.DESK_LACKS.format(rights=", ".join(lacking)) if texts.RIGHT_TOPICS in lacking else None


def missing_rights(me: ChatMemberUnion, is_forum: bool) -> list[str]:
    """Names the rights that the bot needs in the support chat and has not, in words for people.

    Of a right that Telegram does not tell, and of a member of a kind unknown today, nothing is said: where a right
    turns out to be missing, the call that needs it is refused.
    """
    wanted = _IN_A_FORUM | _ANYWHERE if is_forum else _ANYWHERE
    if isinstance(me, _WITHOUT_RIGHTS):
        return [texts.RIGHT_ADMINISTRATOR, *wanted]
    if isinstance(me, ChatMemberOwner):
        return []
    return [name for name, right in wanted.items() if getattr(me, right, None) is False]
