"""Runs the recogniser without Telegram: `python -m bot recognise [--path P] TEXT` and `recognise --jsonl`."""

import json
import sys
from typing import Any, TextIO

from bot import texts_ru as texts
from bot.flows.guide import instruction
from bot.flows.guide.instruction import Path
from bot.flows.understanding import NOTHING_NAMED, Recognition, recognise

_UNKNOWN = "unknown"
EXIT_OK = 0
EXIT_BAD_INPUT = 1


def answer(text: str, path: Path | None) -> int:
    """Prints for people what the recogniser makes of a text; returns the exit status."""
    print(_in_words(recognise(text, path)))
    return EXIT_OK


def answer_lines() -> int:
    """Reads objects from the standard input and prints an object for each; returns 1 where a line was bad."""
    return _lines(sys.stdin, sys.stdout, sys.stderr)


def path_named(named: object) -> Path | None:
    """Gives the path of this name; None where it must be asked. Raises ValueError for a name that no path has."""
    return None if named in (_UNKNOWN, None, "") else Path(str(named))


def _lines(source: TextIO, target: TextIO, complaints: TextIO) -> int:
    """Answers each line, an object, with an object; a bad line is answered, too, so that the lines stay aligned."""
    code = EXIT_OK
    raw: Any = getattr(source, "buffer", None)
    for number, line in enumerate(raw or source, 1):
        text = line.decode("utf-8", "replace") if isinstance(line, bytes) else line
        if not text.strip().lstrip("\ufeff"):
            continue
        try:
            recognition = _recognised(json.loads(text.lstrip("\ufeff")))
        except (ValueError, RecursionError) as error:
            print(texts.RECOGNISE_BAD_LINE.format(number=number, error=error), file=complaints)
            recognition, code = NOTHING_NAMED, EXIT_BAD_INPUT
        print(json.dumps(as_json(recognition), ensure_ascii=False), file=target)
    return code


def _recognised(asked: Any) -> Recognition:
    if not isinstance(asked, dict) or not isinstance(asked.get("text"), str):
        raise ValueError("text")
    return recognise(asked["text"], path_named(asked.get("path")))


def as_json(recognition: Recognition) -> dict[str, Any]:
    """Gives the answer as JSON; a path that must be asked is «unknown»."""
    return {
        "error": recognition.error.value if recognition.error else None,
        "path": recognition.path.value if recognition.path else _UNKNOWN,
        "confidence": round(recognition.confidence, 3),
        "verdict": recognition.verdict.value,
        "topic": recognition.topic.value if recognition.topic else None,
    }


def _in_words(found: Recognition) -> str:
    return "\n".join(
        line for line in (_error_line(found), *_other_lines(found), _path_line(found), _sure_line(found)) if line
    )


def _wording(error: instruction.Error, path: Path | None) -> str:
    return instruction.wording_of(error, path or Path.PARENT)


def _error_line(found: Recognition) -> str:
    if found.error is None:
        return texts.RECOGNISED_NO_ERROR
    return texts.RECOGNISED_ERROR.format(wording=_wording(found.error, found.path))


def _other_lines(found: Recognition) -> list[str]:
    also = "; ".join(f"«{_wording(error, found.path)}»" for error in found.also)
    topic = texts.RECOGNISED_TOPICS[found.topic.value] if found.topic else ""
    return [
        texts.RECOGNISED_ALSO.format(errors=also) if also else "",
        texts.RECOGNISED_TOPIC.format(topic=topic) if topic else "",
    ]


def _path_line(found: Recognition) -> str:
    if found.path is None:
        return texts.RECOGNISED_PATH_UNKNOWN
    return texts.RECOGNISED_PATH.format(path=texts.CARD_PATH[found.path.value])


def _sure_line(found: Recognition) -> str:
    verdict = texts.RECOGNISED_VERDICTS[found.verdict.value]
    return texts.RECOGNISED_CONFIDENCE.format(confidence=f"{found.confidence:.0%}", verdict=verdict)
