"""The signs of a message: what its words say of who goes in, with whose account, and whether the trouble is here now.

Other words are left out, so a message reads alike however people put it: «захожу я, мать, под своим» is, sign by sign,
«вхожу я, опекун, под своей», and «соседка пишет, что не найден» is «подруга говорит, что не находит». The model learns
from the signs in their order besides the words themselves, which are too many to have all been seen in examples. Which
words are which sign stands in `bot/content/talk/words.signs`.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import combinations
from pathlib import Path

from bot.flows.masking.person_names import listed_forms
from bot.flows.pack_files import PACKS
from bot.flows.understanding.spelling import BREAK, QUESTION

_MOST = 150  # signs that are looked at, so that the longest message takes a bounded time
_LONGEST_RUN = 3  # signs in a row that make a feature
_FILE = PACKS / "talk" / "words.signs"
_SOON_BEFORE, _SOON_BEHIND = 2, 3  # words around «18» among which «скоро», «до» or «будет» stands


@cache
def words_by_sign(file: Path | None = None) -> dict[str, list[str]]:
    """Gives the words of each sign, as patterns of whole words, in the order in which they are tried.

    They are those of words.signs, or of another file of that form. Raises OSError, and ValueError for a line that
    belongs to no sign.
    """
    signs: dict[str, list[str]] = {}
    sign = ""
    file = file or _FILE
    for line in file.read_text("utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        named, colon, words = line.partition(": ")
        if colon and named.isupper():
            sign, line = named, words
        elif not line[0].isspace() or not sign:
            raise ValueError(f"{file.name}: «{line}»")
        signs.setdefault(sign, []).extend(line.split())
    return signs


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{sign}>{'|'.join(words)})" for sign, words in words_by_sign().items()))


def runs_of_signs(words: Sequence[str]) -> Iterator[str]:
    """Gives the signs of a message, each alone, in runs as they follow each other, and any two of it together."""
    signs = signs_of(words)
    yield from (f"s{sign}" for sign in signs)
    ends = ["^", *signs, "$"]
    for length in range(2, _LONGEST_RUN + 1):
        yield from (f"s{' '.join(ends[at : at + length])}" for at in range(len(ends) - length + 1))
    yield from (f"s&{one} {two}" for one, two in combinations(sorted(set(signs)), 2))


def signs_of(words: Sequence[str]) -> list[str]:
    """Gives the signs of a message in their order, of equal ones in a row the first.

    `words` are those of `spelling.plain_words`. An age that somebody will only have is a minor's: «скоро 18».
    """
    read = [sign_of(word) for word in words]
    for at, sign in enumerate(read):
        if sign in ("GROWN", "OLD") and _is_not_yet(read, at):
            read[at] = "MINOR"
    told = [sign for sign in read if sign]
    return [sign for at, sign in enumerate(told) if not at or sign != told[at - 1]][:_MOST]


def _is_not_yet(read: Sequence[str], at: int) -> bool:
    before, behind = read[max(0, at - _SOON_BEFORE) : at], read[at + 1 : at + 1 + _SOON_BEHIND]
    return "SOON" in (*before, *behind) or "LESS" in before or before[-1:] == ["NOT"]


@lru_cache(maxsize=8192)
def sign_of(word: str) -> str:
    """Gives the sign of a word, empty where it has none."""
    if word in (BREAK, QUESTION):
        return word
    found = _pattern().fullmatch(word)
    if found and found.lastgroup:
        return found.lastgroup
    return "NAME" if word in listed_forms() else ""
