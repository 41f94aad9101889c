"""Carries out aiogram's methods by calls of MAX: texts, files, edits, deletions, answers to presses, chats."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from aiogram import Bot
from aiogram.enums import ChatMemberStatus, InputMediaType
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import (
    AnswerCallbackQuery,
    DeleteMessage,
    DeleteMessages,
    EditMessageCaption,
    EditMessageMedia,
    EditMessageReplyMarkup,
    EditMessageText,
    GetChat,
    GetChatMember,
    GetFile,
    GetMe,
    SendChatAction,
    SendMediaGroup,
    SendMessage,
    SetMyCommands,
    TelegramMethod,
)
from aiogram.types import (
    Chat,
    ChatFullInfo,
    ChatMemberAdministrator,
    ChatMemberMember,
    File,
    InlineKeyboardMarkup,
    InputFile,
    Message,
    ReplyParameters,
    User,
)

from bot import texts_ru as texts
from bot.channels import chat_ids
from bot.channels.abilities import MAX
from bot.channels.max import file_ids, marks_of_max, uploading
from bot.channels.max.http_client import HttpClient, Refused
from bot.channels.max.keyboard_rows import keyboard_of
from bot.channels.max.max_words import Words, pieces, words_of
from bot.channels.max.message_numbers import MessageNumbers
from bot.channels.max.refusals_of_max import NOT_READY
from bot.channels.max.uploading import FileRefused
from bot.flows.utf16 import units

log = logging.getLogger(__name__)

QUERY_PREFIX = "max:"  # of the id of a press in MAX
# By the name of the field that carries the file: MAX's kind, and how Telegram says that a chat takes no such file.
_FILES = {
    "photo": ("image", "PHOTOS"), "video": ("video", "VIDEOS"), "animation": ("video", "GIFS"),
    "video_note": ("video", "ROUNDVIDEOS"), "audio": ("audio", "AUDIOS"), "voice": ("audio", "VOICES"),
    "document": ("file", "DOCS"), "sticker": ("sticker", "STICKERS"),
}  # fmt: skip
_NOT_READY_S = (0.3, 0.6, 1.0, 1.6, 2.4, 3.5)
_MEDIA = ("image", "video", "audio", "file", "sticker")


class MethodCalls:
    """Knows the call for each method.

    `dialogs` holds the dialogues of MAX by family, `presses` the chats by the ids of presses, as far as updates told.
    """

    def __init__(self, client: HttpClient, numbers: MessageNumbers) -> None:
        self.client = client
        self.numbers = numbers
        self.dialogs: dict[int, int] = {}
        self.presses: dict[str, int] = {}
        self._calls: dict[type[TelegramMethod[Any]], Callable[[Bot, Any], Awaitable[Any]]] = {
            SendMessage: self._send_message, SendMediaGroup: self._send_album, SendChatAction: self._show_action,
            EditMessageText: self._edit_text, EditMessageCaption: self._edit_caption,
            EditMessageMedia: self._edit_media, EditMessageReplyMarkup: self._edit_keyboard,
            DeleteMessage: self._delete, DeleteMessages: self._delete, AnswerCallbackQuery: self._answer_press,
            GetMe: self._own_user, GetChat: self._chat, GetChatMember: self._member, GetFile: self._file,
            SetMyCommands: self._set_commands,
        }  # fmt: skip

    async def make(self, bot: Bot, method: TelegramMethod[Any]) -> Any:
        """Makes the call of a method, and gives its result. Raises Refused, NoAnswer or TelegramBadRequest."""
        make = self._calls.get(type(method))
        if make is not None:
            return await make(bot, method)
        field = next((name for name in _FILES if getattr(method, name, None) is not None), None)
        if field is None or not method.__api_method__.startswith("send"):
            raise TelegramBadRequest(method=method, message=f"Bad Request: MAX has no {method.__api_method__}")
        return await self._send_file(bot, method, field)

    # --- new messages ----------------------------------------------------------------------------------------------

    async def _send_message(self, bot: Bot, method: SendMessage) -> Message:
        words = words_of(bot, method, method.text, method.entities)
        *before, last = pieces(words)
        for piece in before:
            await self._post(method.chat_id, piece, [], None)
        return (await self._post(method.chat_id, last, keyboard_of(_keys(method)), method.reply_parameters))[0]

    async def _send_file(self, bot: Bot, method: Any, field: str) -> Message:
        file = await self._attached(bot, method, field, getattr(method, field))
        words = words_of(bot, method, getattr(method, "caption", None), getattr(method, "caption_entities", None))
        keys = [] if field in MAX.goes_alone else keyboard_of(_keys(method))
        return (await self._post(method.chat_id, words, [file, *keys], method.reply_parameters))[0]

    async def _send_album(self, bot: Bot, method: SendMediaGroup) -> list[Message]:
        parts: list[Any] = list(method.media)
        files = [await self._attached(bot, method, InputMediaType(part.type).value, part.media) for part in parts]
        said = [words_of(bot, part, part.caption, part.caption_entities) for part in parts if part.caption]
        has_marks = any(words.format for words in said)
        lines = [marks_of_max.html_with(w.text, []) if has_marks and not w.format else w.text for w in said]
        words = Words("\n".join(lines), "html" if has_marks else None)
        if units(words.text) > MAX.text_length:
            words = Words("\n".join(part.caption for part in parts if part.caption))  # without the formatting
        return await self._post(method.chat_id, words, files, method.reply_parameters, parts=len(parts))

    async def _post(
        self,
        chat_id: int | str,
        words: Words,
        attachments: list[dict[str, Any]],
        reply: ReplyParameters | None,
        parts: int = 1,
    ) -> list[Message]:
        """Sends a message once MAX has its files ready; gives it as `parts` messages, since an album has several."""
        number = int(chat_id)
        body: dict[str, Any] = words.fields if words.text else {}
        if attachments:
            body["attachments"] = attachments
        place = await self.numbers.place_of(reply.message_id or 0) if reply else None
        if place:
            body["link"] = {"type": "reply", "mid": place[0]}
        query = {_target(number): chat_ids.in_max(number), "disable_link_preview": "true"}
        try:
            said = await self._when_ready("POST", query, body, number)
        except Refused as error:
            if "link" not in body or error.refusal.status != 404 or "chat" in error.refusal.code:
                raise
            del body["link"]  # the message that it replies to is gone: it is sent without the reply
            said = await self._when_ready("POST", query, body, number)
        message = said.get("message") or {}
        mid, at = str((message.get("body") or {}).get("mid") or ""), message.get("timestamp")
        numbers = await self.numbers.of(mid, number, parts) if mid else [0] * parts
        date = datetime.fromtimestamp(at / 1000 if isinstance(at, int) else 0, UTC)
        chat = Chat(id=number, type="private" if number > 0 else "supergroup")
        return [Message(message_id=one, date=date, chat=chat) for one in numbers]

    async def _when_ready(self, verb: str, query: dict[str, Any], body: dict[str, Any], chat_id: int) -> dict[str, Any]:
        for pause in (*_NOT_READY_S, None):
            try:
                return await self.client.call(verb, "messages", query, body, changes=chat_id)
            except Refused as error:
                if error.refusal.code != NOT_READY or pause is None:
                    raise
            await asyncio.sleep(pause)
        raise AssertionError("the last try raises")

    async def _attached(self, bot: Bot, method: TelegramMethod[Any], field: str, given: Any) -> dict[str, Any]:
        """Gives the attachment for a file: of one that stands at MAX by its token, of any other after an upload."""
        kind, sign = _FILES[field]
        refused = TelegramBadRequest(method=method, message=f"Bad Request: CHAT_SEND_{sign}_FORBIDDEN")
        if isinstance(given, str) and file_ids.is_of_max(given):
            file = file_ids.read(given)
            if file.kind == "sticker":
                return {"type": "sticker", "payload": {"code": file.token}}
            return {"type": file.kind, "payload": {"token": file.token}}
        if not isinstance(given, InputFile) or kind == "sticker":
            raise refused
        data = b"".join([chunk async for chunk in given.read(bot)])
        try:
            token = await uploading.upload(self.client, kind, data, given.filename or f"{field}.bin")
        except FileRefused:
            words = f"{refused.message} (UPLOAD_REFUSED)"
            raise TelegramBadRequest(method=method, message=words) from None
        return {"type": kind, "payload": {"token": token}}

    # --- what stands already ---------------------------------------------------------------------------------------

    async def edit(self, number: int, message_id: int, body: dict[str, Any], method: TelegramMethod[Any]) -> bool:
        """Changes a message of a chat. Raises TelegramBadRequest where nobody knows it."""
        mid, _ = await self._place(message_id, method)
        await self._when_ready("PUT", {"message_id": mid}, body, number)
        return True

    async def _place(self, message_id: int | None, method: TelegramMethod[Any]) -> tuple[str, int]:
        place = await self.numbers.place_of(message_id or 0)
        if place is None:
            raise TelegramBadRequest(method=method, message="Bad Request: message to edit not found")
        return place

    async def _edit_text(self, bot: Bot, method: EditMessageText) -> bool:
        words = pieces(words_of(bot, method, method.text or "", method.entities))[0]
        body = {**words.fields, "attachments": keyboard_of(method.reply_markup)}
        return await self.edit(int(method.chat_id or 0), method.message_id or 0, body, method)

    async def _edit_caption(self, bot: Bot, method: EditMessageCaption) -> bool:
        # Without `attachments` the media stay, and the buttons with them.
        words = words_of(bot, method, method.caption, method.caption_entities)
        return await self.edit(int(method.chat_id or 0), method.message_id or 0, words.fields, method)

    async def _edit_media(self, bot: Bot, method: EditMessageMedia) -> bool:
        media: Any = method.media
        mid, part = await self._place(method.message_id, method)
        files, kind = _as_sent((await self._standing(mid)).get("attachments")), InputMediaType(media.type).value
        files[part : part + 1] = [await self._attached(bot, method, kind, media.media)]
        keys = [] if kind in MAX.goes_alone else keyboard_of(method.reply_markup)
        words = words_of(bot, media, media.caption, media.caption_entities)
        body = {**words.fields, "attachments": [*files, *keys]}
        return await self.edit(int(method.chat_id or 0), method.message_id or 0, body, method)

    async def _edit_keyboard(self, bot: Bot, method: EditMessageReplyMarkup) -> bool:
        """Changes the buttons alone: MAX replaces all attachments, so the others are given again."""
        mid, _ = await self._place(method.message_id, method)
        standing = await self._standing(mid)
        text = str(standing.get("text") or "")
        entities = marks_of_max.entities_of(standing.get("markup"), text)
        words = Words(marks_of_max.html_with(text, entities), "html") if entities else Words(text)
        attachments = [*_as_sent(standing.get("attachments")), *keyboard_of(method.reply_markup)]
        body = {**(words.fields if text else {}), "attachments": attachments}
        return await self.edit(int(method.chat_id or 0), method.message_id or 0, body, method)

    async def _standing(self, mid: str) -> dict[str, Any]:
        body = (await self.client.call("GET", f"messages/{mid}")).get("body")
        return body if isinstance(body, dict) else {}

    async def _delete(self, bot: Bot, method: DeleteMessage | DeleteMessages) -> bool:
        numbers = method.message_ids if isinstance(method, DeleteMessages) else [method.message_id]
        places = [await self.numbers.place_of(number) for number in numbers]
        mids = list(dict.fromkeys(place[0] for place in places if place))
        for mid in mids:
            try:
                await self.client.call("DELETE", "messages", {"message_id": mid}, changes=int(method.chat_id))
            except Refused as error:
                if error.refusal.code != "not.found":
                    raise
        return True

    # --- presses and the rest --------------------------------------------------------------------------------------

    async def _answer_press(self, bot: Bot, method: AnswerCallbackQuery) -> bool:
        said = method.text or texts.PRESS_TAKEN  # MAX takes no empty answer
        query = {"callback_id": method.callback_query_id.removeprefix(QUERY_PREFIX)}
        chat_id = self.presses.get(method.callback_query_id)
        await self.client.call("POST", "answers", query, {"notification": said}, changes=chat_id)
        return True

    async def _show_action(self, bot: Bot, method: SendChatAction) -> bool:
        number = int(method.chat_id)
        chat = self.dialogs.get(number) if number > 0 else chat_ids.in_max(number)
        if chat is not None:
            await self.client.call("POST", f"chats/{chat}/actions", body={"action": "typing_on"})
        return True

    async def _own_user(self, bot: Bot, method: GetMe) -> User:
        said = await self.client.call("GET", "me")
        name = str(said.get("first_name") or said.get("name") or "")
        username = said.get("username")
        own = int(said.get("user_id") or 0)
        return User(id=own, is_bot=True, first_name=name, username=str(username) if username else None)

    async def _chat(self, bot: Bot, method: GetChat) -> ChatFullInfo:
        said = await self.client.call("GET", f"chats/{chat_ids.in_max(int(method.chat_id))}")
        kind = {"dialog": "private", "channel": "channel"}.get(str(said.get("type")), "supergroup")
        title = str(said.get("title") or "")
        return ChatFullInfo.model_construct(id=int(method.chat_id), type=kind, title=title, is_forum=False)

    async def _member(self, bot: Bot, method: GetChatMember) -> ChatMemberAdministrator | ChatMemberMember:
        said = await self.client.call("GET", f"chats/{chat_ids.in_max(int(method.chat_id))}/members/me")
        return member_with(said.get("is_admin") is True, said.get("is_owner") is True, said.get("permissions"))

    async def _file(self, bot: Bot, method: GetFile) -> File:
        return File(file_id=method.file_id, file_unique_id=method.file_id[-64:], file_path=method.file_id)

    async def _set_commands(self, bot: Bot, method: SetMyCommands) -> bool:
        commands = [{"name": one.command, "description": one.description} for one in method.commands]
        await self.client.call("PATCH", "me/commands", body={"commands": commands})
        return True


def member_with(is_admin: bool, is_owner: bool, permissions: Any) -> ChatMemberAdministrator | ChatMemberMember:
    """Gives the bot's place in a group, with the rights that MAX lists; of an administrator it may list none."""
    rights = set(permissions) if isinstance(permissions, list) else None
    user = User(id=0, is_bot=True, first_name="")
    if not is_owner and not (is_admin and (rights is None or "read_all_messages" in rights)):
        return ChatMemberMember(status=ChatMemberStatus.MEMBER, user=user)
    deletes = is_owner or rights is None or bool(rights & {"delete", "delete_message", "post_edit_delete_message"})
    return ChatMemberAdministrator.model_construct(status="administrator", user=user, can_delete_messages=deletes)


def _target(chat_id: int) -> str:
    return "user_id" if chat_id > 0 else "chat_id"


def _keys(method: Any) -> InlineKeyboardMarkup | None:
    markup = getattr(method, "reply_markup", None)
    return markup if isinstance(markup, InlineKeyboardMarkup) else None


def _as_sent(attachments: Any) -> list[dict[str, Any]]:
    """Turns the files that a message in MAX has into attachments of a call that sends or edits it."""
    kept = []
    for one in attachments if isinstance(attachments, list) else ():
        if isinstance(one, dict) and one.get("type") in _MEDIA:
            payload = one.get("payload") or {}
            name = "code" if one["type"] == "sticker" else "token"
            kept.append({"type": one["type"], "payload": {name: payload.get(name)}})
    return kept
