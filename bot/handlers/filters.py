"""Filters updates by what a button carries, and by where the family stands when it writes."""

from typing import Any

from aiogram import F
from aiogram.filters import Command, Filter
from aiogram.types import CallbackQuery, Message, TelegramObject
from aiogram.utils.magic_filter import MagicFilter

from bot.flows import routes
from bot.handlers import message_kinds
from bot.handlers.update_context import UpdateContext
from storage import tickets
from storage.dialogues import Dialogue


class Where(Filter):
    """Makes a filter of aiogram's magic filter, and judges it in the event loop.

    aiogram would hand a bare magic filter to a thread, once for each filter and message, which costs more than
    all the rest of a screen.
    """

    def __init__(self, magic: MagicFilter) -> None:
        self.magic = magic

    async def __call__(self, event: Message | CallbackQuery, **__: Any) -> bool:
        """Tells whether the magic filter holds."""
        return bool(self.magic.resolve(event))


def in_private_chat(event: TelegramObject) -> bool:
    """Tells whether something happens in a private chat: a message there, or a press; one below no known message is."""
    if isinstance(event, CallbackQuery):
        return event.message is None or event.message.chat.type == "private"
    return isinstance(event, Message) and event.chat.type == "private"


PRIVATE = Where(F.chat.type == "private")


class FamilyCommand(Command):
    """Lets a command in a private chat through, in any case and with any bot's name: no other bot is there."""

    def __init__(self, name: str) -> None:
        super().__init__(name, ignore_case=True, ignore_mention=True)


class Guide(Filter):
    """Lets a button through that leads to a screen of the guide, pressed in a private chat."""

    kinds = routes.GUIDE

    async def __call__(self, query: CallbackQuery, context: UpdateContext, **__: Any) -> bool | dict[str, Any]:
        """Gives the handler the route that the button carries."""
        if not in_private_chat(query):
            return False
        route = routes.parse(query.data or "", context.pack)
        return {"route": route} if route and route.kind in self.kinds else False


class Stored(Guide):
    """Lets a button through that leads to a screen whose contents are stored."""

    kinds = routes.STORED - {"write"}


class WriteButton(Guide):
    """Lets «Написать в школу» through."""

    kinds = frozenset({"write"})


class Action(Filter):
    """Lets a button through that does something: `name:argument`. Gives the handler the argument."""

    def __init__(self, *names: str, private: bool = True) -> None:
        self.names = frozenset(names)
        self.private = private

    async def __call__(self, query: CallbackQuery, **__: Any) -> bool | dict[str, Any]:
        """Gives the handler the action's name and its argument."""
        if in_private_chat(query) != self.private:
            return False
        name, _, argument = (query.data or "").partition(":")
        return {"action": name, "argument": argument} if name in self.names else False


class InGroup(Filter):
    """Lets through what happens in a group: a message there, or a press below one."""

    async def __call__(self, event: Message | CallbackQuery, **__: Any) -> bool:
        """Tells whether the chat is no private one."""
        return not in_private_chat(event)


class InForm(Filter):
    """Lets a message through while the family fills in the ticket's form."""

    async def __call__(self, message: Message, context: UpdateContext, dialogue: Dialogue, **_: Any) -> bool:
        """Tells whether the stored screen is a question of the form, and a form is begun."""
        return dialogue.in_form


class InTicket(Filter):
    """Lets a message through while the family talks to the school."""

    async def __call__(
        self, message: Message, context: UpdateContext, dialogue: Dialogue, **_: Any
    ) -> bool | dict[str, Any]:
        """Gives the handler the id of the ticket whose conversation the stored screen is."""
        return False if dialogue.ticket_id is None else {"ticket_id": dialogue.ticket_id}


class RepliesToTicket(Filter):
    """Lets a message through that answers a message of a ticket by Telegram's «Reply»."""

    async def __call__(self, message: Message, context: UpdateContext, **_: Any) -> bool | dict[str, Any]:
        """Gives the handler the ticket's id."""
        reply = message.reply_to_message
        if reply is None:
            return False
        row = await context.services.database.read(
            lambda c: tickets.message_at_family(c, context.family_id, reply.message_id)
        )
        return {"ticket_id": row.ticket_id} if row else False


class InSupportChat(Filter):
    """Lets through all that happens in a desk's chat, but for messages of other bots."""

    async def __call__(self, event: Message | CallbackQuery, context: UpdateContext, **_: Any) -> bool:
        """Tells whether the chat is a desk's; a press counts only where the messages are that it may change."""
        if context.desk_here is None:
            return False
        if isinstance(event, CallbackQuery) and context.desk_here.chat_id != context.chat.family_id:
            return False
        # A message of another bot is no answer of the school; a service message counts, whoever caused it.
        return not isinstance(event, Message) or not message_kinds.is_from_bot(event) or message_kinds.is_service(event)


class InOperatorChat(Filter):
    """Lets through all that happens in the operator's chat, but for messages of other bots."""

    async def __call__(self, event: Message | CallbackQuery, context: UpdateContext, **_: Any) -> bool:
        """Tells whether the chat is the operator's, by the id that it has at present."""
        is_bots = isinstance(event, Message) and message_kinds.is_from_bot(event)
        return not is_bots and context.services.schools.is_operators(context.family_id)
