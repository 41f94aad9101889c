"""How each kind of outbox row is sent, and what is kept once Telegram has accepted it."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    InlineKeyboardMarkup,
    InputMediaAudio,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    LinkPreviewOptions,
    Message,
    MessageEntity,
    ReactionTypeEmoji,
    ReplyParameters,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import chart_courier, desk_rows
from bot.flows import desk
from bot.keyboards import keyboard
from bot.services import Services
from storage import outbox, tickets
from storage.outbox import Owed
from storage.tickets import Ticket, TicketMessage

log = logging.getLogger(__name__)

REQUEST_TIMEOUT_S = 20  # shorter than a lease: a row is never sent by two workers
CAPTION_LIMIT = 1024
DELIVERED_REACTION = "👍"
Record = Callable[[AsyncConnection, float], Awaitable[None]]


class PlaceLost(Exception):
    """The ticket has no card in the support chat (any more): one must be made before anything of it is sent."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What to keep in the transaction that takes a row out of the outbox."""

    record: Record | None = None


_SILENT = frozenset(
    {
        "reaction",
        "card_edit",
        "topic_state",
        "strip",
        "edit_at_desk",
        "edit_at_family",
        "delete",
        "delete_topic",
        "topic_open",
    }
)


def messages_in(kind: str) -> bool:
    """Whether a row of this kind puts a new message into a chat, which Telegram's limits count."""
    return kind not in _SILENT


async def send(services: Services, rows: list[Owed]) -> Delivered:
    """Sends rows that leave together. Raises aiogram's errors, and PlaceLost."""
    return await _COURIERS[rows[0].kind](services, rows)


async def mergeable(connection: AsyncConnection, head: Owed, behind: list[Owed], limit: int) -> list[Owed]:
    """The head and the texts right behind it that fit into one message of `limit` UTF-16 units."""
    rows, length = [], 0
    for row in [head, *behind]:
        if row.kind != "to_desk" or row.media_group_id or (rows and row.payload.get("reply_row")):
            break
        message = await tickets.message(connection, row.payload["row"])
        if message is None or message.kind != "text":
            break
        length += _units(message.text or "") + 1
        if rows and length > limit:
            break
        rows.append(row)
    return rows or [head]


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


# --- to the desk -------------------------------------------------------------------------------------------------------


async def _ticket(services: Services, row: Owed) -> Ticket:
    ticket = await services.database.read(lambda c: tickets.get(c, row.ticket_id or 0))
    if ticket is None:
        raise LookupError(f"ticket {row.ticket_id} is gone")
    return ticket


async def _card(services: Services, rows: list[Owed]) -> Delivered:
    row = rows[0]
    ticket = await _ticket(services, row)
    chat_id = _support(services)
    if services.desk_is_forum and ticket.topic_id is None:
        ticket = await _new_topic(services, ticket, chat_id)
    text, markup = await _card_of(services, ticket)
    sent = await services.bot.send_message(
        chat_id, text, message_thread_id=ticket.topic_id, reply_markup=markup, request_timeout=REQUEST_TIMEOUT_S
    )
    if services.desk_is_forum:
        await _quietly(services.bot.pin_chat_message(chat_id, sent.message_id, disable_notification=True))

    async def record(connection: AsyncConnection, now: float) -> None:
        await tickets.change(connection, ticket.id, card_message_id=sent.message_id, desk_chat_id=chat_id)

    return Delivered(record)


async def _new_topic(services: Services, ticket: Ticket, chat_id: int) -> Ticket:
    name = desk.topic_name(ticket.id, ticket.class_name, ticket.error, ticket.status)
    topic = await services.bot.create_forum_topic(chat_id, name, request_timeout=REQUEST_TIMEOUT_S)

    async def keep(connection: AsyncConnection) -> Ticket:
        await tickets.change(
            connection, ticket.id, topic_id=topic.message_thread_id, topic_closed=False, desk_chat_id=chat_id
        )
        return await tickets.get(connection, ticket.id) or ticket

    return await services.database.write(keep)


