"""What the desk knows: the statuses of a ticket and their causes, its card and its topic's name."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from bot import texts_ru as texts
from bot.flows.guide import instruction
from bot.flows.guide.dialogue import Button, Rows
from bot.flows.guide.instruction import Error, Path
from bot.flows.marked import Markup, fill, joined, marked
from bot.flows.utf16 import first_units, units

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
    banned: bool = False
    erased: bool = False
    forgotten: bool = False
    extra: tuple[Markup, ...] = field(default=())


def card(case: Case, when: Callable[[float], str]) -> Markup:
    """The card's HTML text; `when` writes a moment (seconds since the epoch) in the school's local time."""
    return joined("\n", [*_head(case, when), *case_lines(case)])


def case_lines(case: Case) -> list[Markup]:
    """What the family told, a line each: the same in their preview and on the desk's card."""
    lines = [fill(texts.CARD_WHO, who=_who(case))]
    if case.path:
        lines.append(fill(texts.CARD_LOGIN, path=texts.CARD_PATH[case.path]))
    lines.append(_error_line(case))
    if case.path and case.steps_done:
        total = len(instruction.steps_of(Path(case.path)))
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


def beyond_card(words: str) -> str:
    """What of a family's words the card has no room for: it follows as messages. Empty where all of them fit."""
    shown = shortened(words, CARD_WORDS_LIMIT)
    return "" if shown == words else words[len(shown) - len("…") :]


def _head(case: Case, when: Callable[[float], str]) -> list[Markup]:
    lines = [fill(texts.CARD_HEAD, number=case.number, status=texts.STATUS_DESK[case.status])]
    if case.actor and case.changed_at is not None:
        lines.append(fill(texts.CARD_LAST_CHANGE, actor=case.actor, when=when(case.changed_at)))
    if case.unreachable:
        lines.append(marked(texts.CARD_UNREACHABLE))
    if case.banned:
        lines.append(marked(texts.CARD_BANNED))
    return lines


def _who(case: Case) -> str:
    parts = [texts.CARD_WRITER.get(case.reader or "", ""), case.first_name or ""]
    return ", ".join(part for part in parts if part) or "—"


def _error_line(case: Case) -> Markup:
    if not case.error:
        return marked(texts.CARD_NO_ERROR)
    wording = instruction.wording_of(Error(case.error), Path(case.path) if case.path else Path.PARENT)
    return fill(texts.CARD_ERROR, wording=wording)


def topic_name(number: int, class_name: str | None, error: str | None, status: str, *, banned: bool = False) -> str:
    """«№17 · 7Б · Дневник не найден», with a mark of the status before it once it is no longer new, or of a ban."""
    name = texts.TOPIC_NAME.format(
        mark=texts.TOPIC_MARK_BANNED if banned else texts.TOPIC_MARKS[status],
        number=number,
        class_name=class_name or "—",
        error=texts.ERROR_SHORT.get(error or "", texts.ERROR_SHORT_NONE),
    )
    return name[:TOPIC_NAME_LIMIT]


def own_name(name: str) -> str:
    """What an administrator called a topic, without the mark of a status before it."""
    for mark in (texts.TOPIC_MARK_BANNED, *texts.TOPIC_MARKS.values()):
        if mark and name.startswith(mark.strip()):
            return name.removeprefix(mark.strip()).strip() or name
    return name.strip()


def named_by_hand(own: str, status: str, *, banned: bool = False) -> str:
    """A name that an administrator gave, with the mark of the status, or of a ban, before it."""
    mark = texts.TOPIC_MARK_BANNED if banned else texts.TOPIC_MARKS[status]
    return f"{mark}{own}"[:TOPIC_NAME_LIMIT]


def card_buttons(number: int, status: str) -> Rows:
    """The buttons under a card; a solved ticket is opened again by a message or by the family."""
    if status == Status.SOLVED:
        return ((Button(texts.B_REOPEN, data=f"again:{number}"),),)
    take = (Button(texts.B_TAKE, data=f"take:{number}"),) if status in (Status.NEW, Status.REOPENED) else ()
    return (
        (*take, Button(texts.B_FIXED, data=f"fixed:{number}")),
        (Button(texts.B_CLARIFY, data=f"clarify:{number}"), Button(texts.B_SOLVED, data=f"solved:{number}")),
    )


def ready_answers() -> Markup:
    """The ready answers in full, numbered, as they are shown before one is sent."""
    answers = [marked(texts.READY_ANSWERS[name][1]) for name in texts.READY_ANSWERS]
    lines = [fill(texts.CARD_READY_LINE, number=n, text=text) for n, text in enumerate(answers, 1)]
    return fill(texts.CARD_READY, answers=joined("\n", lines))


def ready_buttons(number: int) -> Rows:
    """One tap sends a ready answer; «Назад» shows the card again."""
    answers = tuple(
        (Button(f"{n}. {label}", data=f"ready:{number}:{name}"),)
        for n, (name, (label, _)) in enumerate(texts.READY_ANSWERS.items(), 1)
    )
    return (*answers, (Button(texts.B_BACK, data=f"card:{number}"),))


# The cards of version 1.1.0 name an answer by its place in the list of that version, which never changes any more.
_BY_PLACE = ("fixed", "class_and_name", "parents_consent")


def ready_answer(choice: str) -> Markup | None:
    """The text of the ready answer that a button means, whenever its card was made; None where there is none now."""
    if choice in map(str, range(len(_BY_PLACE))):
        choice = _BY_PLACE[int(choice)]
    return marked(texts.READY_ANSWERS[choice][1]) if choice in texts.READY_ANSWERS else None


def shortened(text: str, limit: int) -> str:
    """The text within `limit` UTF-16 units, Telegram's measure, ending in «…» where it was cut."""
    return text if units(text) <= limit else first_units(text, limit - 1) + "…"
