"""Reads what only an answer means, below the questions who writes, how old the pupil is and whose account it is.

It may have slips, and say what it denies: «не ученек, а мама». The words that such answers are made of stand in
`bot/content/talk/answers.signs`.
"""

import re
from functools import cache, lru_cache
from itertools import pairwise

from rapidfuzz.distance import Levenshtein

from bot.flows.content import Pack, Reader
from bot.flows.pack_files import PACKS
from bot.flows.plain_letters import plain_letters
from bot.flows.understanding import talk, who_writes
from bot.flows.understanding.school_class import LAST_CLASS, number_of_class
from bot.flows.understanding.signs import sign_of, words_by_sign
from bot.flows.understanding.spelling import words_of
from bot.flows.understanding.who_writes import GROWN_UP, OLDEST, YOUNGEST

_FILE = PACKS / "talk" / "answers.signs"
_MOST = 7  # words of a short answer
_PAIR = 2  # words, which are no question without its sign: «как родитель»
_FEW = 3  # words of any kind that are an answer
_ENOUGH = 4  # words that say something of their own in a longer one
_SLIP_FROM = 5  # letters of a word in which one slip leaves no doubt
_MINOR = 12  # years: stands for any age below 18 where the pack has one path for them all
_LONGEST = 120  # characters of an answer with its polite words
_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"(\d{1,2})(?:т?[ьи]|л|лет\w{0,4})?")
# Of «первоклассник», «второклассница» and so on, in this order.
_STEMS = ("перво", "второ", "трет", "четверо", "пяти", "шести", "семи", "восьми", "девяти", "десяти")
_FIRST_CLASS = 7  # years
# Signs of words.signs: of those who can be named, and of all other words that do not change what an answer says.
_PEOPLE = frozenset(("OWN", "MY", "CHILD_ACCOUNT", "CHILD", "KID", "PUPIL", "PARENT_ACCOUNT", "PARENT", "ELDER"))
_AROUND = frozenset(
    {
        "I", "SELF", "THEIRS", "US", "YOUTH", "GROWN_ACCOUNT", "SPOUSE", "SIBLING", "YEARS", "ACCOUNT", "PORTAL",
        "GO_I", "GOES", "GO", "WENT", "WENT_F", "WENT_ALL", "UNDER", "AT", "NOT",
    }
)  # fmt: skip
_ONLY_PARENTS_SAY = ("PARENT", "ELDER", "CHILD", "KID")
_PUPIL = "ученик"
_MEANT = {"PUPIL": _PUPIL, "SELF": "сама"}  # words that stand for those that words.signs has
# Beside words of answers: «меня зовут», «мама двоих детей», «я учитель, а мой сын в 7Б».
_PRESENTING = frozenset(
    (
        "зовут", "двоих", "троих", "нам", "мне", "дал", "дала", "дали", "скинули", "сказал", "сказала", "сказали",
        "ссылку", "бот", "бота", "этого", "написать", "сюда", *who_writes.TEACHERS,
    )
)  # fmt: skip
_NOT_YET = frozenset(("NOT_YET", "YOUNGER"))
_COMPARED = ("YOUNGER", "OLDER")
_OF_WHOM = frozenset(("THEIRS", "I", *_PEOPLE))


def plain(text: str) -> str:
    """Gives the words of an answer without slips and without what it denies: «не ученек, а мама» is «мама».

    A longer text is given as it is, and so is one that only denies.
    """
    words = words_of(text)
    if not words or len(words) > _MOST:
        return text
    meant = _MEANT if len(words) <= _ENOUGH else {"PUPIL": _PUPIL}  # «с самой школой» is of nobody's own
    words = [meant.get(_kind_of(word), word) for word in words]
    words = [_without_slip(word) for word in words]
    told = _without_denied(words)
    says = any(_is_of_answer(word) or sign_of(word) == "SELF" for word in told)
    # In «я не мама» the «я» is left, and says nothing.
    says = says or any(sign_of(word) == "I" and behind != "не" for word, behind in pairwise([*words, ""]))
    return " ".join(told if says else words)


def without_courtesy(text: str) -> str:
    """Leaves out polite words at both ends of an answer: «здравствуйте, мне 18. Помогите» is «мне 18».

    A text that is no answer, or nothing but polite, is given as it is.
    """
    words = list(_WORD.finditer(text)) if len(text) <= _LONGEST else []
    kinds = [_kind_of(plain_letters(word[0])) for word in words]
    own = [at for at, kind in enumerate(kinds) if kind != "POLITE"]
    if all(kinds[at] == "FILLER" for at in own):
        return text
    start = words[own[0]].start() if own[0] else 0
    end = words[own[-1]].end()
    if own[-1] + 1 == len(words) and "+" in text[end:]:
        end = len(text)  # «18+»
    answer = text[start:end] + ("?" if "?" in text[end:] else "")
    return answer if is_usual(answer) else text


