"""Draws, for `python -m bot poster --username NAME [--out DIR]`, a poster for the school's wall (PDF) and site (PNG).

Large type, black on white: it is printed on whatever printer the school has and read from two metres away.
"""

import re
import sys
from pathlib import Path

import segno

from bot import texts_ru as texts
from bot.statistics.canvas import Canvas

WIDTH, HEIGHT = 827, 1169  # A4 in hundredths of an inch
_MARGIN = 62
_INSIDE = WIDTH - 2 * _MARGIN
_QR_SIDE = 318  # 8 cm, so that a phone reads it at arm's length
_QR_TOP = 640
_BLACK, _QUIET, _ACCENT, _WHITE = "#111111", "#333333", "#1B4F7A", "#FFFFFF"
USERNAME = re.compile(r"[A-Za-z0-9_]{5,32}")  # Telegram's rule for a bot's name


def main(username: str, folder: Path) -> int:
    """Writes both files and prints their paths; returns the exit status: 2 where the folder cannot be written to."""
    try:
        written = write(username, folder)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        print(texts.POSTER_BAD_FOLDER.format(folder=folder, error=reason), file=sys.stderr)
        return 2
    for file in written:
        print(file)
    return 0


def write(username: str, folder: Path) -> list[Path]:
    """Writes poster-NAME.pdf and .png into a folder, which is made where it is missing. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    canvas = drawn(username)
    pdf, png = (folder / f"poster-{username}.{kind}" for kind in ("pdf", "png"))
    with pdf.open("wb") as stream:
        canvas.save_pdf(stream, title=texts.POSTER_SUBJECT, subject=f"https://t.me/{username}")
    with png.open("wb") as stream:
        canvas.save_png(stream, scale=2)
    return [pdf, png]


def link(username: str, payload: str) -> str:
    """Makes a deep link into the bot (Telegram, «Deep linking»)."""
    return f"https://t.me/{username}?start={payload}"


def drawn(username: str) -> Canvas:
    """Draws the whole page."""
    canvas = Canvas(WIDTH, HEIGHT, paper=_WHITE)
    canvas.text(_MARGIN, 104, texts.POSTER_TITLE, 62, colour=_BLACK, bold=True, room=_INSIDE)
    canvas.box(_MARGIN, 224, _INSIDE, 6, _ACCENT)
    canvas.text(_MARGIN, 274, texts.POSTER_LEAD, 40, colour=_ACCENT, bold=True, room=_INSIDE)
    _points(canvas, 346)
    canvas.text(WIDTH / 2, _QR_TOP - 28, texts.POSTER_SCAN, 30, colour=_BLACK, align="center", room=_INSIDE)
    half = (_INSIDE - 2 * _QR_SIDE) / 2
    _door(canvas, _MARGIN + half / 2, link(username, "role_parent"), texts.POSTER_PARENT)
    _door(canvas, WIDTH - _MARGIN - half / 2 - _QR_SIDE, link(username, "role_pupil"), texts.POSTER_PUPIL)
    name = texts.POSTER_NAME.format(username=username)
    canvas.text(WIDTH / 2, 1072, name, 34, colour=_BLACK, bold=True, align="center", room=_INSIDE)
    canvas.text(WIDTH / 2, 1124, texts.POSTER_CARE, 24, colour=_QUIET, align="center", room=_INSIDE)
    return canvas


def _points(canvas: Canvas, y: float) -> None:
    """Draws the list of things that the bot does: white figures on dark squares, which any printer shows."""
    for number, point in enumerate(texts.POSTER_POINTS, 1):
        canvas.card(_MARGIN, y - 20, 52, 52, _ACCENT)
        canvas.text(_MARGIN + 26, y + 6, str(number), 30, colour=_WHITE, bold=True, align="center")
        canvas.text(_MARGIN + 76, y - 8, point, 28, colour=_BLACK, room=_INSIDE - 76)
        y += 88


def _door(canvas: Canvas, x: float, address: str, label: str) -> None:
    """Draws a QR code in a frame, and below it the reader whom it is for."""
    canvas.card(x - 6, _QR_TOP, _QR_SIDE + 12, _QR_SIDE + 76, _ACCENT)
    canvas.card(x, _QR_TOP + 6, _QR_SIDE, _QR_SIDE, _WHITE)
    modules = [list(row) for row in segno.make_qr(address, error="m").matrix]
    # Whole pixels keep the edges of the modules sharp; four modules around stay white (ISO/IEC 18004).
    size = _QR_SIDE // (len(modules) + 8)
    left, top = round(x + (_QR_SIDE - size * len(modules)) / 2), _QR_TOP + 6 + (_QR_SIDE - size * len(modules)) // 2
    for row, cells in enumerate(modules):
        for begin, end in _runs(cells):
            canvas.box(left + begin * size, top + row * size, (end - begin) * size, size, "#000000")
    canvas.text(
        x + _QR_SIDE / 2, _QR_TOP + _QR_SIDE + 42, label, 38, colour=_WHITE, bold=True, align="center", room=_QR_SIDE
    )


def _runs(cells: list[int]) -> list[tuple[int, int]]:
    """Gives the dark stretches of a row, as begin and end."""
    runs, begin = [], None
    for place, dark in enumerate([*cells, 0]):
        if dark and begin is None:
            begin = place
        elif not dark and begin is not None:
            runs.append((begin, place))
            begin = None
    return runs
