"""The school's desk: the chat where its administrators read and answer tickets, and what is known of it."""

from dataclasses import dataclass


@dataclass(slots=True)
class Desk:
    """A desk. There is one today; its `chat_id` is None while no chat is set, and follows a group that is upgraded.

    `is_known` tells whether the messenger has said what the chat is: a forum, and with which rights. `away` is the
    reason, in Russian, why it takes nothing. `checked_at` is in seconds since the epoch.
    """

    chat_id: int | None = None
    is_known: bool = False
    is_forum: bool = False
    away: str | None = None
    checked_at: float = 0.0

    def moves_to(self, chat_id: int) -> None:
        """The group became a supergroup: it is another chat, which has to be looked at anew."""
        self.chat_id, self.is_known, self.checked_at = chat_id, False, 0.0
