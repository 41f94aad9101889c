"""What the desk knows: the statuses of a ticket and their causes, its card and its topic's name."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from html import escape

from bot import texts_ru as texts
from bot.flows import guides
from bot.flows.dialogue import Button, Rows
from bot.flows.guides import Error, Path

TOPIC_NAME_LIMIT = 128  # Bot API, createForumTopic: 1-128 characters
CARD_WORDS_LIMIT = 2500


class Status(StrEnum):
    """Where a ticket stands."""

    NEW = "new"
    IN_WORK = "in_work"
    WAITING_FAMILY = "waiting_family"
    SOLVED = "solved"
    REOPENED = "reopened"


class Cause(StrEnum):
    """What moves a ticket to another status."""

    TAKEN = "taken"
    FAMILY_WROTE = "family_wrote"
    DESK_WROTE = "desk_wrote"
    FIXED = "fixed"
    HELPED = "helped"
    NOT_HELPED = "not_helped"
    DECIDED = "decided"
    TOPIC_CLOSED = "topic_closed"
    TOPIC_REOPENED = "topic_reopened"
    WITHDRAWN = "withdrawn"
    SILENCE = "silence"
    REOPENED = "reopened"


_OPEN = (Status.NEW, Status.IN_WORK, Status.WAITING_FAMILY, Status.REOPENED)
_TO: dict[Cause, dict[Status, Status]] = {
    Cause.TAKEN: {Status.NEW: Status.IN_WORK, Status.REOPENED: Status.IN_WORK, Status.WAITING_FAMILY: Status.IN_WORK},
    Cause.FAMILY_WROTE: {Status.WAITING_FAMILY: Status.IN_WORK},
    Cause.DESK_WROTE: {**dict.fromkeys(_OPEN, Status.WAITING_FAMILY), Status.SOLVED: Status.REOPENED},
    Cause.FIXED: {**dict.fromkeys(_OPEN, Status.WAITING_FAMILY), Status.SOLVED: Status.REOPENED},
    Cause.NOT_HELPED: dict.fromkeys(
        (Status.NEW, Status.IN_WORK, Status.WAITING_FAMILY, Status.SOLVED), Status.REOPENED
    ),
    Cause.REOPENED: {Status.SOLVED: Status.REOPENED},
    Cause.TOPIC_REOPENED: {Status.SOLVED: Status.REOPENED},
    **dict.fromkeys(
        (Cause.HELPED, Cause.DECIDED, Cause.TOPIC_CLOSED, Cause.WITHDRAWN, Cause.SILENCE),
        dict.fromkeys(_OPEN, Status.SOLVED),
    ),
}


def after(status: str, cause: Cause, *, asked: bool = False) -> Status | None:
    """The status that a cause leads to; None where it changes nothing.

    `asked` says that a message of the school waits for the family's word: then their answer ends `reopened` too.
    """
    if asked and cause is Cause.FAMILY_WROTE and status == Status.REOPENED:
        return Status.IN_WORK
    if asked and cause is Cause.TAKEN and status == Status.REOPENED:
        # Whoever takes it waits for the family all the same: a reminder comes, then the end.
        return Status.WAITING_FAMILY
    to = _TO[cause].get(Status(status))
    return to if to != status else None


@dataclass(frozen=True, slots=True)
class Case:
    """Everything a card shows. `words` and `pupil_name` are masked already; `steps_done` counts whole steps."""

    reader: str | None = None
    path: str | None = None
    error: str | None = None
    steps_done: int = 0
    class_name: str | None = None
    pupil_name: str | None = None
    words: str | None = None
    first_name: str | None = None
    files: int = 0
    number: int | None = None
    status: str = "new"
    actor: str | None = None
    changed_at: float | None = None
    unreachable: bool = False
    erased: bool = False
    extra: tuple[str, ...] = field(default=())


def card(case: Case, when: Callable[[float], str]) -> str:
    """The card's HTML text; `when` writes a moment (seconds since the epoch) in the school's local time."""
    return "\n".join([*_head(case, when), *case_lines(case)])


def case_lines(case: Case) -> list[str]:
    """What the family told, a line each: the same in their preview and on the desk's card."""
    lines = [texts.CARD_WHO.format(who=_who(case))]
    if case.path:
        lines.append(texts.CARD_LOGIN.format(path=texts.CARD_PATH[case.path]))
    lines.append(_error_line(case))
    if case.path and case.steps_done:
        total = len(guides.steps_of(Path(case.path)))
        lines.append(texts.CARD_STEPS.format(done=min(case.steps_done, total), total=total))
    if case.class_name:
        lines.append(texts.CARD_CLASS.format(class_name=escape(case.class_name)))
    if case.pupil_name:
        lines.append(texts.CARD_NAME.format(name=escape(case.pupil_name)))
    if case.words:
        lines.append(texts.CARD_WORDS.format(words=escape(shortened(case.words, CARD_WORDS_LIMIT))))
        if beyond_card(case.words):
            lines.append(texts.CARD_WORDS_GO_ON)
    if case.files:
        lines.append(texts.CARD_FILES.format(count=case.files))
    if case.erased:
        lines.append(texts.CARD_ERASED)
    return [*lines, *case.extra]


