"""Finds a family's school among hundreds by what they type: a number, a name with typos, or the slug of a link."""

import math
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from bot.flows.plain_letters import plain_letters

MOST = 8  # schools that are shown as buttons
_LONGEST = 200  # characters of a text that are read: no school has a longer name
_MOST_WORDS = 12  # of a text that are looked at: a name has fewer
_ALIKE, _SAME = 76.0, 100.0  # likeness (0…100) of a word with a slip or another ending, and of the very word
_LIKE_SCHOOL = 80.0  # the least likeness to «школа» of a word that is taken for it
_ENOUGH = 0.5  # a school is offered where it has at least this share of the weight of a text's words and numbers
_CLEARLY = 0.15  # a school is meant beyond doubt only where its share is so much larger than the next one's

_NOT_A_WORD = re.compile(r"[^\w\s-]|_")
# A class that is told along with the school: «7 класс, школа 43», «сын в 7Б, школа 43».
_OF_CLASS = re.compile(r"\b\d{1,2}(?:[ -]{0,2}[а-я])??[ -]{0,2}(?:класс\w*|кл\b)|\b\d{1,2}-?[абвгдез]\b")
_PARTS = re.compile(r"\d+|[^\W\d_]+")
_SCHOOL_WORDS = re.compile(
    r"школ[аыеу]|школой|сош|оош|нош|моу|мбоу|мкоу|маоу|гбоу|гоу|мбоо|средн(яя|ей|юю)|основная|общеобразовательн(ая|ое)"
    r"|муниципальное|бюджетное|автономное|казенное|учреждение"
)
_ORDINARY = re.compile(
    r"номер|ном|н|n|no|имени|им|г|город[ае]?|в|во|из|мы|он|она|у|нас|и|на|это|наша?|нашей|мо[йя]|моей|ребенок|сын|дочь"
    r"|учусь|учимся|учится|учатся|учени(к|ца)|ой|ая|й|я|е|м"
)
_KINDS = re.compile(r"гимнази[яию]|лице[йяе]|интернат")  # they say which school it is as well


@dataclass(frozen=True, slots=True)
class FoundSchools:
    """The schools that a text may mean, by their ids, the likeliest first; `count` says how many there are in all.

    `is_exact`: it names one beyond doubt, and `says_school` that it speaks of a school, which a number alone does not.
    """

    ids: tuple[int, ...] = ()
    count: int = 0
    is_exact: bool = False
    says_school: bool = False


@dataclass(frozen=True, slots=True)
class _Said:
    """The words and the numbers of a name or a text, without words that any name has; `of_school`: one spoke of it."""

    words: tuple[str, ...]
    numbers: frozenset[str]
    of_school: bool = False


