"""Decides, for each way in which a call can fail, what becomes of its rows of the outbox, and stores that.

Handlers call two functions of it as well, where an update tells what a failed call would have told: `follow_migration`,
for a group that became a supergroup, and `rights_came`.
"""

from dataclasses import replace

from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.methods import CreateForumTopic, GetFile
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import (
    albums,
    captions,
    lost_topics,
    owed,
    passing_refusals,
    queues,
    refusals,
    refused_erasures,
    retry_times,
    unreachable,
)
from bot.delivery.owed_message import AtDesk, Edit, InThread, Relayed
from bot.delivery.refusals import in_russian
from bot.delivery.sending import CaptionTooLong, NoAlbum, NoWay, PlaceLost, SourceAway, SourceLost
from bot.desk import Desk
from bot.flows.marked import fill, marked
from bot.logs import without_secrets
from bot.services import Services
from storage import moved_chats, named_values, outbox, parked, tickets
from storage.outbox import Owed

AWAY_PAUSE_S = 15.0
# A copy of a kind without words cannot be edited either: what was edited goes once more.
_MESSAGE_GONE = ("message to edit not found", "MESSAGE_ID_INVALID", "there is no caption in the message")
_UNEDITABLE = "message can't be edited"
_DONE_ALREADY = (_UNEDITABLE, "message to delete not found", *_MESSAGE_GONE)
_TOPIC_CLOSED = ("TOPIC_CLOSED", "topic is closed")
_NO_FORUM = ("not a forum", "CHAT_NOT_FORUM", "topics are disabled")
_DESK_AWAY = (
    "chat not found",
    "not enough rights",
    "need administrator rights",
    "CHAT_ADMIN_REQUIRED",
    "CHAT_WRITE_FORBIDDEN",
    "have no rights",
    "PEER_ID_INVALID",
)


def words_of(error: BaseException) -> str:
    """Gives Telegram's words, without the token that an address in them would show.

    Of an error of a sender its words are given, of any other error the name of its class.
    """
    if isinstance(error, (SourceLost, SourceAway, NoWay)):
        return str(error)
    if isinstance(error, TelegramAPIError):
        return without_secrets(error.message.splitlines()[0])[:300] if error.message else type(error).__name__
    return type(error).__name__


def is_before_sending(error: Exception) -> bool:
    """Tells whether no call reached the chat yet: its topic or card was missing, or a file of the other messenger."""
    return isinstance(error, PlaceLost) or (isinstance(error, TelegramAPIError) and isinstance(error.method, GetFile))


def _is_no_file(error: Exception) -> bool:
    """Tells whether a file could not be fetched now: what stands behind it needs no file, and is not held up."""
    of_file = isinstance(error, TelegramAPIError) and isinstance(error.method, GetFile)
    return of_file and not isinstance(error, (TelegramRetryAfter, TelegramUnauthorizedError, TelegramBadRequest))


async def settle(
    services: Services, connection: AsyncConnection, rows: list[Owed], error: Exception, now: float, jitter: float
) -> None:
    """Decides what becomes of the rows, and stores it; to be called in the transaction that settles them."""
    desk = services.schools.desk_numbered(rows[0].desk_id)
    if isinstance(error, PlaceLost):
        await lost_topics.new_place(connection, rows, now)
    elif isinstance(error, CaptionTooLong):
        if not await captions.split(connection, services.abilities_of(rows[0].chat_id), rows, now):
            await give_up(connection, rows, words_of(error), now)
    elif isinstance(error, NoAlbum):
        await albums.part(connection, rows, now)
    elif isinstance(error, (SourceLost, NoWay)):
        await give_up(connection, rows, error, now)
    elif isinstance(error, TelegramEntityTooLarge):
        # aiogram counts it among the errors of the network; the same file is too large at each try.
        if len(rows) > 1:
            await albums.part(connection, rows, now)
        else:
            await give_up(connection, rows, error, now)
    elif isinstance(error, SourceAway) or _is_no_file(error):
        if not await passing_refusals.wait(connection, rows, words_of(error), now, jitter):
            await give_up(connection, rows, error, now)
    elif isinstance(error, TelegramRetryAfter):
        await _wait_as_told(connection, rows, error, now)
    elif isinstance(error, TelegramMigrateToChat):
        if desk:
            await follow_migration(desk, connection, error.migrate_to_chat_id, now)
        await outbox.retry(connection, outbox.ids_of(rows), not_before=now, error=words_of(error))
    elif isinstance(error, (TelegramForbiddenError, TelegramUnauthorizedError)):
        if desk or isinstance(error, TelegramUnauthorizedError):
            await _chat_away(desk, connection, rows, error, now)
        else:
            await _family_away(connection, rows, error, now)
    elif isinstance(error, TelegramBadRequest):
        await _refused(desk, connection, rows, error, now, jitter)
    else:
        await _try_again(services, connection, rows, error, now, jitter)


