"""Asks the messenger about a desk's chat: whether it is a forum, and which rights the bot has there."""

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
from bot.delivery import owed, queues
from bot.delivery.failures import follow_migration
from bot.delivery.refusals import in_russian
from bot.desk import Desk
from bot.flows.marked import marked
from bot.services import Services
from storage import named_values, outbox

log = logging.getLogger(__name__)

_IN_A_FORUM = {texts.RIGHT_PIN: "can_pin_messages", texts.RIGHT_TOPICS: "can_manage_topics"}
_ANYWHERE = {texts.RIGHT_DELETE: "can_delete_messages"}  # for /forget alone: without it tickets go all the same


_WITHOUT_RIGHTS = (ChatMemberMember, ChatMemberRestricted, ChatMemberLeft, ChatMemberBanned)


def name_of_look(desk: Desk) -> str:
    """Gives the name under which the pace keeps for how long the messenger will not be asked about a desk."""
    return f"getChat:{desk.address}"


async def look_at_desk(services: Services, desk: Desk) -> None:
    """Asks the messenger about a desk's chat, and keeps in the desk what it says.

    What was said of a chat from which the desk has moved meanwhile is not kept: the next look asks about the new one.
    """
    chat_id = desk.chat_id
    if chat_id is None:
        return
    try:
        chat = await services.bot.get_chat(chat_id)
        me = await services.bot.get_chat_member(chat_id, services.bot_at(chat_id).id)
    except TelegramAPIError as error:
        if desk.chat_id == chat_id:
            await _keep_refusal(services, desk, error)
        return
    if desk.chat_id == chat_id:
        await _keep_facts(services, desk, me, is_forum=bool(chat.is_forum))


async def _keep_refusal(services: Services, desk: Desk, error: TelegramAPIError) -> None:
    if isinstance(error, TelegramMigrateToChat):
        moved_to = error.migrate_to_chat_id
        await services.database.write(lambda c: follow_migration(desk, c, moved_to, services.clock()))
        await look_at_desk(services, desk)
        return
    desk.away, desk.lacking = in_russian(error), ()
    if isinstance(error, TelegramRetryAfter):
        now = services.clock()
        services.pace.waits.note(name_of_look(desk), now + error.retry_after, now)
    log.warning("the support chat cannot be reached: %s", error.message)


async def _keep_facts(services: Services, desk: Desk, me: ChatMemberUnion, *, is_forum: bool) -> None:
    was_known, before, was_away = desk.is_known, desk.lacking, desk.away
    desk.is_forum, desk.is_known = desk.channel.topics and is_forum, True
    desk.checked_at = services.clock()
    lacking = tuple(missing_rights(me, desk.is_forum))
    if lacking and lacking != before:
        log.warning("the bot lacks rights in the support chat: %s", "; ".join(lacking))
    desk.lacking, desk.away = lacking, _why_away(desk, me, lacking)
    if desk.channel.only_administrators_read and not (was_known and lacking == before):
        await services.database.write(lambda c: _tell_of_unseen(c, desk, services.clock()))
    may_be_new = not was_known or was_away or texts.RIGHT_DELETE in before
    if may_be_new and texts.RIGHT_DELETE not in lacking:
        # The messenger may not have told that the right came. What was held for a desk are deletions alone.
        await services.database.write(lambda c: outbox.release_chat(c, desk.address, services.clock(), ("held",)))
    services.owed.set()


def _why_away(desk: Desk, me: ChatMemberUnion, lacking: tuple[str, ...]) -> str | None:
    """Gives the reason why families get no answer: the bot is out, may make no topics, or sees nothing there."""
    if getattr(me, "status", None) in ("left", "kicked"):
        return texts.DESK_REMOVED
    lacks_needed = _sees_nothing(desk, lacking) or texts.RIGHT_TOPICS in lacking
    return texts.DESK_LACKS.format(rights=", ".join(lacking)) if lacks_needed else None


def _sees_nothing(desk: Desk, lacking: tuple[str, ...]) -> bool:
    return desk.channel.only_administrators_read and texts.RIGHT_ADMINISTRATOR in lacking


async def _tell_of_unseen(connection: AsyncConnection, desk: Desk, now: float) -> None:
    """Owes a desk whose messages the bot does not see a word about it, once until it sees them.

    Tickets go there all the same, since their buttons work; without the word nobody would know why no answer arrives.
    """
    fact = f"unseen:{desk.chat_id}"
    if not _sees_nothing(desk, desk.lacking):
        await named_values.put(connection, fact, None)
    elif await named_values.begin(connection, fact, str(now)):
        await queues.to_general(connection, desk.id, owed.DeskText(marked(texts.DESK_UNSEEN), general=True), now)


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
