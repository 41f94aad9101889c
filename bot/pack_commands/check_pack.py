"""Checks a whole pack: `python -m bot content check`. Each problem names the file, the line and a way out."""

import tomllib
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path as Folder
from typing import Any

from rapidfuzz import fuzz

from bot import texts_ru as texts
from bot.channels.abilities import CHANNELS, SHORTEST_TEXT
from bot.flows import pack_files
from bot.flows.content import Pack, Reader, short_id
from bot.flows.pack_forms import ABOUT, ERRORS, PATHS, STEPS, TOPICS
from bot.flows.pack_problems import PackError, Problem, line_of
from bot.flows.screen import Button, School, Screen
from bot.flows.understanding.examples import OTHER, Act
from bot.flows.utf16 import units
from bot.pack_commands import check_examples, check_words
from bot.pack_commands.every_screen import Shown, every_screen

Sources = dict[str, str]  # the files of a pack as they are written, by their names

# A screen has to fit every channel, whichever a school's families use.
_ADDED_UNITS = 400  # what a school's contacts and a notice may add to a text
_TEXT_UNITS = SHORTEST_TEXT - _ADDED_UNITS
_ROWS = min(channel.button_rows for channel in CHANNELS)
_IN_ROW = min(channel.buttons_in_row for channel in CHANNELS)
_BESIDE_LINK = min(channel.buttons_beside_link for channel in CHANNELS)
_DATA_BYTES = min(channel.callback_bytes for channel in CHANNELS)
_TOO_ALIKE = 85.0  # of 100
_YOUNGEST, _OLDEST = 6, 20  # years of a pupil
_LISTS = ("errors", "doubt")
_TAKEN_IDS = frozenset({OTHER, "every", *Act})
_TAKEN_LINKS = frozenset({"role_parent", "role_pupil"})
_TAKEN_PREFIXES = ("h_", "s_")  # of the links that hand a path over and that choose a school


def problems_of(folder: Folder) -> list[Problem]:
    """Finds everything that is wrong in a pack's folder; an empty list for one that may be published."""
    try:
        return problems_in(pack_files.read(folder))
    except PackError as error:
        return list(error.problems)


def problems_in(pack: Pack) -> list[Problem]:
    """Finds everything that is wrong in a pack that could be read.

    Its screens are drawn only once its texts can be.
    """
    files = (ABOUT, PATHS, STEPS, ERRORS, TOPICS)
    sources = {file: pack_files.source_of(pack.folder, file) for file in files}
    found = [problem for file, source in sources.items() for problem in check_words.problems_of(file, source)]
    if not found:
        found += _screens(pack, sources)
    return [*found, *_names(pack, sources), *_ages(pack, sources), *check_examples.problems_of(pack)]


# --- names and ages --------------------------------------------------------------------------------------------------


def _names(pack: Pack, sources: Sources) -> Iterator[Problem]:
    """Finds names that stand for something else already, and errors that nobody could tell apart."""
    for file, kind, ids in ((ERRORS, "error", [*pack.errors]), (TOPICS, "topic", [*pack.topics])):
        for number, taken in enumerate(ids):
            if taken in _TAKEN_IDS:
                line = line_of(sources[file], (kind, number, "id"))
                yield Problem(file, line, texts.PACK_ID_TAKEN.format(id=taken))
    links = [*_TAKEN_LINKS, *pack.paths]
    for number, path in enumerate(pack.paths.values()):
        if path.parents_link in links or path.parents_link.startswith(_TAKEN_PREFIXES):
            line = line_of(sources[PATHS], ("path", number, "parents_link"))
            yield Problem(PATHS, line, texts.PACK_LINK_TAKEN.format(link=path.parents_link))
        links += [path.parents_link] if path.parents_link else []
    order = list(pack.errors)
    for one, two in combinations(pack.errors.values(), 2):
        line = line_of(sources[ERRORS], ("error", order.index(two.id)))
        if short_id(one.id) == short_id(two.id):
            yield Problem(ERRORS, line, texts.PACK_IDS_CLASH.format(one=one.id, two=two.id))
        likeness = max(fuzz.ratio(a.text.lower(), b.text.lower()) for a in one.wordings for b in two.wordings)
        if likeness >= _TOO_ALIKE:
            yield Problem(ERRORS, line, texts.PACK_ALIKE.format(one=one.id, two=two.id))


def _ages(pack: Pack, sources: Sources) -> Iterator[Problem]:
    """Finds the ages of pupils that lead to no path, or to more than one."""
    order, of_pupils = list(pack.paths), pack.of_owner(Reader.PUPIL)
    said: set[str] = set()
    for age in range(_YOUNGEST, _OLDEST + 1) if of_pupils else ():
        fitting = [path.id for path in of_pupils if path.fits(age)]
        if len(fitting) == 1:
            continue
        last = fitting[-1] if fitting else of_pupils[-1].id
        told = texts.PACK_AGE_TWICE if fitting else texts.PACK_AGE_OF_NOBODY
        problem = Problem(PATHS, line_of(sources[PATHS], ("path", order.index(last))), told.format(age=age, path=last))
        if f"{told}{fitting}" not in said:
            said.add(f"{told}{fitting}")
            yield problem


# --- screens ---------------------------------------------------------------------------------------------------------


def _screens(pack: Pack, sources: Sources) -> Iterator[Problem]:
    """Draws every screen with a long school's name, and holds it against what the messengers take."""
    name = texts.SHOW_LONG_SCHOOL
    school = School(
        name=name, contacts=name, diary_url="https://dnevnik.example", notice=name, feedback_url="https://pos.example",
        pack=pack,
    )  # fmt: skip
    steps = tomllib.loads(sources[STEPS])["step"]
    said: set[tuple[str, int, str]] = set()
    for shown in every_screen(pack, school):
        line = line_of(sources[shown.file], _place(shown, steps))
        for told in _too_much(shown.screen, is_list=shown.route.kind in _LISTS):
            if (shown.file, line, told) not in said:
                said.add((shown.file, line, told))
                yield Problem(shown.file, line, texts.PACK_SCREEN.format(screen=shown.heading, told=told))


def _place(shown: Shown, steps: list[dict[str, Any]]) -> tuple[str | int, ...]:
    """Gives the place of a screen's words in its file; the steps of several paths may be mingled there."""
    if shown.file != STEPS:
        return shown.where
    path = shown.route.path and shown.route.path.id
    of_path = [number for number, step in enumerate(steps) if step["path"] == path]
    return "step", of_path[shown.route.step - 1], *shown.where


def _too_much(screen: Screen, *, is_list: bool) -> Iterator[str]:
    if units(screen.text) > _TEXT_UNITS:
        told = texts.PACK_LIST_LONG if is_list else texts.PACK_TEXT_LONG
        yield told.format(length=units(screen.text), most=_TEXT_UNITS)
    if len(screen.rows) > _ROWS:
        yield texts.PACK_ROWS.format(count=len(screen.rows), most=_ROWS)
    for row in screen.rows:
        most = _BESIDE_LINK if any(button.url for button in row) else _IN_ROW
        if len(row) > most:
            yield texts.PACK_ROW.format(count=len(row), most=most)
        yield from (texts.PACK_DATA.format(label=button.label) for button in row if _is_too_long(button))


def _is_too_long(button: Button) -> bool:
    data = button.data or (button.to.code if button.to else "")
    return len(data.encode()) > _DATA_BYTES
