"""Keeps the reasons why a family that writes now may not be answered; /healthz shows them."""

from collections.abc import Callable


class Health:
    """Keeps the reasons, in Russian, why a family that writes now may not be answered: with any, /healthz is red.

    A part notes its own reason under its own name, or is asked for it at every look at the health.
    """

    def __init__(self) -> None:
        self.updates_away = ""  # why Telegram gives this bot no updates, in words for people
        self.contacts: dict[str, float] = {}  # when each channel last answered, seconds since the epoch
        self._noted: dict[str, str] = {}
        self._looks: list[Callable[[], str]] = []

    def note(self, part: str, reason: str) -> None:
        """Keeps the reason of a part in place of its last one; an empty reason means that the part is well."""
        if reason:
            self._noted[part] = reason
        else:
            self._noted.pop(part, None)

    def ask(self, look: Callable[[], str]) -> None:
        """Adds a part that is asked each time; it gives its reason, or nothing where it is well."""
        self._looks.append(look)

    def reasons(self) -> list[str]:
        """Gives every reason there is at this moment."""
        asked = [look() for look in self._looks]
        return [*self._noted.values(), *(reason for reason in asked if reason)]

    @property
    def last_contact(self) -> float:
        """Gives the moment when Telegram last answered, seconds since the epoch; 0 before it has."""
        return self.contacts.get("Telegram", 0.0)

    def touched(self, now: float, channel: str = "Telegram") -> None:
        """Notes that a channel answered at this moment."""
        self.contacts[channel] = now
