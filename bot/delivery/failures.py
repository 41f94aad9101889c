"""What becomes of an outbox row that Telegram did not take: the table of faults and what each gets."""

from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import albums, calls, captions, desk_rights, lost_topics, pace_limits, passing_refusals, refusals
from bot.delivery.own_texts import payload_of
from bot.delivery.refusals import in_russian
from bot.delivery.sending import CaptionTooLong, NoAlbum, NoWay, PlaceLost, SourceAway, SourceLost
from bot.flows.marked import fill, kept, marked
from bot.logs import without_secrets
from bot.services import Services
from bot.tickets import owing
from storage import dialogues, outbox, parked, tickets
from storage.outbox import Owed

AWAY_PAUSE_S = 15.0
# A copy of a kind without words cannot be edited either: what was edited goes once more.
_MESSAGE_GONE = ("message to edit not found", "MESSAGE_ID_INVALID", "there is no caption in the message")
_UNEDITABLE = "message can't be edited"
_DONE_ALREADY = ("message is not modified", _UNEDITABLE, "message to delete not found", *_MESSAGE_GONE)
_TOPIC_GONE = ("message thread not found", "TOPIC_DELETED", "TOPIC_ID_INVALID", "thread not found")
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
_ERASURES = ("delete", "delete_topic")
_EDITS = frozenset(
    {
        "card_edit", "card_choice", "topic_state", "strip", "edit_at_desk", "edit_at_family", "reaction", "pin",
        *_ERASURES,
    }
)  # fmt: skip


def words_of(error: BaseException) -> str:
    """Telegram's own words, or those of a network error, without the token that an address in them would show."""
    if isinstance(error, (SourceLost, SourceAway, NoWay)):
        return str(error)
    if isinstance(error, TelegramAPIError):
        return without_secrets(error.message.splitlines()[0])[:300] if error.message else type(error).__name__
    return type(error).__name__


async def settle(
    services: Services, connection: AsyncConnection, rows: list[Owed], error: Exception, now: float, jitter: float
) -> None:
    """Decides what becomes of the rows; called in the transaction that writes it down."""
    at_desk = rows[0].chat_id == outbox.SUPPORT
    if isinstance(error, PlaceLost):
        await lost_topics.new_place(connection, rows, now)
    elif isinstance(error, CaptionTooLong):
        if not await captions.split(connection, rows):
            await give_up(services, connection, rows, words_of(error), now)
    elif isinstance(error, NoAlbum):
        await albums.part(connection, rows)
    elif isinstance(error, (SourceLost, NoWay)):
        await give_up(services, connection, rows, error, now)
    elif isinstance(error, SourceAway):
        if not await passing_refusals.wait_for_file(connection, rows, str(error), now, jitter):
            await give_up(services, connection, rows, error, now)
    elif isinstance(error, TelegramRetryAfter):
        await _wait_as_told(connection, rows, error, now)
    elif isinstance(error, TelegramMigrateToChat):
        await follow_migration(services, connection, error.migrate_to_chat_id, now)
        await outbox.retry(connection, _ids(rows), not_before=now, error=words_of(error))
    elif isinstance(error, (TelegramForbiddenError, TelegramUnauthorizedError)):
        await (_desk_away if at_desk or isinstance(error, TelegramUnauthorizedError) else _family_away)(
            services, connection, rows, error, now
        )
    elif isinstance(error, (TelegramServerError, TelegramNetworkError, TelegramConflictError)):
        await _try_again(services, connection, rows, error, now, jitter)
    elif isinstance(error, TelegramBadRequest):
        await _refused(services, connection, rows, error, now, jitter)
    else:
        await _try_again(services, connection, rows, error, now, jitter)


async def _wait_as_told(connection: AsyncConnection, rows: list[Owed], error: TelegramRetryAfter, now: float) -> None:
    """The calls of this kind in this chat wait as long as Telegram says; every other goes on."""
    until = now + error.retry_after
    name = calls.met_by(rows[0].kind, error)
    await outbox.set_fact(connection, f"pause:{rows[0].chat_id}:{name}", str(until))
    await outbox.retry(connection, _ids(rows), not_before=until, error=words_of(error), counted=False)


