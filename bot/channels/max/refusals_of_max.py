"""Turns MAX's refusals into aiogram's errors in Telegram's words, by which the rest of the bot knows refusals."""

from typing import Any

from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods import (
    AnswerCallbackQuery,
    DeleteMessage,
    DeleteMessages,
    EditMessageCaption,
    EditMessageMedia,
    EditMessageReplyMarkup,
    EditMessageText,
    TelegramMethod,
)

from bot.channels.max.http_client import NoAnswer, Refusal, Refused

WAIT_S = 2  # where MAX does not say how long to wait: its limits are of a second
NOT_READY = "attachment.not.ready"
_GONE = ("not.found", "chat.not.found")
_EDITS = (EditMessageText, EditMessageCaption, EditMessageMedia, EditMessageReplyMarkup)
_DELETIONS = (DeleteMessage, DeleteMessages)


def as_aiogram(error: Refused | NoAnswer, method: TelegramMethod[Any]) -> TelegramAPIError:
    """Gives the error that a failed call counts as."""
    if isinstance(error, NoAnswer):
        return TelegramNetworkError(method=method, message=str(error))
    refusal = error.refusal
    said = f"{refusal.code}: {refusal.message}"
    if refusal.status == 429 or refusal.code == "too.many.requests":
        seconds = max(WAIT_S, round(refusal.retry_after))
        return TelegramRetryAfter(method=method, message=said, retry_after=seconds)
    if refusal.status >= 500 or refusal.code in ("internal.error", "service.unavailable"):
        return TelegramServerError(method=method, message=said)
    if refusal.status == 401:
        return TelegramUnauthorizedError(method=method, message=said)
    if refusal.status == 405:
        return TelegramConflictError(method=method, message=said)
    if refusal.status == 404 and refusal.code not in _GONE:
        return TelegramNotFound(method=method, message=said)
    return _of_message(refusal, method, said)


def _of_message(refusal: Refusal, method: TelegramMethod[Any], said: str) -> TelegramAPIError:
    gone = refusal.code in _GONE
    if isinstance(method, _EDITS):
        # A message of a dialogue without buttons is edited within 7 days; another person's never.
        if gone:
            said = "Bad Request: message to edit not found"
        elif refusal.status == 200 or refusal.code == "access.denied":
            said = f"Bad Request: message can't be edited ({refusal.code})"
        elif refusal.status == 403:
            return TelegramForbiddenError(method=method, message=f"Forbidden: {said}")
    elif isinstance(method, _DELETIONS):
        if gone:
            said = "Bad Request: message to delete not found"
        elif refusal.status in (200, 403):
            said = "Bad Request: not enough rights to delete the message"
    elif isinstance(method, AnswerCallbackQuery):
        said = f"Bad Request: query ID is invalid ({said})"
    elif refusal.status == 403:
        return TelegramForbiddenError(method=method, message=f"Forbidden: {said}")
    elif gone:
        said = "Bad Request: chat not found"
    elif refusal.code == NOT_READY:
        said = "Bad Request: the file is temporarily unavailable, try again"
    return TelegramBadRequest(method=method, message=said)