def is_answer(text: str) -> bool:
    """Tells whether a text is hardly more than an answer: a few words, or more of those that answers are made of."""
    words = len(text.split())
    if talk.is_question(text) and ("?" in text or words > _PAIR):
        return False
    if words <= _FEW:
        return True
    told = words_of(plain(text))
    own = [
        word
        for word in told
        if _kind_of(word) not in ("FILLER", "POLITE") and sign_of(word) not in ("I", "UNDER", "AT")
    ]
    return len(own) <= _ENOUGH and all(map(_is_usual, told)) and "NOT" not in map(sign_of, told)


def tells_who(text: str, asked: str, age: int | None) -> bool:
    """Tells whether a short text that might be of a topic answers who writes: «свой аккаунт», «сыну 10 лет».

    It does not where it tells more: «мне 12, я из детского дома», «родителей нет».
    """
    if who_writes.has_no_parent(text):
        return False
    if age is not None:
        return is_usual(text)
    is_bare = len(text.split()) <= _FEW and not talk.is_question(text)
    return is_bare or (asked == "whose" and is_answer(text))


def only_denies(text: str) -> bool:
    """Tells whether an answer says only who it is not: «не родитель», «я не мама»."""
    words = words_of(text)
    words = words[1:] if len(words) > 1 and sign_of(words[0]) == "I" else words
    denied = _denied_at(words, 0) if words else None
    return denied is not None and _age_of(words[denied]) is None and is_usual(text)


def is_usual(text: str) -> bool:
    """Tells whether a text has no other words than answers to these questions are made of."""
    return all(map(_is_usual, words_of(plain(text))))


def presents_itself(text: str) -> bool:
    """Tells whether a longer text says who writes, and no more: «Добрый день, меня зовут Ольга, я мама Артёма»."""
    is_named = who_writes.is_of_parent(text) or who_writes.is_pupil(text)
    return is_named and all(word.istitle() or _presents(plain_letters(word)) for word in _WORD.findall(text))


def read_age(text: str, pack: Pack, asked: str) -> int | None:
    """Gives an age in years from an answer to the question «role», «age» or «whose»; None where it tells anything else.

    «Вчера стукнуло 18», «18 исполнится в мае» (which is 17), «совершеннолетняя», «второклассница». Where nothing but
    the age is asked, «ещё нет» and «уже исполнилось» tell it, too.
    """
    words, class_number = _without_class(words_of(plain(who_writes.without_answer_before(text))))
    is_of_other = asked == "whose" and any(sign_of(word) in _OF_WHOM for word in words)
    if len(words) > _MOST or not all(_is_usual(word) and (is_of_other or not _is_of_account(word)) for word in words):
        return None
    numbers = sorted(age for age in map(_age_of, words) if age is not None)
    if len(numbers) == 2 and numbers[1] == numbers[0] + 1 and _is_not_yet(words):
        return numbers[0] if numbers[0] >= YOUNGEST else None  # «скоро 18, но пока 17»; «уже 18, скоро 19»
    if not numbers:
        return _age_without_number(words, class_number, pack, asked)
    if len(numbers) > 1 and asked == "whose" and YOUNGEST <= numbers[0] < numbers[-1] < GROWN_UP:
        return numbers[-1] if _is_one_path_below_18(pack) else None  # «двое детей, 8 и 14»: the steps are the same
    if len(numbers) > 1 or not YOUNGEST <= numbers[0] <= OLDEST:
        return None
    if any(word == "не" and _age_of(behind) not in (None, GROWN_UP) for word, behind in pairwise(words)):
        return None  # «уже не 17»
    return GROWN_UP - 1 if numbers[0] == GROWN_UP and _is_not_yet(words) else numbers[0]


def read_account(text: str, reader: Reader | None) -> Reader | None:
    """Gives the owner of the account that was used; «не родителя» alone means the pupil's."""
    if not is_answer(text):
        return None
    said = plain(text)
    owner = who_writes.read_account(said, reader)
    words = words_of(said)
    if owner or not only_denies(said):
        return owner
    denied = who_writes.read_account(" ".join(words[words.index("не") + 1 :]), reader)
    return {Reader.PUPIL: Reader.PARENT, Reader.PARENT: Reader.PUPIL}[denied] if denied else None


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{sign}>{'|'.join(words)})" for sign, words in words_by_sign(_FILE).items()))


@cache
def _typed() -> tuple[str, ...]:
    return tuple(words_by_sign(_FILE)["TYPED"])


@lru_cache(maxsize=4096)
def _without_slip(word: str) -> str:
    is_known = sign_of(word) not in ("", "NAME", "YOUNG") or _kind_of(word) or who_writes.age_in_words(word)
    if is_known or len(word) < _SLIP_FROM:
        return word
    return next((meant for meant in _typed() if Levenshtein.distance(word, meant, score_cutoff=1) <= 1), word)


