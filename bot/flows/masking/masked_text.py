"""Masks personal data: СНИЛС, passport, birth certificate, phone, e-mail, card, one-time code, password.

What is found is replaced by a visible mark. Class names, ticket numbers, dates, prices, ages, times and the 8-800
hotlines stay. Masking a masked text changes nothing.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot import texts_ru as texts
from bot.flows import utf16
from bot.flows.masking import other_spellings
from bot.flows.masking.personal_data import APART, FINDERS, SPELLED
from bot.flows.masking.secret_words import every_number, names_code, names_other_number, whole_code
from bot.flows.masking.text_numbers import MASKED, Finder, Span
from bot.flows.plain_letters import plain_letters

_ROUNDS = 6  # the last one finds nothing; what families write needs three


@dataclass(frozen=True, slots=True)
class Masked:
    """Holds a text without personal data.

    `found`: the kinds masked (keys of texts_ru.MASKS). `spans`: (start, end, mark) in the original text, in UTF-16
    code units, as Telegram counts the offsets of message entities; in order, without overlaps.
    """

    text: str
    found: frozenset[str]
    spans: tuple[tuple[int, int, str], ...] = ()


@dataclass(slots=True)
class _Seen:
    """Holds a text as the patterns see it, `letters`, and for each letter the piece of the original that it stands for.

    Four rows rather than an object a letter: a long text would make thousands, and the garbage collector stops the
    loop to look through them.
    """

    letters: str
    starts: list[int]
    ends: list[int]
    kinds: list[str | None]  # what is masked behind a letter

    def mask(self, start: int, end: int, kind: str | None) -> None:
        """Replaces a row of letters by the sign of a mark."""
        self.letters = self.letters[:start] + MASKED + self.letters[end:]
        self.starts[start:end] = [self.starts[start]]
        self.ends[start:end] = [self.ends[end - 1]]
        self.kinds[start:end] = [kind]


def mask(text: str, *, code_expected: bool = False) -> Masked:
    """Replaces personal data by marks. `code_expected` says that a code was just spoken of: then 4-8 digits are one.

    Never raises. Masks digits in any script, with any spaces, dashes and invisible characters between them.
    """
    seen = _folded(text)
    finders = [*FINDERS, ("code", whole_code)] if code_expected else FINDERS
    # What is masked changes what stands beside what, so the search goes on until nothing more is found. A text made of
    # nothing but numbers and words for them may go on so for hundreds of rounds: then every longer number is masked.
    for _ in range(_ROUNDS):
        if not (_mask_found(seen, finders) or _mask_spelled_otherwise(seen)):
            break
    else:
        for _ in range(_ROUNDS):
            if not _mask_found(seen, [*finders, ("code", every_number)]):
                break
    return _written(text, seen)


def without_marks(text: str) -> str:
    """Gives a masked text without the marks that stand for what was hidden."""
    return _MARK.sub("", text)


def speaks_of_code(text: str | None) -> bool:
    """Tells whether a text speaks of a one-time code, so that a number alone in the next message is likely to be it."""
    told = text or ""
    return texts.MASKS["code"] in told or names_code(_folded(told).letters)


def speaks_of_other_number(text: str | None) -> bool:
    """Tells whether a text speaks of a number that is no secret: that of an error, a class, a ticket."""
    return names_other_number(_folded(text or "").letters)


def is_number_alone(text: str) -> bool:
    """Tells whether a text is a single number that may be a code. `code_expected` matters for such texts only."""
    return any(True for _ in whole_code(_folded(text).letters))


def move_entities(entities: Sequence[tuple[int, int]], masked: Masked) -> list[tuple[int, int] | None]:
    """Moves formatting, given as (offset, length) in UTF-16 code units, to where its words stand in the masked text.

    An entity that begins or ends inside masked data covers the whole mark; None stands for one of no length.
    """
    moved: list[tuple[int, int] | None] = []
    for offset, length in entities:
        start, end = _moved(offset, masked, at_end=False), _moved(offset + length, masked, at_end=True)
        moved.append((start, end - start) if length > 0 and end > start else None)
    return moved


def mask_part(whole: str, part: str, position: int, *, code_expected: bool = False) -> str:
    """Masks a part of a text as it would be masked in the whole, where a word beside it may name a number.

    `position`: where the part begins, in UTF-16 code units; looked for where it does not stand there.
    """
    length = utf16.units(part)
    if utf16.part(whole, position, position + length) != part:
        found = whole.find(part)
        if found < 0:
            return mask(part, code_expected=code_expected).text
        position = utf16.units(whole[:found])
    masked = mask(whole, code_expected=code_expected)
    start, length = move_entities([(position, length)], masked)[0] or (0, 0)
    return mask(utf16.part(masked.text, start, start + length), code_expected=code_expected).text


def _moved(position: int, masked: Masked, *, at_end: bool) -> int:
    shift = 0
    for start, end, mark in masked.spans:
        if position <= start:
            break
        if position < end:
            return start + shift + (utf16.units(mark) if at_end else 0)
        shift += utf16.units(mark) - (end - start)
    return position + shift


# --- the text as the patterns see it ---------------------------------------------------------------------------------


def _folded(text: str) -> _Seen:
    """Folds a text: lower case, ASCII digits, plain spaces and dashes, no invisible signs, each mark as one sign."""
    letters = list(map(_seen, text))
    marks = [mark.span() for mark in _MARK.finditer(text)]
    if not marks and "" not in letters:
        return _Seen("".join(letters), list(range(len(text))), list(range(1, len(text) + 1)), [None] * len(text))
    starts = list(range(len(text)))
    ends = [at + 1 for at in starts]
    for start, end in reversed(marks):
        letters[start:end], starts[start:end], ends[start:end] = [MASKED], [start], [end]
    kept = [at for at, letter in enumerate(letters) if letter]
    starts, ends = [starts[at] for at in kept], [ends[at] for at in kept]
    return _Seen("".join(letters), starts, ends, [None] * len(kept))


@lru_cache(maxsize=4096)
def _seen(letter: str) -> str:
    if letter < "\x7f":
        return " " if letter in _BLANK else letter.lower()
    category = unicodedata.category(letter)
    if category in ("Cf", "Mn", "Me", "Cs"):
        return ""
    if category == "Nd":
        return str(unicodedata.digit(letter))
    if category == "Pd" or letter in "−⁃˗➖":
        return "-"
    if category == "Zs":
        return " "
    if category in ("Zl", "Zp"):
        return "\n"
    if "\u2160" <= letter <= "\u217f":
        # «Ⅱ» is two letters once it is folded, and one is what stands for it here.
        return "i"
    plain = plain_letters(unicodedata.normalize("NFKC", letter))
    # A footnote's «¹» is no digit of the number before it.
    return letter if len(plain) != 1 or plain.isdigit() else plain


def _mask_found(seen: _Seen, finders: Iterable[tuple[str, Finder]]) -> bool:
    changed = False
    for kind, find in finders:
        for start, end in reversed(_merged(find(seen.letters))):
            seen.mask(start, end, kind)
            changed = True
    return changed


def _mask_spelled_otherwise(seen: _Seen) -> bool:
    """Masks numbers that only another way of reading shows: in words, with a letter for a «0», with odd separators."""
    changed = False
    for read, finders in _OTHER_SPELLINGS:
        spelling = read(seen.letters)
        if spelling.text == seen.letters:
            continue
        # All kinds are looked for in one spelling, the first ones first: what one has taken, no other takes.
        taken = bytearray(len(seen.letters))
        found: list[tuple[int, int, str]] = []
        for kind, find in finders:
            for start, end in _merged(spelling.span(*span) for span in find(spelling.text)):
                if not any(taken[start:end]):
                    taken[start:end] = b"\1" * (end - start)
                    found.append((start, end, kind))
        for start, end, kind in sorted(found, reverse=True):
            seen.mask(start, end, kind)
            changed = True
    return changed


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _written(text: str, seen: _Seen) -> Masked:
    found = [(seen.starts[at], seen.ends[at], kind) for at, kind in enumerate(seen.kinds) if kind]
    if not found:
        return Masked(text, frozenset())
    wide = [at for at, letter in enumerate(text) if letter > "\uffff"]
    parts, spans, last = [], [], 0
    for start, end, kind in found:
        mark = texts.MASKS[kind]
        parts += [text[last:start], mark]
        spans.append((start + bisect_right(wide, start - 1), end + bisect_right(wide, end - 1), mark))
        last = end
    return Masked("".join([*parts, text[last:]]), frozenset(kind for *_, kind in found), tuple(spans))


_OTHER_SPELLINGS: tuple[tuple[Callable[[str], other_spellings.OtherSpelling], Sequence[tuple[str, Finder]]], ...] = (
    (other_spellings.drawn, FINDERS),
    (other_spellings.spelled, SPELLED),
    (other_spellings.parted, APART),
    (other_spellings.spelled_and_parted, APART),
)
_BLANK = f"{MASKED}\t\r\v\f"
_MARK = re.compile("|".join(re.escape(mark) for mark in texts.MASKS.values()))