def beyond_card(words: str) -> str:
    """What of a family's words the card has no room for: it follows as messages. Empty where all of them fit."""
    shown = shortened(words, CARD_WORDS_LIMIT)
    return "" if shown == words else words[len(shown) - len("…") :]


def _head(case: Case, when: Callable[[float], str]) -> list[str]:
    lines = [texts.CARD_HEAD.format(number=case.number, status=texts.STATUS_DESK[case.status])]
    if case.actor and case.changed_at is not None:
        lines.append(texts.CARD_LAST_CHANGE.format(actor=escape(case.actor), when=when(case.changed_at)))
    if case.unreachable:
        lines.append(texts.CARD_UNREACHABLE)
    return lines


def _who(case: Case) -> str:
    parts = [texts.CARD_WRITER.get(case.reader or "", ""), escape(case.first_name or "")]
    return ", ".join(part for part in parts if part) or "—"


def _error_line(case: Case) -> str:
    if not case.error:
        return texts.CARD_NO_ERROR
    wording = guides.wording_of(Error(case.error), Path(case.path) if case.path else Path.PARENT)
    return texts.CARD_ERROR.format(wording=wording)


def topic_name(number: int, class_name: str | None, error: str | None, status: str) -> str:
    """«№17 · 7Б · Дневник не найден», with a mark of the status before it once it is no longer new."""
    name = texts.TOPIC_NAME.format(
        mark=texts.TOPIC_MARKS[status],
        number=number,
        class_name=class_name or "—",
        error=texts.ERROR_SHORT.get(error or "", texts.ERROR_SHORT_NONE),
    )
    return name[:TOPIC_NAME_LIMIT]


def own_name(name: str) -> str:
    """What an administrator called a topic, without the mark of a status before it."""
    for mark in texts.TOPIC_MARKS.values():
        if mark and name.startswith(mark.strip()):
            return name.removeprefix(mark.strip()).strip() or name
    return name.strip()


def marked(own: str, status: str) -> str:
    """A name that an administrator gave, with the mark of the status before it."""
    return f"{texts.TOPIC_MARKS[status]}{own}"[:TOPIC_NAME_LIMIT]


def card_buttons(number: int, status: str) -> Rows:
    """The buttons under a card; a solved ticket is opened again by a message or by the family."""
    if status == Status.SOLVED:
        return ((Button(texts.B_REOPEN, data=f"again:{number}"),),)
    take = (Button(texts.B_TAKE, data=f"take:{number}"),) if status in (Status.NEW, Status.REOPENED) else ()
    return (
        (*take, Button(texts.B_FIXED, data=f"fixed:{number}")),
        (Button(texts.B_CLARIFY, data=f"clarify:{number}"), Button(texts.B_SOLVED, data=f"solved:{number}")),
    )


def ready_answers() -> str:
    """The ready answers in full, numbered, as they are shown before one is sent."""
    lines = [texts.CARD_READY_LINE.format(number=n, text=text) for n, (_, text) in enumerate(texts.READY_ANSWERS, 1)]
    return texts.CARD_READY.format(answers="\n".join(lines))


def ready_buttons(number: int) -> Rows:
    """One tap sends a ready answer; «Назад» shows the card again."""
    answers = tuple(
        (Button(f"{n}. {label}", data=f"ready:{number}:{n - 1}"),)
        for n, (label, _) in enumerate(texts.READY_ANSWERS, 1)
    )
    return (*answers, (Button(texts.B_BACK, data=f"card:{number}"),))


def shortened(text: str, limit: int) -> str:
    """The text within `limit` UTF-16 units, Telegram's measure, ending in «…» where it was cut."""
    if len(text.encode("utf-16-le", "surrogatepass")) // 2 <= limit:
        return text
    cut = text.encode("utf-16-le", "surrogatepass")[: (limit - 1) * 2]
    return cut.decode("utf-16-le", "ignore") + "…"
