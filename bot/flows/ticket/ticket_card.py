"""Draws a ticket for the desk: its card with the buttons, and its topic's name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot import texts_ru as texts
from bot.flows.content import Pack
from bot.flows.marked import Markup, fill, joined, marked
from bot.flows.screen import Button, Rows
from bot.flows.utf16 import first_units, units
from storage.ticket_status import Cause, Facts, Status, Turn

CARD_WORDS_LIMIT = 2500  # UTF-16 units: the whole card is one message in every channel
# The buttons under a card that only change the ticket's status: the cause of each, and the words that answer it.
MOVES = {"take": (Cause.TAKEN, texts.TAKEN), "again": (Cause.REOPENED, texts.OPENED_AGAIN)}


@dataclass(frozen=True, slots=True)
class Case:
    """Holds everything a card shows. `words` and `pupil_name` are masked already; `steps_done` counts whole steps."""

    reader: str | None = None
    path: str | None = None
    error: str | None = None
    steps_done: int = 0
    class_name: str | None = None
    pupil_name: str | None = None
    words: str | None = None
    first_name: str | None = None
    channel: str = ""  # where the family writes, if that may be in several places
    files: int = 0
    number: int | None = None
    status: Status = Status.NEW
    actor: str | None = None
    changed_at: float | None = None
    unreachable: bool = False
    banned: bool = False
    erased: bool = False
    forgotten: bool = False
    put_off_until: float | None = None
    taken_by: str | None = None
    extra: tuple[Markup, ...] = field(default=())


def card(case: Case, pack: Pack, when: Callable[[float], str]) -> Markup:
    """Writes the card's HTML text; `when` writes a moment (seconds since the epoch) in the school's local time."""
    return joined("\n", [*_head(case, when), *case_lines(case, pack)])


def case_lines(case: Case, pack: Pack) -> list[Markup]:
    """Gives the lines with all that the family told: the same in their preview and on the desk's card."""
    lines = [fill(texts.CARD_WHO, who=_who(case))]
    if case.channel:
        lines.append(fill(texts.CARD_FROM, channel=case.channel))
    path = pack.path(case.path)
    if path:
        lines.append(fill(texts.CARD_LOGIN, path=path.title))
    error = pack.error(case.error)
    if error:
        lines.append(fill(texts.CARD_ERROR, wording=error.wording_on(path)))
    else:
        is_told = case.words or case.files or case.erased or case.forgotten
        lines.append(marked(texts.CARD_NO_ERROR if is_told else texts.CARD_NOTHING_TOLD))
    if path and case.steps_done:
        total = len(path.steps)
        lines.append(fill(texts.CARD_STEPS, done=min(case.steps_done, total), total=total))
    if case.class_name:
        lines.append(fill(texts.CARD_CLASS, class_name=case.class_name))
    if case.pupil_name:
        lines.append(fill(texts.CARD_NAME, name=case.pupil_name))
    if case.words:
        lines.append(fill(texts.CARD_WORDS, words=shortened(case.words, CARD_WORDS_LIMIT)))
        if beyond_card(case.words):
            lines.append(marked(texts.CARD_WORDS_GO_ON))
    if case.files:
        lines.append(fill(texts.CARD_FILES, count=case.files))
    if case.forgotten:
        lines.append(marked(texts.CARD_FORGOTTEN))
    elif case.erased:
        lines.append(marked(texts.CARD_ERASED))
    return [*lines, *case.extra]


def as_message(case: Case, pack: Pack) -> str:
    """Gives what a family told in a form as the words of one message: the error, class and name, then its own words."""
    error = short_name(case.error, pack) if pack.error(case.error) else ""
    head = " · ".join(part for part in (error, case.class_name, case.pupil_name) if part)
    return "\n".join(part for part in (head, case.words) if part) or texts.ERROR_SHORT_NONE


def like_lines(like: Sequence[tuple[int, str | None]]) -> tuple[Markup, ...]:
    """Gives the line of a card that names tickets like it, by their numbers and links; none where there are none."""
    names = ((fill(texts.CARD_LIKE_ONE, number=number), link) for number, link in like)
    named = [fill(texts.LINKED, link=link, name=name) if link else name for name, link in names]
    return (fill(texts.CARD_LIKE, tickets=joined(", ", named)),) if named else ()


