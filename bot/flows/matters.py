"""Names the matter of a bad day, finds unknown texts that are alike, and writes what a desk is told of a matter.

A matter is an error, a topic, or texts alike that nobody understood. Two unknown texts are of one matter where they
share at least half of the content words of the shorter one, and at least two of them, or a number such as an error's
«502»; or where their content words are the same. A content word is one of at least four letters, cut to six (as the
learned model cuts it), that is not in nearly every message anyway.
"""

import hashlib
import hmac
import re
import zlib
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from bot import texts_ru as texts
from bot.flows import masking
from bot.flows.content import Pack
from bot.flows.marked import Markup, fill, joined, marked
from bot.flows.masking.person_names import mask_names
from bot.flows.plain_letters import plain_letters
from bot.flows.plural import plural
from bot.flows.routes import Route
from bot.flows.understanding import Recognition, Verdict, is_common

EXAMPLES = 3
_EXAMPLE_SIGNS = 160
_STEM, _SHORTEST = 6, 4
_ALIKE = 0.5  # of the shorter text's content words
_WORD = re.compile(r"[а-яa-z]+|(?<!\d)\d{3}(?!\d)")
_IN_BRACKETS = re.compile(r"\[[^\[\]]{0,60}\]")
# Words that nearly every message here has, by their stems: what two texts share beside them is their matter.
_EVERYWHERE = frozenset(
    {
        "аккаун", "больше", "быть", "вечер", "войти", "вообще", "входит", "вхожу", "вчера", "выдает", "госусл",
        "делать", "день", "дневни", "добрый", "дочери", "дочка", "дочь", "если", "есть", "зайти", "записи",
        "запись", "заходи", "захожу", "здравс", "кабине", "какая", "какой", "когда", "компью", "котора", "которы",
        "мама", "меня", "могу", "может", "можно", "надо", "нашего", "нашей", "никак", "нужно", "опять", "очень",
        "ошибка", "ошибку", "папа", "пишет", "подска", "пожалу", "помоги", "портал", "после", "потом", "почему",
        "привет", "просто", "ребенк", "ребено", "сделат", "сегодн", "сейчас", "снова", "спасиб", "сразу", "сына",
        "тебя", "телефо", "только", "учетно", "чтобы", "школа", "школе", "школы", "экране", "электр", "этого",
        "этот",
    }
)  # fmt: skip


class MatterKind(StrEnum):
    """The kinds of matters, by the names under which they are counted."""

    ERROR = "error"
    TOPIC = "topic"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing that families meet; `about` is the id of the error or the topic, or a sum of an unknown text's words.

    An unknown text has its `example`: the words as the desk may see them.
    """

    kind: MatterKind
    about: str
    example: str | None = None

    @property
    def code(self) -> str:
        """Gives the name under which it is stored."""
        return f"{self.kind}:{self.about}"

    @classmethod
    def of_code(cls, code: str) -> Self:
        """Reads such a name. Raises ValueError where it is none."""
        kind, _, about = code.partition(":")
        return cls(MatterKind(kind), about)

    @property
    def counted_as(self) -> tuple[str, str | None]:
        """Gives the kind and the id under which `events` count it: all unknown texts are one there."""
        return self.kind.value, None if self.kind is MatterKind.UNKNOWN else self.about


def of_recognition(recognition: Recognition, text: str, pack: Pack) -> Matter | None:
    """Gives what a family met by what was recognised in its text; None where that is not sure, or the text is empty."""
    if recognition.error:
        sure = recognition.verdict is Verdict.SURE
        return Matter(MatterKind.ERROR, recognition.error, example_of(text, pack)) if sure else None
    if recognition.topic and recognition.topic in pack.topics:
        return Matter(MatterKind.TOPIC, recognition.topic, example_of(text, pack))
    return of_unknown(text, pack)


def of_unknown(text: str, pack: Pack) -> Matter | None:
    """Gives a text that nobody understood as a matter; None where it has no content word, so nothing is like it."""
    example = example_of(text, pack)
    stems = content_stems(example)
    return Matter(MatterKind.UNKNOWN, f"{zlib.crc32(' '.join(sorted(stems)).encode()):08x}", example) if stems else None


def of_route(route: Route) -> Matter | None:
    """Gives what a family met that came to a screen by buttons: only the screen of a remedy tells."""
    return Matter(MatterKind.ERROR, route.about) if route.kind == "remedy" and route.about else None


# --- unknown texts that are alike ------------------------------------------------------------------------------------


def content_stems(text: str) -> frozenset[str]:
    """Gives the content words of a text, cut to their stems. Words in brackets stand for what was masked."""
    words = _WORD.findall(plain_letters(_IN_BRACKETS.sub(" ", text)))
    stems = (word[:_STEM] for word in words if word.isdigit() or len(word) >= _SHORTEST)
    return frozenset(stem for stem in stems if stem not in _EVERYWHERE)


def are_alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Tells whether two texts with these stems speak of one matter."""
    shared = one & other
    if len(shared) < _ALIKE * min(len(one), len(other)) or not shared:
        return False
    return one == other or len(shared) > 1 or any(stem.isdigit() for stem in shared)


