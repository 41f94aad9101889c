"""Runs the recogniser without a messenger: `python -m bot recognise [--path P] [--explain] TEXT`, and `--jsonl`."""

import json
import sys
from typing import Any, TextIO

from bot import texts_ru as texts
from bot.flows.content import Pack, Path
from bot.flows.understanding import NOTHING_NAMED, OTHER, Act, Recognition, recognise

_UNKNOWN = "unknown"
EXIT_OK = 0
EXIT_BAD_INPUT = 1


def answer(text: str, pack: Pack, path: Path | None, *, explain: bool = False) -> int:
    """Prints for people what the recogniser makes of a text, and with `explain` why; returns the exit status."""
    found = recognise(text, pack, path)
    lines = [*_in_words(found, pack), *(_grounds(found, pack) if explain else [])]
    print("\n".join(line for line in lines if line))
    return EXIT_OK


def answer_lines(pack: Pack) -> int:
    """Reads objects from the standard input and prints an object for each; returns 1 where a line was bad."""
    return _lines(pack, sys.stdin, sys.stdout, sys.stderr)


def path_named(named: object, pack: Pack) -> Path | None:
    """Gives the path of this name; None where it must be asked. Raises ValueError for a name that no path has."""
    if named in (_UNKNOWN, None, ""):
        return None
    path = pack.path(str(named))
    if path is None:
        raise ValueError(str(named))
    return path


def _lines(pack: Pack, source: TextIO, target: TextIO, complaints: TextIO) -> int:
    """Answers each line, an object, with an object; a bad line is answered, too, so that the lines stay aligned."""
    code = EXIT_OK
    raw: Any = getattr(source, "buffer", None)
    for number, line in enumerate(raw or source, 1):
        text = line.decode("utf-8", "replace") if isinstance(line, bytes) else line
        if not text.strip().lstrip("\ufeff"):
            continue
        try:
            recognition = _recognised(json.loads(text.lstrip("\ufeff")), pack)
        except (ValueError, RecursionError) as error:
            print(texts.RECOGNISE_BAD_LINE.format(number=number, error=error), file=complaints)
            recognition, code = NOTHING_NAMED, EXIT_BAD_INPUT
        print(json.dumps(as_json(recognition), ensure_ascii=False), file=target)
    return code


def _recognised(asked: Any, pack: Pack) -> Recognition:
    if not isinstance(asked, dict) or not isinstance(asked.get("text"), str):
        raise ValueError("text")
    return recognise(asked["text"], pack, path_named(asked.get("path"), pack))


def as_json(recognition: Recognition) -> dict[str, Any]:
    """Gives the answer as JSON; a path that must be asked is «unknown»."""
    return {
        "error": recognition.error,
        "path": recognition.path.id if recognition.path else _UNKNOWN,
        "confidence": round(recognition.confidence, 3),
        "verdict": recognition.verdict.value,
        "topic": recognition.topic,
        "act": recognition.act.value if recognition.act else None,
    }


def _in_words(found: Recognition, pack: Pack) -> list[str]:
    error = pack.error(found.error)
    verdict = texts.RECOGNISED_VERDICTS[found.verdict.value]
    also = "; ".join(f"«{pack.errors[name].wording_on(found.path)}»" for name in found.also)
    path = texts.RECOGNISED_PATH.format(path=found.path.title) if found.path else texts.RECOGNISED_PATH_UNKNOWN
    return [
        texts.RECOGNISED_ERROR.format(wording=error.wording_on(found.path)) if error else texts.RECOGNISED_NO_ERROR,
        texts.RECOGNISED_ALSO.format(errors=also) if also else "",
        texts.RECOGNISED_TOPIC.format(topic=pack.topics[found.topic].title) if found.topic else "",
        texts.RECOGNISED_ACT.format(act=texts.ACTS[found.act]) if found.act else "",
        path,
        texts.RECOGNISED_CONFIDENCE.format(confidence=f"{found.confidence:.0%}", verdict=verdict),
    ]


def _grounds(found: Recognition, pack: Pack) -> list[str]:
    """Says which reader decided and by what."""
    grounds = found.grounds
    words = [texts.EXPLAIN_WORDING.format(text=one.wording.text, share=f"{one.share:.0%}") for one in grounds.wordings]
    shares = ", ".join(f"{_name_of(label, pack)} {share:.0%}" for label, share in grounds.shares)
    return [
        texts.EXPLAIN_WORDS.format(words=" ".join(grounds.words)),
        *(words or [texts.EXPLAIN_NO_WORDING]),
        texts.EXPLAIN_SHARES.format(shares=shares) if shares else texts.EXPLAIN_NOTHING,
    ]


def _name_of(label: str, pack: Pack) -> str:
    if label in pack.errors:
        return f"«{pack.errors[label].short}»"
    if label in pack.topics:
        return f"«{pack.topics[label].title}»"
    return texts.EXPLAIN_OTHER if label == OTHER else f"«{texts.ACTS[Act(label)]}»"
