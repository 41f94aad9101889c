"""Makes the dispatcher with all handlers in their order: the first whose filters let an update through handles it."""

from functools import cache

from aiogram import Dispatcher, Router

from bot.handlers import deleted_messages, fallback
from bot.handlers.desk import (
    answer_commands,
    bad_day_buttons,
    card_buttons,
    code_command,
    colleagues_at_desk,
    commands,
    edited_commands,
    groups,
    ticket_messages,
    topic_changes,
)
from bot.handlers.desk.colleagues_at_desk import Colleagues
from bot.handlers.desk.edited_commands import Commands
from bot.handlers.family import (
    form_answers,
    form_sending,
    guide_buttons,
    privacy_commands,
    reminder_buttons,
    repair_buttons,
    school_answer_buttons,
    school_choice,
    texts_and_pictures,
    ticket_talk,
)
from bot.handlers.filters import InGroup
from bot.handlers.middlewares import Bans, StoredDialogue
from bot.handlers.operator import operator_commands


@cache
def make_dispatcher() -> Dispatcher:
    """Puts the handlers in their order: groups, the guide, a family's ticket and form, then what is left.

    There is one for the whole process, since a router of aiogram belongs to one dispatcher for ever. It keeps no state:
    all that an update needs comes with its context.
    """
    dispatcher = Dispatcher(disable_fsm=True)
    for observer in (dispatcher.message, dispatcher.edited_message, dispatcher.callback_query):
        observer.outer_middleware(Bans())
        observer.outer_middleware(StoredDialogue())
    dispatcher.message.outer_middleware(Commands())
    for observer in (dispatcher.message, dispatcher.callback_query):
        observer.outer_middleware(Colleagues())
    in_groups = Router(name="in_groups")
    # Each router that an update is tried at costs; what a family does asks only once whether it is in a group.
    for observer in (in_groups.message, in_groups.edited_message, in_groups.callback_query):
        observer.filter(InGroup())
    in_groups.include_routers(
        edited_commands.router, groups.router, operator_commands.router, colleagues_at_desk.router, commands.router,
        topic_changes.router, answer_commands.replies, ticket_messages.router, card_buttons.router,
        bad_day_buttons.router,
    )  # fmt: skip
    dispatcher.include_routers(
        code_command.router, in_groups, deleted_messages.router, school_choice.router, guide_buttons.router,
        privacy_commands.router,
        reminder_buttons.router, repair_buttons.router, school_answer_buttons.router, fallback.commands,
        ticket_talk.router, form_answers.router, form_sending.router, texts_and_pictures.router, fallback.router,
    )  # fmt: skip
    return dispatcher
