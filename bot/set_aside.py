"""Sets aside updates that cannot be handled, so that they hold up no others, and tells whoever sent them."""

import logging
from collections.abc import Awaitable
from typing import Any

from aiogram.exceptions import TelegramAPIError
from aiogram.methods import AnswerCallbackQuery
from aiogram.types import Update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import cosmetic_calls
from bot.flows import masking
from bot.flows.marked import marked
from bot.flows.screen import Screen
from bot.flows.whole_numbers import LARGEST
from bot.handlers.family_chat import FamilyChat
from bot.handlers.update_context import UpdateContext
from bot.services import Services
from bot.update_parts import text_of, whose
from storage import blocking_updates, failed_updates
from storage.database import DatabaseAway

log = logging.getLogger(__name__)

TRIES = 5
SHORT_TIMEOUT_S = 10


class SetAside:
    """Keeps what is known of updates that could not be handled. Raises DatabaseAway where that cannot be stored."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def blocking(self, update: Update, kind: str) -> None:
        """Sets an update aside that blocked the loop until the process was ended: nothing reads its text any more."""
        log.error("update %s blocked the loop before and is set aside", update.update_id)
        family = whose(update)

        async def work(connection: AsyncConnection) -> None:
            await failed_updates.note_failure(
                connection, update_id=update.update_id, kind=kind, chat_id=family or None, error="blocked the loop",
                text=None, at=self._services.clock(), most=1,
            )  # fmt: skip
            await blocking_updates.forget(connection, update.update_id)

        await self._services.database.write(work)
        self._services.facts.blocking -= {update.update_id}
        await self.apologise(update)

    async def failed(self, update: Update, kind: str, error: Exception) -> bool:
        """Counts a failed try; True once the update is set aside."""
        text = text_of(update)
        chat_id = whose(update)
        try:
            return await self._services.database.write(
                lambda c: failed_updates.note_failure(
                    c,
                    update_id=update.update_id,
                    kind=kind,
                    chat_id=chat_id if 0 < abs(chat_id) <= LARGEST else None,
                    error=f"{type(error).__name__}: {masking.mask(str(error)).text}"[:500],
                    text=masking.mask(text).text if text else None,
                    at=self._services.clock(),
                    most=TRIES,
                )
            )
        except DatabaseAway:
            raise
        except Exception:
            # What cannot even be noted would come again for ever.
            log.exception("update %s cannot be noted as failed and is let go", update.update_id)
            return True

    async def unreadable(self, update_id: int, query_id: str | None) -> None:
        """Keeps the number of an update that does not parse; of a press (`query_id`) it ends the spinner."""
        log.error("update %s does not parse and is set aside", update_id)
        await self._services.database.write(
            lambda c: failed_updates.note_failure(
                c,
                update_id=update_id,
                kind="unreadable",
                chat_id=None,
                error="does not parse",
                text=None,
                at=self._services.clock(),
                most=1,
            )
        )
        self._services.metrics.update_handled("unreadable", "set_aside", 0.0)
        if query_id:
            answer = AnswerCallbackQuery(callback_query_id=query_id, text=texts.SOMETHING_WRONG)
            await self._services.not_longer(cosmetic_calls.call(self._services, answer, SHORT_TIMEOUT_S))

    async def cut(self, update_id: int, raw: dict[str, Any]) -> None:
        """Asks for a shorter message where the network lets only the beginning of an update through."""
        await self.unreadable(update_id, None)
        message = raw.get("message") or raw.get("edited_message")
        chat = message.get("chat") if isinstance(message, dict) else None
        number = chat.get("id") if isinstance(chat, dict) else None
        if type(number) is not int or not isinstance(chat, dict) or not isinstance(message, dict):
            return
        if chat.get("type") == "private":
            context = UpdateContext(update_id, FamilyChat(self._services, number))
            await context.once(lambda c: context.chat.owe_screen(c, Screen(marked(texts.MESSAGE_CUT))))
        elif self._services.schools.desk_at(number):
            thread = message.get("message_thread_id") if message.get("is_topic_message") else None
            call = self._services.bot.send_message(number, texts.DESK_MESSAGE_CUT, message_thread_id=thread)
            await self._services.not_longer(_quietly(call))

    async def apologise(self, update: Update) -> None:
        """Tells whoever sent an update that it could not be handled."""
        chat = update.message.chat if update.message else None
        query, bot = update.callback_query, self._services.bot
        if query:
            await self._services.not_longer(
                _quietly(bot.answer_callback_query(query.id, text=texts.SOMETHING_WRONG, show_alert=True))
            )
        elif chat and chat.type == "private":
            thread = update.message.message_thread_id if update.message else None
            call = bot.send_message(chat.id, texts.SOMETHING_WRONG, message_thread_id=thread)
            await self._services.not_longer(_quietly(call))
        elif update.message and chat and self._services.schools.desk_at(chat.id):
            await self._services.not_longer(
                _quietly(update.message.reply(texts.SOMETHING_WRONG_DESK).as_(self._services.bot))
            )


async def _quietly(call: Awaitable[Any]) -> None:
    try:
        await call
    except TelegramAPIError as error:
        log.warning("somebody could not be told: %s", error.message)
