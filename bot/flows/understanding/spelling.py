"""Turns a message as typed into plain Russian words: case, ё, look-alikes, translit, keyboard layout, line breaks."""

import html
import re
import unicodedata
from collections.abc import Collection, Iterator

from bot.flows.plain_letters import plain_letters

LIMIT = 4096  # characters: the longest message of Telegram; what a longer picture says stands at its beginning, too
MOST_WORDS = 400  # that are read, so that the longest message takes a bounded time; as many as message_parts.py cuts up
BREAK = "|"  # stands among the words where a sentence ends
QUESTION = "?"  # stands in its place where a question ends
_LONGEST_WORD = 40  # letters; longer ones are nothing that is typed

_TAGS = re.compile(r"</?[a-zA-Z][^<>]{0,80}>")
_ENTITIES = re.compile(r"&(?:#\d{1,6}|#x[0-9a-fA-F]{1,5}|[a-zA-Z]{2,8});")
_UNUSUAL = re.compile("[^\n -~А-Яа-яЁё«»—…№–]")
_INVISIBLE = re.compile(
    "[\u00ad\u0300-\u036f\u0483-\u0489\u061c\u1ab0-\u1aff\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20ff"
    "\ufe00-\ufe0f\ufeff]"
)
_HYPHENATED = re.compile(r"(?<=\w)-[ \t]{0,9}\n\s{0,9}(?=\w)")
_SPACED_OUT = re.compile(r"(?<!\S)(?:\w[ \t]){4,80}\w(?!\S)")
_LATIN = re.compile("[a-z]")
_FOREIGN = re.compile("[a-z0-9@$іїєґα-ω]")
_PIECES = re.compile(r"[^\W_]+|[.!?…;]+|[\u2600-\u27bf\U0001f300-\U0001faff]")
_CYRILLIC = re.compile("[а-я]")
_WORDS = re.compile(r"[^\W_]+")
_SENTENCE_ENDS = frozenset(".!?…;")

_LAYOUT = str.maketrans("qwertyuiop[]asdfghjkl;'zxcvbnm,.`{}:\"<>~", "йцукенгшщзхъфывапролджэячсмитьбюехъжэбюе")


def _pairs(text: str) -> dict[int, str]:
    return {ord(pair[0]): pair[1:] for pair in text.split()}


# Signs that people type for their looks, and those that optical recognition takes a letter for.
_LOOKALIKE = _pairs(
    "aа bв cс eе gд hн iи kк lл mм nп oо pр rг tт uи xх yу zз 0о 3з 4ч 6б 8в @а $с іи їи єе ґг"
    " αа βв εе ηн ικ κк νи οо ρр τт υу χх"
)
_OCR_PAIRS = (("rn", "м"), ("bi", "ы"), ("ьi", "ы"), ("ьl", "ы"), ("ь1", "ы"), ("io", "ю"), ("iо", "ю"))
_SYLLABLES = (
    ("shch", "щ"), ("sch", "щ"), ("shh", "щ"), ("zh", "ж"), ("kh", "х"), ("ch", "ч"), ("sh", "ш"), ("ts", "ц"),
    ("tc", "ц"), ("yy", "ый"), ("ij", "ий"), ("iy", "ий"), ("iia", "ия"), ("iya", "ия"), ("ya", "я"), ("ja", "я"),
    ("yu", "ю"), ("ju", "ю"), ("iu", "ю"), ("yo", "е"), ("jo", "е"), ("ye", "е"), ("je", "е"), ("ey", "ей"),
    ("oy", "ой"), ("ay", "ай"), ("uy", "уй"),
)  # fmt: skip
_SINGLES = _pairs("aа bб cц dд eе fф gг hх iи jй kк lл mм nн oо pп qк rр sс tт uу vв wш xх yы zз 4ч 6ш 0о 3з 'ь")


def plain_words(text: str, usual: Collection[str]) -> list[str]:
    """Gives the message's words in lower-case Cyrillic as far as they can be read so.

    BREAK stands among them where a sentence ends, QUESTION where a question does. `usual` are the letter triples of
    ordinary words: of several ways to read a foreign-looking word the one with the most of them is taken.
    """
    words: list[str] = []
    for chunk in _cleaned(text).split():
        words.extend(_best_spelling(chunk, usual) if _FOREIGN.search(chunk) else _pieces(chunk))
        if len(words) >= MOST_WORDS:
            break
    return words[:MOST_WORDS]


def is_in_latin(text: str) -> bool:
    """Tells whether a text has Latin letters and no Cyrillic ones."""
    lower = text[:LIMIT].lower()
    return bool(_LATIN.search(lower)) and not _CYRILLIC.search(lower)


def words_of(text: str) -> list[str]:
    """Gives the words and numbers of a text in lower case, with «е» for «ё», and no letter read for another."""
    return _WORDS.findall(plain_letters(text))[:MOST_WORDS]


def triples(word: str) -> list[str]:
    """Gives a word's letters three by three, with a space at each end: « дн», «дне», … «ик »."""
    padded = f" {word} "
    return [padded[at : at + 3] for at in range(len(padded) - 2)]


def _cleaned(text: str) -> str:
    text = text[:LIMIT]
    if "<" in text:
        text = _TAGS.sub(" ", text)
    if "&" in text:
        text = _ENTITIES.sub(lambda entity: html.unescape(entity[0]), text)
    if _UNUSUAL.search(text):
        # NFKC makes up to eighteen letters of one sign («ﷺ»), so the length is limited again.
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))[:LIMIT]
    if "-" in text:
        text = _HYPHENATED.sub("", text)
    text = plain_letters(text)
    return _SPACED_OUT.sub(lambda found: found[0].replace(" ", "").replace("\t", ""), text)


def _pieces(chunk: str) -> list[str]:
    pieces = _PIECES.findall(chunk)
    return [(QUESTION if "?" in p else BREAK) if p[0] in _SENTENCE_ENDS else p[:_LONGEST_WORD] for p in pieces]


def _best_spelling(chunk: str, usual: Collection[str]) -> list[str]:
    """Gives the spelling of a chunk (look-alikes, translit, another layout) that looks most like ordinary words."""
    return max((_pieces(spelling) for spelling in _spellings(chunk)), key=lambda pieces: _usualness(pieces, usual))


def _usualness(pieces: list[str], usual: Collection[str]) -> float:
    """Gives the share (0…1) of a chunk's letter triples that ordinary words have."""
    found = [triple in usual for piece in pieces if piece not in (BREAK, QUESTION) for triple in triples(piece)]
    return sum(found) / len(found) if found else 0.0


def _spellings(chunk: str) -> Iterator[str]:
    """Gives the ways to read a chunk; of equally usual ones the first is taken."""
    yield chunk
    if not is_in_latin(chunk):
        yield _lookalike(chunk)
        return
    yield _transliterated(chunk)
    yield _lookalike(chunk)
    yield chunk.translate(_LAYOUT)
    # A full stop or a comma at the end is more often just that than a letter of the other layout.
    if chunk[-1] in ",.;:?!":
        yield chunk[:-1].translate(_LAYOUT) + chunk[-1]


def _lookalike(chunk: str) -> str:
    if chunk.isdigit():
        return chunk
    for seen, meant in _OCR_PAIRS:
        chunk = chunk.replace(seen, meant)
    return chunk.translate(_LOOKALIKE)


def _transliterated(chunk: str) -> str:
    for latin, cyrillic in _SYLLABLES:
        chunk = chunk.replace(latin, cyrillic)
    return chunk.translate(_SINGLES)
