"""Cuts a list to as many whole lines as one message holds."""

from bot.flows.marked import Markup, joined
from bot.flows.utf16 import units


def whole_lines(lines: list[Markup], limit: int) -> Markup:
    """Cuts to as many lines as one message of `limit` UTF-16 units holds; a link cut in half would not parse."""
    kept: list[Markup | str] = []
    room = limit - len("…")
    for line in lines:
        room -= units(line) + len("\n")
        if room < 0:
            return joined("\n", [*kept, "…"])
        kept.append(line)
    return joined("\n", kept)
