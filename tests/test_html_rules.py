"""Rules for the source code that keep `bot/flows/marked.py` the only place where values get into HTML texts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from bot import texts_ru
from tests.test_layers import ROOT, in_every, module_name, sources, tree

TAG = re.compile(r"</?(?:b|i|u|s|a|code|pre|blockquote|span)\b[^<>]*>")
MAKERS = ("fill", "marked")
HOME = "bot.flows.marked"
SENDERS = re.compile(r"(?:send_message|send_photo|edit_message_text|edit_message_caption|reply|edit_text)$")
# Calls of Telegram and pieces of a family's message have a «text», too: none of these is an HTML text of the bot's own.
OTHER_TEXTS = (
    "bot.channels.telegram.screen_call",
    "bot.delivery.owed_message",
    "bot.handlers.family.message_data",
    "bot.channels.telegram.keyboards",
    "bot.channels.telegram.webhook",
    "bot.channels.max.keyboard_rows",  # what MAX itself takes and gives is JSON with a `text`
    "bot.channels.max.max_updates",
    "bot.channels.max.max_words",
)


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from strings(one)
    elif isinstance(value, (tuple, list)):
        for one in value:
            yield from strings(one)


# What a school says is HTML as well: these read it from its pack, whose marks `content check` has judged.
PACK_READERS = ("bot.flows.pack_files", "bot.flows.pack_forms")

# A `Sentence` is left out: it can be shown through its own method alone, which gives Markup.
WITH_MARKS = {name for name, value in vars(texts_ru).items() if any(map(TAG.search, strings(value)))}


def is_maker(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKERS


def of_texts(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "texts"


def outside_of_makers(node: ast.AST) -> Iterator[ast.AST]:
    """Every node that is not within the first argument of `fill` or `marked`."""
    yield node
    for child in ast.iter_child_nodes(node):
        if is_maker(node) and child is node.args[0]:  # type: ignore[attr-defined]
            continue
        yield from outside_of_makers(child)


def is_read(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Load)


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def test_there_are_texts_with_marks() -> None:
    assert {"STEP", "ROLE", "MINE", "DESK_HELP", "STATS_HEAD"} <= WITH_MARKS


@in_every(sources("bot"))
def test_a_text_with_marks_is_used_as_html_and_in_no_other_way(file: Path) -> None:
    module, name = tree(file), module_name(file)
    loose = [n for n in outside_of_makers(module) if of_texts(n) and n.attr in WITH_MARKS]  # type: ignore[attr-defined]
    assert not [(name, n.lineno, n.attr) for n in loose], "write fill(texts.X, ...) or marked(texts.X)"  # type: ignore[attr-defined]


@in_every(sources("bot"))
def test_nothing_but_our_own_texts_counts_as_html(file: Path) -> None:
    module, name = tree(file), module_name(file)
    if name in (HOME, "bot.texts_ru", *PACK_READERS):
        return
    for node in ast.walk(module):
        if not isinstance(node, ast.Call):
            continue
        assert not (called(node) == "Markup" and node.args), f"{name}:{node.lineno} makes HTML of a plain text"
        assert called(node) != "Sentence", f"{name}:{node.lineno} has a sentence of its own: texts_ru is their place"
        if is_maker(node):
            template = node.args[0]
            ends = [template.body, template.orelse] if isinstance(template, ast.IfExp) else [template]
            for end in ends:
                while isinstance(end, ast.Subscript):
                    end = end.value
                chosen = [end.body, end.orelse] if isinstance(end, ast.IfExp) else [end]
                assert all(map(of_texts, chosen)), f"{name}:{node.lineno} fills a template that is no text of ours"


@in_every(sources("bot"))
def test_no_name_of_a_text_is_built_at_run_time(file: Path) -> None:
    """A text is found by the name under which it stands in `texts_ru`, by people and by grep."""
    module, name = tree(file), module_name(file)
    for node in ast.walk(module):
        is_lookup = isinstance(node, ast.Call) and called(node) in ("getattr", "hasattr", "vars", "attrgetter")
        if is_lookup and any(isinstance(one, ast.Name) and one.id.startswith("texts") for one in ast.walk(node)):
            raise AssertionError(f"{name}:{node.lineno}: write texts.NAME")  # type: ignore[attr-defined]
        assert not (of_texts(node) and node.attr == "__dict__"), f"{name}: write texts.NAME"  # type: ignore[attr-defined]


def test_every_text_is_used() -> None:
    used = {n.attr for file in sources("bot") for n in ast.walk(tree(file)) if isinstance(n, ast.Attribute)}
    used |= {n.id for n in ast.walk(tree(ROOT / "bot/texts_ru.py")) if isinstance(n, ast.Name) and is_read(n)}
    written = {name for name in vars(texts_ru) if name.strip("_").isupper()}
    assert written <= used, f"no longer said anywhere: {written - used}"


@in_every(sources("bot"))
def test_a_message_says_how_it_is_read(file: Path) -> None:
    """A text that is sent past `tell` is a constant of ours, or plain."""
    module, name = tree(file), module_name(file)
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and SENDERS.search(called(node)) and isinstance(node.func, ast.Attribute):
            spread = any(word.arg is None for word in node.keywords)
            says = spread or any(word.arg == "parse_mode" for word in node.keywords)
            assert says or of_texts(node.args[-1]), f"{name}:{node.lineno} sends HTML without `tell`"


@in_every(sources("bot"))
def test_what_is_owed_is_made_of_html_alone(file: Path) -> None:
    module, name = tree(file), module_name(file)
    if name in OTHER_TEXTS:
        return
    for node in ast.walk(module):
        if isinstance(node, ast.Dict):
            keys = {key.value for key in node.keys if isinstance(key, ast.Constant)}
            piece_of_a_message = "kind" in keys or "entities" in keys
            assert "text" not in keys or piece_of_a_message, (
                f"{name}:{node.lineno}: owe a class of bot/delivery/owed.py"
            )


def test_nobody_escapes_by_hand() -> None:
    for file in sources("bot"):
        name = module_name(file)
        named = {
            alias.name
            for n in ast.walk(tree(file))
            if isinstance(n, ast.ImportFrom) and n.module == "html"
            for alias in n.names
        }
        assert name == HOME or "escape" not in named, f"{name} escapes by hand, and may do so twice"
