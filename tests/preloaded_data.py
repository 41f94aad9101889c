"""Makes when it is imported what every bot that is forked from the importing process would make anew.

The words of the pack are counted, the certificates of all authorities read, and pydantic makes the models of what a bot
calls and gets.
"""

from __future__ import annotations

import ssl
from typing import Any

import certifi
from aiogram import methods
from aiogram.methods import Response
from aiogram.types import Update

from bot.flows import pack_files
from bot.flows.understanding import vocabulary_of
from bot.settings import Settings
from tests.startup_shortcuts import keep_certificates

_CALLED = (
    methods.AnswerCallbackQuery, methods.CreateForumTopic, methods.DeleteMessage, methods.DeleteWebhook,
    methods.EditForumTopic, methods.EditMessageReplyMarkup, methods.EditMessageText, methods.GetChat,
    methods.GetChatMember, methods.GetMe, methods.GetUpdates, methods.PinChatMessage, methods.SendMessage,
    methods.SetMessageReaction, methods.SetMyCommands,
)  # fmt: skip


def _made_models() -> list[Any]:
    """Makes the models, and gives those that pydantic would forget if nobody held them."""
    for model in (Update, *_CALLED):
        model.model_rebuild()
    return [Response[method.__returning__] for method in _CALLED]  # type: ignore[name-defined]


vocabulary_of(pack_files.load(Settings.model_fields["content"].default))
keep_certificates()
ssl.create_default_context(cafile=certifi.where())  # as aiogram asks for it
HELD = _made_models()
