"""Gives the bot's own replies to people in the support chat, and the names by which it knows these people."""

from aiogram.types import CallbackQuery, Message
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import owed, queues
from bot.flows.marked import Markup
from bot.handlers.update_context import UpdateContext
from storage.tickets import Ticket


async def say(context: UpdateContext, message: Message, text: Markup, about: Ticket | None = None) -> None:
    """Answers a message of the support chat where it was written, once for the update.

    An answer `about` a ticket may be replied to as any message of it.
    """
    await context.once(lambda c: owe_answer(c, context, message, text, about))


async def owe_answer(
    connection: AsyncConnection, context: UpdateContext, message: Message, text: Markup, about: Ticket | None = None
) -> None:
    """Owes such an answer within a transaction at hand."""
    thread = message.message_thread_id if message.is_topic_message else None
    answer = owed.DeskText(text, thread, message.message_id, general=True)
    await queues.to_general(connection, context.desk.id, answer, context.now, topic=thread or 0, about=about)


def actor_of(event: Message | CallbackQuery) -> str:
    """Gives the first name of the person who acts at the desk; a general word for an anonymous administrator."""
    if isinstance(event, Message) and event.sender_chat is not None:
        return texts.ACTOR_ANONYMOUS
    return (event.from_user.first_name if event.from_user else "")[:64] or texts.ACTOR_ANONYMOUS
