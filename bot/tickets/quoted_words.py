"""Carries words that a reply quotes to the other side: as a quote in that side's chat, or in front of the reply.

Source: Bot API, ReplyParameters (`quote`: an exact part of the message).
"""

from dataclasses import dataclass
from typing import Any

from bot import texts_ru as texts
from bot.flows import masking
from storage.tickets import Ticket, TicketMessage

Native = dict[str, Any]  # `quote` and `quote_entities` as ReplyParameters takes them


@dataclass(frozen=True, slots=True)
class Quoted:
    """Holds quoted words. `source`: the name of the other chat, empty where it has none, None for this chat.

    `whole` is the text of the message that they stand in, `position` where they begin in it (UTF-16 units).
    """

    words: str
    entities: list[dict[str, Any]]
    source: str | None
    whole: str = ""
    position: int = 0


# --- from a family to the desk ---------------------------------------------------------------------------------------


def for_desk(quoted: Quoted | None, replied: TicketMessage | None) -> tuple[str, Native | None]:
    """Gives the line before a family's message at the desk, and the quote that its reply there carries.

    Personal data are masked in both.

    The words go as a quote where they stand literally in the message that is replied to, and in front elsewhere.
    """
    if quoted is None:
        return "", None
    words = words_masked(quoted, replied)
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


def words_masked(quoted: Quoted, replied: TicketMessage | None = None) -> str:
    """Gives the words that a family quotes, masked as in the whole message: a word left unquoted may name a number."""
    if quoted.source is not None or not quoted.words or (replied is not None and replied.side == "desk"):
        return masking.mask(quoted.words).text
    # A number sent alone: whether it was a code is told by what was kept of it.
    was_code = replied is not None and texts.MASKS["code"] in (replied.text or "")
    return masking.mask_part(quoted.whole, quoted.words, quoted.position, code_expected=was_code)


def native(quoted: Quoted) -> Native:
    """Gives the quote as a reply carries it."""
    return {"quote": quoted.words, "quote_entities": quoted.entities}


def _stands_in(words: str, replied: TicketMessage | None) -> bool:
    return replied is not None and words in (replied.text or "")


# --- from the desk to a family ---------------------------------------------------------------------------------------


def for_family(quoted: Quoted | None, replied: TicketMessage | None, ticket: Ticket) -> Native | None:
    """Gives the quote of a school's message as its family may see it; None where the family may not see those words.

    Words of a note, of a colleague or of another ticket stay at the desk: only what the family has, or told, is shown.
    `in_front` says that the words cannot be a quote in the family's chat.
    """
    if quoted is None or not quoted.words:
        return None
    if quoted.source is not None:
        return {"quote": quoted.words, "in_front": True}
    if replied is None or replied.side not in ("family", "desk") or replied.ticket_id != ticket.id:
        return {"quote": quoted.words, "in_front": True} if quoted.words in (ticket.words or "") else None
    is_literal = _stands_in(quoted.words, replied) and not any(mark in quoted.words for mark in texts.MASKS.values())
    return native(quoted) if is_literal else {"quote": quoted.words, "in_front": True}
