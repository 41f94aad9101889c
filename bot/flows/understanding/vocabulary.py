"""The vocabulary of a pack: the stems of the words that families use, with how rare each is.

It is counted in the examples. A stem of fewer than three of them, of a person's name or of a number is none of it, so a
text of which only known stems are kept tells nothing of a person.
"""

import math
import re
from collections import Counter
from functools import cache

from bot.flows.content import Pack
from bot.flows.masking.person_names import listed_forms
from bot.flows.understanding.examples import read_examples
from bot.flows.understanding.spelling import words_of

_CYRILLIC = re.compile(r"[а-я]+")
_LONGEST = 6  # letters of a stem, as in features.py: what stands behind tells forms of a word apart, not words
_SHORTEST = 3  # letters that an ending leaves
_FEWEST = 3  # examples in which a stem stands
_ENDINGS = re.compile(
    r"(?:иями|ями|ами|иях|иям|ием|ого|его|ому|ему|ыми|ими|ться|тся|ешь|ишь|ете|ите|ать|ять|еть|ить|ают|яют|али|или"
    r"|ала|ила|ало|ило|ает|яет|ует|уют|ах|ях|ам|ям|ом|ем|ов|ев|ей|ой|ый|ий|ая|яя|ое|ее|ые|ие|ых|их|ую|юю|ия|ии|ию"
    r"|ут|ют|ат|ят|ет|ит|ся|сь|ть|ы|и|а|я|о|е|у|ю|ь|й)$"
)

# Verbs whose two aspects would have two stems: «выдадут» and «выдают» tell of the same.
_VERBS = (
    (re.compile(r"(?P<verb>(?:вы|от|пере|с)да)(?:[двлнтчю].*)?"), ""),
    (re.compile(r"прин[ео]с.*"), "принес"),
    (re.compile(r"(?P<verb>запис)(?:а|ы).*"), ""),
    (re.compile(r"нач(?:н|ин|а[лт]).*"), "нач"),
    (re.compile(r"зак[оа]нч.*"), "законч"),
    (re.compile(r"забер.*|забир.*|забра.*"), "забра"),
    (re.compile(r"оформ[ил].*"), "оформ"),
    (re.compile(r"покуп.*|купи.*|купл.*"), "купи"),
)


def stem_of(word: str) -> str:
    """Gives the stem of a word of `words_of`: without its ending, and no longer than forms of one word are alike."""
    for verb, stem in _VERBS:
        if found := verb.fullmatch(word):
            return stem or found["verb"]
    ending = _ENDINGS.search(word)
    stem = word[: ending.start()] if ending and ending.start() >= _SHORTEST else word
    return stem[:_LONGEST]


@cache
def vocabulary_of(pack: Pack) -> dict[str, float]:
    """Gives the known stems with their rarity: the logarithm of one in how many examples has the stem.

    It is counted once, which takes a fifth of a second. Raises OSError and UnicodeDecodeError.
    """
    examples = read_examples(pack)
    texts = [frozenset(words_of(example.text)) for example in examples]
    stems = {word: stem_of(word) for word in frozenset().union(*texts) if _CYRILLIC.fullmatch(word)}
    stands: Counter[str] = Counter()
    for words in texts:
        stands.update({stems[word] for word in words if word in stems})
    for form in listed_forms():
        del stands[stem_of(form)]
    return {stem: math.log(len(examples) / count) for stem, count in stands.items() if count >= _FEWEST}
