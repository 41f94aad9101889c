"""The kinds of owed messages, a class each on the bases of owed_message.py, and the class of a row of the outbox."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

from bot.delivery.owed_message import (
    CLASSES,
    AtDesk,
    Change,
    Edit,
    Erasure,
    InThread,
    OwedMessage,
    Relayed,
    Unknown,
    Worded,
)
from storage.outbox import Owed
from storage.sendable import Kinds

# --- at the desk -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Card(OwedMessage):
    """A ticket's card, in a forum with a topic for it."""

    kind, makes_topic = "card", True
    waits_apart: ClassVar[Mapping[str, str]] = {"createForumTopic": "card"}

    unless_placed: bool = False  # nothing is sent where the ticket has a card by then
    topicless: bool = False  # no topic can be made for it: it goes to the general one, and is answered by reply


@dataclass(frozen=True)
class Pin(Change):
    """A card is pinned in its topic."""

    kind = waits_as = "pin"
    gives_way = is_cosmetic = True
    counts = 2

    message_id: int


@dataclass(frozen=True)
class CardEdit(Change):
    """A card is brought up to date."""

    kind, waits_as = "card_edit", "edit"
    gives_way = is_cosmetic = shows_ticket = True
    counts = 1

    ready: bool = False  # the ready answers are shown on it
    page: int = 0  # of them
    choice: str = ""  # the one of them that is shown in full, before it is sent
    put_off: bool = False  # the days to put the ticket off to are shown on it
    colleagues: int | None = None  # the page of those to whom it may be handed over, shown on it


@dataclass(frozen=True)
class CardChoice(CardEdit):
    """A card as a press asked for it: somebody waits for it."""

    kind, is_cosmetic = "card_choice", False


@dataclass(frozen=True)
class TopicState(Change):
    """A topic is named by its ticket's status, and closed or opened as the ticket is."""

    kind, waits_as = "topic_state", "topic"
    gives_way = is_cosmetic = shows_ticket = True
    counts = counts_switching = 2


@dataclass(frozen=True)
class TopicOpen(AtDesk):
    """A closed topic is opened for what comes right behind."""

    kind, waits_as = "topic_open", "topic"
    is_message = brings_words = False
    counts = 2


@dataclass(frozen=True)
class ToDesk(AtDesk, Relayed):
    """A message of a family."""

    kind, may_be_merged = "to_desk", True

    alone: bool = field(default=False, kw_only=True)  # merged with others it was refused


@dataclass(frozen=True)
class EditAtDesk(Edit):
    """A family's message was edited."""

    kind, goes_anew_as = "edit_at_desk", ToDesk
    counts = 1


@dataclass(frozen=True)
class DeskText(AtDesk, InThread):
    """The bot's own words, about a ticket or in general."""

    kind = "desk_text"

    markup: dict[str, Any] | None = None
    moved: bool = False  # the general topic takes nothing: it went to a ticket's
    silent: bool = False  # nobody's phone rings
    repair_of: int | None = None  # «Починили» stands below it, of this bad day, or of a notice (repair_messages.NOTICE)
    tells_of: int | None = None  # the row of the family's message whose words stand in it


@dataclass(frozen=True)
class DeskButtons(Change):
    """A message of the bot's own at a desk, in no ticket's place, gets other buttons or none."""

    kind, waits_as = "desk_buttons", "edit"
    gives_way = is_cosmetic = True
    counts = 1

    message_id: int
    markup: dict[str, Any] | None = None


@dataclass(frozen=True)
class DeskPage(Change, Worded):
    """A message of the bot's own at the desk turns to another page: somebody pressed a button below it."""

    kind, waits_as = "desk_page", "edit"
    gives_way = True
    counts = 1

    message_id: int = field(kw_only=True)
    markup: dict[str, Any] | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class Chart(InThread):
    """The statistics with their picture, which is drawn from these numbers when it is sent."""

    kind = "chart"

    numbers: Mapping[str, Any] = field(kw_only=True)


@dataclass(frozen=True)
class WaitingList(OwedMessage):
    """The list of who waits at the opening of a day: it is read when it is sent, so that it keeps nobody's words."""

    kind = "waiting_list"

    until: float  # the moment after which the day is too old for it, seconds since the epoch


