"""Handles the answers that a desk keeps: `/save`, `/answers`, the buttons below them, and replies that change one."""

from typing import Any

from aiogram import Router
from aiogram.filters import Command, CommandObject, Filter
from aiogram.methods import TelegramMethod
from aiogram.types import CallbackQuery, Message

from bot import texts_ru as texts
from bot.flows.whole_numbers import LAST_PAGE, whole_number
from bot.handlers import message_kinds
from bot.handlers.desk.replies import replied_id_of, topic_of
from bot.handlers.desk.ticket_messages import NOTE_MARK, command_of, plain_entities
from bot.handlers.filters import Action, InSupportChat
from bot.handlers.update_context import UpdateContext
from bot.tickets import saving_answers
from bot.tickets.saving_answers import Place, Written
from storage import saved_answers

router = Router(name="answer_commands")
replies = Router(name="answer_replies")


def _place(context: UpdateContext, message: Message) -> Place:
    return Place(context.desk.id, message.chat.id, message.message_id, topic_of(message), context.now, context.pack)


@router.message(InSupportChat(), Command("save", ignore_case=True))
async def save(message: Message, command: CommandObject, context: UpdateContext) -> None:
    """Answers `/save Название`, a reply to a message of the school, with a look at the answer before it is kept."""
    place, replied = _place(context, message), replied_id_of(message)
    await context.once(lambda c: saving_answers.draft(c, place, command.args or "", replied))


@router.message(InSupportChat(), Command("answers", ignore_case=True))
async def show_answers(message: Message, context: UpdateContext) -> None:
    """Answers `/answers` with the desk's own answers."""
    await context.once(lambda c: saving_answers.show_list(c, _place(context, message)))


@router.callback_query(InSupportChat(), Action("answers", private=False))
async def press_saved_answer(query: CallbackQuery, context: UpdateContext, argument: str) -> TelegramMethod[Any] | None:
    """Handles a button below an answer or their list. Pressed twice it changes nothing the second time."""
    action, _, numbers = argument.partition(":")
    answer, _, shown = numbers.partition(":")
    answer_id, page = whole_number(answer), whole_number(shown, most=LAST_PAGE)
    if action not in saving_answers.ACTIONS or answer_id is None or page is None:
        return await context.answer_press(query, None, texts.ANSWER_GONE)
    if not isinstance(query.message, Message):
        return await context.answer_press(query, None, texts.ANSWER_GONE)  # too old for Telegram to say what it was
    place = _place(context, query.message)
    notice = await context.once(lambda c: saving_answers.press_button(c, place, action, answer_id, page))
    await context.services.refresh_facts()
    return await context.answer_press(query, None, notice or "")


class ChangesAnswer(Filter):
    """Lets a reply through that an opened answer waits for; a note or a command is none."""

    async def __call__(self, message: Message, context: UpdateContext, **_: Any) -> bool | dict[str, Any]:
        """Gives the handler the message that is replied to."""
        replied, desk = replied_id_of(message), context.desk_here
        said = (message.text or message.caption or "").lstrip()
        if replied is None or desk is None or said.startswith(NOTE_MARK) or command_of(message) is not None:
            return False
        asking = await context.services.database.read(lambda c: saved_answers.asking(c, desk.id, replied))
        return {"replied": replied} if asking else False


@replies.message(InSupportChat(), ChangesAnswer())
async def change(message: Message, context: UpdateContext, replied: int) -> None:
    """Takes the reply for the new text or name of the answer; it goes to no family."""
    written = Written(message.text or "", plain_entities(message), is_text=message_kinds.media_of(message)[0] == "text")
    await context.once(lambda c: saving_answers.change(c, _place(context, message), replied, written))
    await context.services.refresh_facts()
