"""The three guides of the school's instruction: steps, links, error wordings and remedies, as data.

Source of every step, link, error text and remedy: the school's «Инструкция по авторизации в электронном дневнике
через ЕСИА». Hints that do not come from it are marked as such in their texts.
"""

from dataclasses import dataclass
from enum import StrEnum

from bot import texts_ru as texts
from bot.flows.marked import Markup, marked


class Path(StrEnum):
    """A path says whose login it is."""

    CHILD = "child"
    ADULT_PUPIL = "adult_pupil"
    PARENT = "parent"


class Reader(StrEnum):
    """The one who reads the guide: a parent may read the child's path and do the parents' steps of it."""

    PUPIL = "pupil"
    PARENT = "parent"


class Error(StrEnum):
    """An error text that the instruction names."""

    DIARY_NOT_FOUND = "diary_not_found"
    CONSENT_REQUIRED = "consent_required"


class Topic(StrEnum):
    """A neighbouring login problem that the instruction does not cover."""

    FORGOTTEN_PASSWORD = "forgotten_password"
    NO_CODE = "no_code"
    ACCOUNT_NOT_CONFIRMED = "account_not_confirmed"
    ACCOUNT_LIMITED = "account_limited"
    CHILD_ACCOUNT = "child_account"
    SERVICE_DOWN = "service_down"
    VPN = "vpn"
    CERTIFICATE = "certificate"
    SESSION_EXPIRED = "session_expired"
    SECOND_CHILD = "second_child"


@dataclass(frozen=True, slots=True)
class Link:
    """A URL button: its label and its address."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a guide: who does it, whether it logs in to the diary, whether the instruction says to wait there."""

    doer: Reader
    link: Link | None = None
    logs_in: bool = False
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Wording:
    """An error text word for word, and the paths on whose screens it appears."""

    error: Error
    text: str
    paths: tuple[Path, ...]


FAMILY_AND_CHILDREN = Link(texts.LINK_FAMILY_AND_CHILDREN, "https://lk.gosuslugi.ru/profile/family")
CHILD_ACCOUNT_HELP = Link(texts.LINK_CHILD_ACCOUNT_HELP, "https://www.gosuslugi.ru/help/faq/login_child/102380")

GUIDES: dict[Path, tuple[Step, ...]] = {
    Path.CHILD: (
        Step(Reader.PARENT, link=FAMILY_AND_CHILDREN),
        Step(Reader.PARENT, waits=True),
        Step(Reader.PARENT, link=CHILD_ACCOUNT_HELP),
        Step(Reader.PARENT, waits=True),
        Step(Reader.PUPIL, logs_in=True),
    ),
    Path.ADULT_PUPIL: (Step(Reader.PUPIL, logs_in=True), Step(Reader.PUPIL, logs_in=True)),
    Path.PARENT: (Step(Reader.PARENT, logs_in=True), Step(Reader.PARENT, logs_in=True)),
}

WORDINGS: tuple[Wording, ...] = (
    Wording(Error.DIARY_NOT_FOUND, texts.ERROR_CHILD_DIARY_NOT_FOUND, (Path.CHILD,)),
    Wording(Error.CONSENT_REQUIRED, texts.ERROR_CHILD_CONSENT_REQUIRED, (Path.CHILD,)),
    Wording(Error.DIARY_NOT_FOUND, texts.ERROR_ADULT_DIARY_NOT_FOUND, (Path.ADULT_PUPIL, Path.PARENT)),
    Wording(Error.CONSENT_REQUIRED, texts.ERROR_ADULT_CONSENT_REQUIRED, (Path.ADULT_PUPIL, Path.PARENT)),
)

# Official pages of Госуслуги for the problems that the instruction does not cover; none of them is the school's word.
TOPIC_LINKS: dict[Topic, Link] = {
    Topic.FORGOTTEN_PASSWORD: Link(texts.LINK_RECOVERY, "https://esia.gosuslugi.ru/login/recovery"),
    Topic.NO_CODE: Link(texts.LINK_LOGIN_HELP, "https://www.gosuslugi.ru/help/faq/c-1"),
    Topic.ACCOUNT_NOT_CONFIRMED: Link(texts.LINK_CONFIRMED_HELP, "https://www.gosuslugi.ru/help/faq/login/2"),
    Topic.ACCOUNT_LIMITED: Link(texts.LINK_CENTRES, "https://map.gosuslugi.ru/co"),
    Topic.CHILD_ACCOUNT: CHILD_ACCOUNT_HELP,
    Topic.SERVICE_DOWN: Link(texts.LINK_SUPPORT, "https://www.gosuslugi.ru/feedback"),
    Topic.VPN: Link(texts.LINK_SUPPORT, "https://www.gosuslugi.ru/feedback"),
    Topic.CERTIFICATE: Link(texts.LINK_CERTIFICATES, "https://www.gosuslugi.ru/crt"),
    Topic.SESSION_EXPIRED: Link(texts.LINK_SUPPORT, "https://www.gosuslugi.ru/feedback"),
    Topic.SECOND_CHILD: Link(texts.LINK_FAMILY, "https://lk.gosuslugi.ru/profile/family"),
}


def steps_of(path: Path) -> tuple[Step, ...]:
    """The steps of a path, first to last."""
    return GUIDES[path]


def step_text(path: Path, reader: Reader, number: int) -> Markup:
    """The text of step `number` (1-based) as this reader is told it, HTML."""
    return marked(texts.STEPS[path.value, reader.value][number - 1])


def remedy_text(error: Error, path: Path, reader: Reader) -> Markup:
    """The remedy as this reader is told it: the meaning of the message and what to do, in numbered steps, HTML."""
    return marked(texts.REMEDIES[error.value, path.value, reader.value])


def wording_of(error: Error, path: Path) -> str:
    """The error's text word for word as the screen of this path shows it."""
    return next(w.text for w in WORDINGS if w.error == error and path in w.paths)


def readers_of(path: Path) -> tuple[Reader, ...]:
    """Gives those who may read a path: nobody but a parent reads the parent's own."""
    return (Reader.PARENT,) if path is Path.PARENT else (Reader.PUPIL, Reader.PARENT)
