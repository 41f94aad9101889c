"""The facts of a ticket, what moves them, and the words that show them.

A ticket is open or closed, it is somebody's turn, and it was opened again or not: these three facts are stored and
decided by. The five statuses are only how they are shown. The module imports nothing of ours, so that the flows, which
know no database, may use it as storage does.
"""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """A word for a ticket's facts."""

    NEW = "new"
    IN_WORK = "in_work"
    WAITING_FAMILY = "waiting_family"
    SOLVED = "solved"
    REOPENED = "reopened"


class Turn(StrEnum):
    """Those who have to act next on a ticket."""

    NOBODY = "nobody"  # nobody at the school has taken it yet, or it is closed
    SCHOOL = "school"
    FAMILY = "family"


class Cause(StrEnum):
    """The events that move a ticket."""

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
    PROMISE_DUE = "promise_due"  # the school promised an answer, and days have passed without one
    ANSWER_TAKEN_BACK = "answer_taken_back"  # the family does not have the only answer: deleted, refused, made a note
    REOPENED = "reopened"


TURNS_OF_SCHOOL = (Turn.NOBODY, Turn.SCHOOL)  # the school has to act: an open ticket that nobody took waits for it, too
_STATUS_OF_TURN = {Turn.NOBODY: Status.NEW, Turn.SCHOOL: Status.IN_WORK, Turn.FAMILY: Status.WAITING_FAMILY}


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of a ticket; without arguments those of a new one.

    A closed ticket is nobody's turn. `reopened` says that the ticket was opened again, or that its family said that the
    answer did not help, and that nothing has moved it since.
    """

    is_open: bool = True
    turn: Turn = Turn.NOBODY
    reopened: bool = False

    @property
    def status(self) -> Status:
        """Gives the word that the desk is shown."""
        if not self.is_open:
            return Status.SOLVED
        return Status.REOPENED if self.reopened else _STATUS_OF_TURN[self.turn]

    @property
    def status_for_family(self) -> Status:
        """Gives the word that the family is shown: that it is waited for comes before all else."""
        return Status.WAITING_FAMILY if self.turn is Turn.FAMILY else self.status


NEW = Facts()
CLOSED = Facts(is_open=False)
OPENED_AGAIN = Facts(reopened=True)


def after(facts: Facts, cause: Cause) -> Facts:
    """Gives the facts that a cause leads to; the same facts where it changes nothing."""
    match cause:
        case Cause.TAKEN if facts.is_open:
            # Taking it changes nothing about the wait for the family: a reminder comes, then the end.
            return Facts(turn=Turn.FAMILY if facts.turn is Turn.FAMILY else Turn.SCHOOL)
        case Cause.FAMILY_WROTE | Cause.PROMISE_DUE | Cause.ANSWER_TAKEN_BACK if facts.turn is Turn.FAMILY:
            return Facts(turn=Turn.SCHOOL)
        case Cause.DESK_WROTE | Cause.FIXED:
            return Facts(turn=Turn.FAMILY, reopened=not facts.is_open)
        case Cause.NOT_HELPED:
            return OPENED_AGAIN
        case Cause.REOPENED | Cause.TOPIC_REOPENED if not facts.is_open:
            return OPENED_AGAIN
        case Cause.HELPED | Cause.DECIDED | Cause.TOPIC_CLOSED | Cause.WITHDRAWN | Cause.SILENCE:
            return CLOSED
    return facts
