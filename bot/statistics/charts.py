"""Draws the picture of `/stats` in a process of its own: `python -m bot.statistics.charts` reads JSON, writes a PNG.

The bot never imports this module: what draws does not stay in the memory of a bot that runs for months.
"""

import io
import itertools
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from bot.statistics.canvas import Canvas

WIDTH = 1080  # pixels: a phone held upright
MARGIN = 56

QUIET, TRACK = "#5D6D7B", "#E6EAEE"
PATH_COLOURS = ("#4A7FB0", "#4C9A86", "#B98749")
ERROR_COLOUR, TICKET_COLOUR = "#B06A72", "#7480B3"

_TITLE, _HEADING, _BODY, _SMALL = 58, 42, 34, 28  # heights of type, pixels
_ROW, _BAR = 52, 32
_EDGE, _GAP, _TOP, _TILE, _HEAD = 24, 22, 180, 166, 88
_INSIDE = WIDTH - 2 * MARGIN


def draw(numbers: Mapping[str, Any]) -> bytes:
    """Draws a PNG, 1080 pixels wide and as high as it needs; `numbers` is what `report.picture` gives."""
    heights = [_paths_height(numbers["paths"]), _bars_height(numbers["errors"]), _columns_height(numbers["tickets"])]
    note = 52.0 if numbers["note"] else 0.0
    canvas = Canvas(WIDTH, _TOP + _TILE + note + sum(heights) + _GAP * (len(heights) + 1))
    canvas.text(MARGIN, 66, numbers["title"], _TITLE, bold=True, room=_INSIDE)
    canvas.text(MARGIN, 134, numbers["subtitle"], _BODY, colour=QUIET, room=_INSIDE)
    _tiles(canvas, _TOP, numbers["tiles"])
    y = float(_TOP + _TILE)
    if note:
        canvas.text(MARGIN, y + 36, numbers["note"], _SMALL, colour=QUIET, room=_INSIDE)
    y += note + _GAP
    sections = ((_paths, numbers), (_errors, numbers["errors"]), (_columns, numbers["tickets"]))
    for height, (section, what) in zip(heights, sections, strict=True):
        canvas.card(_EDGE, y, WIDTH - 2 * _EDGE, height)
        section(canvas, y, what)
        y += height + _GAP
    stream = io.BytesIO()
    canvas.save_png(stream)
    return stream.getvalue()


def _tiles(canvas: Canvas, y: float, tiles: Sequence[tuple[str, str]]) -> None:
    """Draws the few numbers that matter most."""
    gap = 16
    width = (WIDTH - 2 * _EDGE - gap * (len(tiles) - 1)) / len(tiles)
    for number, (value, label) in enumerate(tiles):
        x = _EDGE + number * (width + gap)
        canvas.card(x, y, width, _TILE)
        canvas.text(x + width / 2, y + 48, value, 50, bold=True, align="center", room=width - 28)
        canvas.text(x + width / 2, y + 103, label, _SMALL, colour=QUIET, align="center", room=width - 20)


