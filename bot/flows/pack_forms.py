"""The forms of a pack's files: the fields that each TOML file has, and what may stand in them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from bot.flows.content import Reader
from bot.flows.marked import Markup, marked

ABOUT, PATHS, STEPS, ERRORS, TOPICS = "about.toml", "paths.toml", "steps.toml", "errors.toml", "topics.toml"

_ID = r"^[a-z][a-z0-9_]*$"


class PackForm(BaseModel):
    """A part of a file: it has these fields and no others."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)


_Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
_PathId = Annotated[str, StringConstraints(pattern=_ID, max_length=12)]
_Id = Annotated[str, StringConstraints(pattern=_ID, max_length=24)]
_Role = Literal["pupil", "parent"]


class AboutForm(PackForm):
    """The file about.toml: the instruction that the pack holds, and the pack's version."""

    title: _Words
    school: _Words
    source: _Words
    date: _Words
    region: _Words
    system: _Words
    version: Annotated[int, Field(ge=1)]


class LinkForm(PackForm):
    """A link button."""

    label: _Words
    url: _Words


class ForReaders(PackForm):
    """A text for each reader; `pack_files` asks for those that the path has."""

    pupil: _Words | None = None
    parent: _Words | None = None

    def texts(self) -> dict[Reader, Markup]:
        """Gives the texts by reader."""
        return {Reader(role): marked(text) for role, text in self if text is not None}


class PathForm(PackForm):
    """A path: the owner of the login, those who may read it, and the buttons that lead to it."""

    id: _PathId
    title: _Words
    owner: _Role
    readers: Annotated[list[_Role], Field(min_length=1)]
    youngest: int = Field(default=0, alias="from")
    under: int | None = None
    is_child: bool = False
    pupil_button: _Words | None = None
    parent_button: _Words | None = None
    parents_link: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,32}$")] | None = None
    own_account: ForReaders


class StepForm(PackForm):
    """A step of a path."""

    path: str
    doer: _Role
    text: ForReaders
    link: LinkForm | None = None
    logs_in: bool = False
    waits: bool = False


class WordingForm(PackForm):
    """The words of an error as they stand on the screens of some paths."""

    paths: Annotated[list[str], Field(min_length=1)]
    text: _Words


class ErrorForm(PackForm):
    """An error with its wordings and its remedies."""

    id: _Id
    short: _Words
    who_acts: Literal["school", "family"]
    wording: Annotated[list[WordingForm], Field(min_length=1)]
    remedy: dict[str, ForReaders]
    note: _Words | None = None
    for_parents: _Words | None = None


class TopicForm(PackForm):
    """A topic with its answers."""

    id: _Id
    title: _Words
    from_instruction: bool = False
    about_codes: bool = False
    is_outage: bool = False
    child: _Words
    adult: _Words
    link: list[LinkForm] = []


class PathsFile(PackForm):
    """The file paths.toml."""

    path: Annotated[list[PathForm], Field(min_length=1)]


class StepsFile(PackForm):
    """The file steps.toml."""

    step: Annotated[list[StepForm], Field(min_length=1)]


class ErrorsFile(PackForm):
    """The file errors.toml."""

    error: Annotated[list[ErrorForm], Field(min_length=1)]


class TopicsFile(PackForm):
    """The file topics.toml."""

    topic: list[TopicForm] = []


FORMS: dict[str, type[PackForm]] = {
    ABOUT: AboutForm,
    PATHS: PathsFile,
    STEPS: StepsFile,
    ERRORS: ErrorsFile,
    TOPICS: TopicsFile,
}