async def card_case(services: Services, ticket: Ticket) -> desk.Case:
    """Everything that a ticket's card shows."""

    async def read(connection: AsyncConnection) -> desk.Case:
        history = await tickets.history(connection, ticket.id)
        messages = await tickets.messages(connection, ticket.id)
        last = history[-1] if history else None
        return desk.Case(
            reader=ticket.reader, path=ticket.path, error=ticket.error, steps_done=ticket.steps_done,
            class_name=ticket.class_name, pupil_name=ticket.pupil_name, words=ticket.words,
            first_name=ticket.first_name, files=sum(m.side == "family" and m.file_id is not None for m in messages),
            number=ticket.id, status=ticket.status, actor=last.actor if last else None,
            changed_at=last.at if last else None, unreachable=ticket.unreachable_at is not None,
            erased=ticket.erased_at is not None,
        )  # fmt: skip

    return await services.database.read(read)


async def _card_of(services: Services, ticket: Ticket) -> tuple[str, InlineKeyboardMarkup | None]:
    case = await card_case(services, ticket)
    return desk.card(case, services.when), keyboard(desk.card_buttons(ticket.id, ticket.status))


async def _card_edit(services: Services, rows: list[Owed]) -> Delivered:
    ticket = await _ticket(services, rows[0])
    if ticket.card_message_id is None:
        return Delivered()
    text, markup = await _card_of(services, ticket)
    if rows[0].payload.get("ready"):
        text, markup = text + desk.ready_answers(), keyboard(desk.ready_buttons(ticket.id))
    await services.bot.edit_message_text(
        text, chat_id=_support(services), message_id=ticket.card_message_id, reply_markup=markup,
        request_timeout=REQUEST_TIMEOUT_S,
    )  # fmt: skip
    return Delivered()


async def _topic_state(services: Services, rows: list[Owed]) -> Delivered:
    ticket = await _ticket(services, rows[0])
    if ticket.topic_id is None or not services.desk_is_forum:
        return Delivered()
    chat_id, closed = _support(services), ticket.status == desk.Status.SOLVED
    if not closed and ticket.topic_closed:
        await _unless_so(services.bot.reopen_forum_topic(chat_id, ticket.topic_id))
    name = desk.topic_name(ticket.id, ticket.class_name, ticket.error, ticket.status)
    await _unless_so(services.bot.edit_forum_topic(chat_id, ticket.topic_id, name=name))
    if closed and not ticket.topic_closed:
        await _unless_so(services.bot.close_forum_topic(chat_id, ticket.topic_id))

    async def record(connection: AsyncConnection, now: float) -> None:
        await tickets.change(connection, ticket.id, topic_closed=closed)

    return Delivered(record)


async def _topic_open(services: Services, rows: list[Owed]) -> Delivered:
    ticket = await _ticket(services, rows[0])
    if ticket.topic_id is not None:
        await _unless_so(services.bot.reopen_forum_topic(_support(services), ticket.topic_id))

    async def record(connection: AsyncConnection, now: float) -> None:
        await tickets.change(connection, ticket.id, topic_closed=False)

    return Delivered(record)


async def _to_desk(services: Services, rows: list[Owed]) -> Delivered:
    ticket = await _ticket(services, rows[0])
    if ticket.card_message_id is None and not rows[0].payload.get("placeless"):
        raise PlaceLost
    messages = [m for row in rows if (m := await _stored(services, row.payload["row"]))]
    if not messages:
        return Delivered()
    reply = await _reply_at_desk(services, ticket, rows[0])
    target = {"chat_id": _support(services), "message_thread_id": ticket.topic_id, "reply_parameters": reply}
    if len(messages) > 1 and messages[0].media_group_id:
        ids = await _send_album(services, target, messages)
    elif len(messages) > 1:
        text, entities = joined(messages)
        sent = await services.bot.send_message(
            **target, text=text, entities=entities, parse_mode=None, request_timeout=REQUEST_TIMEOUT_S
        )
        ids = [sent.message_id] * len(messages)
    else:
        ids = [await send_anew(services, target, messages[0])]
    return Delivered(_recorded_at_desk(services, messages, ids))


