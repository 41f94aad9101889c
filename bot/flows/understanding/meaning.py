"""The meanings that a family's text can have, and the context in which it arrives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.flows.content import Pack, Path, Reader
from bot.flows.routes import Route
from bot.flows.screen import Button
from bot.flows.understanding.likeness import Question
from bot.flows.understanding.recogniser import NOTHING_NAMED, Recognition, Verdict


class Kind(StrEnum):
    """The kinds of meanings, in the order in which they are looked for; each text has one."""

    EMPTY = "empty"
    """No word at all: spaces and invisible signs."""
    BUTTON = "button"
    """A button of the screen, by its label or in other usual words."""
    ERROR = "error"
    """An error of the instruction, sure or doubtful."""
    TOPIC = "topic"
    """A neighbouring problem or a question."""
    ANSWERED = "answered"
    """A question that no pack answers, and that surely asks what the school has answered for families."""
    TEACHER = "teacher"
    """A teacher, where the screen asks who writes: neither a parent nor a pupil."""
    ROLE = "role"
    """A parent or a pupil, an age, or the owner of the login, where the screen asks for it."""
    ACCOUNT = "account"
    """The owner of the account that they went in with, where the screen asks for it."""
    GREETING = "greeting"
    THANKS = "thanks"
    SOLVED = "solved"
    """The trouble is over."""
    NOT_SOLVED = "not_solved"
    """The advice did not help."""
    COMPLAINT = "complaint"
    """Anger, and no more."""
    CANNOT_LOGIN = "cannot_login"
    """That they cannot get in, and no more, where the bot can lead on from there."""
    PUPIL_NAMED = "pupil_named"
    """A pupil's login of an age that is not told, where the screen asks whose it is."""
    BAD_AGE = "bad_age"
    """An attempt at an age that is none, where the screen asks who is writing."""
    NO_ANSWER = "no_answer"
    """Words that the question on the screen cannot be answered with."""
    STRAY_WORD = "stray_word"
    """«Да», «нет» or the name of a form's button, where nothing is asked that they answer; a step done, or not yet."""
    ABOUT_BOT = "about_bot"
    """A question about the bot itself: «ты живой?», «что ты умеешь?»."""
    HUMAN = "human"
    """The wish for the school or for a person."""
    NOTHING = "nothing"
    """Nothing of all that."""


@dataclass(frozen=True, slots=True)
class Context:
    """Everything that is known of the family at the moment a text comes.

    `pack` is what its school says. `here` is the screen that it stands before, `buttons` are that screen's, `path` is
    the path that it chose. `behind` are the buttons of the step from which words have led it to another screen.
    `quoted` are the words that the message quotes. `pictured` is what was read of its picture, empty where that could
    not be read, and None where the message has no picture.
    """

    pack: Pack
    here: Route
    buttons: tuple[Button, ...] = ()
    behind: tuple[Button, ...] = ()
    path: Path | None = None
    quoted: str = ""
    pictured: str | None = None
    answered: Mapping[int, Question] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Meaning:
    """The one meaning of a text. The other fields than `kind` say more where the kind has more to say.

    BUTTON: `button`. ERROR, TOPIC and NOTHING: `recognition`; `reader` is who tells of it, None where the text does not
    say; `is_of_parent` where only a parent can have written it; `is_question` for words that ask or complain;
    `is_private` where personal data stands in the text.
    A TOPIC has `path` as well where the text tells the age.
    ANSWERED: `answer`, the id of the school's answer, and what NOTHING has.
    ROLE: `reader`, and `path` where it is told. ACCOUNT: `reader`, whose account it was.
    """

    kind: Kind
    button: Button | None = None
    recognition: Recognition = NOTHING_NAMED
    reader: Reader | None = None
    path: Path | None = None
    is_of_parent: bool = False
    is_question: bool = False
    is_private: bool = False
    answer: int | None = None

    @property
    def is_sure_error(self) -> bool:
        """Tells whether an error is named beyond doubt."""
        return self.kind is Kind.ERROR and self.recognition.verdict is Verdict.SURE
