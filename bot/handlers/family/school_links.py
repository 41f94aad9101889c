"""Takes over the school that a link names, or that a hand-over comes from; takes a school that left off a family."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import owed, queues
from bot.flows.guide import school_question
from bot.flows.guide.questions import deep_link, school_of_link
from bot.flows.marked import Markup, fill
from bot.flows.routes import Route
from bot.handlers.family import current_screen
from bot.handlers.update_context import UpdateContext
from storage import dialogues, handovers
from storage.dialogues import Dialogue


async def chosen(context: UpdateContext, dialogue: Dialogue, payload: str) -> tuple[Dialogue, Markup]:
    """Takes the school of a link: gives the dialogue at it, and the words above its first screen.

    A link without a school, of a school that nobody knows or of the only one there is changes nothing; of a school that
    left it says so.
    """
    slug, rest = school_of_link(payload)
    schools = context.services.schools
    school = schools.by_slug(slug) if slug else None
    left = schools.left(school.id) if school else None
    if left is not None:
        reader = deep_link(rest, context.pack).route or current_screen.reader_of(context.services, dialogue)
        return dialogue, texts.SCHOOL_LEFT.for_reader(reader, school=left.name)
    if not schools.are_several:
        return dialogue, Markup()
    token = deep_link(rest, context.pack).token
    if school is None and token is not None:
        return await _of_handover(context, dialogue, token)
    if school is None or school.id == context.school_id:
        return dialogue, Markup()
    had_another = context.school_id is not None
    moved = at_school(context, dialogue, school.id)
    return moved, school_question.chosen(context.school.name, is_change=True) if had_another else Markup()


async def _of_handover(context: UpdateContext, dialogue: Dialogue, token: str) -> tuple[Dialogue, Markup]:
    """Takes the school of the child who handed the screen over, and says so to a parent who had chosen another."""
    now = context.now
    school_id = await context.services.database.read(lambda c: handovers.school_of(c, token, now))
    if school_id is None or context.services.schools.of_family(school_id) is None or school_id == context.school_id:
        return dialogue, Markup()
    had_another = context.school_id is not None
    moved = at_school(context, dialogue, school_id)
    return moved, fill(texts.SCHOOL_OF_HANDOVER, school=context.school.name) if had_another else Markup()


def at_school(context: UpdateContext, dialogue: Dialogue, school_id: int) -> Dialogue:
    """Gives the dialogue of a family that chose this school: at the same steps where both schools have the same pack.

    The update is of a family of this school from now on.
    """
    same_pack = context.services.schools.pack_of(dialogue.school_id) is context.services.schools.pack_of(school_id)
    context.school_id = school_id
    moved = replace(dialogue, school_id=school_id, misses=0)
    return moved if same_pack else replace(moved, screen=Route("role").code, path=None, step=0, error=None)


async def leave_gone_school(context: UpdateContext, dialogue: Dialogue) -> Dialogue:
    """Tells a family once that its school left, and takes the school off its dialogue, which is given.

    It changes nothing where the school did not leave, or where the family is to choose another, which says so itself.
    That message is owed before the answer to the update in hand.
    """
    schools = context.services.schools
    left, school_id = schools.left(dialogue.school_id), dialogue.school_id
    if left is None or school_id is None or schools.are_several:
        return dialogue

    async def work(connection: AsyncConnection) -> None:
        if await dialogues.take_off_school(connection, dialogue.family_id, school_id):
            reader = current_screen.reader_of(context.services, dialogue)
            told = owed.ScreenMessage(texts.SCHOOL_LEFT.for_reader(reader, school=left.name))
            await queues.to_family(connection, dialogue.family_id, told, context.now)

    await context.services.database.write(work)
    context.services.owed.set()
    context.school_id = schools.of_family(None)
    return replace(dialogue, school_id=None, form={}, owed=True)
