"""Reads a pack from its folder of TOML files; each mistake is reported with the file, the line and a way out."""

import tomllib
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path as Folder
from typing import Any

from pydantic import ValidationError

from bot import texts_ru as texts
from bot.flows.content import About, Error, Link, Pack, Path, Reader, Step, Topic, Wording
from bot.flows.marked import Sentence, marked
from bot.flows.pack_forms import (
    ABOUT,
    ERRORS,
    FORMS,
    PATHS,
    STEPS,
    TOPICS,
    ErrorForm,
    ForReaders,
    PathForm,
    TopicForm,
)
from bot.flows.pack_problems import PackError, Problem, line_of, of_form, of_toml

PACKS = Folder(__file__).resolve().parent.parent / "content"
DEFAULT = "ryazan_43"


# --- reading ---------------------------------------------------------------------------------------------------------


def folder_of(named: str) -> Folder:
    """Gives the folder of a pack: one of bot/content by its name, else the folder itself. Raises PackError."""
    inside = PACKS / named
    folder = inside if _is_folder(inside) and inside.resolve().parent == PACKS else Folder(named)
    if not named or not _is_folder(folder):
        raise PackError([Problem(named, 0, texts.PACK_NO_FOLDER.format(packs=", ".join(names())))])
    return folder


def _is_folder(named: Folder) -> bool:
    """Tells whether a folder has this name; a name that no system takes (too long, for example) is none."""
    try:
        return named.is_dir()
    except OSError:
        return False


def names() -> list[str]:
    """Gives the names of the packs that ship with the bot."""
    return sorted(folder.name for folder in PACKS.iterdir() if (folder / ABOUT).is_file())


@cache
def load(named: str = DEFAULT) -> Pack:
    """Reads a pack once and for all. Raises PackError with everything that makes it unreadable."""
    return read(folder_of(named))


def source_of(folder: Folder, file: str) -> str:
    """Reads one file of a pack as it is written. Raises OSError and UnicodeDecodeError."""
    return (folder / file).read_text("utf-8-sig")  # Notepad puts a mark at the beginning of a file


def read(folder: Folder) -> Pack:
    """Reads a pack as its files stand now. Raises PackError with everything that makes it unreadable."""
    problems: list[Problem] = []
    sources: dict[str, str] = {}
    forms: dict[str, Any] = {}
    for file, form in FORMS.items():
        try:
            sources[file] = source_of(folder, file)
            forms[file] = form.model_validate(tomllib.loads(sources[file]))
        except FileNotFoundError:
            problems.append(Problem(file, 0, texts.PACK_NO_FILE))
        except OSError as error:
            problems.append(Problem(file, 0, texts.PACK_UNREADABLE.format(error=error.strerror)))
        except UnicodeDecodeError:
            problems.append(Problem(file, 0, texts.PACK_NOT_TEXT))
        except tomllib.TOMLDecodeError as error:
            problems.append(of_toml(file, sources[file], error))
        except ValidationError as error:
            problems += [of_form(file, sources[file], details, form) for details in error.errors()]
    if not problems:
        problems = list(_contradictions(sources, forms))
    if problems:
        raise PackError(problems)
    return _pack(folder, forms)


def _pack(folder: Folder, forms: dict[str, Any]) -> Pack:
    steps: dict[str, list[Step]] = {}
    for step in forms[STEPS].step:
        link = Link(step.link.label, step.link.url) if step.link else None
        made = Step(Reader(step.doer), step.text.texts(), link, step.logs_in, step.waits)
        steps.setdefault(step.path, []).append(made)
    paths = {form.id: _path(form, tuple(steps[form.id])) for form in forms[PATHS].path}
    return Pack(
        name=folder.resolve().name,
        folder=folder,
        about=About(**dict(forms[ABOUT])),
        paths=paths,
        errors={form.id: _error(form) for form in forms[ERRORS].error},
        topics={form.id: _topic(form) for form in forms[TOPICS].topic},
    )


def _path(form: PathForm, steps: tuple[Step, ...]) -> Path:
    return Path(
        id=form.id,
        owner=Reader(form.owner),
        readers=tuple(map(Reader, form.readers)),
        steps=steps,
        is_child=form.is_child,
        youngest=form.youngest,
        under=form.under,
        title=form.title,
        pupil_button=form.pupil_button or "",
        parent_button=form.parent_button or "",
        parents_link=form.parents_link or "",
        own_account=form.own_account.texts(),
    )