@dataclass(frozen=True)
class WeekReport(Chart):
    """The report of the last week, with its picture."""

    kind = "week_report"

    until: float = field(kw_only=True)  # as in the list of who waits


@dataclass(frozen=True)
class SchoolExport(OwedMessage):
    """The open tickets of a school that leaves, read when they are sent; once they arrived, the school is erased."""

    kind = "school_export"


@dataclass(frozen=True)
class SchoolsTable(InThread):
    """The counts of all schools as a file, made when it is sent: of these days, ISO, both included."""

    kind = "schools_table"

    first: str = field(kw_only=True)
    last: str = field(kw_only=True)


@dataclass(frozen=True)
class DeleteMessages(Erasure):
    """Messages are deleted, at most a hundred."""

    kind = waits_as = "delete"

    message_ids: list[int]


@dataclass(frozen=True)
class DeleteTopic(Erasure):
    """A topic is deleted."""

    kind = waits_as = "delete_topic"

    topic_id: int


# --- in a family's chat ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ScreenMessage(Worded):
    """A screen of the guide, or the bot's own words about a ticket."""

    kind = "screen"

    markup: dict[str, Any] | None = None
    prompt: dict[str, Any] | None = None  # «Помогло» and «Не помогло», in place of other buttons
    message_id: int | None = None  # of the message whose place it takes
    reply_to: int | None = None
    lasting: bool = False  # it is as true a month later
    row: int | None = None  # of an answer that the desk gave by a button: once it arrived, the desk reads it too
    of_bot: bool = False  # nobody at the desk caused it: nobody there is told that it did not arrive

    def without_buttons(self) -> Self:
        """Gives the same words without buttons."""
        return replace(self, markup=None, prompt=None)


@dataclass(frozen=True)
class ToFamily(Relayed):
    """A message of the school."""

    kind = "to_family"


@dataclass(frozen=True)
class EditAtFamily(Edit):
    """A message of the school was edited."""

    kind, goes_anew_as = "edit_at_family", ToFamily
    brings_words = True


@dataclass(frozen=True)
class Strip(Change):
    """A message loses its buttons."""

    kind = waits_as = "strip"
    gives_way = True

    message_id: int


@dataclass(frozen=True)
class DeleteAtFamily(Change):
    """A message of the school is deleted in the family's chat, as the school deleted it."""

    kind, waits_as = "delete_at_family", "delete"
    gives_way = True

    message_id: int


# --- in any chat -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reaction(Change):
    """The sign of delivery under a message."""

    kind = waits_as = "reaction"
    gives_way = True

    message_id: int
    desk_chat_id: int | None = None  # as for what is erased
    or_say: bool = True  # words may stand in for it at the desk
    row: int | None = None  # of a family's message, in whose chat words may stand in for it


# --- which class a row is of ------------------------------------------------------------------------------------------


def class_of(row: Owed) -> type[OwedMessage]:
    """Gives the class of a row's kind; a kind of a newer version counts as a message that nobody can send."""
    return CLASSES.get(row.kind, Unknown)


def of(row: Owed) -> OwedMessage:
    """Gives the message that a row keeps; a row that lacks what its kind needs counts as one of an unknown kind."""
    try:
        return class_of(row).of(row)
    except TypeError:
        return Unknown.of(row)


def relayed(row: Owed) -> Relayed:
    """Gives the message of a ticket that a row carries to the other side. Raises TypeError where it carries none."""
    message = of(row)
    if not isinstance(message, Relayed):
        raise TypeError(f"a row of the kind {row.kind} carries no message")
    return message


def kinds(which: Callable[[type[OwedMessage]], bool] = lambda _: True) -> frozenset[str]:
    """Gives the names of the kinds whose classes fulfil the condition."""
    return frozenset(kind for kind, one in CLASSES.items() if which(one))


def waiting_as(name: str) -> frozenset[str]:
    """Gives the kinds of rows that wait while a chat is paused under this name («»: wholly)."""
    return kinds(lambda one: not name or name == one.waits_as or name in one.waits_apart.values())


MESSAGES, SILENT = kinds(lambda one: one.is_message), kinds(lambda one: not one.is_message)
OF_A_CLAIM = Kinds(silent=SILENT, give_way=kinds(lambda one: one.gives_way), limited=kinds(lambda one: one.makes_topic))
