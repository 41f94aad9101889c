"""Handles `/notice` and `/tell` in the operator's chat, and the buttons below the look at an announcement."""

from typing import Any, Literal

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.methods import TelegramMethod
from aiogram.types import CallbackQuery, Message
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.flows.marked import Markup, fill, marked
from bot.flows.plural import plural
from bot.flows.whole_numbers import whole_number
from bot.handlers.desk.replies import actor_of, topic_of
from bot.handlers.filters import Action, InOperatorChat
from bot.handlers.operator.operator_replies import answer
from bot.handlers.update_context import UpdateContext
from bot.known_schools import OPERATOR
from bot.tickets import announcing, owing
from bot.tickets.announcing import AtOperator
from bot.tickets.notices import NOTICE_LIMIT
from storage import hung_notices
from storage.kept_announcement import Announcement

router = Router(name="announcements")
TELL_LIMIT = 3000  # characters: with its head, and shown to the operator first, it fits into a message everywhere


@router.message(InOperatorChat(), Command("notice", ignore_case=True))
async def notice(message: Message, command: CommandObject, context: UpdateContext) -> None:
    """Shows a notice for all schools before it is hung, takes it away (`/notice off`), or tells which one hangs."""
    text = " ".join((command.args or "").split())
    if text.lower() in texts.NOTICE_OFF_WORDS:
        await _end_notice(context, message)
    elif not text:
        hangs = await context.services.database.read(lambda c: hung_notices.now(c, None))
        now = fill(texts.ANNOUNCE_NOTICE_NOW, notice=hangs) if hangs else marked(texts.ANNOUNCE_NOTICE_NONE)
        await answer(context, message, now)
    elif len(text) > NOTICE_LIMIT:
        await answer(context, message, _too_long(text, NOTICE_LIMIT))
    else:
        await _look(context, message, "notice", text, len(context.services.schools.present))


@router.message(InOperatorChat(), Command("tell", ignore_case=True))
async def tell(message: Message, command: CommandObject, context: UpdateContext) -> None:
    """Shows a message to the desks of all schools before it is sent (`/tell текст`)."""
    text = (command.args or "").strip()
    if not text:
        await answer(context, message, marked(texts.ANNOUNCE_TELL_USAGE))
    elif len(text) > TELL_LIMIT:
        await answer(context, message, _too_long(text, TELL_LIMIT))
    elif not _desks(context):
        await answer(context, message, marked(texts.ANNOUNCE_NOBODY))
    else:
        await _look(context, message, "tell", text, len(_desks(context)))


@router.callback_query(InOperatorChat(), Action("announce", private=False))
async def press_announcement(query: CallbackQuery, context: UpdateContext, argument: str) -> TelegramMethod[Any] | None:
    """Handles «Отправить» and «Отмена». Pressed twice, or by two people, it changes nothing the second time."""
    action, _, number = argument.partition(":")
    announced = whole_number(number)
    if action not in ("send", "drop") or announced is None or not isinstance(query.message, Message):
        return await context.answer_press(query, None, texts.ANNOUNCE_GONE)
    by, desks = _at(context, query.message, actor_of(query)), _desks(context)
    said = await context.once(lambda c: announcing.send_or_drop(c, by, announced, desks, send=action == "send"))
    await context.services.refresh_facts()
    return await context.answer_press(query, None, said or "")


async def _look(context: UpdateContext, message: Message, sort: Literal["notice", "tell"], text: str, of: int) -> None:
    by = _at(context, message, actor_of(message))
    announcement = Announcement(message.message_id, sort, text)
    await context.once(lambda c: announcing.look(c, by, announcement, of))


async def _end_notice(context: UpdateContext, message: Message) -> None:
    by = _at(context, message, actor_of(message))

    async def work(connection: AsyncConnection) -> None:
        said = await announcing.end_notice(connection, by.at)
        await owing.owe_answer(connection, OPERATOR, by.topic_id, by.message_id, said, by.at)

    await context.once(work)
    await context.services.refresh_facts()


def _at(context: UpdateContext, message: Message, actor: str) -> AtOperator:
    return AtOperator(message.message_id, topic_of(message), actor, context.now)


def _too_long(text: str, limit: int) -> Markup:
    return fill(texts.NOTICE_TOO_LONG, limit=limit, length=plural(texts.LENGTH, len(text)))


def _desks(context: UpdateContext) -> list[int]:
    """Gives the desks that have a chat: to another one a message would come on the day when it gets one."""
    return [desk.id for desk in context.services.schools.desks.values() if desk.chat_id is not None]