def _error(form: ErrorForm) -> Error:
    return Error(
        id=form.id,
        short=form.short,
        needs_school=form.who_acts == "school",
        wordings=tuple(Wording(form.id, wording.text, tuple(wording.paths)) for wording in form.wording),
        remedies={
            (path, reader): text for path, remedy in form.remedy.items() for reader, text in remedy.texts().items()
        },
        note=marked(form.note or ""),
        for_parents=marked(form.for_parents or ""),
    )


def _topic(form: TopicForm) -> Topic:
    links = tuple(Link(link.label, link.url) for link in form.link)
    answer = Sentence(child=form.child, adult=form.adult)
    return Topic(form.id, form.title, answer, links, form.from_instruction, form.about_codes, form.is_outage)


# --- what one file says of another -----------------------------------------------------------------------------------


def _contradictions(sources: dict[str, str], forms: dict[str, Any]) -> Iterable[Problem]:
    """Finds what no pack can be made of: an id that stands twice or nowhere, a text that is missing."""

    def problem(file: str, where: Sequence[str | int], said: str) -> Problem:
        return Problem(file, line_of(sources[file], where), said)

    paths = {path.id: path for path in forms[PATHS].path}
    seen: set[str] = set()
    for file, kind in ((PATHS, "path"), (ERRORS, "error"), (TOPICS, "topic")):
        for number, form in enumerate(getattr(forms[file], kind)):
            if form.id in seen:
                yield problem(file, (kind, number, "id"), texts.PACK_ID_TWICE.format(id=form.id))
            seen.add(form.id)
    for number, path in enumerate(forms[PATHS].path):
        for role in path.readers:
            if getattr(path.own_account, role) is None:
                yield problem(PATHS, ("path", number), texts.PACK_NO_READER.format(what="own_account", reader=role))
            if role == "pupil" and path.owner == "pupil" and path.pupil_button is None:
                yield problem(PATHS, ("path", number), texts.PACK_NO_BUTTON.format(button="pupil_button"))
            if role == "parent" and path.parent_button is None:
                yield problem(PATHS, ("path", number), texts.PACK_NO_BUTTON.format(button="parent_button"))
        if path.owner not in path.readers:
            yield problem(PATHS, ("path", number, "readers"), texts.PACK_OWNER_CANNOT_READ.format(owner=path.owner))
        if not any(step.path == path.id for step in forms[STEPS].step):
            yield problem(PATHS, ("path", number), texts.PACK_NO_STEPS.format(path=path.id))
    for number, step in enumerate(forms[STEPS].step):
        if step.path not in paths:
            yield problem(STEPS, ("step", number, "path"), _unknown_path(step.path, paths))
            continue
        for role in paths[step.path].readers:
            if getattr(step.text, role) is None:
                yield problem(STEPS, ("step", number), texts.PACK_NO_READER.format(what="text", reader=role))
    for number, error in enumerate(forms[ERRORS].error):
        yield from _contradictions_of_error(sources[ERRORS], number, error, paths)


def _contradictions_of_error(
    source: str, number: int, error: ErrorForm, paths: dict[str, PathForm]
) -> Iterable[Problem]:
    def problem(where: Sequence[str | int], said: str) -> Problem:
        return Problem(ERRORS, line_of(source, ("error", number, *where)), said)

    met: set[str] = set()
    for at, wording in enumerate(error.wording):
        for path in wording.paths:
            if path not in paths:
                yield problem(("wording", at, "paths"), _unknown_path(path, paths))
            elif path in met:
                yield problem(("wording", at, "paths"), texts.PACK_TWO_WORDINGS.format(path=path))
            met.add(path)
    for path in error.remedy:
        if path not in paths:
            yield problem(("remedy", path), _unknown_path(path, paths))
    for path in sorted(met & paths.keys()):
        remedy = error.remedy.get(path, ForReaders())
        for role in paths[path].readers:
            if getattr(remedy, role) is None:
                said = texts.PACK_NO_REMEDY.format(error=error.id, path=path, reader=role)
                yield problem(("remedy", path) if path in error.remedy else (), said)


def _unknown_path(path: str, paths: Iterable[str]) -> str:
    return texts.PACK_UNKNOWN_PATH.format(path=path, paths=", ".join(paths))
