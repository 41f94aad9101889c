"""The recogniser: tells which error a text names, how surely and on whose path, or which topic or act of talk it is.

Two readers look at the words: the wordings of the pack's screens, and the model that is learned from examples.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bot.flows.content import Pack, Path
from bot.flows.understanding import who_writes
from bot.flows.understanding.examples import MODEL, Act
from bot.flows.understanding.learned_model import LearnedModel, load_model
from bot.flows.understanding.message_parts import parts, sentences
from bot.flows.understanding.spelling import QUESTION, is_in_latin, plain_words
from bot.flows.understanding.wordings import Found, Wordings

# Bounds of shares (0…1) of the learned model; how they were chosen: docs/benchmarks.md.
_SURE = 0.65  # the least confidence of an error that is sure
_DOUBTFUL = 0.15  # the least confidence of an error that is doubtful
_NEAR_BEST = 0.7  # a doubtful error's least confidence, as a part of the likeliest meaning's share
_TOPIC = 0.15  # the least share of a topic
_FEW_WORDS = 3
_TOPIC_OF_FEW = 0.35  # the same for a message of at most `_FEW_WORDS` words: «минутку», «в школе» resemble many topics
_ACT = 0.2  # the least share of an act of talk
_SHOWN_TOPIC = 0.5  # the least share of a topic in a picture: letters stand on pictures of anything
_ALSO = 0.25  # the least confidence of a further error, beside one that is sure
_ALSO_ALONE = 0.8  # or its least share in a sentence by itself, which tells less than the whole message
_OF_PART = 0.7  # the share of a part of a story is multiplied by this: a part tells less than the whole
_TOLD_BY_WHOLE = 0.2  # where the whole story has a smaller share, the share of its part is at most `_ASKED`
_ASKED = 0.45  # too little to be sure: the family is asked
# Bounds of a wording's share of letters that stand in the message.
_WHOLE = 0.6
_WORDS_ALONE = 0.95  # confidence of a screen copied whole
_DENIED = 0.15  # below this share the model says that what stands there is told of as over, or of something else
_SHOWN = 0.75  # share of a wording's first sentence that a screen shows
_PARTLY_SHOWN = 0.55
_LIKER = 0.04  # likeness by which one wording of an error must fit a screen better than the others to tell the path
_PATH_MARK = -0.4  # margin from which on the words tell the path
_PATHS_MARK = -0.7  # the same where they tell several, of which none is taken


class Verdict(StrEnum):
    """The certainty: the bot gives the remedy, asks which text it is, or says that it does not know."""

    SURE = "sure"
    DOUBTFUL = "doubtful"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Grounds:
    """The grounds of a recognition: the wordings found, the shares (0…1) of the likeliest meanings, and the words."""

    words: tuple[str, ...] = ()
    wordings: tuple[Found, ...] = ()
    shares: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Recognition:
    """The error or the topic that a message names, or the act of talk that it is, or none of them.

    `verdict` and `confidence` (0…1) speak of `error` alone. `path` None must be asked. `topic` and `act` are set only
    where `error` is None. `also`: another error named for sure in the same message. `candidates`: for a doubtful one,
    best first. `grounds` says for `--explain` which reader decided and by what.
    """

    error: str | None = None
    path: Path | None = None
    confidence: float = 0.0
    verdict: Verdict = Verdict.NONE
    topic: str | None = None
    act: Act | None = None
    also: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    grounds: Grounds = field(default=Grounds(), compare=False, repr=False)


NOTHING_NAMED = Recognition()


class Recogniser:
    """Recognises what messages mean by one pack."""

    def __init__(self, pack: Pack, model: LearnedModel | None = None) -> None:
        """Makes one with the pack's own model where none is given. Raises ModelError."""
        self._pack = pack
        self._model = model or load_model(pack.folder / MODEL)
        self._wordings = Wordings(pack)

    def recognise(self, text: str, path: Path | None = None) -> Recognition:
        """Gives the error, topic or act that a message names, and on whose path. Never raises, whatever the text.

        The path (school's instruction): the child's wording decides for the child's path; the adults' wording while
        `path` is the child's means another account, so the path must be asked; else `path` stands.
        """
        words = plain_words(text, self._model.usual)
        if not words:
            return Recognition(path=path)
        margins = self._model.margins(words)
        shares = self._shares(words, margins)
        wordings = self._wordings.found(words)
        sure_of = {name: self._confidence(name, shares, wordings) for name in self._pack.errors}
        by_likeness = sorted(sure_of, key=lambda name: -sure_of[name])
        best = by_likeness[0]
        likeliest = max(shares, key=lambda label: shares[label])
        told_path = self._path(text, path, margins, wordings)
        shown = tuple(sorted(shares.items(), key=lambda item: -item[1])[:3])
        grounds = Grounds(tuple(words), tuple(wordings), shown)
        if sure_of[best] >= _SURE:
            others = self._surely_in_a_sentence(words) if len(self._pack.errors) > 1 else set()
            also = tuple(name for name in by_likeness[1:] if sure_of[name] >= _ALSO or name in others)
            return Recognition(best, told_path, sure_of[best], Verdict.SURE, also=also, grounds=grounds)
        if sure_of[best] >= max(_DOUBTFUL, _NEAR_BEST * shares[likeliest]):
            candidates = tuple(name for name in by_likeness if sure_of[name] >= _DOUBTFUL)
            return Recognition(best, told_path, sure_of[best], Verdict.DOUBTFUL, candidates=candidates, grounds=grounds)
        likeliest = max((label for label in shares if label not in self._pack.errors), key=lambda label: shares[label])
        least = _TOPIC if len(words) > _FEW_WORDS else _TOPIC_OF_FEW
        topic = likeliest if likeliest in self._pack.topics and shares[likeliest] >= least else None
        act = Act(likeliest) if likeliest in set(Act) and shares[likeliest] >= _ACT else None
        return Recognition(path=path, topic=topic, act=act, grounds=grounds)

    def in_cyrillic(self, text: str) -> str:
        """Gives a text in Latin letters in the Cyrillic ones that it means, «ya mama» as «я мама»; another as it is."""
        if not is_in_latin(text):
            return text
        return " ".join(plain_words(text, self._model.usual)).replace(f" {QUESTION}", QUESTION)

    def recognise_screen(self, text: str, path: Path | None = None) -> Recognition:
        """Gives the error that a picture's text shows, and on whose path; without one the topic.

        A screen shows an error in the school's own words, so these alone decide: the learned model hears errors in what
        people tell of them, and takes other screens' messages for those of the diary.
        """
        heard = self.recognise(text, path)
        shown = self._wordings.shown(heard.grounds.words)
        best = shown[0]
        if best.share < _PARTLY_SHOWN:
            likely = dict(heard.grounds.shares).get(heard.topic or "", 0.0) >= _SHOWN_TOPIC
            return Recognition(path=path, topic=heard.topic if likely else None, act=heard.act, grounds=heard.grounds)
        told_path = self._path_shown(shown, path)
        grounds = replace(heard.grounds, wordings=tuple(one for one in shown if one.share >= _PARTLY_SHOWN))
        names = tuple(dict.fromkeys(one.wording.error for one in grounds.wordings))
        if best.share < _SHOWN:
            error = best.wording.error
            return Recognition(error, told_path, best.share, Verdict.DOUBTFUL, candidates=names, grounds=grounds)
        also = tuple(dict.fromkeys(one.wording.error for one in shown if one.share >= _SHOWN))[1:]
        return Recognition(best.wording.error, told_path, best.share, Verdict.SURE, also=also, grounds=grounds)

    def _path_shown(self, shown: list[Found], path: Path | None) -> Path | None:
        error = shown[0].wording.error
        by_likeness = sorted((one for one in shown if one.wording.error == error), key=lambda one: -one.likeness)
        best, *others = by_likeness
        if any(best.likeness - other.likeness < _LIKER for other in others):
            return path
        if len(best.wording.paths) == 1:
            return self._pack.path(best.wording.paths[0])
        return path if path and path.id in best.wording.paths else None

    def _shares(self, words: list[str], margins: Mapping[str, float]) -> dict[str, float]:
        """Gives the share of each meaning; in a long story that of its likeliest part counts, too."""
        shares = self._model.shares(margins)
        best = dict(shares)
        for part in parts(words):
            of_part = self._model.shares(self._model.margins(part))
            for label, share in of_part.items():
                if label in self._pack.errors or label in self._pack.topics:
                    told = _OF_PART * share if shares[label] >= _TOLD_BY_WHOLE else min(_OF_PART * share, _ASKED)
                    best[label] = max(best[label], told)
        return best

    def _surely_in_a_sentence(self, words: list[str]) -> set[str]:
        """Gives the errors that a sentence names by itself: in the whole message one error leaves another no share."""
        shares = [self._model.shares(self._model.margins(sentence)) for sentence in sentences(words)]
        return {name for name in self._pack.errors for of_sentence in shares if of_sentence[name] >= _ALSO_ALONE}

    def _confidence(self, error: str, shares: Mapping[str, float], wordings: list[Found]) -> float:
        """Gives how sure the error is (0…1): by the model, or by its wording where that stands there whole."""
        learned = shares.get(error, 0.0)
        whole = [one for one in wordings if one.wording.error == error and one.share >= _WHOLE]
        if not whole:
            return learned
        return max(learned, _WORDS_ALONE * whole[0].likeness if learned >= _DENIED else _DOUBTFUL)

    def _path(self, text: str, path: Path | None, margins: Mapping[str, float], wordings: list[Found]) -> Path | None:
        on_screen = {path_id for one in wordings for path_id in one.wording.paths}
        if len(on_screen) == 1:
            return self._pack.path(on_screen.pop())
        age = who_writes.read_age(text) if who_writes.speaks_of_self(text) else None
        if age is not None:
            return self._pack.path_of_age(age)
        told = max(self._model.marks, key=lambda mark: margins[mark], default="")
        is_told = told and margins[told] >= (_PATHS_MARK if "+" in told else _PATH_MARK)
        possible = told.split("+") if is_told else on_screen
        if len(possible) == 1:
            return self._pack.path(*possible)
        return None if path and possible and path.id not in possible else path
