"""Asks a family which school it is of; what the family came with is kept until it has answered."""

from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.flows import understanding
from bot.flows.guide import school_question
from bot.flows.guide.questions import school_of_link
from bot.flows.marked import Markup, fill, marked
from bot.flows.screen import Button
from bot.handlers.family import current_screen
from bot.handlers.family.pending_input import CameWith, keeping
from bot.handlers.update_context import UpdateContext
from bot.services import Services
from bot.tickets import owing
from storage import jobs
from storage.dialogues import Dialogue

_CHANGE = (Button(texts.B_CHANGE_SCHOOL, data=school_question.MARK),)


def asks_to_change(text: str) -> bool:
    """Tells whether a text is «Сменить школу», typed."""
    return understanding.button_named(_CHANGE, text) is not None


def words_before(services: Services, dialogue: Dialogue) -> list[Markup]:
    """Gives the words above a question that is put for the first time: of a school that left, of the one it has."""
    left = services.schools.left(dialogue.school_id)
    if left is not None:
        return [texts.SCHOOL_LEFT.for_reader(current_screen.reader_of(services, dialogue), school=left.name)]
    if services.schools.of_family(dialogue.school_id) is not None:
        return [fill(texts.SCHOOL_NOW, school=services.school_of_family(dialogue).name)]
    return [marked(texts.SCHOOL_HELLO)] if not dialogue.path else []


async def ask(context: UpdateContext, dialogue: Dialogue, *words: Markup) -> None:
    """Puts the question as a new message, with words above it."""
    asked = replace(dialogue, screen=school_question.MARK)
    before = [] if school_question.is_asked(dialogue.screen) else words_before(context.services, dialogue)
    screen = current_screen.which_school(context.services, asked)
    shown = school_question.above([*dict.fromkeys([*before, *(word for word in words if word)])], screen)
    await context.save_and_say(asked, shown)


async def ask_for_link(context: UpdateContext, dialogue: Dialogue, payload: str, word: Markup) -> None:
    """Puts the question to a family that came by `/start`; the rest of its link is kept for afterwards."""
    rest = school_of_link(payload)[1]
    moved = replace(dialogue, form={}, misses=0)
    await ask(context, keeping(moved, CameWith(payload=rest)) if rest else moved, word)


async def store_reading(
    connection: AsyncConnection, family_id: int, update_id: int, pictures: tuple[dict[str, Any], ...], at: float
) -> None:
    """Stores the reading of pictures that waited for the choice as one job, as an album's are; once for an update."""
    first, *others = pictures
    key = f"came_with:{family_id}:{update_id}"
    payload = {**first, "more": others, "place": None}
    await jobs.put(
        connection, kind="screenshot", family_id=family_id, payload=payload, key=key, at=at,
        delay=owing.MEDIA_GROUP_WAIT_S,
    )  # fmt: skip
