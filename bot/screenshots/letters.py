"""Finds where a picture has lines of letters, and draws these alone, each by the contrast that it has in its place.

What is no text (a table, the grain of a camera, a black frame) is left white, so that Tesseract neither reads nor
measures it: it takes noise for letters for seconds, and misses the faint letters beside it.
"""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops, ImageFilter

from bot.screenshots.background import background_of, borders

_CELL = 4  # pixels: the side of the squares in which letters are looked for
_STROKE = 3  # pixels: about the breadth of a letter's stroke
# The areas around a cell that are averaged: so many cells up and down, and so many left and right.
_LINE = (1, 7)  # about a piece of a line of letters
_WORD = (2, 6)  # about a word: a cell counts at most three times the mean here, so that a single edge counts little
_BLOCK = (4, 10)  # an area in which letters are either all lighter or all darker than their background
_ABOVE_NOISE = 8.0  # a line of letters is so many times the median deviation above the median of the cells
_LEAST_INK = 6  # levels (of 255): no letter is fainter
_STROKES = 200  # the level to which the strongest ink of a place is scaled
_BAND = 256  # rows that are worked through at once
_BEYOND = 0.9  # ink of at least this share of the strongest is drawn black

_Cells = npt.NDArray[np.float32]


def letters_alone(image: Image.Image, blur: float, *, sharpen: bool = False) -> Image.Image:
    """Gives the part of a grey picture that has letters, these in black on white; at worst a white picture.

    `blur`, in pixels, is to rub out a camera's noise and leave the strokes. `sharpen` is for letters out of focus.
    """
    image = image.filter(ImageFilter.GaussianBlur(blur))
    lines = _lines(image)
    box = lines.getbbox()
    if box is None:
        return Image.new("L", image.size, 255)
    background = background_of(image)
    behind = background.resize(image.size, Image.Resampling.BILINEAR)
    edges = borders(background).filter(ImageFilter.MaxFilter(3)).resize(image.size, Image.Resampling.NEAREST)
    place = (box[0] * _CELL, box[1] * _CELL, min(box[2] * _CELL, image.width), min(box[3] * _CELL, image.height))
    image, behind, edges = image.crop(place), behind.crop(place), edges.crop(place)
    ink = _ink(image, behind, edges)
    if sharpen:
        ink = ink.filter(ImageFilter.UnsharpMask(4, 150, 0))
    found = _sized(lines.crop(box), image.size)
    return ImageChops.lighter(_by_strength(ink, 0.2 if sharpen else 0.15), ImageChops.invert(found))


def _lines(image: Image.Image) -> Image.Image:
    """Gives the cells in which lines of letters stand, in white.

    A line of letters changes many times from left to right; the edge of a table or of the phone does so once.
    """
    changes = _cells(ImageChops.difference(image, ImageChops.offset(image, _STROKE, 0)))
    changes = _mean_around(np.minimum(changes, 3 * _mean_around(changes, *_WORD)), *_LINE)
    usual = float(np.median(changes))
    noise = float(np.median(np.abs(changes - usual)))
    found = Image.fromarray(((changes > usual + _ABOVE_NOISE * noise + 0.5) * 255).astype(np.uint8))
    # specks go, and what is left grows to hold whole letters
    return _most_around(found.filter(ImageFilter.MinFilter(3)), 4)


def _ink(image: Image.Image, behind: Image.Image, edges: Image.Image) -> Image.Image:
    """Gives how far each pixel is from the background, towards the side on which the letters around it are."""
    is_light = _mean_around(_cells(image) - _cells(behind), *_BLOCK) > 0
    side = _sized(Image.fromarray((is_light * 255).astype(np.uint8)), image.size)
    ink = Image.new("L", image.size)
    for band in _bands(image.size):
        shown, ground = image.crop(band), behind.crop(band)
        lighter, darker = ImageChops.subtract(shown, ground), ImageChops.subtract(ground, shown)
        ink.paste(ImageChops.subtract(Image.composite(lighter, darker, side.crop(band)), edges.crop(band)), band)
    return ink


def _by_strength(ink: Image.Image, least: float) -> Image.Image:
    """Gives the ink as black on white, measured by the strongest ink near it; less than the share `least` is white."""
    small = (max(1, ink.width // _CELL), max(1, ink.height // _CELL))
    strongest = _most_around(ink.resize(small, Image.Resampling.BOX), 8).filter(ImageFilter.BoxBlur(8))
    strongest = strongest.resize(ink.size, Image.Resampling.BILINEAR)
    reach = _STROKES * (_BEYOND - least)
    curve = [255 - round(255 * min(1.0, max(0.0, (of - _STROKES * least) / reach))) for of in range(256)]
    for band in _bands(ink.size):
        shares = np.asarray(ink.crop(band)).astype(np.uint16) * _STROKES
        shares //= np.maximum(np.asarray(strongest.crop(band)), _LEAST_INK)
        ink.paste(Image.fromarray(np.minimum(shares, 255).astype(np.uint8)).point(curve), band)
    return ink


def _bands(size: tuple[int, int]) -> list[tuple[int, int, int, int]]:
    """Gives the boxes of some rows each that a picture is worked through in: all at once would need more memory."""
    return [(0, top, size[0], min(top + _BAND, size[1])) for top in range(0, size[1], _BAND)]


def _cells(image: Image.Image) -> _Cells:
    """Gives the mean level of each cell; those at the right and the lower edge go on with the last pixels."""
    pixels = np.pad(np.asarray(image), ((0, -image.height % _CELL), (0, -image.width % _CELL)), mode="edge")
    squares = pixels.reshape(pixels.shape[0] // _CELL, _CELL, pixels.shape[1] // _CELL, _CELL)
    return squares.mean(axis=(1, 3), dtype=np.float32)  # type: ignore[no-any-return]


def _mean_around(cells: _Cells, rows: int, columns: int) -> _Cells:
    """Gives the mean of the cells so far up and down, and so far left and right, of each cell."""
    sums = np.pad(cells.astype(np.float64), ((rows + 1, rows), (columns + 1, columns)), mode="edge")
    sums = sums.cumsum(0).cumsum(1)
    high, wide = 2 * rows + 1, 2 * columns + 1
    total = sums[high:, wide:] - sums[:-high, wide:] - sums[high:, :-wide] + sums[:-high, :-wide]
    return (total / (high * wide)).astype(np.float32)


def _most_around(cells: Image.Image, reach: int) -> Image.Image:
    """Gives the most of the cells so far away, in either direction, from each: as MaxFilter, which is far slower."""
    most = np.asarray(cells)
    for axis in (0, 1):
        beyond = [(reach, reach) if of == axis else (0, 0) for of in (0, 1)]
        around = np.lib.stride_tricks.sliding_window_view(np.pad(most, beyond), 2 * reach + 1, axis)
        most = around.max(axis=-1)
    return Image.fromarray(np.ascontiguousarray(most))


def _sized(cells: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Gives an image of cells in pixels, of the size of the picture that they were made of."""
    whole = cells.resize((cells.width * _CELL, cells.height * _CELL), Image.Resampling.NEAREST)
    return whole.crop((0, 0, *size))
