"""A school's desk: the chat where its administrators read and answer tickets, and what is known of it."""

from dataclasses import dataclass
from typing import Self

from bot.channels.abilities import TELEGRAM, Abilities, abilities_at
from storage import outbox


@dataclass(slots=True)
class Desk:
    """The desk of a school. Two desks differ by what is kept here, and by nothing else.

    `id` names it in the database, and is that of its school. `made_in` is the chat that it was made in, None while it
    has none; `chat_id` follows it where the group is upgraded. `is_known` tells whether the messenger has said what the
    chat is: a forum, and with which rights; `lacking` names those that the bot lacks, and `away` gives the reason why
    the chat takes nothing, both in Russian. `checked_at` is in seconds since the epoch.
    """

    id: int = 1
    school_id: int = 1
    channel: Abilities = TELEGRAM
    made_in: int | None = None
    chat_id: int | None = None
    is_known: bool = False
    is_forum: bool = False
    lacking: tuple[str, ...] = ()
    away: str | None = None
    checked_at: float = 0.0

    @classmethod
    def at(cls, school_id: int, chat_id: int | None) -> Self:
        """Makes the desk of a school in a chat; None: it has none yet."""
        return cls(school_id, school_id, channel=abilities_at(chat_id or 0), made_in=chat_id, chat_id=chat_id)

    @property
    def chat(self) -> int:
        """Gives the chat's id, for a call that needs one. Raises AssertionError where there is none."""
        assert self.chat_id is not None, "rows for a desk are claimed only where its chat is known"
        return self.chat_id

    @property
    def address(self) -> int:
        """Gives the number that stands for the desk where chats are named: in the outbox, the sends, the pauses."""
        return outbox.address_of_desk(self.id)

    def is_bound_to(self, chat_id: int | None) -> None:
        """Binds the desk to another chat, perhaps in another messenger; None: to no chat."""
        self.channel, self.made_in, self.away, self.lacking = abilities_at(chat_id or 0), chat_id, None, ()
        self.chat_id, self.is_known, self.checked_at = chat_id, False, 0.0

    def moves_to(self, chat_id: int) -> None:
        """Follows the group that became a supergroup: it is another chat, which has to be looked at anew."""
        self.chat_id, self.is_known, self.checked_at = chat_id, False, 0.0