def beyond_card(words: str) -> str:
    """Gives the part of a family's words that the card has no room for; empty where all of them fit."""
    shown = shortened(words, CARD_WORDS_LIMIT)
    return "" if shown == words else words[len(shown) - len("…") :]


def _head(case: Case, when: Callable[[float], str]) -> list[Markup]:
    lines = [fill(texts.CARD_HEAD, number=case.number, status=texts.STATUS_DESK[case.status])]
    if case.actor and case.changed_at is not None:
        lines.append(fill(texts.CARD_LAST_CHANGE, actor=case.actor, when=when(case.changed_at)))
    if case.taken_by:
        lines.append(fill(texts.CARD_TAKEN_BY, name=case.taken_by))
    if case.unreachable:
        lines.append(marked(texts.CARD_UNREACHABLE))
    if case.banned:
        lines.append(marked(texts.CARD_BANNED))
    if case.put_off_until is not None:
        lines.append(fill(texts.CARD_PUT_OFF, when=when(case.put_off_until)))
    return lines


def _who(case: Case) -> str:
    parts = [texts.CARD_WRITER.get(case.reader or "", ""), case.first_name or ""]
    return ", ".join(part for part in parts if part) or "—"


def short_name(error: str | None, pack: Pack) -> str:
    """Gives the few words by which the desk calls an error; «Другое» where it is none of the pack's."""
    known = pack.error(error)
    return known.short if known else texts.ERROR_SHORT_NONE


def topic_name(number: int, class_name: str | None, matter: str, status: Status, *, banned: bool = False) -> str:
    """Gives «№17 · 7Б · Дневник не найден», with a mark before it where it is not the school's turn, or of a ban.

    `matter` is what `short_name` gives.
    """
    return texts.TOPIC_NAME.format(
        mark=texts.TOPIC_MARK_BANNED if banned else texts.TOPIC_MARKS[status],
        number=number,
        class_name=class_name or texts.CLASS_UNTOLD,
        error=matter,
    )


def own_name(name: str) -> str:
    """Gives the name of a topic as an administrator wrote it, without the mark of a status before it."""
    for mark in (texts.TOPIC_MARK_BANNED, *texts.TOPIC_MARKS.values(), *texts.TOPIC_MARKS_OF_BEFORE):
        if mark and name.startswith(mark.strip()):
            return name.removeprefix(mark.strip()).strip() or name
    return name.strip()


def named_by_hand(own: str, status: Status, *, banned: bool = False) -> str:
    """Gives a name that an administrator gave, with the mark of the status, or of a ban, before it."""
    mark = texts.TOPIC_MARK_BANNED if banned else texts.TOPIC_MARKS[status]
    return f"{mark}{own}"


def is_free(facts: Facts) -> bool:
    """Tells whether nobody has taken an open ticket, or not since it was opened again."""
    return facts.turn is Turn.NOBODY or facts.reopened


def card_buttons(number: int, facts: Facts) -> Rows:
    """Gives the buttons under a card; a closed ticket is opened again by a message or by the family."""
    if not facts.is_open:
        return ((Button(texts.B_REOPEN, data=f"again:{number}"),),)
    take = (Button(texts.B_TAKE, data=f"take:{number}"),) if is_free(facts) else ()
    return (
        (*take, Button(texts.B_FIXED, data=f"fixed:{number}")),
        (Button(texts.B_CLARIFY, data=f"clarify:{number}"), Button(texts.B_SOLVED, data=f"solved:{number}")),
        (Button(texts.B_PUT_OFF, data=f"putoff:{number}"), Button(texts.B_HAND, data=f"hand:{number}")),
    )


def shortened(text: str, limit: int) -> str:
    """Cuts a text to `limit` UTF-16 units, Telegram's measure; it ends in «…» where it was cut."""
    return text if units(text) <= limit else first_units(text, limit - 1) + "…"
