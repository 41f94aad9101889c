"""Draws the poster for the school's wall (PDF) and site (PNG): `python -m bot poster --username NAME [--out DIR]`.

Large type, black on white: it is printed on whatever printer the school has and read from two metres away.
"""

import sys
from pathlib import Path

import segno

from bot import texts_ru as texts
from bot.channels.abilities import CHANNELS, Abilities
from bot.statistics.canvas import Canvas

WIDTH, HEIGHT = 827, 1169  # A4 in hundredths of an inch
_MARGIN = 62
_INSIDE = WIDTH - 2 * _MARGIN
_QR_SIDE = 318  # 8 cm, so that a phone reads it at arm's length
_QR_SIDE_OF_FOUR = 160  # 4 cm: somebody comes nearer to one of four
_QR_TOP = 640
_BLACK, _QUIET, _ACCENT, _WHITE = "#111111", "#333333", "#1B4F7A", "#FFFFFF"


def name_in(said: str, channel: Abilities) -> str | None:
    """Gives the name of a bot that is called by its name, by `@` and the name, or by its link in this channel.

    What a link starts the bot with is left out. None for what is none of these, another channel's link with them.
    """
    found = channel.bot_named.fullmatch(said.strip())
    return found["name"] if found else None


def main(username: str | None, folder: Path, max_username: str | None = None) -> int:
    """Writes both files and prints their paths; returns the exit status: 2 where the folder cannot be written to."""
    try:
        written = write(username, folder, max_username)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        print(texts.POSTER_BAD_FOLDER.format(folder=folder, error=reason), file=sys.stderr)
        return 2
    for file in written:
        print(file)
    return 0


def write(
    username: str | None, folder: Path, max_username: str | None = None, *, school: str = "", slug: str = ""
) -> list[Path]:
    """Writes poster-NAME.pdf and .png into a folder, which is made where it is missing. Raises OSError.

    `username` is the bot's name in Telegram, `max_username` that in MAX; one of them, or both. With several schools
    `school` is the name of the one whose poster it is, and `slug` that in its links.
    """
    folder.mkdir(parents=True, exist_ok=True)
    canvas = drawn(username, max_username, school, slug)
    pdf, png = (
        folder / f"poster-{'-'.join(filter(None, (username or max_username, slug)))}.{kind}" for kind in ("pdf", "png")
    )
    links = [link(name, "", channel).removesuffix("?start=") for channel, name in _named(username, max_username)]
    with pdf.open("wb") as stream:
        canvas.save_pdf(stream, title=texts.POSTER_SUBJECT, subject=", ".join(links))
    with png.open("wb") as stream:
        canvas.save_png(stream, scale=2)
    return [pdf, png]


def _named(username: str | None, max_username: str | None) -> list[tuple[Abilities, str]]:
    """Gives the channels that the bot is in, each with its name there."""
    return [(channel, name) for channel, name in zip(CHANNELS, (username, max_username), strict=True) if name]


def link(username: str, payload: str, channel: Abilities = CHANNELS[0]) -> str:
    """Makes a deep link into the bot (Telegram, «Deep linking»; MAX, deep links)."""
    return channel.start_link.format(bot=username, payload=payload)


def drawn(username: str | None, max_username: str | None = None, school: str = "", slug: str = "") -> Canvas:
    """Draws the whole page: a code for parents and one for pupils, in each of the channels; of one school, if named."""
    named = _named(username, max_username)
    lead = texts.POSTER_LEAD.format(channels=texts.POSTER_AND.join(channel.name for channel, _ in named))
    canvas = Canvas(WIDTH, HEIGHT, paper=_WHITE)
    canvas.text(_MARGIN, 104, texts.POSTER_TITLE, 62, colour=_BLACK, bold=True, room=_INSIDE)
    if school:
        canvas.text(_MARGIN, 184, school, 34, colour=_QUIET, bold=True, room=_INSIDE)
    canvas.box(_MARGIN, 224, _INSIDE, 6, _ACCENT)
    canvas.text(_MARGIN, 274, lead, 40, colour=_ACCENT, bold=True, room=_INSIDE)
    _points(canvas, 346)
    canvas.text(WIDTH / 2, _QR_TOP - 28, texts.POSTER_SCAN, 30, colour=_BLACK, align="center", room=_INSIDE)
    _doors(canvas, named, slug)
    names = [texts.POSTER_NAME.format(channel=channel.name, username=name) for channel, name in named]
    for line, name in enumerate(names):
        size, y = (34, 1072) if len(names) == 1 else (28, 1040 + 42 * line)
        canvas.text(WIDTH / 2, y, name, size, colour=_BLACK, bold=True, align="center", room=_INSIDE)
    canvas.text(WIDTH / 2, 1124, texts.POSTER_CARE, 24, colour=_QUIET, align="center", room=_INSIDE)
    return canvas


def _points(canvas: Canvas, y: float) -> None:
    """Draws the list of things that the bot does: white figures on dark squares, which any printer shows."""
    for number, point in enumerate(texts.POSTER_POINTS, 1):
        canvas.card(_MARGIN, y - 20, 52, 52, _ACCENT)
        canvas.text(_MARGIN + 26, y + 6, str(number), 30, colour=_WHITE, bold=True, align="center")
        canvas.text(_MARGIN + 76, y - 8, point, 28, colour=_BLACK, room=_INSIDE - 76)
        y += 88


def _doors(canvas: Canvas, named: list[tuple[Abilities, str]], slug: str) -> None:
    """Draws the codes: two large ones, or, with both channels, a row of four."""
    of_school = f"s_{slug}_" if slug else ""
    readers = (("role_parent", texts.POSTER_PARENT), ("role_pupil", texts.POSTER_PUPIL))
    several = len(named) > 1
    doors = [
        (link(name, of_school + payload, channel), label, channel.name if several else "")
        for channel, name in named
        for payload, label in readers
    ]
    side = _QR_SIDE_OF_FOUR if several else _QR_SIDE
    place = _INSIDE / len(doors)
    for number, (address, label, channel) in enumerate(doors):
        _door(canvas, _MARGIN + place * number + (place - side) / 2, address, label, side, channel)


def _door(canvas: Canvas, x: float, address: str, label: str, side: int, channel: str) -> None:
    """Draws a QR code in a frame, and below it the reader whom it is for, with the channel where there are two."""
    canvas.card(x - 6, _QR_TOP, side + 12, side + 76, _ACCENT)
    canvas.card(x, _QR_TOP + 6, side, side, _WHITE)
    modules = [list(row) for row in segno.make_qr(address, error="m").matrix]
    # Whole pixels keep the edges of the modules sharp; four modules around stay white (ISO/IEC 18004).
    cell = side // (len(modules) + 8)
    left, top = round(x + (side - cell * len(modules)) / 2), _QR_TOP + 6 + (side - cell * len(modules)) // 2
    for row, cells in enumerate(modules):
        for begin, end in _runs(cells):
            canvas.box(left + begin * cell, top + row * cell, (end - begin) * cell, cell, "#000000")
    middle, size = x + side / 2, 22 if channel else 38
    canvas.text(middle, _QR_TOP + side + 42, label, size, colour=_WHITE, bold=True, align="center", room=side)
    if channel:
        canvas.text(middle, _QR_TOP + side + 108, channel, 30, colour=_ACCENT, bold=True, align="center", room=side)


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
