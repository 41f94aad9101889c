"""Handles deletions: a message of a ticket that its author deleted, in channels that report it."""

from aiogram import Router
from aiogram.types import BusinessMessagesDeleted

from bot.handlers.update_context import UpdateContext
from bot.tickets import deletions

router = Router(name="deletions")


@router.deleted_business_messages()
async def deleted(event: BusinessMessagesDeleted, context: UpdateContext) -> None:
    """Shows the desk what a family deleted, and deletes at the family what the school deleted."""
    if event.chat.type == "private":
        await context.once(lambda c: deletions.by_family(c, context.family_id, event.message_ids, context.now))
    elif context.desk_here:
        desk_id = context.desk.id
        await context.once(lambda c: deletions.by_school(c, desk_id, event.chat.id, event.message_ids, context.now))