class SchoolNames:
    """Holds the names of the schools ready to be searched: made once for a list of (id, slug, name)."""

    def __init__(self, schools: Iterable[tuple[int, str, str]]) -> None:
        """Splits every name into words and numbers. A name without a number has those of its slug."""
        self.names: dict[int, str] = {}
        self.slugs: dict[int, str] = {}
        self._by_slug: dict[str, int] = {}
        self._said: dict[int, _Said] = {}
        self._with_word: dict[str, set[int]] = defaultdict(set)
        for school_id, slug, name in schools:
            self.names[school_id], self.slugs[school_id] = name or slug, slug
            if slug:
                self._by_slug[slug.lower()] = school_id
            said = _parted(name)
            self._said[school_id] = _Said(said.words, said.numbers or _parted(slug).numbers)
            for word in said.words:
                self._with_word[word].add(school_id)
        self._vocabulary = list(self._with_word)
        self._with_number: dict[str, set[int]] = defaultdict(set)
        for school_id, said in self._said.items():
            for number in said.numbers:
                self._with_number[number].add(school_id)

    def found_by(self, text: str) -> FoundSchools:
        """Gives the schools that a text may mean. A number in it is that of a school or of none: 43 never means 143."""
        typed = text[:_LONGEST]
        said = _parted(_without_class(typed))
        by_slug = self._by_slug.get(typed.strip().lower())
        if by_slug is not None and not said.numbers:
            return FoundSchools((by_slug,), 1, is_exact=True, says_school=True)
        scores = self._scores(said)
        best = sorted(scores, key=lambda one: (-scores[one], len(self._said[one].words), one))
        is_exact = bool(best) and self._is_exact(said, best, scores)
        return FoundSchools(tuple(best[:MOST]), len(best), is_exact, said.of_school or "№" in typed)

    def _scores(self, said: _Said) -> dict[int, float]:
        """Gives how much of a text each school has, 0…1, where it is enough; a rare word counts more than a usual."""
        weights = {number: self._rarest for number in said.numbers}
        weights |= {word: self._weight(word) for word in said.words}
        got: dict[int, float] = defaultdict(float)
        for number in said.numbers:
            for school_id in self._with_number.get(number, ()):
                got[school_id] += weights[number]
        for word in said.words:
            for school_id, likeness in self._having(word).items():
                got[school_id] += weights[word] * likeness
        whole = sum(weights.values()) or 1.0
        return {
            school_id: gotten / whole
            for school_id, gotten in got.items()
            if gotten / whole >= _ENOUGH and self._has_number_of(school_id, said)
        }

    @property
    def _rarest(self) -> float:
        return math.log(2 + len(self.names))

    def _weight(self, word: str) -> float:
        """Gives the weight of a word: the fewer schools have it, the heavier."""
        return math.log(2 + len(self.names) / max(1, len(self._with_word.get(word, ()))))

    def _having(self, word: str) -> dict[int, float]:
        """Gives the schools that have a word, or one like it, with the likeness (0…1)."""
        alike = process.extract(word, self._vocabulary, scorer=fuzz.ratio, score_cutoff=_ALIKE, limit=None)
        schools: dict[int, float] = {}
        for name_word, likeness, _ in alike:
            for school_id in self._with_word[name_word]:
                schools[school_id] = max(schools.get(school_id, 0.0), likeness / _SAME)
        return schools

    def _has_number_of(self, school_id: int, said: _Said) -> bool:
        own = self._said[school_id].numbers
        return not said.numbers or not own or bool(own & said.numbers)

    def _is_exact(self, said: _Said, best: list[int], scores: dict[int, float]) -> bool:
        own = self._said[best[0]]
        alone = len(best) == 1 or scores[best[0]] - scores[best[1]] >= _CLEARLY
        named = bool(said.numbers) if own.numbers else set(own.words) <= set(said.words)
        return alone and named and said.numbers <= own.numbers and set(said.words) <= set(own.words)


def _without_class(text: str) -> str:
    """Leaves out a class where another number is left, which is the school's then."""
    without = _OF_CLASS.sub(" ", text.lower())
    return without if any(map(str.isdigit, without)) else text


def _parted(text: str) -> _Said:
    """Splits a text into its words and numbers, in lower case and without ё; «043» is the number 43."""
    parts = _PARTS.findall(_NOT_A_WORD.sub(" ", plain_letters(text[:_LONGEST])))
    numbers = frozenset(str(int(part)) for part in parts if part.isdecimal())
    words = [part for part in parts if not part[0].isdigit()]
    rare = tuple(dict.fromkeys(word for word in words if not _is_ordinary(word)))[:_MOST_WORDS]
    of_school = any(bool(_KINDS.fullmatch(word)) or _is_school(word) for word in words)
    return _Said(rare or (() if numbers else tuple(words[:_MOST_WORDS])), numbers, of_school)


def _is_ordinary(word: str) -> bool:
    return bool(_ORDINARY.fullmatch(word)) or _is_school(word)


def _is_school(word: str) -> bool:
    """Tells whether a word says no more than that it is about a school, also with a slip in it: «шкала»."""
    return bool(_SCHOOL_WORDS.fullmatch(word)) or (4 <= len(word) <= 6 and fuzz.ratio(word, "школа") >= _LIKE_SCHOOL)
