"""Rules for the source code that a parser can check: layers of imports, docstrings, lengths and names of files."""

import ast
import functools
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from graphlib import TopologicalSorter
from pathlib import Path

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession

ROOT = Path(__file__).parent.parent
CODE = ("bot", "storage", "sandbox")
DOCUMENTED = (*CODE, "tests", "benchmarks", "docs")

# A module imports from its own layer or from a lower number. A package's name stands for all of its modules.
LAYERS = {
    "bot.__main__": 13,
    "bot.app": 12,
    "bot.check.check_command": 11,
    "bot.poster": 11,
    "bot.pack_commands": 11,
    "bot.recognise_command": 11,
    "bot.schools_command": 12,
    "bot.statistics.stats_command": 11,
    "bot.channels.telegram.polling": 10,
    "bot.channels.telegram.get_updates": 10,
    "bot.channels.telegram.webhook": 10,
    "bot.check": 10,
    "bot.web": 10,
    "bot.intake": 10,
    "bot.set_aside": 10,
    "bot.update_parts": 9,
    "bot.repeats": 9,
    "bot.handlers": 9,
    "bot.background_tasks": 9,
    "bot.channels.telegram.own_name": 9,
    "bot.channels.telegram.command_menu": 9,
    "bot.delivery": 8,
    # What the use-cases of tickets need to know of delivery: what a row holds, and what the limits and refusals are.
    "bot.delivery.own_texts": 7,
    "bot.delivery.owed": 7,
    "bot.delivery.owed_message": 7,
    "bot.delivery.queues": 7,
    "bot.delivery.message_content": 7,
    "bot.delivery.sending": 7,
    "bot.delivery.refusals": 7,
    "bot.delivery.retry_times": 7,
    "bot.tickets": 7,
    "bot.schools": 8,
    "bot.tickets.due_by_clock": 8,
    "bot.services": 6,
    "bot.channels.telegram.session": 5,
    "bot.channels.telegram.screen_call": 5,
    "bot.channels.telegram.keyboards": 5,
    "bot.channels": 4,
    "bot.channels.routed_bot": 5,
    "bot.channels.showing": 5,
    "bot.channels.max.max_channel": 10,
    "bot.channels.max.max_polling": 10,
    "bot.channels.max.max_webhook": 10,
    "bot.channels.abilities": 0,
    "bot.channels.chat_ids": 0,
    "bot.desk": 3,
    "bot.known_schools": 4,
    "bot.open_database": 4,
    "bot.pace": 0,
    "bot.background_calls": 0,
    "bot.quick_imports": 0,
    "bot.shared_facts": 3,
    "bot.health": 0,
    "bot.settings": 3,
    "bot.max_settings": 2,
    "bot.setting_values": 2,
    "bot.metrics": 3,
    "bot.screenshots": 3,
    "bot.statistics": 3,
    "bot.flood": 3,
    "bot.group_replies": 3,
    "bot.recent_keys": 3,
    "bot.logs": 3,
    "bot.watchdog": 3,
    "bot.channels.telegram.proxy": 2,
    "bot.flows": 2,
    "storage": 1,
    # Flows and storage share the facts of a ticket: a module without a database, which imports nothing of ours.
    "storage.clocks": 0,
    "storage.ticket_status": 0,
    "bot.content": 0,  # data and no code
    "bot.texts_ru": 0,
    "bot.flows.marked": 0,  # the type of a sentence in two forms, of which the texts are made
}
LEAVES = (
    "bot.settings",
    "bot.metrics",
    "bot.screenshots",
    "bot.statistics.canvas",
    "bot.statistics.charts",
    "bot.logs",
)
LEAVES_USE = (
    "bot.flows", "bot.channels.telegram.proxy", "bot.channels.chat_ids", "bot.texts_ru", "bot.screenshots",
    "bot.statistics.canvas", "bot.max_settings", "bot.setting_values",
)  # fmt: skip
FLOWS_USE = ("bot.flows", "bot.texts_ru", "storage.ticket_status")
PURE_LIBRARIES = ("markupsafe", "numpy", "pydantic", "pydantic_core", "rapidfuzz")
# What the flows do not know: no clock, no network, no processes, no database.
IMPURE = ("asyncio", "http", "os", "random", "selectors", "socket", "sqlite3", "ssl", "subprocess", "threading", "time")
MOST_LINES = 320  # of a file in these rooms: about as much as one thing needs
CLOCKS = ("now", "today", "utcnow")
MAY_STAND_TWICE = {"__init__.py", "__main__.py", "conftest.py", "README.md"}
# A docstring is a sentence with a subject and a verb; one that opens so is a riddle, or half a question.
HALF_A_QUESTION = re.compile(r"(?:What|Whether|Who|Whom|Whose|Where|How|Which|Why|When)\b")
RUSSIAN_STANDS_IN = ("bot.texts_ru", "bot.flows")
RUSSIAN_WORD = re.compile("[а-яё]{3}", re.IGNORECASE)  # the alphabet in a pattern is no word


