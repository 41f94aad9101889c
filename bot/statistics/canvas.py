"""Draws a page (lines of text, boxes, cards) and saves it as a PNG or a PDF, for the charts and the poster.

Processes of their own draw, never the bot: neither Pillow's drawing nor ReportLab stays in the memory of a bot that
runs for months.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

from PIL import Image, ImageDraw, ImageFont

INK, PAPER, CARD = "#1F2D3A", "#F4F6F8", "#FFFFFF"
_FONTS = Path(__file__).parent / "fonts"
_REGULAR, _BOLD = "DejaVuSans", "DejaVuSans-Bold"  # they come along, for a machine may have no font with Cyrillic
_CAPITALS, _LINE = 0.73, 1.25  # of DejaVu: the height of capitals and the distance of lines, in heights of type
_MEASURED = 200  # pixels: at this height widths are measured, where rounding to whole pixels hardly shows
_FINER = 2  # a PNG is drawn so many times larger and then reduced, which makes slants and curves smooth
_CORNER = 22  # the radius of a card's corners, pixels
_POINTS = 0.72  # a pixel is a hundredth of an inch, a point of a PDF the seventy-second part


@dataclass(frozen=True, slots=True)
class _Line:
    x: float
    baseline: float
    said: str
    size: float
    colour: str
    font: str
    align: str


@dataclass(frozen=True, slots=True)
class _Box:
    x: float
    y: float
    width: float
    height: float
    colour: str
    corner: float


class Canvas:
    """A page whose units are pixels, counted from the upper left corner; type is given by its height in pixels."""

    def __init__(self, width: float, height: float, paper: str = PAPER) -> None:
        self.width, self.height, self._paper = width, height, paper
        self._drawn: list[_Line | _Box] = []

    def text(
        self,
        x: float,
        y: float,
        said: str,
        size: float,
        *,
        colour: str = INK,
        bold: bool = False,
        align: str = "left",
        room: float | None = None,
    ) -> float:
        """Writes lines whose first has its capitals' middle at `y`; type shrinks where it would not fit into `room`.

        `align` is "left" or "center", and says what of a line stands at `x`. Returns the width that the lines take.
        """
        font, lines = _BOLD if bold else _REGULAR, said.split("\n")
        wide = max(_font(font, _MEASURED).getlength(line) for line in lines) * size / _MEASURED
        if room is not None and wide > room:
            size, wide = size * room / wide, room
        for number, line in enumerate(lines):
            baseline = y + (_CAPITALS / 2 + number * _LINE) * size
            self._drawn.append(_Line(x, baseline, line, size, colour, font, align))
        return wide

    def box(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """Draws a filled rectangle."""
        self._drawn.append(_Box(x, y, width, height, colour, 0))

    def card(self, x: float, y: float, width: float, height: float, colour: str = CARD) -> None:
        """Draws a filled rectangle with round corners."""
        self._drawn.append(_Box(x, y, width, height, colour, _CORNER))

    def save_png(self, target: IO[bytes], scale: int = 1) -> None:
        """Writes a PNG whose sides are `scale` times those of the page."""
        finer = scale * _FINER
        image = Image.new("RGB", (round(self.width) * finer, round(self.height) * finer), self._paper)
        pen = ImageDraw.Draw(image)
        for one in self._drawn:
            if isinstance(one, _Line):
                anchor = "ms" if one.align == "center" else "ls"
                font = _font(one.font, one.size * finer)
                pen.text((one.x * finer, one.baseline * finer), one.said, one.colour, font, anchor)
            elif one.width > 0 and one.height > 0:
                left, top = round(one.x * finer), round(one.y * finer)
                right, bottom = round((one.x + one.width) * finer) - 1, round((one.y + one.height) * finer) - 1
                corner = min(one.corner, one.width / 2, one.height / 2) * finer
                pen.rounded_rectangle((left, top, max(left, right), max(top, bottom)), corner, one.colour)
        image.reduce(_FINER).save(target, "PNG", optimize=True)

    def save_pdf(self, target: IO[bytes], title: str, subject: str) -> None:
        """Writes a PDF whose letters stay letters: it can be searched, and is printed sharply."""
        from reportlab.pdfbase import pdfmetrics
        from reportlab.pdfbase.ttfonts import TTFont
        from reportlab.pdfgen.canvas import Canvas as Pdf

        for name in (_REGULAR, _BOLD):
            pdfmetrics.registerFont(TTFont(name, str(_FONTS / f"{name}.ttf")))
        pdf = Pdf(target, pagesize=(self.width * _POINTS, self.height * _POINTS), invariant=True)
        pdf.setTitle(title)
        pdf.setSubject(subject)
        pdf.scale(_POINTS, _POINTS)
        for one in (_Box(0, 0, self.width, self.height, self._paper, 0), *self._drawn):
            pdf.setFillColor(one.colour)
            if isinstance(one, _Line):
                pdf.setFont(one.font, one.size)
                write = pdf.drawCentredString if one.align == "center" else pdf.drawString
                write(one.x, self.height - one.baseline, one.said)
            else:
                corner = min(one.corner, one.width / 2, one.height / 2)
                lower = self.height - one.y - one.height
                pdf.roundRect(one.x, lower, one.width, one.height, corner, stroke=0, fill=1)
        pdf.save()


@cache
def _font(name: str, size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_FONTS / f"{name}.ttf"), size, layout_engine=ImageFont.Layout.BASIC)