async def _wait_as_told(connection: AsyncConnection, rows: list[Owed], error: TelegramRetryAfter, now: float) -> None:
    """Lets calls of this kind in this chat wait as long as Telegram says; all others go on."""
    until = now + error.retry_after
    kind = owed.class_of(rows[0])
    name = kind.waits_apart.get(error.method.__api_method__, kind.waits_as)
    await named_values.put(connection, f"pause:{rows[0].chat_id}:{name}", str(until))
    said = passing_refusals.noted(rows[0], words_of(error), 0)
    await outbox.retry(connection, outbox.ids_of(rows), not_before=until, error=said, counted=False)


async def _try_again(
    services: Services, connection: AsyncConnection, rows: list[Owed], error: Exception, now: float, jitter: float
) -> None:
    row, others_go = rows[0], retry_times.others_go(services, rows[0], now)
    is_old = now - row.created_at > retry_times.GIVE_UP_AFTER_S and row.attempts >= retry_times.GIVE_UP_TRIES
    stays_owed = owed.class_of(row).is_erasure  # the family reads that all is deleted
    if is_old and others_go and not stays_owed:
        await give_up(connection, rows, error, now)
        return
    due = now + retry_times.retry_delay(row.attempts, jitter)
    said = passing_refusals.noted(row, words_of(error), 0)
    counted = others_go or row.attempts < retry_times.TRIES_WHILE_AWAY
    await outbox.retry(connection, outbox.ids_of(rows), not_before=due, error=said, counted=counted)


async def follow_migration(desk: Desk, connection: AsyncConnection, new_chat_id: int, now: float) -> None:
    """Follows a desk's group that became a supergroup: its new id is stored and used from now on.

    What stood in the old group cannot be answered there any more, so every open ticket gets its card anew.
    """
    # What is stored decides, not this process's memory: another replica may have met it too, and this very work is
    # done again where the database was lost in the middle of it.
    old = await moved_chats.newest(connection, desk.made_in) if desk.made_in is not None else None
    if old is not None and old != new_chat_id:
        await moved_chats.note(connection, old, new_chat_id)
        await tickets.move_desk(connection, desk.id, old, new_chat_id)
        await lost_topics.cards_anew(connection, desk.id, now)
    if desk.chat_id != new_chat_id:
        desk.moves_to(new_chat_id)


async def _chat_away(
    desk: Desk | None, connection: AsyncConnection, rows: list[Owed], error: TelegramAPIError, now: float
) -> None:
    """Lets the whole chat wait, with no try counted: the bot was removed or lacks a right."""
    if desk:
        desk.away = in_russian(error)
    await named_values.put(connection, f"pause:{rows[0].chat_id}", str(now + AWAY_PAUSE_S))
    await outbox.retry(connection, outbox.ids_of(rows), not_before=now, error=words_of(error), counted=False)


async def _family_away(connection: AsyncConnection, rows: list[Owed], error: TelegramAPIError, now: float) -> None:
    """Keeps what is owed to a family that blocked the bot until it returns."""
    await unreachable.family_gone(connection, rows[0].chat_id, now)
    kept = [row for row in rows if owed.class_of(row).brings_words]
    await outbox.hold(connection, outbox.ids_of(kept), words_of(error))
    await outbox.done(connection, outbox.ids_of(row for row in rows if row not in kept))


async def _refused(
    desk: Desk | None,
    connection: AsyncConnection,
    rows: list[Owed],
    error: TelegramBadRequest,
    now: float,
    jitter: float,
) -> None:
    row, kind, said = rows[0], owed.class_of(rows[0]), error.message
    if kind.is_change and (refusals.is_unchanged(said) or _any(said, _DONE_ALREADY)):
        await outbox.done(connection, outbox.ids_of(rows))
        if _any(said, _MESSAGE_GONE) or (issubclass(kind, Edit) and _UNEDITABLE in said):
            await lost_topics.show_again(connection, row, now)
    elif kind.is_erasure:
        await refused_erasures.settle(connection, desk, row, said, now, jitter)
    elif refusals.is_topic_gone(said) and (desk or kind.is_change):
        # Telegram's server says so of any trouble with a topic: people may see it, and go on in it.
        if not await passing_refusals.try_soon(connection, rows, said, now):
            await _topic_gone(connection, rows, said, now)
    elif desk and _any(said, _TOPIC_CLOSED):
        if not (_of_ticket(row) and await lost_topics.open_topic_first(connection, rows, now)):
            await _elsewhere(connection, rows, said, now)
    elif desk and _any(said, _NO_FORUM):
        desk.is_forum, desk.checked_at = False, 0.0
        await outbox.retry(connection, outbox.ids_of(rows), not_before=now, error=said)
    elif len(rows) > 1 and refusals.forbids_kind(said):
        await albums.part(connection, rows, now)
    elif desk and not kind.is_change and _any(said, _DESK_AWAY) and not refusals.forbids_kind(said):
        await _chat_away(desk, connection, rows, error, now)
    elif not desk and refusals.is_lost(said):
        untold = await passing_refusals.wait_for_family(connection, rows, said, now, jitter)
        await unreachable.tell_desk_of_each(connection, untold, texts.REASON_LOST, now)
    elif await _is_tried_again(connection, rows, said, now, jitter):
        return
    elif len(rows) > 1:
        # One part, or one of the texts that were merged, may be what Telegram refuses: by themselves the others arrive.
        await albums.part(connection, rows, now)
    elif isinstance(error.method, CreateForumTopic):
        await lost_topics.card_without_topic(connection, row, now)
    else:
        await give_up(connection, rows, error, now)


