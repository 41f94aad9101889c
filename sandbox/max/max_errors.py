"""Defines MAX's refusals: an HTTP status, a code, and a message, as its error body carries them."""

from __future__ import annotations

from sandbox.telegram.errors import Json, Refused
from sandbox.telegram.faults import What


class MaxRefused(Refused):
    """MAX answers with an error. `key` is what MAX calls the code; `status` may be 200 with `success: false`."""

    def __init__(self, status: int, key: str, message: str) -> None:
        super().__init__(status, f"{key}: {message}")
        self.key = key
        self.message = message

    def body(self) -> Json:
        """Gives the JSON that goes over the wire."""
        failed: Json = {"success": False} if self.code == 200 else {}
        return failed | {"code": self.key, "message": self.message}


class MaxViolation(MaxRefused):
    """MAX refuses what a correct bot never sends, since it breaks a rule. The sandbox keeps a list of these."""

    blames_bot = True


def broken_payload(message: str) -> MaxViolation:
    """Makes a 400 for which the bot is to blame."""
    return MaxViolation(400, "proto.payload", message)


def no_message(mid: str) -> MaxRefused:
    """Makes the 404 for a message that is not there, or not any more."""
    return MaxRefused(404, "not.found", f"Message {mid} not found")


def no_chat(chat_id: int) -> MaxRefused:
    """Makes the 404 for a chat that the bot cannot know of."""
    return MaxRefused(404, "chat.not.found", f"Chat {chat_id} not found")


def suspended(chat_id: int) -> MaxRefused:
    """Makes the 403 of a person who stopped the bot, deleted the dialogue, or never began one."""
    return MaxRefused(403, "chat.denied", f"Key: error.dialog.suspended, args: [{chat_id},]")


def not_ready() -> MaxRefused:
    """Makes the 400 of a file that MAX still works on."""
    return MaxRefused(400, "attachment.not.ready", "Key: errors.process.attachment.file.not.processed")


def too_many_calls() -> MaxRefused:
    """Makes the 429; MAX does not say how long to wait."""
    return MaxRefused(429, "too.many.requests", "Too many requests")


def out_of_service() -> MaxRefused:
    """Makes the 503 as MAX words it."""
    return MaxRefused(503, "service.unavailable", "Service unavailable")


def in_words_of_max(kind: str) -> What:
    """Makes the trouble of one of the kinds that faults at random have."""
    if kind == "429":
        return too_many_calls()
    return MaxRefused(500, "internal.error", "Internal error") if kind == "500" else "page" if kind == "502" else kind
