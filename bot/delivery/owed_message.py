"""The bases of the kinds of owed messages: flags that say how a kind is treated, and the JSON that its row keeps.

The kinds themselves are in owed.py; queues.py puts a message into the outbox.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from typing import Any, ClassVar, Self

from bot.flows.marked import Markup, escape, kept
from storage.outbox import Owed

CLASSES: dict[str, type["OwedMessage"]] = {}  # by the name of their kind


@dataclass(frozen=True)
class OwedMessage:
    """Something owed to a chat. A kind is a class: its flags say how rows of it are treated, its fields are their JSON.

    A field that stands at its default is left out of the JSON, and one that is unknown there is passed over.
    """

    kind: ClassVar[str] = ""  # the name in the outbox; a class without one is a base of others
    is_message: ClassVar[bool] = True  # it puts a new message into its chat, which Telegram's limits count
    brings_words: ClassVar[bool] = True  # the other side would miss something without it
    is_change: ClassVar[bool] = False  # it changes or erases what stands in a chat: where that is gone, it is done
    is_erasure: ClassVar[bool] = False  # it waits until the bot may delete
    may_be_merged: ClassVar[bool] = False  # several texts may leave as one message
    gives_way: ClassVar[bool] = False  # whatever becomes of it, the messages behind it in its queue go on
    is_cosmetic: ClassVar[bool] = False  # it only shows what is stored, and takes what room the messages leave
    shows_ticket: ClassVar[bool] = False  # a new card shows what it would have shown
    makes_topic: ClassVar[bool] = False  # it may make a topic, which has a limit of its own
    # How many of the twenty messages a minute in a group it counts as, beside a message of its own, and how many more
    # where it closes or opens its topic. Telegram does not say whether a pin counts as one or two: two is safe.
    counts: ClassVar[int] = 0
    counts_switching: ClassVar[int] = 0
    waits_as: ClassVar[str] = "message"  # the name under which rows of its kind wait after a 429
    waits_apart: ClassVar[Mapping[str, str]] = {}  # the same for one method of the Bot API, where it differs

    told_waiting: bool = field(default=False, kw_only=True)  # the other side was told that it cannot be sent for now

    def __init_subclass__(cls) -> None:
        """Makes the class of a kind known by the name of its kind."""
        if "kind" in vars(cls):
            CLASSES[cls.kind] = cls

    @classmethod
    def of(cls, row: Owed) -> Self:
        """Gives the message that a row of this kind keeps. Raises TypeError where it keeps something else."""
        return cls.from_json(row.payload)

    @classmethod
    def from_json(cls, payload: dict[str, Any]) -> Self:
        """Reads a payload, also one of version 1.1.0. Raises TypeError where a field is missing."""
        return cls(**{one.name: payload[one.name] for one in fields(cls) if one.name in payload})

    def to_json(self) -> dict[str, Any]:
        """Gives what a row keeps of the message."""
        values = {one.name: (getattr(self, one.name), one.default) for one in fields(self)}
        return {name: value for name, (value, default) in values.items() if default is MISSING or value != default}

    @property
    def desk_message_id(self) -> int | None:
        """Gives the message of the desk that it carries or is about: its author is told what became of it."""
        return None

    def without_buttons(self) -> Self:
        """Gives the message without buttons."""
        return self


@dataclass(frozen=True)
class Worded(OwedMessage):
    """A text of the bot's own. A plain `str` in it would be somebody's words, and is escaped."""

    text: Markup

    @classmethod
    def from_json(cls, payload: dict[str, Any]) -> Self:
        """Reads a payload, whose text is HTML. Raises TypeError where it has none."""
        message = super().from_json(payload)
        return replace(message, text=kept(message.text))

    def to_json(self) -> dict[str, Any]:
        """Gives what a row keeps of the message, its text as plain data."""
        return super().to_json() | {"text": str(escape(self.text))}


@dataclass(frozen=True)
class Relayed(OwedMessage):
    """A message of a ticket, which the row `row` keeps, on its way to the other side."""

    row: int
    from_message: int | None = None  # of the desk
    reply_row: int | None = None  # the row of the message that it replies to
    quote: dict[str, Any] | None = None  # what the reply quotes of it
    trial: bool = False  # its kind is unknown: where it cannot be copied, it was no message of a person
    anew: bool = False  # it goes from what was stored, not as a copy
    prompt: dict[str, Any] | None = None  # «Помогло» and «Не помогло», below a message of the school

    @property
    def desk_message_id(self) -> int | None:
        """Gives the message of the desk that it is."""
        return self.from_message

    def without_buttons(self) -> Self:
        """Gives the same message without buttons."""
        return replace(self, prompt=None)


@dataclass(frozen=True)
class AtDesk(OwedMessage):
    """Something that goes to the place of its ticket in the support chat."""

    placed: int = field(default=0, kw_only=True)  # how often it waited for a new card
    placeless: bool = field(default=False, kw_only=True)  # no card can be made: it goes without


@dataclass(frozen=True)
class InThread(Worded):
    """A text of the bot's own in a topic of the support chat that is not its ticket's, or in none."""

    thread: int | None = None
    reply_to: int | None = None
    general: bool = False  # it goes to where a command was given, also where it is about a ticket


@dataclass(frozen=True)
class Change(OwedMessage):
    """A change of what stands in a chat already."""

    is_message = brings_words = False
    is_change = True


@dataclass(frozen=True)
class Edit(Change):
    """A message of a ticket was edited: what the other side has of it follows."""

    gives_way, waits_as = True, "edit"
    goes_anew_as: ClassVar[type[Relayed]]  # what it is where there is nothing to edit

    row: int
    from_message: int | None = None
    replaced: bool = False  # the media itself is another one now

    @property
    def desk_message_id(self) -> int | None:
        """Gives the message of the desk that was edited."""
        return self.from_message

    def as_new(self, row: int | None = None) -> Relayed:
        """Gives the same message (or that of another row) as one to be sent once more, as it is by then."""
        return self.goes_anew_as(row or self.row, from_message=self.from_message, anew=True)


@dataclass(frozen=True)
class Erasure(Change):
    """Something of a family that took its data back is deleted at the desk."""

    is_erasure = True

    desk_chat_id: int | None = field(default=None, kw_only=True)  # where it stands; today's support chat if unknown
    told: bool = field(default=False, kw_only=True)  # the desk knows that the bot may not delete it


@dataclass(frozen=True)
class Unknown(OwedMessage):
    """A row of a kind that this version does not know."""

    payload: dict[str, Any]

    @classmethod
    def from_json(cls, payload: dict[str, Any]) -> Self:
        """Makes one of a row's payload as it is."""
        return cls(payload, told_waiting=bool(payload.get("told_waiting")))

    def to_json(self) -> dict[str, Any]:
        """Gives the payload as it was, with what the other side has been told."""
        return {**self.payload, "told_waiting": self.told_waiting}
