"""Prepares a grey picture for Tesseract: dark letters on white, level, of a size that is read well."""

import math
from array import array
from enum import StrEnum
from itertools import pairwise

from PIL import Image, ImageChops, ImageFilter, ImageOps

from bot.screenshots.background import background_of, borders
from bot.screenshots.decoder import LONGEST_SIDE, is_long
from bot.screenshots.letters import letters_alone

# Letters are read best at 20–40 px; a phone's screen is 360–430 points wide and its body text 14–17 points high.
SCREEN_WIDTH = 1200
LARGEST_UPSCALE = 3.0
MAX_TILT = 8.0
_STRIPS = 125  # columns of the picture in which a tilt is looked for; with fewer some are missed

SLICE = 2.2  # heights of a slice of a long picture, in its widths: as a phone's screen
OVERLAP = 0.45  # of a slice, in its widths, that the next one shows again: more than the longest error text takes
SHRUNK_WIDTH = 400  # a long picture that is narrower was shrunk: Telegram makes a photo's longest side 1280
_CLEARLY = 1.5
_MUCH_SMALLER = 0.7
_SHARP, _SOFT = 0.7, 1.6  # pixels, a letter being 20–40 high
_CLOSE, _CLOSE_SOFT = 1.2, 1.8  # pixels
_OF_SMALL = 0.5  # of these, where letters may be 10 high
_NOISY = 5  # levels (of 255): a camera's noise, which hides faint letters


class Way(StrEnum):
    """Lists the ways to prepare a picture before it is read."""

    EVEN = "even"
    PLAIN = "plain"
    CLOSE = "close"
    SOFT = "soft"
    SHARP = "sharp"

    @property
    def is_close_up(self) -> bool:
        """Tells whether only the letters are looked at."""
        return self in (Way.CLOSE, Way.SOFT, Way.SHARP)


def slices(image: Image.Image) -> list[Image.Image]:
    """Gives the picture itself; a long upright one in slices of a screen each, from above, which overlap."""
    width, height = image.size
    if height < width or not is_long(image.size):
        return [image]
    tall, step = round(SLICE * width), round((SLICE - OVERLAP) * width)
    tops = range(0, max(1, height - round(OVERLAP * width)), max(1, step))
    return [image.crop((0, top, width, min(top + tall, height))) for top in tops]


def prepare(image: Image.Image, way: Way = Way.EVEN) -> Image.Image:
    """Makes a grey picture in any theme straight dark letters on white, of a size that Tesseract reads well.

    EVEN takes each pixel's distance from the background around it: light-on-dark, dark-on-light and both in one
    picture come out alike, and shade is gone. PLAIN keeps the picture's own shades and inverts it as a whole if it is
    mostly dark: for letters so large or dense that they would be taken for background. CLOSE looks for the lines of
    letters and keeps these alone, each measured by its own contrast, at the picture's own size where that is large: for
    faint and noisy ones, glare, and a screen that is a small part of a photo. SOFT is CLOSE with more of the noise
    rubbed out, SHARP is CLOSE for letters out of focus.
    """
    image = image.convert("L")
    is_small = way.is_close_up and is_shrunk(image)
    image = image if is_small else resize(image)
    if way.is_close_up:
        blur = (_CLOSE_SOFT if way is Way.SOFT else _CLOSE) * (_OF_SMALL if is_small else 1)
        image = letters_alone(image, blur, sharpen=way is Way.SHARP)
    else:
        image = _plain(image) if way is Way.PLAIN else _evened(image)
    angle = tilt_of(image)
    if angle:
        image = image.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    return ImageOps.expand(image, 10, 255)


def resize(image: Image.Image) -> Image.Image:
    """Brings a phone's screen to about SCREEN_WIDTH; a wide window has letters as small as a phone's at scale 1."""
    factor = _factor(image.size)
    if 0.9 < factor < 1.1:
        return image
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    return image.resize(size, Image.Resampling.BICUBIC)


def is_blank(image: Image.Image) -> bool:
    """Tells whether all of a grey picture is one shade, so that no letter can stand on it."""
    darkest, lightest = image.getextrema()
    return darkest == lightest


def is_shrunk(image: Image.Image) -> bool:
    """Tells whether `resize` makes a picture so much smaller that small letters are lost."""
    return _factor(image.size) < _MUCH_SMALLER


def _factor(size: tuple[int, int]) -> float:
    width, height = size
    wanted = SCREEN_WIDTH / width if height >= width else 2.0 * 1366 / width
    return min(wanted, LONGEST_SIDE / max(width, height), LARGEST_UPSCALE)