def _recorded_at_desk(services: Services, messages: list[TicketMessage], ids: list[int]) -> Record:
    async def record(connection: AsyncConnection, now: float) -> None:
        for message, desk_id in zip(messages, ids, strict=True):
            await tickets.change_message(
                connection, message.id, desk_message_id=desk_id, desk_chat_id=services.support_chat_id
            )
            if message.family_id and message.family_message_id:
                await owe_reaction(connection, message.family_id, message.family_message_id, now)

    return record


async def owe_reaction(connection: AsyncConnection, chat_id: int, message_id: int, at: float) -> None:
    """Owes the sign under a message that proves its delivery."""
    payload = {"message_id": message_id}
    lane = f"reaction:{chat_id}:{message_id}"
    family_id = chat_id if chat_id != outbox.SUPPORT else None
    await outbox.put(
        connection, chat_id=chat_id, lane=lane, kind="reaction", payload=payload, family_id=family_id, at=at
    )


async def _reply_at_desk(services: Services, ticket: Ticket, row: Owed) -> ReplyParameters | None:
    reply_row = row.payload.get("reply_row")
    if reply_row:
        replied = await _stored(services, reply_row)
        if replied and replied.desk_message_id and replied.desk_chat_id == services.support_chat_id:
            return ReplyParameters(message_id=replied.desk_message_id, allow_sending_without_reply=True)
    if not services.desk_is_forum and ticket.card_message_id:
        return ReplyParameters(message_id=ticket.card_message_id, allow_sending_without_reply=True)
    return None


async def _stored(services: Services, row_id: int) -> TicketMessage | None:
    return await services.database.read(lambda c: tickets.message(c, row_id))


def joined(messages: list[TicketMessage]) -> tuple[str, list[MessageEntity]]:
    """Several texts as one, a line each, with their formatting moved to where they stand in it."""
    texts_, entities, offset = [], [], 0
    for message in messages:
        text = message.text or ""
        for entity in message.entities or []:
            entities.append(MessageEntity(**{**entity, "offset": entity["offset"] + offset}))
        texts_.append(text)
        offset += _units(text) + 1
    return "\n".join(texts_), entities


async def send_anew(services: Services, target: dict[str, Any], message: TicketMessage) -> int:
    """Sends a kept message of any kind as the bot's own; returns its id. A caption too long follows as a text."""
    bot, common = services.bot, {**target, "request_timeout": REQUEST_TIMEOUT_S}
    entities = [MessageEntity(**entity) for entity in message.entities or []] or None
    if message.kind == "text":
        sent = await bot.send_message(**common, text=message.text or "—", entities=entities, parse_mode=None)
        return sent.message_id
    caption: dict[str, Any] = {"caption": message.text, "caption_entities": entities, "parse_mode": None}
    method = getattr(bot, f"send_{message.kind}")
    if message.kind in ("sticker", "video_note") or not message.text:
        caption = {}
    try:
        if caption and _units(message.text or "") > CAPTION_LIMIT:
            raise CaptionTooLong
        sent = await method(**common, **{message.kind: message.file_id}, **caption)
    except (CaptionTooLong, TelegramBadRequest) as error:
        if isinstance(error, TelegramBadRequest) and "caption is too long" not in error.message:
            raise
        sent = await method(**common, **{message.kind: message.file_id})
        await bot.send_message(**common, text=message.text or "", entities=entities, parse_mode=None)
    return int(sent.message_id)


class CaptionTooLong(Exception):
    """The caption is longer than Telegram lets a bot write."""


_MEDIA = {
    "photo": InputMediaPhoto, "video": InputMediaVideo, "document": InputMediaDocument, "audio": InputMediaAudio
}  # fmt: skip


