"""Carries the words that a reply quotes to the other side: as a quote of its own chat, or in front of the reply.

Source: Bot API, Message (`quote`, `external_reply`), ReplyParameters (`quote`: an exact part of the message).
"""

from dataclasses import dataclass
from typing import Any

from aiogram.types import Message

from bot import texts_ru as texts
from bot.flows import masking
from storage.tickets import Ticket, TicketMessage

# Of these a quote has to hold exactly what the message holds (Bot API, ReplyParameters).
_EXACT = frozenset({"bold", "italic", "underline", "strikethrough", "spoiler", "custom_emoji", "date_time"})
Native = dict[str, Any]  # `quote` and `quote_entities` as ReplyParameters takes them


@dataclass(frozen=True, slots=True)
class Quoted:
    """Holds quoted words. `source`: the name of the other chat, empty where it has none, None for this chat."""

    words: str
    entities: list[dict[str, Any]]
    source: str | None


def of(message: Message) -> Quoted | None:
    """Gives the words that a message quotes; they are empty where it only answers a message of another chat.

    It gives None where the message does neither.
    """
    quote, elsewhere = message.quote, message.external_reply
    left_out = (message.model_extra or {}).get("left_out") or {}
    words = quote.text if quote else _words_left_out(left_out)
    if not words and elsewhere is None and "external_reply" not in left_out:
        return None
    entities = [e.model_dump(exclude_none=True) for e in (quote.entities if quote else None) or [] if e.type in _EXACT]
    is_here = elsewhere is None and "external_reply" not in left_out
    return Quoted(words, entities, None if is_here else _name_of(message))


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


# --- from a family to the desk ---------------------------------------------------------------------------------------


def for_desk(message: Message, replied: TicketMessage | None) -> tuple[str, Native | None]:
    """Gives the line before a family's message at the desk, and the quote that its reply there carries.

    Personal data are masked in both.

    The words go as a quote where they stand literally in the message that is replied to, and in front elsewhere.
    """
    quoted = of(message)
    if quoted is None:
        return "", None
    words = words_masked(message, quoted, replied)
    if quoted.source is None and words == quoted.words and _stands_in(words, replied):
        return "", native(quoted)
    if quoted.source is None:
        return texts.QUOTED_BY_FAMILY.format(quote=words), None
    source = masking.mask(quoted.source).text
    if words:
        told = texts.QUOTED_FROM if source else texts.QUOTED_ELSEWHERE
    else:
        told = texts.ANSWERS_FROM if source else texts.ANSWERS_ELSEWHERE
    return told.format(quote=words, source=source), None


def words_masked(message: Message, quoted: Quoted, replied: TicketMessage | None = None) -> str:
    """Gives the words that a family quotes, masked as in the whole message: a word left unquoted may name a number."""
    reply, quote = message.reply_to_message, message.quote
    whole = (reply.text or reply.caption or "") if reply else ""
    if quoted.source is not None or not quoted.words or (replied is not None and replied.side == "desk"):
        return masking.mask(quoted.words).text
    # A number sent alone: whether it was a code is told by what was kept of it.
    was_code = replied is not None and texts.MASKS["code"] in (replied.text or "")
    return masking.mask_part(whole, quoted.words, quote.position if quote else 0, code_expected=was_code)


def native(quoted: Quoted) -> Native:
    """Gives the quote as a reply carries it."""
    return {"quote": quoted.words, "quote_entities": quoted.entities}


def _stands_in(words: str, replied: TicketMessage | None) -> bool:
    return replied is not None and words in (replied.text or "")


# --- from the desk to a family ---------------------------------------------------------------------------------------


def for_family(message: Message, replied: TicketMessage | None, ticket: Ticket) -> Native | None:
    """Gives the quote of a school's message as its family may see it; None where the family may not see those words.

    Words of a note, of a colleague or of another ticket stay at the desk: only what the family has, or told, is shown.
    `in_front` says that the words cannot be a quote in the family's chat.
    """
    quoted = of(message)
    if quoted is None or not quoted.words:
        return None
    if quoted.source is not None:
        return {"quote": quoted.words, "in_front": True}
    if replied is None or replied.side not in ("family", "desk") or replied.ticket_id != ticket.id:
        return {"quote": quoted.words, "in_front": True} if quoted.words in (ticket.words or "") else None
    is_literal = _stands_in(quoted.words, replied) and not any(mark in quoted.words for mark in texts.MASKS.values())
    return native(quoted) if is_literal else {"quote": quoted.words, "in_front": True}
