"""Draws a phone's screen with any wording, and photographs it."""

import random

from tests.screens.make import FAMILIES, LIGHT, Look, draw, encode, spoil


def of(wording: str) -> bytes:
    """Gives the JPEG of a photographed screen with this wording."""
    look, chance = Look(LIGHT[0], "page", 2, 390, 760, 20, 15, FAMILIES[0], False, True), random.Random(43)
    picture, quality = spoil(draw(look, wording, chance), "photo", look, chance)
    return encode(picture, quality)
