"""Answers in the support chat, and reads from a message there its topic, what it replies to and who acts."""

from aiogram.types import CallbackQuery, Message
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.flows.marked import Markup
from bot.flows.screen import Rows
from bot.handlers.update_context import UpdateContext
from bot.tickets import owing
from storage.tickets import Ticket


async def say(context: UpdateContext, message: Message, text: Markup, about: Ticket | None = None) -> None:
    """Answers a message of the support chat where it was written, once for the update.

    An answer `about` a ticket may be replied to as any message of it.
    """
    await context.once(lambda c: owe_answer(c, context, message, text, about))


async def owe_answer(
    connection: AsyncConnection,
    context: UpdateContext,
    message: Message,
    text: Markup,
    about: Ticket | None = None,
    rows: Rows = (),
    repair_of: int | None = None,
) -> None:
    """Owes such an answer, with these buttons, within a transaction at hand; `repair_of` as in `DeskText`."""
    await owing.owe_answer(
        connection, context.desk.id, topic_of(message), message.message_id, text, context.now, about, rows, repair_of
    )


def topic_of(message: Message) -> int | None:
    """Gives the topic of the support chat that a message stands in; None for the general one."""
    return message.message_thread_id if message.is_topic_message else None


def replied_id_of(message: Message) -> int | None:
    """Gives the id of the message that a message replies to."""
    return message.reply_to_message.message_id if message.reply_to_message else None


def actor_of(event: Message | CallbackQuery) -> str:
    """Gives the first name of the person who acts at the desk; a general word for an anonymous administrator."""
    if isinstance(event, Message) and event.sender_chat is not None:
        return texts.ACTOR_ANONYMOUS
    return (event.from_user.first_name if event.from_user else "")[:64] or texts.ACTOR_ANONYMOUS
