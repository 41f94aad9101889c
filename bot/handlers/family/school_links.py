"""Takes the school that a family chose, by a link here, and lets go of one that left."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import owed, queues
from bot.flows.marked import Markup, fill
from bot.handlers.update_context import UpdateContext
from storage import dialogues
from storage.dialogues import Dialogue


def chosen(context: UpdateContext, dialogue: Dialogue, slug: str) -> tuple[Dialogue, Markup]:
    """Takes the school that a link names: gives the dialogue at it, and the words above its first screen.

    A link without a school, of a school that nobody knows or of the only one there is changes nothing; of a school that
    left it says so.
    """
    schools = context.services.schools
    school = schools.by_slug(slug) if slug else None
    if school is None or not (schools.are_several or school.left_at):
        return dialogue, Markup()
    if school.left_at is not None:
        return dialogue, fill(texts.SCHOOL_LEFT, school=school.name)
    context.school_id = school.id
    return replace(dialogue, school_id=school.id), Markup()


async def leave_gone_school(context: UpdateContext, dialogue: Dialogue) -> Dialogue:
    """Tells a family once that its school left, and takes the school off its dialogue, which is given.

    It changes nothing where the school did not leave. The word is owed before whatever answers the message in hand.
    """
    school = context.services.schools.registered(dialogue.school_id or 0)
    if school is None or school.left_at is None:
        return dialogue
    name = context.services.school_of(school.id).name

    async def work(connection: AsyncConnection) -> None:
        if await dialogues.take_off_school(connection, dialogue.family_id, school.id):
            told = owed.Screen(fill(texts.SCHOOL_LEFT, school=name))
            await queues.to_family(connection, dialogue.family_id, told, context.now)

    await context.services.database.write(work)
    context.services.owed.set()
    context.school_id = context.services.schools.of_family(None)
    return replace(dialogue, school_id=None, owed=True)