def sources(*folders: str) -> list[Path]:
    return sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py"))


@functools.cache
def tree(file: Path) -> ast.Module:
    """The syntax of a file, which dozens of rules look at and none changes."""
    return ast.parse(file.read_text("utf-8"), str(file))


def in_every(files: Iterable[Path]) -> Callable[[Callable[[Path], None]], Callable[[], None]]:
    """Makes one test of a rule that every file keeps: thousands of tests of a millisecond cost more than the rules."""

    def made(rule: Callable[[Path], None]) -> Callable[[], None]:
        @functools.wraps(rule)
        def test() -> None:
            broken = []
            for file in files:
                try:
                    rule(file)
                except AssertionError as error:
                    broken.append(f"{module_name(file)}: {error}")
            assert not broken, "\n".join(broken)

        vars(test).pop("__wrapped__")  # pytest would look for the rule's parameter among the fixtures
        return test

    return made


def module_name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or path.is_dir()


@functools.cache
def imports(file: Path) -> tuple[str, ...]:
    """The full names of what a file imports, also inside functions; `from bot import app` counts as `bot.app`."""
    return tuple(_imports(file))


def _imports(file: Path) -> Iterator[str]:
    package = module_name(file).split(".")
    if file.name != "__init__.py":
        package = package[:-1]
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*above, *filter(None, [node.module])])
            for alias in node.names:
                inner = f"{source}.{alias.name}"
                yield inner if source.split(".")[0] in CODE and is_module(inner) else source


def stands_in(name: str, places: tuple[str, ...]) -> bool:
    return any(name == place or name.startswith(f"{place}.") for place in places)


def place_of(name: str) -> str | None:
    """The longest name in LAYERS that the module stands in."""
    return max((place for place in LAYERS if stands_in(name, (place,))), key=len, default=None)


def edges(*folders: str) -> list[tuple[str, str]]:
    return [(module_name(file), imported) for file in sources(*folders) for imported in imports(file)]


def within(*folders: str) -> list[tuple[str, str]]:
    """The imports from one of our own packages into another place of ours."""
    return [edge for edge in edges(*folders) if stands_in(edge[1], CODE)]


def test_every_module_of_the_bot_has_a_layer() -> None:
    unplaced = [name for name in map(module_name, sources("bot")) if name != "bot" and place_of(name) is None]
    assert not unplaced, "say in LAYERS where these stand"


def test_imports_of_the_bot_run_down() -> None:
    wrong = []
    for module, imported in within("bot"):
        above, below = place_of(module), place_of(imported)
        if above and below and LAYERS[above] < LAYERS[below]:
            wrong.append((module, imported))
    assert not wrong


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph: dict[str, set[str]] = {}
    for module, imported in within("bot", "storage", "sandbox"):
        graph.setdefault(module, set()).add(imported)
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_leaves_use_the_flows_and_the_texts_alone() -> None:
    used = [edge for edge in within("bot") if stands_in(edge[0], LEAVES)]
    assert not [edge for edge in used if not stands_in(edge[1], (*LEAVES_USE, edge[0]))]


def test_the_check_is_used_by_the_command_line_and_the_app_alone() -> None:
    users = {module for module, imported in edges("bot") if stands_in(imported, ("bot.check",))}
    assert not [user for user in users if not stands_in(user, ("bot.__main__", "bot.app", "bot.check"))]


def test_the_flows_know_neither_telegram_nor_database_nor_clock_nor_network() -> None:
    wrong = []
    for module, imported in edges("bot/flows"):
        top = imported.split(".")[0]
        library = top in PURE_LIBRARIES or (top in sys.stdlib_module_names and top not in IMPURE)
        if not (stands_in(imported, FLOWS_USE) or library) or imported == "urllib.request":
            wrong.append((module, imported))
    assert not wrong