def _in_rows(paths: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Puts paths line by line: a long one alone, two short ones side by side."""
    lines: list[list[Mapping[str, Any]]] = []
    for path in paths:
        if lines and len(lines[-1]) == 1 and _is_short(lines[-1][0]) and _is_short(path):
            lines[-1].append(path)
        else:
            lines.append([path])
    return lines


def _is_short(path: Mapping[str, Any]) -> bool:
    return bool(path["note"]) or len(path["values"]) <= 4


def _path_height(path: Mapping[str, Any]) -> float:
    return 68 + (0 if path["note"] else _ROW * len(path["values"]))


def _paths_height(paths: Sequence[Mapping[str, Any]]) -> float:
    return _HEAD + sum(max(map(_path_height, line)) for line in _in_rows(paths)) + 24


def _paths(canvas: Canvas, y: float, numbers: Mapping[str, Any]) -> None:
    canvas.text(MARGIN, y + 50, numbers["paths_title"], _HEADING, bold=True, room=_INSIDE)
    y += _HEAD
    most = max((max(path["values"], default=0) for path in numbers["paths"]), default=0)
    colours = itertools.cycle(PATH_COLOURS)
    for line in _in_rows(numbers["paths"]):
        wide = (_INSIDE - 48 * (len(line) - 1)) / len(line)
        for number, path in enumerate(line):
            _path(canvas, MARGIN + number * (wide + 48), y, wide, path, next(colours), most)
        y += max(map(_path_height, line))


def _path(canvas: Canvas, x: float, y: float, width: float, path: Mapping[str, Any], colour: str, most: int) -> None:
    canvas.box(x, y + 16, 10, 40, colour)
    taken = canvas.text(x + 26, y + 36, path["title"], _BODY, bold=True, room=width - 26) + 46
    if path["note"]:
        canvas.text(x + taken, y + 36, path["note"], _SMALL, colour=QUIET, room=width - taken)
        return
    _rows(canvas, x, y + 68, width, path, colour, label=200, most=most)


def _bars_height(bars: Mapping[str, Any]) -> float:
    return _HEAD + (_ROW if bars["note"] else _ROW * len(bars["values"])) + 24


def _errors(canvas: Canvas, y: float, bars: Mapping[str, Any]) -> None:
    canvas.text(MARGIN, y + 50, bars["title"], _HEADING, bold=True, room=_INSIDE)
    if bars["note"]:
        canvas.text(MARGIN, y + _HEAD + _ROW / 2, bars["note"], _BODY, colour=QUIET, room=_INSIDE)
        return
    most = max(bars["values"], default=0)
    _rows(canvas, MARGIN, y + _HEAD, _INSIDE, bars, ERROR_COLOUR, label=440, most=most)


def _rows(
    canvas: Canvas, x: float, y: float, width: float, bars: Mapping[str, Any], colour: str, *, label: float, most: int
) -> None:
    """Draws lines of a label, a bar and its number."""
    left, number_room = x + label, 110.0
    room = width - label - number_room
    for name, value in zip(bars["labels"], bars["values"], strict=True):
        middle = y + _ROW / 2
        canvas.text(x, middle, name, _BODY, room=label - 16)
        canvas.box(left, middle - _BAR / 2, room, _BAR, TRACK)
        # A bar of one stays visible beside a bar of thousands.
        canvas.box(left, middle - _BAR / 2, max(6.0, room * value / most) if value else 0.0, _BAR, colour)
        canvas.text(left + room + 16, middle, str(value), _BODY, bold=True, room=number_room - 16)
        y += _ROW


def _columns_height(bars: Mapping[str, Any]) -> float:
    return _HEAD + (_ROW + 24 if bars["note"] else 286)


def _columns(canvas: Canvas, y: float, bars: Mapping[str, Any]) -> None:
    """Draws upright bars side by side, the highest with its number, and a date under every few of them."""
    canvas.text(MARGIN, y + 50, bars["title"], _HEADING, bold=True, room=_INSIDE)
    if bars["note"]:
        canvas.text(MARGIN, y + _HEAD + _ROW / 2, bars["note"], _BODY, colour=QUIET, room=_INSIDE)
        return
    values, floor, high = bars["values"], y + _HEAD + 226, 170.0
    most, pitch = max(values), _INSIDE / len(values)
    wide = min(pitch * 0.72, 120.0)
    canvas.box(MARGIN, floor, _INSIDE, 3, TRACK)
    for number, value in enumerate(values):
        x = MARGIN + pitch * (number + 0.5)
        if not value:
            continue
        tall = max(6.0, high * value / most)
        canvas.box(x - wide / 2, floor - tall, wide, tall, TICKET_COLOUR)
        if pitch >= 60 or values.index(most) == number:
            canvas.text(_within(x, 40), floor - tall - 24, str(value), _BODY, bold=True, align="center")
    for number in _dated(len(values)):
        x = _within(MARGIN + pitch * (number + 0.5), 48)
        canvas.text(x, floor + 34, bars["labels"][number], _SMALL, colour=QUIET, align="center")


def _within(x: float, half: float) -> float:
    """Gives the nearest place to `x` where something `half` wide to each side is not cut off."""
    return min(max(x, MARGIN + half), WIDTH - MARGIN - half)


def _dated(count: int) -> list[int]:
    """Chooses the columns that get a date: the last of `count`, and others at equal distances as room allows."""
    return list(range(count - 1, -1, -max(1, -(-count // 7))))


def main() -> int:
    """Reads a picture's numbers from the standard input, writes a PNG to the standard output."""
    sys.stdout.buffer.write(draw(json.load(sys.stdin.buffer)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
