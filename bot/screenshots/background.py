"""Tells the background of a grey picture from what is written on it."""

from PIL import Image, ImageChops, ImageFilter

_STEP = 8  # pixels of the picture for one of its background
_EDGE = 24  # levels (of 255) by which a background changes at the edge of a card, of a button or of the phone


def background_of(image: Image.Image) -> Image.Image:
    """Gives the background in an eighth of the picture's size: the median over a patch wider than letters are high.

    Ink covers less than half of any text. A sparse sample of the pixels (NEAREST mixes none) gives the same median for
    a hundredth of the work.
    """
    small = image.resize((image.width // _STEP or 1, image.height // _STEP or 1), Image.Resampling.NEAREST)
    return small.filter(ImageFilter.MedianFilter(15))


def borders(background: Image.Image) -> Image.Image:
    """Gives white where the background itself changes (edges of cards, buttons, of the phone): these are no letters."""
    lightest, darkest = ImageFilter.MaxFilter(3), ImageFilter.MinFilter(3)
    step = ImageChops.difference(background.filter(lightest), background.filter(darkest))
    return step.point([255 if level > _EDGE else 0 for level in range(256)])