async def _send_album(services: Services, target: dict[str, Any], messages: list[TicketMessage]) -> list[int]:
    media: list[Any] = []
    late: list[TicketMessage] = []
    for message in messages:
        fits = _units(message.text or "") <= CAPTION_LIMIT
        if not fits:
            late.append(message)
        entities = [MessageEntity(**entity) for entity in message.entities or []] if fits else None
        media.append(
            _MEDIA[message.kind](
                media=message.file_id,
                caption=message.text if fits else None,
                caption_entities=entities or None,
                parse_mode=None,
            )
        )
    sent: list[Message] = await services.bot.send_media_group(**target, media=media, request_timeout=REQUEST_TIMEOUT_S)
    for message in late:
        await services.bot.send_message(**target, text=message.text or "", parse_mode=None)
    return [part.message_id for part in sent]


async def _edit_at_desk(services: Services, rows: list[Owed]) -> Delivered:
    message = await _stored(services, rows[0].payload["row"])
    if message is None or message.desk_message_id is None or message.desk_chat_id != services.support_chat_id:
        return Delivered()
    chat_id, message_id = message.desk_chat_id or 0, message.desk_message_id
    parts = await services.database.read(lambda c: tickets.parts_at_desk(c, chat_id, message_id))
    text, entities = joined(parts)
    await edit_content(services, chat_id, message_id, message.kind, text, entities)
    return Delivered()


async def edit_content(
    services: Services,
    chat_id: int,
    message_id: int,
    kind: str,
    text: str,
    entities: list[MessageEntity],
    markup: Any = None,
) -> None:
    """Edits a text, or the caption of anything else."""
    common: dict[str, Any] = {
        "chat_id": chat_id, "message_id": message_id, "parse_mode": None, "reply_markup": markup,
        "request_timeout": REQUEST_TIMEOUT_S,
    }  # fmt: skip
    if kind == "text":
        await services.bot.edit_message_text(text=text, entities=entities, **common)
    else:
        await services.bot.edit_message_caption(caption=text, caption_entities=entities, **common)


async def _desk_text(services: Services, rows: list[Owed]) -> Delivered:
    row = rows[0]
    thread, reply = row.payload.get("thread"), row.payload.get("reply_to")
    if row.ticket_id:
        ticket = await _ticket(services, row)
        if ticket.card_message_id is None and not row.payload.get("placeless"):
            raise PlaceLost
        thread = ticket.topic_id
        reply = reply or (None if services.desk_is_forum else ticket.card_message_id)
    markup = row.payload.get("markup")
    await services.bot.send_message(
        _support(services), row.payload["text"], message_thread_id=thread,
        reply_parameters=ReplyParameters(message_id=reply, allow_sending_without_reply=True) if reply else None,
        reply_markup=InlineKeyboardMarkup(**markup) if markup else None,
        link_preview_options=LinkPreviewOptions(is_disabled=True), request_timeout=REQUEST_TIMEOUT_S,
    )  # fmt: skip
    return Delivered()


async def _chart(services: Services, rows: list[Owed]) -> Delivered:
    await chart_courier.send_chart(services, _support(services), rows[0])
    return Delivered()


# --- to the family -----------------------------------------------------------------------------------------------------


async def _screen(services: Services, rows: list[Owed]) -> Delivered:
    row = rows[0]
    markup = row.payload.get("prompt") or row.payload.get("markup")
    keys = InlineKeyboardMarkup(**markup) if markup else None
    text, common = row.payload["text"], {"reply_markup": keys, "request_timeout": REQUEST_TIMEOUT_S}
    if row.payload.get("message_id"):
        try:
            await services.bot.edit_message_text(
                text, chat_id=row.chat_id, message_id=row.payload["message_id"], **common
            )
            return Delivered()
        except TelegramBadRequest as error:
            if "not modified" in error.message:
                return Delivered()
    sent = await services.bot.send_message(row.chat_id, text, **common)
    return Delivered(_prompted(row, sent.message_id))


def _prompted(row: Owed, message_id: int) -> Record:
    async def record(connection: AsyncConnection, now: float) -> None:
        if row.payload.get("prompt") and row.ticket_id:
            await _keep_prompt(connection, row.ticket_id, message_id, now)
        if row.payload.get("told_by"):
            await owe_reaction(connection, outbox.SUPPORT, row.payload["told_by"], now)

    return record


