"""Draws every screen that a pack makes, for `content show` to print and `content check` to measure."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot import texts_ru as texts
from bot.flows.content import Error, Pack, Path, Reader
from bot.flows.guide.views import view
from bot.flows.pack_forms import ERRORS, PATHS, STEPS, TOPICS
from bot.flows.routes import EVERY, Route
from bot.flows.screen import School, Screen


@dataclass(frozen=True, slots=True)
class ShownScreen:
    """A screen with its heading for people and the route to it.

    `file` is the file of the pack that its words come from, `where` their place there (within its step for a step).
    """

    heading: str
    route: Route
    screen: Screen
    file: str
    where: tuple[str | int, ...]


def every_screen(pack: Pack, school: School) -> Iterator[ShownScreen]:
    """Draws the questions, every path for each of its readers, and every topic in both forms of address."""
    for kind, reader in (("role", None), ("age", Reader.PUPIL), ("whose", Reader.PARENT)):
        yield _shown(texts.SHOW_QUESTION, Route(kind, None, None, reader), school, PATHS, "path", len(pack.paths) - 1)
    every = Route("doubt", EVERY)
    yield _shown(texts.SHOW_EVERY_ERROR, every, school, ERRORS, "error", len(pack.errors) - 1)
    for number, path in enumerate(pack.paths.values()):
        for reader in path.readers:
            yield from _of_path(number, path, reader, school)
    for number, topic in enumerate(pack.topics.values()):
        for path in _paths_of_both_forms(pack):
            route = Route("topic", topic.id, path, path.owner, 1)
            form, read_as = ("child", texts.SHOW_TO_CHILD) if route.is_child else ("adult", texts.SHOW_TO_ADULT)
            about = texts.SHOW_TOPIC.format(topic=topic.title, reader=read_as)
            yield _shown(about, route, school, TOPICS, "topic", number, form)


def _of_path(number: int, path: Path, reader: Reader, school: School) -> Iterator[ShownScreen]:
    """Draws one path for one reader; `number` is its place among the paths, from 0."""
    pack, past = school.pack, len(path.steps) + 1
    about = texts.SHOW_PATH.format(path=path.title, reader=texts.SHOW_READERS[reader])

    def shown(kind: str, error: str | None, file: str, *where: str | int, step: int = past) -> ShownScreen:
        return _shown(about, Route(kind, error, path, reader, step), school, file, *where)

    for step in range(1, past):
        yield shown("step", None, STEPS, "text", reader.value, step=step)
    yield shown("end", None, PATHS, "path", number)
    yield shown("done", None, PATHS, "path", number)
    met = [at for at, error in enumerate(pack.errors.values()) if error.is_met_on(path)]
    yield shown("errors", None, ERRORS, "error", met[-1] if met else 0)
    yield shown("other", None, PATHS, "path", number)
    for at, error in enumerate(pack.errors.values()):
        if at not in met:
            continue
        yield shown("remedy", error.id, ERRORS, "error", at, "remedy", path.id, reader.value)
        for kind in _after_remedy(error, is_child=path.is_child and reader is Reader.PUPIL):
            yield shown(kind, error.id, PATHS, "path", number, "own_account", reader.value)


def _after_remedy(error: Error, *, is_child: bool) -> list[str]:
    """Gives the kinds of the screens that ask under whose account they went in, and advise to try the other one."""
    kinds = ["account", "wrong"] if error.needs_school else []
    return list(dict.fromkeys([*kinds, *(["login", "wrong"] if is_child else [])]))


def _shown(about: str, route: Route, school: School, file: str, *where: str | int) -> ShownScreen:
    return ShownScreen(about, route, view(route, school), file, where)


def _paths_of_both_forms(pack: Pack) -> list[Path]:
    """Gives a path whose reader is a child and one whose reader is not, as far as the pack has them."""
    of_children = [path for path in pack.paths.values() if path.is_child]
    of_adults = [path for path in pack.paths.values() if not path.is_child]
    return [*of_children[:1], *of_adults[:1]]
