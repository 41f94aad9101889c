"""Answers `/digest`, `/digest off` and `/digest on`: the messages that the desk gets at the opening of a day."""

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.flows.marked import marked
from bot.handlers.desk.replies import owe_answer, say
from bot.handlers.filters import InSupportChat
from bot.handlers.update_context import UpdateContext
from storage import digests

router = Router(name="desk_digest")


@router.message(InSupportChat(), Command("digest", ignore_case=True))
async def switch(message: Message, command: CommandObject, context: UpdateContext) -> None:
    """Ends the morning's list and the week's report, brings them back, or says whether the desk gets them."""
    wish = (command.args or "").strip().lower()
    if wish not in (*texts.DIGEST_ON_WORDS, *texts.DIGEST_OFF_WORDS):
        is_off = await context.services.database.read(lambda c: digests.is_off(c, context.desk.id))
        now = marked(texts.DIGEST_IS_OFF if is_off else texts.DIGEST_IS_ON)
        await say(context, message, marked(texts.DIGEST_USAGE) + now if wish else now)
        return
    on = wish in texts.DIGEST_ON_WORDS

    async def work(connection: AsyncConnection) -> None:
        await digests.switch(connection, context.desk.id, on=on)
        await owe_answer(connection, context, message, marked(texts.DIGEST_ON if on else texts.DIGEST_OFF))

    await context.once(work)
