"""Reads what any update has: its kind, sender, chat, time and text."""

from typing import Any

from aiogram.types import Message, Update

_KINDS = ("message", "callback_query", "edited_message", "my_chat_member", "deleted_business_messages")
ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]  # that Telegram is asked for
# Deletions are told by aiogram's name for those in a chat of business, the only ones that Telegram tells of: where a
# channel knows of deletions, they come under it (bot/channels/max/max_updates.py).


def kind_of(update: Update) -> str:
    """Names what an update brings; "other" is passed over, and so is what claims to come from an impossible chat."""
    if _is_of_impossible_chat(update):
        return "other"
    return next((kind for kind in _KINDS if getattr(update, kind) is not None), "other")


def _is_of_impossible_chat(update: Update) -> bool:
    """Tells whether a private chat has a group's number: a private chat's is its user's, above 0 (Bot API, Chat).

    Numbers below zero are desks here, so such a chat would be taken for the desk of a school that does not exist.
    """
    query = update.callback_query
    event = (query.message if query else None) or update.message or update.edited_message or update.my_chat_member
    return event is not None and event.chat.type == "private" and event.chat.id <= 0


def written_at(message: Message) -> float:
    """Gives the moment of a message, or of its newest edit, in seconds since the epoch."""
    return float(message.edit_date or message.date.timestamp())


def sender_of(update: Update) -> Any:
    """Gives the account that an update comes from; None where it has none."""
    event = update.callback_query or update.message or update.edited_message or update.my_chat_member
    return event.from_user if event else None


def thread_of(update: Update) -> int | None:
    """Gives the topic of a private chat in which a message was written, or a button pressed."""
    query = update.callback_query
    message = query.message if query else update.message or update.edited_message
    return message.message_thread_id if isinstance(message, Message) and message.chat.type == "private" else None


def whose(update: Update) -> int:
    """Gives the chat in whose order an update is handled: a private chat or a group; 0 where there is none."""
    if update.callback_query:
        message = update.callback_query.message
        if message is not None and message.chat.type != "private":
            return message.chat.id
        return update.callback_query.from_user.id
    event = update.message or update.edited_message or update.my_chat_member or update.channel_post
    if event is None and update.deleted_business_messages:
        return update.deleted_business_messages.chat.id
    return event.chat.id if event else 0


def text_of(update: Update) -> str | None:
    """Gives the text or the caption of an update's message; None where it has neither."""
    message = update.message or update.edited_message
    if message:
        return message.text or message.caption
    return update.callback_query.data if update.callback_query else None


def answers_in_group(update: Update) -> bool:
    """Tells whether somebody in a group pressed a button or replied to a message, as administrators at a desk do."""
    is_answer = update.callback_query is not None or (
        update.message is not None and update.message.reply_to_message is not None
    )
    return is_answer and whose(update) < 0
