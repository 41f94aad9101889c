"""Decides whether two questions surely ask the same; in doubt they do not, since a wrong answer would follow.

A question is kept as the sorts of what it asks (when, where, how …, and whether it denies) and the stems of its other
words. Two questions ask the same where
- the sorts are the same: «когда выдадут» is not «где выдают», «работает» is not «не работает»;
- what both have weighs at least `SURE` of what either has, each stem by its rarity;
- no preposition leads elsewhere: «вошёл в школу» is not «вошёл в дневник», «в класс» not «из класса»;
- no telling stem stands in one of them alone: «учебники по физике» are not «учебники по химии».
A word that the vocabulary does not know may be the very one that matters, so a question with such a word, with a number
or with foreign letters is like none. The pairs that the bounds were chosen by: tests/flows/test_likeness.py.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

from bot.flows.understanding.spelling import words_of
from bot.flows.understanding.vocabulary import stem_of

SURE = 0.75  # share (0…1) of the weight that both questions have
_TELLING = 2.6  # rarity from which on a stem that one of them lacks makes another question of it
_MOST = 12  # stems: more of them tell a story, not a question
_SORT_SIGN = "?"  # stands before a sort in the code of a question
_LEADS_TO = ">"  # stands in it between a preposition and the stem behind

# What a question asks, by the words that ask it. Another word for the same makes no other question.
_SORTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("cost", re.compile(r"\bсколько\s+(?:\w+\s+)?(?:стоит|стоят|платить)\b|\bкакая\s+цена\b|\bпоч[её]м\b")),
    ("when", re.compile(r"\b(?:когда|во\s+сколько|(?:с\s+|до\s+)?какого\s+числа|в\s+какой\s+день)\b")),
    ("where", re.compile(r"\b(?:где|в\s+како[мй]\s+(?:кабинете|месте|аудитории))\b")),
    ("whereto", re.compile(r"\b(?:куда|откуда)\b")),
    ("how_many", re.compile(r"\b(?:сколько|как\s+(?:долго|часто|много))\b")),
    ("how", re.compile(r"\b(?:как|каким\s+образом)\b")),
    ("why", re.compile(r"\b(?:почему|зачем|отчего)\b")),
    ("who", re.compile(r"\b(?:кто|кого|кому|кем|чья|чей|чье)\b")),
    ("which", re.compile(r"\b(?:какой|какая|какое|какие|каких|каким|какую)\b")),
    ("may", re.compile(r"\b(?:можно|нельзя|разрешено|разрешается|могу|можем|может|могут)\b")),
    ("must", re.compile(r"\b(?:нужн[аоы]?|нужен|надо|обязательн[аоы]?|должн[аоы]?|должен|обязан[аы]?)\b")),
    ("whether", re.compile(r"\b(?:ли|будет|будут|есть)\b")),
    ("what", re.compile(r"\b(?:что|чего|чем)\b")),
)
# «Где можно взять» asks where, «нужна ли форма» what must be: the lesser sort adds nothing.
_LESSER = frozenset({"may", "whether"})
_ASKED = frozenset({"cost", "when", "where", "whereto", "how_many", "how", "why", "who", "which", "must", "what"})
_DENIES = re.compile(r"\b(?:не|нет|нету|без|ни|нельзя|никак|никогда|отмен\w*|кроме)\b")
_WITHOUT = re.compile(r"\bболее\s+того\b|\bне\s+(?:подскажете|скажете|могли\s+бы|знаете)\b")
# Words that say nothing of what is asked: greetings, politeness, and what holds a sentence together.
_EMPTY = """
здравствуйте здравствуй добрый доброе день дня утро вечер привет приветствую доброго времени суток уважаемые
пожалуйста спасибо заранее благодарю подскажите подскажи скажите скажи ответьте объясните уточните напишите
хотим хочу хотела хотел узнать спросить уточнить интересует вопрос такой у меня нас нам мне вам вас вы мы я он
она они его ее их наш наша наше наши нашей нашего ваш ваша ваши вашей бы же а и но или то это этот эта эти так
там тут здесь уже еще тоже просто очень ну вот в во на с со к ко по о об от до для из за при над под про через
между будьте добры ребенка ребенку ребенок ребенком детей детям школьный школьная школьное школьные школьной
школьного школьную школьных
"""
_EMPTY_WORDS = frozenset(_EMPTY.split())
_PREPOSITIONS = {
    **{one: one for one in ("в", "к", "с", "о", "от", "до", "для", "из", "на", "за", "при", "через", "по", "после")},
    **{"во": "в", "ко": "к", "со": "с", "об": "о"},
}
_WAYS = {"в": "to", "на": "to", "к": "to", "из": "from", "от": "from", "с": "from", "до": "before", "после": "after"}
_ASKS = re.compile(r"как(?:ой|ого|ом|ая|ое|ие|их|им|ую)?|сколько|ч[еёо]м|что|ко?го|кому?|кем")


@dataclass(frozen=True, slots=True)
class Question:
    """A question without its wording: the `sorts` of what it asks, and the `stems` of its other words.

    `objects` are prepositions with the stem of the word behind each («в>школ»).
    It holds no personal data: every stem is one that the vocabulary, or the answer that was given to it, has.
    """

    sorts: frozenset[str]
    stems: frozenset[str]
    objects: frozenset[str] = frozenset()

    @property
    def code(self) -> str:
        """Gives the question as it is stored."""
        sorts = sorted(_SORT_SIGN + sort for sort in self.sorts)
        return " ".join([*sorts, *sorted(self.objects), *sorted(self.stems)])

    @classmethod
    def of(cls, code: str) -> Self:
        """Reads a stored question."""
        words = code.split()
        sorts = frozenset(word[1:] for word in words if word.startswith(_SORT_SIGN))
        objects = frozenset(word for word in words if _LEADS_TO in word)
        return cls(sorts, frozenset(word for word in words if not word.startswith(_SORT_SIGN)) - objects, objects)


def question_in(text: str, known: Collection[str]) -> Question | None:
    """Gives the question of a text; None where it says nothing, tells a story, or has a word that is not among `known`.

    `known` are stems: those of the vocabulary, and those of the answer.
    """
    plain = " ".join(words_of(text))
    rest, sorts = _WITHOUT.sub(" ", plain), set()
    if _DENIES.search(rest):
        sorts.add("not")
    for sort, pattern in _SORTS:
        found = pattern.sub(" ", rest)
        if found != rest:
            sorts.add(sort)
            rest = found
    if sorts & _ASKED:
        sorts -= _LESSER
    stems = {stem_of(word) for word in _DENIES.sub(" ", rest).split() if word not in _EMPTY_WORDS}
    if "may" in sorts:
        sorts.discard("whether")
    if sorts <= {"not"} or not stems or len(stems) > _MOST or not stems <= set(known):
        return None
    return Question(frozenset(sorts), frozenset(stems), _objects_in(plain.split(), known))


def _objects_in(words: Sequence[str], known: Collection[str]) -> frozenset[str]:
    """Gives the prepositions of a text with the stem behind each; a word that asks, or is not known, is none."""
    pairs = ((_PREPOSITIONS.get(before), behind) for before, behind in pairwise(words))
    return frozenset(
        f"{preposition}{_LEADS_TO}{stem_of(behind)}"
        for preposition, behind in pairs
        if preposition and not _ASKS.fullmatch(behind) and stem_of(behind) in known
    )


def _lead_elsewhere(one: Question, other: Question) -> bool:
    """Tells whether a preposition of both leads to other words in each, or another way to the same word."""
    first, second = ({tuple(pair.split(_LEADS_TO)) for pair in of.objects} for of in (one, other))
    for preposition in {found for found, _ in first} & {found for found, _ in second}:
        if {pair for pair in first if pair[0] == preposition}.isdisjoint(second):
            return True
    ways, other_ways = ({stem: _WAYS[found] for found, stem in pairs if found in _WAYS} for pairs in (first, second))
    return any(ways[stem] != other_ways[stem] for stem in ways.keys() & other_ways.keys())


def likeness(one: Question, other: Question, rarity: Mapping[str, float]) -> float:
    """Gives how much of two questions is the same (0…1); 0 where what they ask differs, or a telling word does.

    `rarity` is that of the vocabulary; a stem that only the answer has is as rare as any.
    """
    if one.sorts != other.sorts or _lead_elsewhere(one, other):
        return 0.0
    rarest = max(rarity.values(), default=1.0)

    def weight(stems: Collection[str]) -> float:
        return sum(rarity.get(stem, rarest) for stem in stems)

    if any(rarity.get(stem, rarest) >= _TELLING for stem in one.stems ^ other.stems):
        return 0.0
    return weight(one.stems & other.stems) / max(weight(one.stems), weight(other.stems))


def likest(asked: str, answered: Mapping[int, Question], rarity: Mapping[str, float]) -> int | None:
    """Gives the id of the answered question that surely asks the same as a text; None where none does, or several."""
    if not answered:
        return None
    known = {*rarity, *(stem for question in answered.values() for stem in question.stems)}
    question = question_in(asked, known)
    if question is None:
        return None
    shares = {one: likeness(question, other, rarity) for one, other in answered.items()}
    best = max(shares, key=lambda one: shares[one])
    rivals = [one for one in shares if one != best and shares[one] == shares[best]]
    return best if shares[best] >= SURE and not rivals else None


def share_of_words(one: str, other: Collection[str], rarity: Mapping[str, float]) -> float:
    """Gives how much of `other`, stems, stands in a text (0…1): enough to put a list in order, for nothing else."""
    stems = {stem_of(word) for word in words_of(one)}
    whole = sum(rarity.get(stem, 0.0) for stem in other)
    return sum(rarity.get(stem, 0.0) for stem in other if stem in stems) / whole if whole else 0.0
