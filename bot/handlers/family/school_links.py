"""Takes the school that a family chose, by a link here."""

from dataclasses import replace

from bot import texts_ru as texts
from bot.flows.marked import Markup, fill
from bot.handlers.update_context import UpdateContext
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
    # A form was filled in for the school that its preview spoke of: it does not go to another one.
    form = dialogue.form if dialogue.school_id in (None, school.id) else {}
    return replace(dialogue, school_id=school.id, form=form), Markup()
