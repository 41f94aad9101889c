"""Defines a pack, all that one school says, as data: paths, steps, errors with their remedies, and topics.

A pack is a folder of text files (bot/content/ryazan_43 is one); `pack_files` reads it, `content check` judges it. Ids
are plain strings, so that another school's errors and paths need no code.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path as Folder

from bot.flows.marked import Markup, Sentence

_SHORT_ID = 4  # letters; `content check` refuses two errors that share theirs


class Reader(StrEnum):
    """The one who reads the guide: a parent may read a pupil's path and do the parents' steps of it."""

    PUPIL = "pupil"
    PARENT = "parent"


@dataclass(frozen=True, slots=True)
class Link:
    """A URL button: its label and its address."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a guide: who does it, whether it logs in to the diary, whether the instruction says to wait there.

    `text` holds its HTML for each reader of the path.
    """

    doer: Reader
    text: Mapping[Reader, Markup]
    link: Link | None = None
    logs_in: bool = False
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Path:
    """A path says whose login it is, who may read it, and the pupil's age in whole years: `youngest` up to `under`.

    `title` names it for the desk. `pupil_button` and `parent_button` choose it, empty where that reader cannot;
    `parents_link` is the deep link by which a parent opens it. `own_account` advises to try the account it is for.
    """

    id: str
    owner: Reader = field(compare=False)
    readers: tuple[Reader, ...] = field(compare=False)
    steps: tuple[Step, ...] = field(compare=False, repr=False)
    is_child: bool = field(default=False, compare=False)
    youngest: int = field(default=0, compare=False)
    under: int | None = field(default=None, compare=False)
    title: str = field(default="", compare=False)
    pupil_button: str = field(default="", compare=False)
    parent_button: str = field(default="", compare=False)
    parents_link: str = field(default="", compare=False)
    own_account: Mapping[Reader, Markup] = field(default_factory=dict, compare=False, repr=False)

    def fits(self, age: int) -> bool:
        """Tells whether a pupil of this age, in whole years, takes this path."""
        return self.owner is Reader.PUPIL and self.youngest <= age and (self.under is None or age < self.under)


@dataclass(frozen=True, slots=True)
class Wording:
    """An error text word for word, and the ids of the paths on whose screens it appears."""

    error: str
    text: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Error:
    """An error of the instruction: its wordings, and its remedies by path id and reader.

    `needs_school`: only the school can help, so its remedy leads to the ticket. `note` stands below a list with it;
    `for_parents` is told to a child who met the adults' wording under a parent's account.
    """

    id: str
    short: str
    needs_school: bool
    wordings: tuple[Wording, ...]
    remedies: Mapping[tuple[str, Reader], Markup] = field(repr=False)
    note: Markup = field(default=Markup(), repr=False)
    for_parents: Markup = field(default=Markup(), repr=False)

    def is_met_on(self, path: Path) -> bool:
        """Tells whether the screens of this path can show the error."""
        return any(path.id in wording.paths for wording in self.wordings)

    def wording_on(self, path: Path | None) -> str:
        """Gives the text word for word as the screen of this path shows it; for no path that of the most paths."""
        on_path = (wording.text for wording in self.wordings if path and path.id in wording.paths)
        return next(on_path, max(self.wordings, key=lambda wording: len(wording.paths)).text)


@dataclass(frozen=True, slots=True)
class Topic:
    """A neighbouring problem or a question that is no error of the instruction, with its answer in «ты» and «вы».

    `from_instruction`: the answer is the school's own word. `about_codes`: the talk is of one-time codes, so that short
    numbers are masked. `is_outage`: something does not work for everybody, and a family may wait until it does.
    """

    id: str
    title: str
    answer: Sentence = field(repr=False)
    links: tuple[Link, ...] = ()
    from_instruction: bool = False
    about_codes: bool = False
    is_outage: bool = False


@dataclass(frozen=True, slots=True)
class About:
    """The pack in words: whose instruction it is, where it comes from, of which day; `version` goes into tickets."""

    title: str
    school: str
    source: str
    date: str
    region: str
    system: str
    version: int


@dataclass(frozen=True, slots=True, eq=False)
class Pack:
    """All that is a school's own, but for the examples of what families write, which stand in its folder."""

    name: str
    folder: Folder
    about: About
    paths: Mapping[str, Path]
    errors: Mapping[str, Error]
    topics: Mapping[str, Topic]

    @property
    def version(self) -> str:
        """Gives the name and the version, as a ticket keeps them."""
        return f"{self.name}/{self.about.version}"

    def path(self, path_id: str | None) -> Path | None:
        """Gives the path of this id; None where there is none (any more)."""
        return self.paths.get(path_id or "")

    def error(self, error_id: str | None) -> Error | None:
        """Gives the error of this id; None where there is none (any more)."""
        return self.errors.get(error_id or "")

    def errors_on(self, path: Path | None) -> list[tuple[Error, Wording]]:
        """Gives each error with each wording that this path's screens show; every wording where no path is known."""
        return [
            (error, wording)
            for error in self.errors.values()
            for wording in error.wordings
            if path is None or path.id in wording.paths
        ]

    def of_owner(self, owner: Reader) -> list[Path]:
        """Gives the paths to the accounts of this owner, in the order of the pack."""
        return [path for path in self.paths.values() if path.owner is owner]

    def path_of_age(self, age: int) -> Path | None:
        """Gives the path of a pupil of this age; None where no path is for it."""
        return next((path for path in self.paths.values() if path.fits(age)), None)

    @property
    def childs_path(self) -> Path | None:
        """Gives the path that a pupil under 18 reads, the first of several; None where the pack has none."""
        return next((path for path in self.paths.values() if path.is_child), None)

    @property
    def parents_path(self) -> Path | None:
        """Gives the path of a parent's own login; None where the pack has none."""
        return next(iter(self.of_owner(Reader.PARENT)), None)


def short_id(of: str) -> str:
    """Gives a few letters that stand for an id in callback data, where several ids share 64 bytes."""
    return hashlib.sha256(of.encode()).hexdigest()[:_SHORT_ID]


def resolved(ids: Iterable[str], known: Iterable[str]) -> list[str]:
    """Gives the full ids of those that are written in full or as `short_id`; those that nobody knows are left out."""
    full = {short: name for name in known for short in (name, short_id(name))}
    return [full[one] for one in ids if one in full]