async def _try_again(
    services: Services, connection: AsyncConnection, rows: list[Owed], error: Exception, now: float, jitter: float
) -> None:
    if now - rows[0].created_at > pace_limits.GIVE_UP_AFTER_S and rows[0].attempts >= pace_limits.GIVE_UP_TRIES:
        await give_up(services, connection, rows, error, now)
        return
    delay = pace_limits.retry_delay(rows[0].attempts, jitter)
    await outbox.retry(connection, _ids(rows), not_before=now + delay, error=words_of(error))


async def follow_migration(services: Services, connection: AsyncConnection, new_chat_id: int, now: float) -> None:
    """The support group became a supergroup: its new id is stored and used from now on, also after a restart.

    What stood in the old group cannot be answered there any more, so every open ticket gets its card anew.
    """
    # What is stored decides, not this process's memory: another replica may have met it too, and this very work is
    # done again where the database was lost in the middle of it.
    old = await desk_rights.stored_desk(connection, services.settings.support_chat_id)
    if old is not None and old != new_chat_id:
        await outbox.set_fact(connection, f"migrated:{old}", str(new_chat_id))
        await tickets.move_desk(connection, old, new_chat_id)
        await lost_topics.cards_anew(connection, now)
    if services.support_chat_id != new_chat_id:
        services.support_chat_id = new_chat_id
        services.desk_known, services.desk_checked_at = False, 0.0


async def _desk_away(
    services: Services, connection: AsyncConnection, rows: list[Owed], error: TelegramAPIError, now: float
) -> None:
    """The bot was removed or lacks a right: the whole chat waits, nothing is counted as a failed try."""
    services.desk_away = in_russian(error)
    await outbox.set_fact(connection, f"pause:{rows[0].chat_id}", str(now + AWAY_PAUSE_S))
    await outbox.retry(connection, _ids(rows), not_before=now, error=words_of(error), counted=False)


async def _family_away(
    services: Services, connection: AsyncConnection, rows: list[Owed], error: TelegramAPIError, now: float
) -> None:
    """The family blocked the bot: what was on its way is kept for its return, as is all that waits behind it."""
    await family_gone(connection, rows[0].chat_id, now)
    await outbox.hold(connection, [row.id for row in rows if _brings_words(row)], words_of(error))
    await outbox.done(connection, [row.id for row in rows if not _brings_words(row)])


async def family_gone(connection: AsyncConnection, family_id: int, now: float) -> None:
    """The family blocked the bot: what is owed to it waits for its return, and the desk is told of each answer."""
    waiting = await outbox.waiting_for(connection, family_id)
    await outbox.hold_family(connection, family_id)
    await dialogues.mark_blocked(connection, family_id, now)
    await mark_unreachable(connection, family_id, now, now)
    await _tell_desk_of_each(connection, waiting, texts.REASON_BLOCKED, now)


async def _tell_desk_of_each(connection: AsyncConnection, rows: list[Owed], reason: str, now: float) -> None:
    """Tells the desk of what waits: once for an album, and once for a message and its edits."""
    for row in {r.media_group_id or r.payload.get("from_message") or r.id: r for r in rows}.values():
        if _brings_words(row):
            await _tell_desk(connection, row, reason, now)


def _brings_words(row: Owed) -> bool:
    """Whether the other side would miss something without this row."""
    return row.kind not in _EDITS or row.kind == "edit_at_family"


async def welcome_back(connection: AsyncConnection, family_id: int, now: float) -> None:
    """The family can be reached again: what was kept for it is sent."""
    await dialogues.mark_blocked(connection, family_id, None)
    await mark_unreachable(connection, family_id, None, now)
    await parked.drop_stale_screens(connection, family_id, now)
    await outbox.release_family(connection, family_id, now)


async def mark_unreachable(connection: AsyncConnection, family_id: int, since: float | None, now: float) -> None:
    """Notes on the family's open tickets since when it cannot be reached (None: it can again)."""
    for ticket in await tickets.of_family(connection, family_id):
        if ticket.is_open and (ticket.unreachable_at is None) != (since is None):
            await tickets.change(connection, ticket.id, unreachable_at=since)
            await owing.show_status(connection, ticket.id, now)


