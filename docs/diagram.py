"""Draws the dialogue from its code: screens as boxes, buttons as arrows. `python -m docs.diagram` writes SVG and PNG.

The screens are found by pressing every button from the first one on, so the picture cannot tell what the bot does not
do. Graphviz (`dot`) lays it out.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import textwrap
from collections import deque
from html import escape, unescape
from pathlib import Path

from PIL import Image

from bot.flows.content import Path as Guide
from bot.flows.guide.views import view
from bot.flows.routes import Route
from bot.flows.screen import Button, School, Screen

HERE = Path(__file__).resolve().parent
SCHOOL = School(name="", diary_url="https://dnevnik.example/", feedback_url="https://pos.example/form")
# The form of a ticket asks its own questions and is drawn as one box.
FORM = (["Обращение в школу"], ["класс, имя, своими словами"])
LEGEND = "Стрелка — кнопка. Серый пунктир — «Назад» и «К шагам». ↗ — кнопка-ссылка."
COLOURS = {
    "step": "#e3f0fb",
    "end": "#e3f0fb",
    "done": "#e0f5e6",
    "errors": "#fff1dd",
    "remedy": "#fff1dd",
    "write": "#f1e8fb",
}
_BACK = ("Назад", "К шагам", "Начать сначала")
_WIDTH = 30

Key = tuple[str, str | None, Guide | None, int]
Arrow = tuple[Key, Key, str]


def crawl() -> dict[Route, Screen | None]:
    """Finds every screen that buttons lead to from the first one; None for those of the ticket's form."""
    found: dict[Route, Screen | None] = {}
    waiting = deque([Route("role")])
    while waiting:
        route = waiting.popleft()
        if route in found:
            continue
        try:
            found[route] = view(route, SCHOOL)
        except KeyError:
            found[route] = None
        waiting.extend(button.to for button in _buttons(found[route]) if button.to)
    return found


def key_of(route: Route) -> Key:
    """Gives the key of the box in which a screen is drawn.

    The readers of a path share their boxes, and screens past the steps share one whatever the step.
    """
    about = None if route.kind == "write" else route.about
    return route.kind, about, route.path, route.step if route.kind == "step" else 0


def graph() -> tuple[dict[Key, Screen | None], list[Arrow]]:
    """Gives the boxes with a screen of each, and the arrows between them, none twice."""
    boxes: dict[Key, Screen | None] = {}
    arrows: dict[Arrow, None] = {}
    for route, screen in crawl().items():
        boxes.setdefault(key_of(route), screen)
        for button in _buttons(screen):
            if button.to:
                arrows[key_of(route), key_of(button.to), _bare(button.label)] = None
    return boxes, list(arrows)


def dot_source() -> str:
    """Writes the graph in Graphviz's language."""
    boxes, arrows = graph()
    lines = [
        "digraph dialogue {",
        'graph [rankdir=TB, ranksep=0.55, nodesep=0.35, fontname="DejaVu Sans", fontsize=16, bgcolor=white,',
        f'  label="{LEGEND}", labelloc=b]',
        'node [shape=box, style="rounded,filled", fillcolor="#f6f8fa", color="#8a97a3", fontname="DejaVu Sans",',
        "  fontsize=12, margin=0.14]",
        'edge [fontname="DejaVu Sans", fontsize=11, color="#40566b", fontcolor="#1d4f7c", arrowsize=0.7]',
    ]
    names = {key: f"n{at}" for at, key in enumerate(boxes)}
    for path in (None, *SCHOOL.pack.paths.values()):
        inside = [f"{names[key]} [{_box(key, screen)}]" for key, screen in boxes.items() if key[2] == path]
        lines += _cluster(path, inside) if path else inside
    lines += [_arrow(names[one], names[other], label) for one, other, label in _joined(arrows)]
    return "\n".join([*lines, "}"])


def draw(folder: Path = HERE) -> list[Path]:
    """Writes dialogue.svg and dialogue.png. Raises RuntimeError where Graphviz is not installed."""
    program = shutil.which("dot")
    if program is None:
        raise RuntimeError("Graphviz is not installed (Debian: apt-get install graphviz)")
    source = dot_source().encode()
    made = []
    for kind, options in (("svg", []), ("png", ["-Gdpi=80"])):
        made.append(folder / f"dialogue.{kind}")
        subprocess.run([program, f"-T{kind}", *options, "-o", str(made[-1])], input=source, check=True)
    # A drawing has few colours: a palette makes the picture a third as large.
    Image.open(made[-1]).convert("RGB").quantize(64, dither=Image.Dither.NONE).save(made[-1], optimize=True)
    return made


# --- parts -----------------------------------------------------------------------------------------------------------


def _buttons(screen: Screen | None) -> list[Button]:
    return screen.buttons if screen else []


def _joined(arrows: list[Arrow]) -> list[Arrow]:
    """Joins arrows between the same two boxes into one, with all their labels; those back stay apart."""
    labels: dict[tuple[Key, Key, bool], list[str]] = {}
    for one, other, label in arrows:
        labels.setdefault((one, other, label in _BACK), []).append(label)
    return [(one, other, "" if back else "\n".join(told)) for (one, other, back), told in labels.items()]


def _arrow(one: str, other: str, label: str) -> str:
    if not label:
        return f'{one} -> {other} [style=dashed, color="#b4bec8", constraint=false, arrowsize=0.5]'
    return f"{one} -> {other} [label={_quoted(' ' + label)}]"


def _cluster(path: Guide, inside: list[str]) -> list[str]:
    frame = f'graph [label="Вход: {path.title}", labelloc=t, style=rounded, color="#c5ced6", fontsize=15, margin=16]'
    return [f"subgraph cluster_{path.id} {{ {frame}", *inside, "}"]


def _box(key: Key, screen: Screen | None) -> str:
    kind = key[0]
    head, body = _headline(screen.text) if screen else FORM
    links = [_bare(button.label) for button in _buttons(screen) if button.url]
    cells = [*(f"<b>{_html(line)}</b>" for line in head), *map(_html, body)]
    label = "<br/>".join(cells)
    if links:
        label += "".join(f'<br/><font point-size="10" color="#1d4f7c">↗ {_html(link)}</font>' for link in links)
    colour = f', fillcolor="{COLOURS[kind]}"' if kind in COLOURS else ""
    return f"label=<{label}>{colour}"


def _headline(text: str) -> tuple[list[str], list[str]]:
    """Gives the screen's own words, shortened: its first line, and of a step how its text begins."""
    lines = [line for line in unescape(re.sub(r"<[^>]+>", "", text)).split("\n") if line.strip()]
    head = lines[0]
    body = lines[2] if head.startswith("Шаг ") and len(lines) > 2 else ""
    return _shortened(head, 2), _shortened(body, 3)


def _shortened(text: str, lines: int) -> list[str]:
    wrapped = textwrap.wrap(text, _WIDTH)
    return wrapped if len(wrapped) <= lines else [*wrapped[: lines - 1], wrapped[lines - 1].rstrip(" .,:") + "…"]


def _bare(label: str) -> str:
    return re.sub(r"^[^\w«(]+", "", label)


def _html(text: str) -> str:
    # Graphviz draws no colour emoji: a box stands in their place.
    return escape(re.sub(r"[\U0001F300-\U0001FAFF\u2600-\u27BF\uFE0F]", "", text).strip())


def _quoted(text: str) -> str:
    return '"' + text.replace('"', r"\"").replace("\n", r"\n ") + '"'


if __name__ == "__main__":
    for file in draw(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE):
        print(file)