async def _keep_prompt(connection: AsyncConnection, ticket_id: int, message_id: int, now: float) -> None:
    """Notes which message carries «Помогло»; one that came while the ticket moved on loses its buttons at once."""
    ticket = await tickets.get(connection, ticket_id)
    if ticket is None:
        return
    if ticket.prompt_message_id and ticket.prompt_message_id != message_id:
        await desk_rows.strip_prompt(connection, ticket, now)
    await tickets.change(connection, ticket_id, prompt_message_id=message_id)
    if ticket.status == desk.Status.SOLVED:
        await desk_rows.strip_prompt(connection, await tickets.get(connection, ticket_id) or ticket, now)


async def _to_family(services: Services, rows: list[Owed]) -> Delivered:
    row = rows[0]
    messages = [m for r in rows if (m := await _stored(services, r.payload["row"]))]
    if not messages:
        return Delivered()
    prompt = row.payload.get("prompt")
    keys = InlineKeyboardMarkup(**prompt) if prompt else None
    reply = await _reply_at_family(services, row)
    if len(messages) > 1:
        ids = await _copy_album(services, row, messages)
        last = await _ask_below(services, row.chat_id, keys)
    else:
        ids = [await _copy_one(services, row, messages[0], keys, reply)]
        last = ids[0]
    return Delivered(_recorded_at_family(row, messages, ids, last))


async def _ask_below(services: Services, chat_id: int, keys: InlineKeyboardMarkup | None) -> int | None:
    if keys is None:
        return None
    asked = await services.bot.send_message(
        chat_id, texts.ALBUM_FROM_SCHOOL, reply_markup=keys, request_timeout=REQUEST_TIMEOUT_S
    )
    return asked.message_id


async def _copy_one(
    services: Services,
    row: Owed,
    message: TicketMessage,
    keys: InlineKeyboardMarkup | None,
    reply: ReplyParameters | None,
) -> int:
    try:
        copied = await services.bot.copy_message(
            row.chat_id, message.desk_chat_id or 0, message.desk_message_id or 0, reply_markup=keys,
            reply_parameters=reply, request_timeout=REQUEST_TIMEOUT_S,
        )  # fmt: skip
        return copied.message_id
    except TelegramBadRequest as error:
        if not any(
            sign in error.message
            for sign in ("to copy not found", "can't be copied", "caption is too long", "MESSAGE_ID_INVALID")
        ):
            raise
    # The source is gone, or its caption too long to copy: what was stored of it goes instead.
    return await send_anew(services, {"chat_id": row.chat_id, "reply_markup": keys, "reply_parameters": reply}, message)


async def _copy_album(services: Services, row: Owed, messages: list[TicketMessage]) -> list[int]:
    wanted = sorted(m.desk_message_id or 0 for m in messages)
    copied = await services.bot.copy_messages(
        row.chat_id, messages[0].desk_chat_id or 0, wanted, request_timeout=REQUEST_TIMEOUT_S
    )
    if len(copied) == len(wanted):
        return [part.message_id for part in copied]
    # copyMessages skips what it cannot copy without a word: the whole album goes from what was stored.
    if copied:
        await _quietly(services.bot.delete_messages(row.chat_id, [part.message_id for part in copied]))
    return await _send_album(services, {"chat_id": row.chat_id}, messages)


async def _reply_at_family(services: Services, row: Owed) -> ReplyParameters | None:
    reply_row = row.payload.get("reply_row")
    replied = await _stored(services, reply_row) if reply_row else None
    if replied and replied.family_message_id:
        return ReplyParameters(message_id=replied.family_message_id, allow_sending_without_reply=True)
    return None


def _recorded_at_family(row: Owed, messages: list[TicketMessage], ids: list[int], prompt: int | None) -> Record:
    async def record(connection: AsyncConnection, now: float) -> None:
        for message, family_id in zip(messages, ids, strict=True):
            await tickets.change_message(connection, message.id, family_message_id=family_id)
            if message.desk_message_id:
                await owe_reaction(connection, outbox.SUPPORT, message.desk_message_id, now)
        if prompt and row.payload.get("prompt") and row.ticket_id:
            await _keep_prompt(connection, row.ticket_id, prompt, now)

    return record