async def _refused(
    services: Services,
    connection: AsyncConnection,
    rows: list[Owed],
    error: TelegramBadRequest,
    now: float,
    jitter: float,
) -> None:
    row, said = rows[0], error.message
    at_desk = row.chat_id == outbox.SUPPORT
    if row.kind in _EDITS and _any(said, _DONE_ALREADY):
        await outbox.done(connection, _ids(rows))
        if _any(said, _MESSAGE_GONE) or (row.kind in lost_topics.EDITED and _UNEDITABLE in said):
            await lost_topics.show_again(connection, row, now)
    elif row.kind in _ERASURES:
        await _wait_for_the_right(connection, row, said, now)
    elif _any(said, _TOPIC_GONE) and (at_desk or row.kind in _EDITS):
        # Telegram's server says so of any trouble with a topic: people may see it, and go on in it.
        if not await passing_refusals.try_soon(connection, rows, said, now):
            await _topic_gone(services, connection, rows, said, now)
    elif at_desk and _any(said, _TOPIC_CLOSED) and not _of_ticket(row):
        await _elsewhere(services, connection, rows, said, now)
    elif at_desk and _any(said, _TOPIC_CLOSED):
        await lost_topics.open_topic_first(connection, rows, now)
    elif at_desk and _any(said, _NO_FORUM):
        services.desk_is_forum = False
        services.desk_checked_at = 0.0
        await outbox.retry(connection, _ids(rows), not_before=now, error=said)
    elif len(rows) > 1 and refusals.forbids_kind(said):
        await albums.part(connection, rows)
    elif at_desk and row.kind not in _EDITS and _any(said, _DESK_AWAY) and not refusals.forbids_kind(said):
        await _desk_away(services, connection, rows, error, now)
    elif not at_desk and refusals.is_lost(said):
        untold = await passing_refusals.wait_for_family(connection, rows, said, now, jitter)
        await _tell_desk_of_each(connection, untold, texts.REASON_LOST, now)
    elif await _is_tried_again(connection, rows, said, now, jitter):
        return
    elif len(rows) > 1:
        # One part, or one of the texts that were merged, may be what Telegram refuses: by themselves the others arrive.
        await albums.part(connection, rows)
    else:
        await give_up(services, connection, rows, error, now)


async def _is_tried_again(connection: AsyncConnection, rows: list[Owed], said: str, now: float, jitter: float) -> bool:
    """Tries a refusal that may pass again and again, and any other once more. False where it is final."""
    if refusals.is_passing(said) and await passing_refusals.wait_for_file(connection, rows, said, now, jitter):
        return True
    return not rows[0].attempts and await passing_refusals.try_soon(connection, rows, said, now)


async def _topic_gone(services: Services, connection: AsyncConnection, rows: list[Owed], said: str, now: float) -> None:
    row = rows[0]
    if row.kind in _EDITS:
        await outbox.done(connection, _ids(rows))
        await lost_topics.show_again(connection, row, now)
    elif not _of_ticket(row):
        await _elsewhere(services, connection, rows, said, now)
    else:
        await tickets.unmap_desk(connection, row.ticket_id or 0)
        await lost_topics.new_place(connection, rows, now)


def _any(said: str, signs: tuple[str, ...]) -> bool:
    return any(sign in said for sign in signs)


def _of_ticket(row: Owed) -> bool:
    """Whether a row goes to its ticket's own topic, not to wherever a command was given."""
    return row.ticket_id is not None and not row.payload.get("general") and not row.payload.get("placeless")


async def _elsewhere(services: Services, connection: AsyncConnection, rows: list[Owed], said: str, now: float) -> None:
    """The topic is gone or closed: the bot's own words that were to stand in it go to the general topic.

    What the closed general topic does not take goes to its ticket's topic, or to that of the newest ticket.
    """
    row = rows[0]
    if not row.payload.get("thread"):
        await _past_general(connection, row, said, now)
        return
    # A reply would follow the message that it answers, into the same topic.
    payload = {k: v for k, v in row.payload.items() if k not in ("thread", "reply_to")}
    await outbox.change_payload(connection, row.id, payload)
    await outbox.retry(connection, _ids(rows), not_before=now, error=said)