@lru_cache(maxsize=4096)
def _kind_of(word: str) -> str:
    found = _pattern().fullmatch(word)
    return found.lastgroup or "" if found else ""


def _without_denied(words: list[str]) -> list[str]:
    """Leaves out each «не» with the person or the number behind it, also behind «под» or «у».

    An 18 that is the only number stays: «мне не 18» tells an age by denying it, «уже не 17» tells none.
    """
    told, at = list[str](), 0
    is_only_age = sum(_age_of(word) is not None for word in words) == 1
    while at < len(words):
        denied = _denied_at(words, at)
        if denied is None or (is_only_age and _age_of(words[denied]) == GROWN_UP):
            told.append(words[at])
            at += 1
        else:
            at = denied + 1
    return told


def _denied_at(words: list[str], at: int) -> int | None:
    """Gives the place of the person or the number that a «не» at a place denies; None where there is none."""
    behind = at + 2 if words[at + 1 : at + 2] and sign_of(words[at + 1]) in ("UNDER", "AT") else at + 1
    is_denied = words[at] == "не" and behind < len(words) and _is_of_answer(words[behind])
    return behind if is_denied else None


def _is_of_answer(word: str) -> bool:
    return sign_of(word) in _PEOPLE or _age_of(word) is not None


def _is_usual(word: str) -> bool:
    usual = _kind_of(word) or _age_of(word) is not None
    return bool(usual) or sign_of(word) in _PEOPLE | _AROUND or _class_of(word) is not None


def _presents(word: str) -> bool:
    return word in _PRESENTING or sign_of(word) in ("NAME", "MINOR", "ELEVENTH") or _is_usual(word)  # «6б», «11а»


def _is_of_account(word: str) -> bool:
    return sign_of(word) in ("ACCOUNT", "PORTAL")  # «18 кабинет» is no age


def _age_of(word: str) -> int | None:
    number = _NUMBER.fullmatch(word)
    return int(number[1]) if number else who_writes.age_in_words(word)


def _class_of(word: str) -> int | None:
    return next((at for at, stem in enumerate(_STEMS, 1) if word.startswith(stem) and "кла" in word), None)


def _without_class(words: list[str]) -> tuple[list[str], int | None]:
    """Takes the class out of an answer: «мне 11, я в пятом классе», «учусь в 9»; gives it, too."""
    for at, word in enumerate(words):
        if at and _kind_of(word) == "CLASS" and (number := number_of_class(words[at - 1])):
            return words[: at - 1] + words[at + 1 :], number
        if words[at : at + 2] == [_PUPIL, "в"] and (number := number_of_class("".join(words[at + 2 :]))):
            return words[: at + 1], number
    return words, None


def _age_without_number(words: list[str], class_number: int | None, pack: Pack, asked: str) -> int | None:
    if asked == "role" and any(sign_of(word) in _ONLY_PARENTS_SAY for word in words):
        return None  # «мама второклассницы» tells who writes; she may go in herself, so it is asked whose login it is
    kinds = set(map(_kind_of, words))
    # «Ещё нет», «уже исполнилось»: only where the age is asked, and nothing else is said.
    says_nothing_else = "ONE_OF" not in kinds and all(_kind_of(word) or sign_of(word) in ("I", "NOT") for word in words)
    is_compared = not kinds.isdisjoint(_COMPARED)  # «меньше», «я старше»
    is_bare = asked == "age" and (len(words) > 1 or is_compared) and says_nothing_else
    is_older = "OLDER" in kinds and "не" not in words
    is_of_age = "GROWN" in kinds or (is_bare and ("REACHED" in kinds or is_older))
    if is_of_age and not _is_not_yet(words) and "не" not in words:
        return GROWN_UP
    classes = [class_number or 0, *(_class_of(word) or 0 for word in words)]
    if any(classes):
        # «7 класс» tells a parent's child as well as a pupil, and in the last class some are 18.
        is_told = asked != "role" or not class_number or any(sign_of(word) in _OF_WHOM for word in words)
        return _FIRST_CLASS + max(classes) - 1 if is_told and max(classes) < LAST_CLASS else None
    is_minor = is_of_age or "MINOR" in kinds or (is_bare and not kinds.isdisjoint(_NOT_YET))
    return _MINOR if is_minor and _is_one_path_below_18(pack) else None


def _is_one_path_below_18(pack: Pack) -> bool:
    return pack.path_of_age(_FIRST_CLASS) is pack.path_of_age(GROWN_UP - 1)


def _is_not_yet(words: list[str]) -> bool:
    kinds = list(map(_kind_of, words))
    if "REACHED" in kinds:  # «18 есть, входить будет сын»
        return any(word == "не" and kind == "REACHED" for word, kind in zip(words, kinds[1:], strict=False))
    is_denied = any(word == "не" and _age_of(behind) is not None for word, behind in pairwise(words))
    return is_denied or not _NOT_YET.isdisjoint(kinds)