def test_a_text_is_understood_by_one_door_and_once() -> None:
    room = "bot.flows.understanding"
    past_the_door = [edge for edge in within("bot") if stands_in(edge[1], (room,)) and edge[1] != room]
    assert not [edge for edge in past_the_door if not stands_in(edge[0], (room, "bot.pack_commands"))]
    calls = [
        module_name(file)
        for file in sources("bot")
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "understand"
    ]
    assert sorted(calls) == ["bot.handlers.family.picture_jobs", "bot.handlers.family.texts_and_pictures"]


@in_every(sources("bot/flows"))
def test_a_flow_is_told_the_time_and_never_asks_for_it(file: Path) -> None:
    asked = [node.lineno for node in ast.walk(tree(file)) if isinstance(node, ast.Attribute) and node.attr in CLOCKS]
    assert not asked


def test_the_texts_import_the_type_of_a_sentence_alone() -> None:
    assert {imported for module, imported in within("bot") if module == "bot.texts_ru"} == {"bot.flows.marked"}


def test_the_storage_knows_nothing_of_the_bot() -> None:
    assert {imported.split(".")[0] for _, imported in within("storage")} <= {"storage"}


def test_the_facts_of_a_ticket_need_nothing_of_ours_and_no_library() -> None:
    used = {imported for module, imported in edges("storage") if module == "storage.ticket_status"}
    assert used == {"dataclasses", "enum"}


def test_the_use_cases_of_tickets_read_no_update_of_a_messenger() -> None:
    assert not [edge for edge in edges("bot/tickets") if stands_in(edge[1], ("aiogram",))]


def test_the_sandbox_knows_nothing_of_the_bot_and_its_storage() -> None:
    assert {imported.split(".")[0] for _, imported in within("sandbox")} <= {"sandbox"}
    assert not [edge for edge in edges("sandbox") if stands_in(edge[1], ("aiogram", "sqlalchemy"))]


def test_nothing_private_of_aiogram_is_used() -> None:
    """Its next version may change such a part without a word."""
    theirs = {name for one in (AiohttpSession(), Bot("42:TEST"), Dispatcher()) for name in dir(one) if is_private(name)}
    for file in sources("bot"):
        used = {node.attr for node in ast.walk(tree(file)) if isinstance(node, ast.Attribute)}
        assert not used & theirs, file


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def test_only_the_command_line_may_start_the_demo() -> None:
    used = {edge for edge in edges("bot", "storage") if stands_in(edge[1], ("sandbox",))}
    assert used <= {("bot.__main__", "sandbox.demo")}


def test_a_file_is_about_one_thing() -> None:
    long = {
        str(file.relative_to(ROOT)): len(file.read_text("utf-8").splitlines()) for file in sources("bot", "storage")
    }
    assert not {name: lines for name, lines in long.items() if lines > MOST_LINES and name != "bot/texts_ru.py"}


@in_every(sources(*DOCUMENTED))
def test_a_file_begins_with_what_it_is_for(file: Path) -> None:
    assert ast.get_docstring(tree(file))


@in_every(sources(*DOCUMENTED))
def test_a_docstring_is_a_sentence_and_no_half_of_a_question(file: Path) -> None:
    found = []
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            said = ast.get_docstring(node) or ""
            if HALF_A_QUESTION.match(said):
                found.append(f"line {node.body[0].lineno}: {said.splitlines()[0]}")
    assert not found, "say what it gives, tells or does"


@in_every([file for file in sources("bot") if not stands_in(module_name(file), RUSSIAN_STANDS_IN)])
def test_words_that_people_read_stand_in_the_texts(file: Path) -> None:
    parsed = tree(file)
    docstrings = {
        node.body[0].value
        for node in ast.walk(parsed)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    found = [
        f"line {node.lineno}: {node.value}"
        for node in ast.walk(parsed)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings
        if RUSSIAN_WORD.search(node.value)
    ]
    assert not found


def test_no_file_name_stands_twice() -> None:
    """Python's own names may, and READMEs; a pack has the files that every pack has."""
    names = [
        file.name
        for folder in DOCUMENTED
        for file in (ROOT / folder).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts and not is_of_a_pack(file)
    ]
    twice = {name for name in names if names.count(name) > 1} - MAY_STAND_TWICE
    assert not twice, "would a stranger know which of them is meant?"


def is_of_a_pack(file: Path) -> bool:
    return any((folder / "about.toml").is_file() for folder in file.parents)


def test_no_class_name_stands_twice() -> None:
    trees = map(tree, sources("bot", "storage"))
    names = [node.name for tree in trees for node in tree.body if isinstance(node, ast.ClassDef)]
    twice = {name for name in names if names.count(name) > 1 and not name.startswith("_")}
    assert not twice, "one word, one meaning"
