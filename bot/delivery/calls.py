"""The kinds of outbox rows as calls: which put a message into a chat, which wait together, which a minute counts."""

from collections.abc import Collection, Iterable

from aiogram.exceptions import TelegramRetryAfter

# They put no new message into a chat.
SILENT = frozenset(
    {
        "reaction", "pin", "card_edit", "card_choice", "topic_state", "topic_open", "strip", "edit_at_desk",
        "edit_at_family", "delete", "delete_topic",
    }
)  # fmt: skip
# Whatever becomes of one of these, the messages behind it in its queue go on.
GIVES_WAY = frozenset(
    {"reaction", "pin", "card_edit", "card_choice", "topic_state", "strip", "edit_at_desk", "edit_at_family"}
)
# These only show what is stored: they take what room the messages leave in the group's minute.
COSMETIC = frozenset({"pin", "card_edit", "topic_state"})
MESSAGE, CARD = "message", "card"  # what a pause is named after where it is no silent call
_ALIKE = {
    **dict.fromkeys(("card_edit", "card_choice", "edit_at_desk", "edit_at_family"), "edit"),
    **dict.fromkeys(("topic_state", "topic_open"), "topic"),
}
# How many of the twenty a minute a call takes. Whether Telegram counts a pin and its service message as one or as two
# nobody says: two is the safe guess for what may wait.
_COUNTS = {"card_edit": 1, "card_choice": 1, "edit_at_desk": 1, "pin": 2, "topic_open": 2, "topic_state": 2}
TOPIC_SWITCH = 2  # what closing or opening takes beside the change of the name


def messages_in(kind: str) -> bool:
    """Whether a row of this kind puts a new message into a chat, which Telegram's limits count."""
    return kind not in SILENT


def counts_at_desk(kind: str) -> int:
    """How much of the group's minute a silent row takes."""
    return _COUNTS.get(kind, 0)


def waits_as(kind: str) -> str:
    """The name under which rows of this kind wait when Telegram says «too many»."""
    return _ALIKE.get(kind, kind) if kind in SILENT else MESSAGE


def met_by(kind: str, error: TelegramRetryAfter) -> str:
    """The name under which rows wait after this 429: making a topic has a limit of its own."""
    if kind == "card" and error.method.__api_method__ == "createForumTopic":
        return CARD
    return waits_as(kind)


def kinds_that_wait(paused: Iterable[tuple[int, str]], known: Collection[str]) -> list[tuple[set[str], set[int]]]:
    """The kinds of rows that wait, and in which chats, where these chats are paused under these names («»: wholly)."""
    chats: dict[str, set[int]] = {}
    for chat_id, name in paused:
        chats.setdefault(name, set()).add(chat_id)
    return [({kind for kind in known if _is_named(kind, name)}, where) for name, where in chats.items()]


def _is_named(kind: str, name: str) -> bool:
    return not name or waits_as(kind) == name or (name == CARD and kind == "card")
