"""Reads numbers that are spelled in other ways: letters that look like digits, words, any signs between digits.

Each function takes a folded text (see masked_text.py) and gives it as it is read, with the span that every letter of it
stands for, so that what is found in it can be masked in the text.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class OtherSpelling:
    """Holds a text as it is read. `spans` gives for each letter the (start, end) of the letters that it stands for."""

    text: str
    spans: list[Span]

    def span(self, start: int, end: int) -> Span:
        """Gives the span of the text from which a part of the spelling was made."""
        return self.spans[start][0], self.spans[end - 1][1]


def as_it_is(text: str) -> OtherSpelling:
    """Reads the text as it stands."""
    return OtherSpelling(text, [(at, at + 1) for at in range(len(text))])


def drawn(text: str) -> OtherSpelling:
    """Reads letters beside digits as the digits they look like, digits in circles, Latin letters in Russian words."""
    letters = [_figure(letter) for letter in text]
    for token in _WITH_LOOK_ALIKES.finditer("".join(letters)):
        if _DIGIT.search(token[0]):
            letters[token.start() : token.end()] = token[0].translate(_AS_DIGITS)
    for word in _WORD.finditer(text):
        if _LATIN.search(word[0]) and _RUSSIAN.search(word[0]) and not _OTHER_LATIN.search(word[0]):
            letters[word.start() : word.end()] = word[0].translate(_AS_RUSSIAN)
    return OtherSpelling("".join(letters), as_it_is(text).spans)


def spelled(text: str) -> OtherSpelling:
    """Reads numbers in words as digits: «девятьсот десять сто двадцать три» is «910 123», «ноль пять» is «05»."""
    groups: list[tuple[int, int, str, int]] = []  # start, end, digits, and what the next word must be less than
    for word in _WORD.finditer(text):
        number = _NUMBERS.get(word[0])
        if number is None:
            continue
        if groups and number and text[groups[-1][1] : word.start()] in (" ", "-", "  "):
            start, _, digits, room = groups[-1]
            if number < room:
                groups[-1] = (start, word.end(), str(int(digits) + number).zfill(len(digits)), _room(number))
                continue
        groups.append((word.start(), word.end(), str(number), _room(number) if number else 0))
    return _rewritten(text, ((start, end, digits) for start, end, digits, _ in groups))


def parted(text: str) -> OtherSpelling:
    """Reads any signs between two digits, ends of lines too, as one space; the dots of dates stay."""
    runs = (found.span() for found in _SIGNS.finditer(text))
    return _rewritten(text, ((start, end, " ") for start, end in runs if text[start:end] not in _USUAL_SIGNS))


def spelled_and_parted(text: str) -> OtherSpelling:
    """Reads numbers in words with commas between them."""
    words = spelled(text)
    if words.text == text:
        return words
    signs = parted(words.text)
    return OtherSpelling(signs.text, [words.span(start, end) for start, end in signs.spans])


def _room(number: int) -> int:
    """Gives the limit below which a number may follow this one as its part: 100 after «сто», 10 after «двадцать»."""
    return 100 if number >= 100 else 10 if number >= 20 else 0


def _rewritten(text: str, pieces: Iterator[tuple[int, int, str]]) -> OtherSpelling:
    letters: list[str] = []
    spans: list[Span] = []
    last = 0
    for start, end, instead in (*pieces, (len(text), len(text), "")):
        letters += [text[last:start], instead]
        spans += [(at, at + 1) for at in range(last, start)]
        spans += [(start, end)] * len(instead)
        last = end
    return OtherSpelling("".join(letters), spans)


def _figure(letter: str) -> str:
    """Reads a digit in a circle, or a small one above or below the line, as a digit."""
    if letter < "\x7f":
        return letter
    digit = unicodedata.digit(letter, None)
    return letter if digit is None else str(digit)


_AS_DIGITS = str.maketrans("oоiіlз|", "0011131")
_AS_RUSSIAN = str.maketrans("aceopxykmthbi", "асеорхукмтнві")
# «б» and «в» stay out: «7б» is a class.
_WITH_LOOK_ALIKES = re.compile(r"(?<![\w|])[\doоiіlз|]{2,24}+(?![\w|])")
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[^\W\d_]{2,24}+")
_LATIN, _RUSSIAN, _OTHER_LATIN = re.compile("[a-z]"), re.compile("[а-я]"), re.compile("[dfgijlnqrsuvwz]")
_SIGNS = re.compile(r"(?<=\d)(?:[^\w\0]|_){1,5}+(?=\d)")
_USUAL_SIGNS = frozenset((" ", "-", ".", ":", "/"))

_NUMBERS = {
    word: number
    for numbers, words in (
        (range(10), "ноль один два три четыре пять шесть семь восемь девять"),
        (range(10, 20), "десять одиннадцать двенадцать тринадцать четырнадцать пятнадцать шестнадцать семнадцать"
         " восемнадцать девятнадцать"),
        (range(20, 100, 10), "двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто"),
        (range(100, 1000, 100), "сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот"),
        ((0, 1, 2), "нуль одна две"),
    )
    for number, word in zip(numbers, words.split(), strict=True)
}  # fmt: skip