def hashed(stems: frozenset[str], secret: str) -> frozenset[str]:
    """Gives stems as keyed hashes, which are alike where the stems are, and tell nobody what a family wrote.

    An error's number stays as it is, since it alone makes texts alike.
    """
    return frozenset(
        stem if stem.isdigit() else f"x{hmac.new(secret.encode(), stem.encode(), hashlib.sha256).hexdigest()[:12]}"
        for stem in stems
    )


def crowds(texts_met: Sequence[tuple[Hashable, frozenset[str]]], fewest: int) -> list[list[int]]:
    """Clusters similar texts that at least `fewest` different people wrote; each text is given with its writer.

    Returns a list of indices for each cluster, the largest cluster first. The first index of a cluster is that of the
    text that all its others resemble.
    """
    stems = [of for _, of in texts_met]
    around: list[list[int]] = [[place] for place in range(len(stems))]
    for one in range(len(stems)):
        for other in range(one):
            if are_alike(stems[one], stems[other]):
                around[one].append(other)
                around[other].append(one)
    left = set(range(len(stems)))
    found: list[list[int]] = []
    while left:
        free = [[place for place in around[seed] if place in left] for seed in sorted(left)]
        best = max(free, key=lambda places: len({texts_met[place][0] for place in places}))
        if len({texts_met[place][0] for place in best}) < fewest:
            break
        found.append([best[0], *sorted(best[1:])])
        left -= set(best)
    return found


# --- what the desk is shown ------------------------------------------------------------------------------------------


def example_of(text: str, pack: Pack) -> str:
    """Gives a family's words as an example for its school: masked, without names, and short."""
    masked = " ".join(masking.mask(text, code_expected=True).text.split())
    bare = mask_names(masked, lambda word: is_common(word, pack), texts.BAD_DAY_NAME_MASKED)
    return bare if len(bare) <= _EXAMPLE_SIGNS else bare[: _EXAMPLE_SIGNS - 1] + "…"


def told(matter: Matter, families: int, usual: float | None, examples: Iterable[str], pack: Pack) -> Markup:
    """Writes what the desk is told; `usual` is how many families meet it in a half hour, None where nobody knows.

    An example that says next to nothing of its own («вот такое» below a picture) is left out.
    """
    telling = (one for one in examples if one and (matter.kind is MatterKind.UNKNOWN or len(content_stems(one)) > 1))
    shown = list(dict.fromkeys(telling))[:EXAMPLES]
    lines = joined("\n", [fill(texts.BAD_DAY_EXAMPLE, words=words) for words in shown])
    few = texts.BAD_DAY_USUAL_FEW
    return fill(
        texts.BAD_DAY,
        families=plural(texts.FAMILIES, families),
        matter=title_of(matter, pack),
        usual="" if usual is None else fill(texts.BAD_DAY_USUAL, usual=few if usual < 1 else round(usual)),
        examples=fill(texts.BAD_DAY_EXAMPLES, lines=lines) if shown else marked(texts.BAD_DAY_NO_EXAMPLES),
    )


def title_of(matter: Matter, pack: Pack) -> str:
    """Names a matter in a few words; one that the pack no longer has is unknown."""
    if matter.kind is MatterKind.TOPIC and matter.about in pack.topics:
        return pack.topics[matter.about].title
    error = pack.error(matter.about) if matter.kind is MatterKind.ERROR else None
    return error.short if error else texts.BAD_DAY_UNKNOWN


def proposed_notice(matter: Matter, pack: Pack) -> str:
    """Gives the words of a notice that the desk may hang."""
    notices: Mapping[str, str] = texts.BAD_DAY_NOTICES
    return notices[matter.kind].format(title=title_of(matter, pack))