def _evened(image: Image.Image) -> Image.Image:
    image = image.filter(ImageFilter.GaussianBlur(_SHARP))
    background, ink = _background_and_ink(image)
    if _level_below(ink, 0.5) >= _NOISY:
        image = image.filter(ImageFilter.GaussianBlur(_SOFT))
        background, ink = _background_and_ink(image)
    # most of a screen is background, so the middle of the distances is the noise of a camera or of a poor JPEG
    floor = min(60, 10 + 3 * _level_below(ink, 0.5))
    full = max(floor + 30, _level_below(ink, 0.99))
    # the root lifts faint letters towards bold ones, so that one threshold finds both
    curve = [round(255 * (1 - min(1.0, max(0.0, (level - floor) / (full - floor))) ** 0.7)) for level in range(256)]
    return ImageChops.lighter(ink.point(curve), borders(background).resize(image.size, Image.Resampling.NEAREST))


def _background_and_ink(image: Image.Image) -> tuple[Image.Image, Image.Image]:
    """Gives the background, an eighth of the picture's size, and each pixel's distance from it."""
    background = background_of(image)
    return background, ImageChops.difference(image, background.resize(image.size, Image.Resampling.BILINEAR))


def _plain(image: Image.Image) -> Image.Image:
    if _level_below(image, 0.5) < 110:
        image = ImageOps.invert(image)
    return ImageOps.autocontrast(image, cutoff=(1, 20))


def _level_below(image: Image.Image, share: float) -> int:
    """Gives the level (0–255) at or below which that share of a grey picture's pixels lies: 0.5 gives the median."""
    seen, enough = 0, share * image.width * image.height
    for level, pixels in enumerate(image.histogram()):
        seen += pixels
        if seen >= enough:
            return level
    return 255


def tilt_of(page: Image.Image) -> float:
    """Gives the degrees to turn dark-on-white text level; 0 within half a degree or where that is unsure."""
    small = ImageOps.invert(page)
    small.thumbnail((500, 1000), Image.Resampling.BOX)
    # Sums of a few neighbouring columns show the lines of a tilted text as well, and are turned in a third of the time.
    strips = small.resize((min(_STRIPS, small.width), small.height), Image.Resampling.BOX)

    def sharpness(angle: float) -> float:
        return _sharpness(_turned(strips, angle, small.width))

    coarse = max(_steps(-MAX_TILT, MAX_TILT, 1.0), key=sharpness)
    fine = max(_steps(coarse - 0.75, coarse + 0.75, 0.25), key=sharpness)
    return fine if abs(fine) >= 0.5 and sharpness(fine) > 1.15 * sharpness(0) else 0.0


def _steps(start: float, stop: float, step: float) -> list[float]:
    return [start + step * number for number in range(round((stop - start) / step) + 1)]


def _turned(strips: Image.Image, angle: float, width: int) -> Image.Image:
    """Moves each strip of a picture of that width up or down, as turning it by so many degrees would."""
    slope = math.tan(math.radians(angle)) * width / strips.width
    shear = (1, 0, 0, slope, 1, -slope * strips.width / 2)
    return strips.transform(strips.size, Image.Transform.AFFINE, shear, Image.Resampling.BILINEAR)


def _sharpness(ink: Image.Image) -> float:
    """Measures how strongly the darkness changes from row to row: most where the lines of text lie level."""
    rows = array("f", ink.convert("F").resize((1, ink.height), Image.Resampling.BOX).tobytes())
    return sum((below - above) ** 2 for above, below in pairwise(rows))


def turns_to_try(image: Image.Image) -> tuple[int, ...]:
    """Gives the angles, in degrees, to turn a picture by that cannot be read as it stands; the likeliest first.

    None is left out: the borders of a window, or the stripes of a photographed screen, may outweigh its lines of text.
    """
    return (90, 270, 180) if _lines_stand(image) else (180, 90, 270)


def _lines_stand(image: Image.Image) -> bool:
    """Tells whether the lines of text clearly run from top to bottom, so that the picture lies on its side."""
    return _across(image) > _CLEARLY


def _across(image: Image.Image) -> float:
    """Compares the change from column to column with that from row to row.

    The ratio is far below 1 for text that stands upright, and far above 1 for text that lies on its side.
    """
    small = ImageOps.invert(_evened(image.resize(_within(image.size, 900), Image.Resampling.BOX)))
    rows, columns = _sharpness(small), _sharpness(small.transpose(Image.Transpose.ROTATE_90))
    return columns / rows if rows else 1.0


def _within(size: tuple[int, int], longest: int) -> tuple[int, int]:
    shrink = min(1.0, longest / max(size))
    return max(1, round(size[0] * shrink)), max(1, round(size[1] * shrink))
