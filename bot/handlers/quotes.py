"""Reads the words that a message quotes. Source: Bot API, Message (`quote`, `external_reply`)."""

from typing import Any

from aiogram.types import ExternalReplyInfo, Message

from bot.tickets.quoted_words import Quoted

# Of these a quote has to hold exactly what the message holds (Bot API, ReplyParameters).
_EXACT = frozenset({"bold", "italic", "underline", "strikethrough", "spoiler", "custom_emoji", "date_time"})


def of(message: Message) -> Quoted | None:
    """Gives the words that a message quotes; they are empty where it only answers a message of another chat.

    It gives None where the message does neither. Words of another topic of the same chat are words of this chat.
    """
    quote, elsewhere = message.quote, message.external_reply
    left_out = (message.model_extra or {}).get("left_out") or {}
    words = quote.text if quote else _words_left_out(left_out)
    if not words and elsewhere is None and "external_reply" not in left_out:
        return None
    entities = [e.model_dump(exclude_none=True) for e in (quote.entities if quote else None) or [] if e.type in _EXACT]
    is_here = (elsewhere is None and "external_reply" not in left_out) or _is_of(message.chat.id, elsewhere, left_out)
    reply = message.reply_to_message
    whole = (reply.text or reply.caption or "") if reply else ""
    return Quoted(words, entities, None if is_here else _name_of(message), whole, quote.position if quote else 0)


def _is_of(chat_id: int, elsewhere: ExternalReplyInfo | None, left_out: dict[str, Any]) -> bool:
    """Tells whether the message that is answered stands in that chat: in another topic (Bot API, `external_reply`)."""
    if elsewhere is not None:
        return elsewhere.chat is not None and elsewhere.chat.id == chat_id
    unread = left_out.get("external_reply")
    chat = unread.get("chat") if isinstance(unread, dict) else None
    return isinstance(chat, dict) and chat.get("id") == chat_id


def _words_left_out(left_out: dict[str, Any]) -> str:
    quote = left_out.get("quote")
    text = quote.get("text") if isinstance(quote, dict) else ""
    return text if isinstance(text, str) else ""


def _name_of(message: Message) -> str:
    """Gives the name of the other chat, or of whoever wrote there, as far as Telegram tells."""
    elsewhere = message.external_reply
    if elsewhere is None:
        return ""
    if elsewhere.chat is not None and elsewhere.chat.title:
        return elsewhere.chat.title
    origin: Any = elsewhere.origin
    chat = getattr(origin, "sender_chat", None) or getattr(origin, "chat", None)
    user = getattr(origin, "sender_user", None)
    return (
        getattr(chat, "title", None) or getattr(origin, "sender_user_name", None) or (user.first_name if user else "")
    )