async def _edit_at_family(services: Services, rows: list[Owed]) -> Delivered:
    row = rows[0]
    message = await _stored(services, row.payload["row"])
    if message is None or message.family_message_id is None:
        return Delivered()
    ticket = await _ticket(services, row)
    newest = ticket.prompt_message_id == message.family_message_id
    keys = InlineKeyboardMarkup(**desk_rows.prompt_markup(ticket.id)) if newest else None
    entities = [MessageEntity(**entity) for entity in message.entities or []]
    await edit_content(
        services, row.chat_id, message.family_message_id, message.kind, message.text or "", entities, keys
    )
    return Delivered()


async def _strip(services: Services, rows: list[Owed]) -> Delivered:
    row = rows[0]
    await services.bot.edit_message_reply_markup(
        chat_id=row.chat_id, message_id=row.payload["message_id"], request_timeout=REQUEST_TIMEOUT_S
    )
    return Delivered()


# --- signs -------------------------------------------------------------------------------------------------------------


async def _reaction(services: Services, rows: list[Owed]) -> Delivered:
    row = rows[0]
    chat_id = _support(services) if row.chat_id == outbox.SUPPORT else row.chat_id
    try:
        await services.bot.set_message_reaction(
            chat_id, row.payload["message_id"], reaction=[ReactionTypeEmoji(emoji=DELIVERED_REACTION)],
            request_timeout=REQUEST_TIMEOUT_S,
        )  # fmt: skip
        return Delivered()
    except TelegramBadRequest as error:
        log.info("a reaction was refused: %s", error.message)
        if row.chat_id != outbox.SUPPORT or "not found" in error.message:
            return Delivered()

    async def say_instead(connection: AsyncConnection, now: float) -> None:
        await outbox.put(
            connection, chat_id=outbox.SUPPORT, lane=row.lane, kind="desk_text", at=now,
            payload={
                "text": texts.DELIVERED, "reply_to": row.payload["message_id"], "thread": row.payload.get("thread")
            },
        )  # fmt: skip

    return Delivered(say_instead)


async def _delete(services: Services, rows: list[Owed]) -> Delivered:
    row = rows[0]
    chat_id = _support(services) if row.chat_id == outbox.SUPPORT else row.chat_id
    await _quietly(services.bot.delete_messages(chat_id, row.payload["message_ids"]))
    return Delivered()


async def _delete_topic(services: Services, rows: list[Owed]) -> Delivered:
    await _unless_so(services.bot.delete_forum_topic(_support(services), rows[0].payload["topic_id"]))
    return Delivered()


async def _unless_so(call: Awaitable[Any]) -> None:
    """Makes a call that may find things as it wants them."""
    try:
        await call
    except TelegramBadRequest as error:
        if not any(sign in error.message for sign in ("NOT_MODIFIED", "not modified")):
            raise


async def _quietly(call: Awaitable[Any]) -> None:
    """Makes a call whose refusal harms nobody: a pin without the right to pin."""
    try:
        await call
    except TelegramBadRequest as error:
        log.warning("refused, and gone on: %s", error.message)


def _support(services: Services) -> int:
    assert services.support_chat_id is not None, "rows for the desk are claimed only where its chat is known"
    return services.support_chat_id


_COURIERS: dict[str, Callable[[Services, list[Owed]], Awaitable[Delivered]]] = {
    "card": _card,
    "card_edit": _card_edit,
    "topic_state": _topic_state,
    "topic_open": _topic_open,
    "to_desk": _to_desk,
    "edit_at_desk": _edit_at_desk,
    "desk_text": _desk_text,
    "chart": _chart,
    "screen": _screen,
    "to_family": _to_family,
    "edit_at_family": _edit_at_family,
    "strip": _strip,
    "reaction": _reaction,
    "delete": _delete,
    "delete_topic": _delete_topic,
}