async def _past_general(connection: AsyncConnection, row: Owed, said: str, now: float) -> None:
    text = row.payload.get("text")
    placed = [ticket for ticket in await tickets.opened(connection) if ticket.topic_id]
    ticket = row.ticket_id or (placed[-1].id if placed else None)
    if ticket is None or text is None or row.payload.get("moved"):
        due = now + pace_limits.RETRY_MOST_S
        await parked.park(connection, [row.id], due, said)
        return
    await outbox.done(connection, [row.id])
    payload = payload_of(fill(texts.GENERAL_CLOSED, text=kept(text)), markup=row.payload.get("markup"), moved=True)
    await owing.owe_desk(connection, ticket, "desk_text", payload, now)


async def _wait_for_the_right(connection: AsyncConnection, row: Owed, said: str, now: float) -> None:
    """The bot may not delete what a family took back: this waits for the right to, and the desk is told once."""
    if not row.payload.get("told"):
        await outbox.change_payload(connection, row.id, {**row.payload, "told": True})
        text = fill(texts.NOT_ERASED, number=row.ticket_id, reason=in_russian(said))
        await outbox.put(
            connection, chat_id=outbox.SUPPORT, queue="general", kind="desk_text", payload=payload_of(text), at=now
        )
    await outbox.hold(connection, [row.id, *_ids(await outbox.following(connection, row, limit=100_000))], said)


async def rights_came(connection: AsyncConnection, now: float) -> None:
    """The bot has other rights in the support chat: what waited for one is tried again."""
    await outbox.release_family(connection, outbox.SUPPORT, now)


async def give_up(
    services: Services, connection: AsyncConnection, rows: list[Owed], error: Exception | str, now: float
) -> None:
    """The row is set aside with Telegram's words, whoever counts on it is told in Russian, and the queue goes on."""
    row, reason = rows[0], in_russian(error)
    await outbox.set_aside(connection, _ids(rows), words_of(error) if isinstance(error, Exception) else error)
    if row.kind == "edit_at_desk":
        # Nobody would be told of it: what the family changed goes once more, as it is now.
        await lost_topics.show_again(connection, row, now)
    if not _brings_words(row):
        return
    if row.chat_id != outbox.SUPPORT:
        await _tell_desk(connection, row, reason, now)
    elif row.kind == "to_desk" and row.family_id:
        await _tell_family(connection, row, now)
        await _tell_desk(connection, row, reason, now)
    elif row.kind == "card":
        await _tell_desk_about_card(connection, row, reason, now)


async def _tell_desk(connection: AsyncConnection, row: Owed, reason: str, now: float) -> None:
    if row.ticket_id is None:
        return
    reply_to = row.payload.get("from_message") or row.payload.get("told_by")
    text = fill(texts.NOT_DELIVERED, reason=reason)
    await owing.owe_desk(connection, row.ticket_id, "desk_text", payload_of(text, reply_to=reply_to), now)


async def _tell_desk_about_card(connection: AsyncConnection, row: Owed, said: str, now: float) -> None:
    text = fill(texts.CARD_REFUSED, number=row.ticket_id, reason=said)
    await outbox.put(
        connection, chat_id=outbox.SUPPORT, queue="general", kind="desk_text", payload=payload_of(text, general=True),
        at=now, ticket_id=row.ticket_id, family_id=row.family_id,
    )  # fmt: skip


async def _tell_family(connection: AsyncConnection, row: Owed, now: float) -> None:
    assert row.family_id
    await outbox.put(
        connection, chat_id=row.family_id, queue=outbox.family_queue(row.family_id), kind="screen",
        payload=payload_of(marked(texts.NOT_DELIVERED_TO_SCHOOL)), ticket_id=row.ticket_id,
        family_id=row.family_id, at=now,
    )  # fmt: skip


def _ids(rows: list[Owed]) -> list[int]:
    return [row.id for row in rows]
