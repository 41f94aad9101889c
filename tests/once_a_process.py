"""Costs of a bot's start that a process pays once: it has one bot in its life, and a test run starts thousands."""

from __future__ import annotations

import functools
import os
import ssl
from typing import Any

import aiogram.client.session.base
from aiogram.methods import Response

import bot.app
from bot.screenshots.reader import Tesseract, find_tesseract


def pay_once() -> None:
    """Lets every bot of this process share what the first one has read or built."""
    # Reading the certificates of all authorities takes longer than the rest of a start; nothing changes a context.
    ssl.create_default_context = functools.cache(ssl.create_default_context)  # type: ignore[assignment]
    # pydantic forgets a type like Response[User] as soon as nobody holds it, and builds it anew for the next call.
    vars(aiogram.client.session.base)["Response"] = _KeptResponses()
    vars(bot.app)["find_tesseract"] = lambda: _tesseract_on(os.environ.get("PATH", ""))


class _KeptResponses:
    @functools.cache  # noqa: B019 - one object, which lives as long as the process
    def __getitem__(self, result: Any) -> Any:
        return Response[result]


@functools.cache
def _tesseract_on(path: str) -> Tesseract | None:
    return find_tesseract()
