"""A message as families type it → plain Russian words: case, ё, look-alikes, translit, keyboard layout, line breaks."""

import html
import re
import unicodedata
from collections.abc import Callable, Iterator

LIMIT = 6000  # characters; a Telegram message has at most 4096
BREAK = "|"  # stands among the words where a sentence ends

Known = Callable[[str], int]
"""A word → 2 where the vocabulary has it, 1 where it is near a word of it, 0 where not."""

_TAGS = re.compile(r"</?[a-zA-Z][^<>]{0,80}>")
_ENTITIES = re.compile(r"&(?:#\d{1,6}|#x[0-9a-fA-F]{1,5}|[a-zA-Z]{2,8});")
_UNUSUAL = re.compile("[^\n -~А-Яа-яЁё«»—…№–]")
_INVISIBLE = re.compile(
    "[\u00ad\u0300-\u036f\u0483-\u0489\u061c\u1ab0-\u1aff\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20ff"
    "\ufe00-\ufe0f\ufeff]"
)
_HYPHENATED = re.compile(r"(?<=\w)-[ \t]*\n\s*(?=\w)")
_SPACED_OUT = re.compile(r"(?<!\S)(?:\w[ \t]){4,}\w(?!\S)")
_LATIN = re.compile("[a-z]")
_FOREIGN = re.compile("[a-z0-9@$іїєґα-ω]")
_PIECES = re.compile(r"[^\W_]+|[.!?…;]+")
_CYRILLIC = re.compile("[а-я]")
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


def words_of(text: str, known: Known) -> list[str]:
    """The message's words in lower-case Cyrillic as far as they can be read so, with BREAK where a sentence ends."""
    words: list[str] = []
    for chunk in _cleaned(text).split():
        if _FOREIGN.search(chunk):
            words.extend(_best_spelling(chunk, known))
        else:
            words.extend(_pieces(chunk))
    return list(_mended(words, known))


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
    text = text.lower().replace("ё", "е")
    return _SPACED_OUT.sub(lambda found: found[0].replace(" ", "").replace("\t", ""), text)


def _pieces(chunk: str) -> list[str]:
    return [BREAK if piece[0] in _SENTENCE_ENDS else piece for piece in _PIECES.findall(chunk)]


def _best_spelling(chunk: str, known: Known) -> list[str]:
    """The spelling of a chunk (look-alikes, translit, another layout) that has the most letters in known words."""
    best, best_score = _pieces(chunk), -1
    for spelling in _spellings(chunk):
        pieces = _pieces(spelling)
        score = sum(known(piece) * len(piece) for piece in pieces if piece != BREAK)
        if score > best_score:
            best, best_score = pieces, score
    return best


def _spellings(chunk: str) -> Iterator[str]:
    if _CYRILLIC.search(chunk) or not _LATIN.search(chunk):
        yield _lookalike(chunk)
        return
    yield _transliterated(chunk)
    yield _lookalike(chunk)
    yield chunk.translate(_LAYOUT)
    # A full stop or a comma at the end is more often just that than a letter of the other layout.
    if chunk[-1] in ",.;:":
        yield chunk[:-1].translate(_LAYOUT) + ("." if chunk[-1] == "." else "")


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


def _mended(words: list[str], known: Known) -> Iterator[str]:
    """Joins words torn apart by a line end or a slip, parts words that were run together."""
    i = 0
    while i < len(words):
        word = words[i]
        if word == BREAK or known(word) == 2:
            yield word
        elif (
            i + 1 < len(words) and words[i + 1] != BREAK and known(words[i + 1]) < 2 and known(word + words[i + 1]) == 2
        ):
            yield word + words[i + 1]
            i += 1
        elif word.startswith("не") and known(word[2:]) == 2:
            yield from ("не", word[2:])
        elif len(word) >= 5 and known(word) == 0:
            yield from _parted(word, known)
        else:
            yield word
        i += 1


def _parted(word: str, known: Known) -> tuple[str, ...]:
    """«ненайден» → «не», «найден»; a word that does not fall into known ones whole stays as it is."""
    if len(word) > 60:
        return (word,)
    if word.startswith("не") and known(word[2:]):
        return ("не", word[2:])
    for end in range(len(word) - 2, 1, -1):
        if known(word[:end]) == 2:
            if known(word[end:]) == 2:
                return (word[:end], word[end:])
            rest = _parted(word[end:], known) if len(word) - end >= 5 else (word[end:],)
            if len(rest) > 1:
                return (word[:end], *rest)
    return (word,)
