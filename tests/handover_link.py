"""Reads, in either messenger, the link by which a child hands its screen over to a parent."""

from __future__ import annotations

import re
from urllib.parse import unquote

from sandbox.person import Person
from sandbox.visible import same_label

_LINK = re.compile(r"https://(?:max\.ru|t\.me)/\w+\?start=h_[A-Za-z0-9_-]+")


def link_handed_over(child: Person) -> str:
    """Gives the link that «Отправить родителям» shares. AssertionError where the screen has none."""
    shares = [unquote(url) for label, url in child.urls.items() if same_label(label, "Отправить родителям")]
    found = _LINK.search(shares[0]) if shares else None
    assert found, f"no link to hand over: {child.urls}"
    return found[0]


def payload_of(link: str) -> str:
    """Gives what a link to the bot carries."""
    return link.partition("?start=")[2]
