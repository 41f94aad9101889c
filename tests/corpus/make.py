"""Makes tuning.jsonl and checking.jsonl: the messages of by_hand.txt, and the wordings mangled as families mangle them.

`python -m tests.corpus.make`. Same seed, same files. A message goes to one of the halves by the hash of its text, so
rules may be tuned on one and measured on the other. The format is that of a sample by the school's own testers:
id, path, label (labels where several hold), kind, text, expected_path, and for a neighbouring problem its topic.
"""

import hashlib
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path as File
from typing import Any

from bot.flows.guide import instruction

HERE = File(__file__).parent
SEED = 43
PER_WORDING_AND_KIND = 7
LABELS = {"D": "diary_not_found", "C": "consent_required", "K": "other_known", "N": "none", "O": "out_of_scope"}

BEFORE = (
    "", "", "", "Здравствуйте! ", "помогите, ", "пишет: ", "у нас такое - ", "не пойму что делать, ",
    "вот скрин словами: ",
    "Доброе утро, захожу через госуслуги и вижу ", "мам говорит напиши сюда. ", "третий день одно и то же, ",
    "Ребята, ",
)  # fmt: skip
AFTER = (
    "", "", "", " что делать", "?", " и всё", " как быть?", ", помогите пожалуйста", " Это надолго?",
    " куда теперь писать",
    " (с телефона и с компа одинаково)", ". Заранее спасибо", " и внизу кнопка Назад",
)  # fmt: skip
NEAR_KEYS = {
    a: b for a, b in zip("йцукенгшщзхфывапролджэячсмитьбю", "цйкуенгшщзхъывапролджэжчясмитьбюб", strict=False) if a != b
}
SOUNDS = {"о": "а", "е": "и", "и": "е", "д": "т", "з": "с", "г": "к", "ж": "ш", "т": "д", "в": "ф"}
OCR = {
    "о": "0",
    "з": "3",
    "б": "6",
    "п": "н",
    "н": "п",
    "и": "н",
    "л": "п",
    "д": "л",
    "т": "m",
    "ш": "щ",
    "ы": "ьi",
    "в": "8",
    "ч": "4",
}
LATIN = dict(zip("авсенкмортуху", "abcehkmopтyxy", strict=False)) | {"т": "t", "а": "a", "в": "b", "м": "m", "р": "p"}
KEYBOARD = dict(zip("йцукенгшщзхъфывапролджэячсмитьбю", "qwertyuiop[]asdfghjkl;'zxcvbnm,.", strict=True)) | {
    "ё": "`",
    ".": "/",
    ",": "?",
}
PLAIN = dict(zip("абвгдезийклмнопрстуфхцыьъэ", "abvgdeziyklmnoprstufhcy  e", strict=False))
SCHEMES: tuple[dict[str, str], ...] = (
    {
        "ж": "zh",
        "х": "kh",
        "ц": "ts",
        "ч": "ch",
        "ш": "sh",
        "щ": "shch",
        "ю": "yu",
        "я": "ya",
        "й": "y",
        "ь": "",
        "ъ": "",
    },
    {"ж": "j", "х": "h", "ц": "c", "ч": "ch", "ш": "sh", "щ": "sch", "ю": "yu", "я": "ya", "й": "i", "ь": "", "ъ": ""},
    {"ж": "zh", "х": "x", "ц": "ts", "ч": "4", "ш": "w", "щ": "w", "ю": "u", "я": "ya", "й": "j", "ь": "'", "ъ": ""},
    {"ж": "zh", "х": "h", "ц": "c", "ч": "ch", "ш": "sh", "щ": "shh", "ю": "ju", "я": "ja", "й": "j", "ь": "", "ъ": ""},
)