async def _is_tried_again(connection: AsyncConnection, rows: list[Owed], said: str, now: float, jitter: float) -> bool:
    """Tries a refusal that may pass again and again, and any other once more. False where it is final."""
    if refusals.is_passing(said) and await passing_refusals.wait(connection, rows, said, now, jitter):
        return True
    return not passing_refusals.times_of(rows[0]) and await passing_refusals.try_soon(connection, rows, said, now)


async def _topic_gone(connection: AsyncConnection, rows: list[Owed], said: str, now: float) -> None:
    row = rows[0]
    if owed.class_of(row).is_change:
        await outbox.done(connection, outbox.ids_of(rows))
        await lost_topics.show_again(connection, row, now)
    elif not _of_ticket(row):
        await _elsewhere(connection, rows, said, now)
    else:
        await tickets.unmap_desk(connection, row.ticket_id or 0)
        await lost_topics.new_place(connection, rows, now)


def _any(said: str, signs: tuple[str, ...]) -> bool:
    return any(sign in said for sign in signs)


def _of_ticket(row: Owed) -> bool:
    """Tells whether a row goes to its ticket's own topic, and not to where a command was given."""
    message = owed.of(row)
    elsewhere = isinstance(message, InThread) and message.general
    return row.ticket_id is not None and not elsewhere and not (isinstance(message, AtDesk) and message.placeless)


async def _elsewhere(connection: AsyncConnection, rows: list[Owed], said: str, now: float) -> None:
    """Sends rows to the general topic where their topic is gone or closed.

    What the closed general topic does not take goes to its ticket's topic, or to that of the newest ticket, where it is
    a text of the bot's own; else it waits.
    """
    row, message = rows[0], owed.of(rows[0])
    if not isinstance(message, InThread) or not message.thread:
        await _past_general(connection, rows, said, now)
        return
    # A reply would follow the message that it answers, into the same topic.
    await queues.change(connection, row, replace(message, thread=None, reply_to=None))
    await outbox.retry(connection, outbox.ids_of(rows), not_before=now, error=said)


async def _past_general(connection: AsyncConnection, rows: list[Owed], said: str, now: float) -> None:
    row, message = rows[0], owed.of(rows[0])
    in_topics = [ticket for ticket in await tickets.opened(connection, row.desk_id or 0) if ticket.topic_id]
    ticket = row.ticket_id or (in_topics[-1].id if in_topics else None)
    markup, moved = (message.markup, message.moved) if isinstance(message, owed.DeskText) else (None, False)
    if ticket is None or not isinstance(message, InThread) or moved:
        due = now + retry_times.RETRY_MOST_S
        await parked.park(connection, outbox.ids_of(rows), due, said)
        return
    await outbox.done(connection, [row.id])
    text = fill(texts.GENERAL_CLOSED, text=message.text)
    await queues.to_ticket_of_id(connection, ticket, owed.DeskText(text, markup=markup, moved=True), now)


async def rights_came(connection: AsyncConnection, desk: Desk, now: float) -> None:
    """Tries again what waited in a desk's chat, where the bot has other rights now."""
    await named_values.put(connection, f"pause:{desk.address}", None)
    await outbox.release_chat(connection, desk.address, now)


async def give_up(connection: AsyncConnection, rows: list[Owed], error: Exception | str, now: float) -> None:
    """Sets a row aside with Telegram's words, tells those who count on it in Russian, and lets the queue go on."""
    row, reason = rows[0], in_russian(error)
    await outbox.set_aside(connection, outbox.ids_of(rows), words_of(error) if isinstance(error, Exception) else error)
    kind = owed.class_of(row)
    if row.desk_id is None:
        if kind.brings_words:
            await unreachable.never_delivered(connection, rows, reason, now)
    elif issubclass(kind, Edit):
        # Nobody would be told of it: what the family changed goes once more, as it is now.
        await lost_topics.show_again(connection, row, now)
    elif issubclass(kind, Relayed) and row.family_id:
        await _tell_family(connection, row, now)
        await unreachable.tell_desk(connection, row, reason, now)
    elif kind is owed.Card:
        await _tell_desk_about_card(connection, row, reason, now)


async def _tell_desk_about_card(connection: AsyncConnection, row: Owed, said: str, now: float) -> None:
    about = await tickets.get(connection, row.ticket_id or 0)
    number = about.number if about else row.ticket_id
    told = owed.DeskText(fill(texts.CARD_REFUSED, number=number, reason=said), general=True)
    await queues.to_general(connection, row.desk_id or 0, told, now, about=about)


async def _tell_family(connection: AsyncConnection, row: Owed, now: float) -> None:
    assert row.family_id
    told = owed.ScreenMessage(marked(texts.NOT_DELIVERED_TO_SCHOOL), of_bot=True)
    await queues.to_family(connection, row.family_id, told, now, ticket_id=row.ticket_id)
