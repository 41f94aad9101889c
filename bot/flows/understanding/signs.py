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

from bot.flows.masking.person_names import listed_forms
from bot.flows.pack_files import PACKS
from bot.flows.understanding.spelling import BREAK, QUESTION

_MOST_WORDS = 400  # that are read
_MOST = 150  # signs that are looked at, so that the longest message takes a bounded time
_LONGEST_RUN = 3  # signs in a row that make a feature
_FILE = PACKS / "talk" / "words.signs"
_NAME = "NAME"
_PEOPLE = frozenset(("I", "THEIRS", "CHILD", _NAME, "US", "SIBLING"))
# Signs as they are read a second time, where it does not matter who of several or how; an empty one is left out.
_BROADER = {
    "GOES": "GO", "WENT": "GO", "WENT_F": "GO", "WENT_ALL": "GO", "GO_I": "I GO", "PORTAL": "ACCOUNT", "MY": "OWN",
    "SELF": "OWN", "SPOUSE": "PARENT", _NAME: "CHILD", "SIBLING": "CHILD", "CHILD_ACCOUNT": "CHILD ACCOUNT",
    "PARENT_ACCOUNT": "PARENT ACCOUNT", "DEVICE": "", "YEARS": "", "GAVE": "", QUESTION: BREAK,
}  # fmt: skip


@cache
def words_by_sign() -> dict[str, list[str]]:
    """Gives the words of each sign, as patterns of whole words, in the order in which they are tried.

    Raises OSError, and ValueError for a line that belongs to no sign.
    """
    signs: dict[str, list[str]] = {}
    sign = ""
    for line in _FILE.read_text("utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        named, colon, words = line.partition(": ")
        if colon and named.isupper():
            sign, line = named, words
        elif not line[0].isspace() or not sign:
            raise ValueError(f"{_FILE.name}: «{line}»")
        signs.setdefault(sign, []).extend(line.split())
    return signs


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{sign}>{'|'.join(words)})" for sign, words in words_by_sign().items()))


def runs_of_signs(words: Sequence[str]) -> Iterator[str]:
    """Gives the signs of a message, each alone, in runs as they follow each other, and any two of it together."""
    signs = signs_of(words)
    broad = [part for sign in signs for part in _BROADER.get(sign, sign).split()]
    for kind, read in (("s", signs), ("b", _without_repeats(broad))):
        yield from (f"{kind}{sign}" for sign in read)
        ends = ["^", *read, "$"]
        for length in range(2, _LONGEST_RUN + 1):
            yield from (f"{kind}{' '.join(ends[at : at + length])}" for at in range(len(ends) - length + 1))
        for apart in (2, 3):
            yield from (f"{kind}{apart}{one} {two}" for one, two in zip(read, read[apart:], strict=False))
        yield from (f"{kind}&{one} {two}" for one, two in combinations(sorted(set(read)), 2))


def signs_of(words: Sequence[str]) -> list[str]:
    """Gives the signs of a message in their order, of equal ones in a row the first.

    `words` are those of `spelling.plain_words`.
    """
    read = [_sign(word) for word in words[:_MOST_WORDS]]
    signs: list[str] = []
    for at, sign in enumerate(read):
        before, after = read[at - 1] if at else "", read[at + 1] if at + 1 < len(read) else ""
        signs.append(_number(sign, words[at], before, after) if sign in ("YOUNG", "OLD", "ORDINAL") else sign)
    return _without_repeats([sign for sign in signs if sign not in ("", "IN")])[:_MOST]


def _without_repeats(signs: Sequence[str]) -> list[str]:
    return [sign for at, sign in enumerate(signs) if not at or sign != signs[at - 1]]


def _number(sign: str, word: str, before: str, after: str) -> str:
    """Gives the age or the class that a number is by its neighbours, and nothing where it is neither."""
    if after == "CLASS":
        return "ELEVENTH" if word in ("11", "одиннадцатый") else "MINOR"
    if sign == "ORDINAL":
        return "MINOR" if before == "IN" and word[-1] == "м" else ""
    is_age = after == "YEARS" or before in _PEOPLE or before == "YEARS" or (after == "I" and not word.isdigit())
    if sign == "OLD":
        return "GROWN" if is_age or ("OLD" not in (before, after) and word in ("18", "19")) else ""
    return "MINOR" if is_age else ""


@lru_cache(maxsize=8192)
def _sign(word: str) -> str:
    if word in (BREAK, QUESTION):
        return word
    found = _pattern().fullmatch(word)
    if found and found.lastgroup:
        return found.lastgroup
    return _NAME if word in listed_forms() else ""