def main() -> None:
    """Writes both halves beside this file."""
    for half, messages in halves().items():
        lines = [json.dumps(message, ensure_ascii=False) for message in messages]
        (HERE / f"{half}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def halves() -> dict[str, list[dict[str, Any]]]:
    """The messages by half; an id is the half's letter and a number."""
    made: dict[str, list[dict[str, Any]]] = {"tuning": [], "checking": []}
    for message in [*_by_hand(), *_mangled(random.Random(SEED))]:
        half = "checking" if hashlib.sha256(message["text"].encode()).digest()[0] % 2 else "tuning"
        made[half].append({"id": f"{half[0]}{len(made[half]) + 1:04}", **message})
    return made


def read(half: str) -> list[dict[str, Any]]:
    """The messages of `tuning`, `checking`, or of another file in the same format."""
    file = HERE / f"{half}.jsonl" if half in ("tuning", "checking") else File(half)
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


def _by_hand() -> Iterator[dict[str, Any]]:
    for line in (HERE / "by_hand.txt").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        head, text = line.split(" | ", 1)
        label, path, kind = head.split()
        letters, _, topic = label.partition(":")
        path, _, decided = path.partition(">")
        labels = [LABELS[letter] for letter in letters]
        message: dict[str, Any] = {"path": path, "label": labels[0], "kind": kind, "text": text.replace("\\n", "\n")}
        message["expected_path"] = decided or path
        if len(labels) > 1:
            message["labels"] = labels
        if labels[0] not in ("diary_not_found", "consent_required"):
            message["topic"] = topic or None
        yield message


def _mangled(chance: random.Random) -> Iterator[dict[str, Any]]:
    seen: set[str] = set()
    for wording in instruction.WORDINGS:
        for kind in MANGLERS:
            for _ in range(PER_WORDING_AND_KIND):
                text = MANGLERS[kind](wording.text, chance)
                if kind not in ("layout", "translit"):
                    text = chance.choice(BEFORE) + text + chance.choice(AFTER)
                if text in seen:
                    continue
                seen.add(text)
                yield _message(wording, kind, text, chance)


def _message(wording: instruction.Wording, kind: str, text: str, chance: random.Random) -> dict[str, Any]:
    of_child = wording.paths == (instruction.Path.CHILD,)
    # Half a wording may be the same on both screens: there the dialogue decides.
    path = chance.choice(wording.paths).value if chance.random() < 0.8 else "unknown"
    expected = path
    if of_child:
        expected = "child"
        path = "child" if kind in ("truncated", "layout", "translit") else path
    return {"path": path, "label": wording.error.value, "kind": kind, "text": text, "expected_path": expected}


def _truncated(text: str, chance: random.Random) -> str:
    """A piece long enough to be told: at least four words, one of them said on no other screen."""
    words = text.split()
    while True:
        start = chance.randrange(0, max(1, len(words) - 4))
        end = chance.randrange(min(len(words), start + 4), len(words) + 1)
        piece = " ".join(words[start:end])
        if re.search("найд|согл|сообщ|направл", piece):
            return piece[: max(12, len(piece) - chance.randrange(0, 4))]


def _typos(text: str, chance: random.Random) -> str:
    letters = list(text.lower())
    for _ in range(max(2, len(letters) // 14)):
        at = chance.randrange(1, len(letters) - 1)
        slip = chance.randrange(5)
        if slip == 0:
            letters[at] = ""
        elif slip == 1:
            letters[at] *= 2
        elif slip == 2:
            letters[at], letters[at - 1] = letters[at - 1], letters[at]
        elif slip == 3:
            letters[at] = NEAR_KEYS.get(letters[at], letters[at])
        else:
            letters[at] = SOUNDS.get(letters[at], letters[at])
    return "".join(letters)


def _ocr(text: str, chance: random.Random) -> str:
    letters = [
        OCR.get(x, x) if chance.random() < 0.06 else LATIN.get(x, x) if chance.random() < 0.15 else x for x in text
    ]
    lines, width = "", chance.randrange(16, 30)
    for word in "".join(letters).split():
        room = len(lines) - lines.rfind("\n")
        lines += ("\n" if room > width else " ") + word
    return lines.strip()


def _latin(text: str, chance: random.Random) -> str:
    return "".join(LATIN.get(letter, letter) if chance.random() < 0.5 else letter for letter in text)


def _layout(text: str, chance: random.Random) -> str:
    return "".join(KEYBOARD.get(letter, letter) for letter in _short(text, chance).lower())


def _translit(text: str, chance: random.Random) -> str:
    scheme = {**PLAIN, **chance.choice(SCHEMES), "ё": "e"}
    return "".join(scheme.get(letter, letter) for letter in _short(text, chance).lower())


def _short(text: str, chance: random.Random) -> str:
    words = text.split()
    return " ".join(words[: chance.randrange(min(6, len(words)), len(words) + 1)])


def _case(text: str, chance: random.Random) -> str:
    styles = (str.upper, str.lower, str.title, str.swapcase)
    text = chance.choice(styles)(text)
    return chance.choice(
        (text, text.replace(" ", "\n"), text.replace(" ", "  "), text.replace(".", "!!!"), f"‼️{text}😡")
    )


def _quoted(text: str, chance: random.Random) -> str:
    left, right = chance.choice(("«»", "“”", '""', "''", "„“", "()", "**", "``"))
    return left + text + right


MANGLERS = {
    "verbatim": lambda text, chance: text,
    "truncated": _truncated,
    "typo": _typos,
    "ocr": _ocr,
    "latin": _latin,
    "layout": _layout,
    "translit": _translit,
    "case": _case,
    "quoted": _quoted,
}

if __name__ == "__main__":
    main()
