"""Binds a school to the group in which its code was written: its first desk, or another one that it moves to."""

from dataclasses import dataclass
from enum import Enum

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import lost_topics, owed, queues
from bot.flows.marked import fill
from bot.known_schools import chat_of
from bot.schools import binding_codes
from storage import moved_chats, named_values, outbox, schools, tickets
from storage.schools import RegisteredSchool


class BindingOutcome(Enum):
    """The result of writing a code."""

    BOUND = "bound"
    SAME_GROUP = "same_group"
    UNKNOWN = "unknown"
    USED = "used"
    OLD = "old"
    ANOTHER_SCHOOLS = "another_schools"


@dataclass(frozen=True, slots=True)
class Bound:
    """The outcome, the school of the code where there is one, and the chat that was its desk before."""

    outcome: BindingOutcome
    school: RegisteredSchool | None = None
    left_chat: int | None = None


async def bind(
    connection: AsyncConnection, typed: str, chat_id: int, first_chat: int | None, secret: str, at: float
) -> Bound:
    """Binds the school of a code to a chat, and uses the code up; open tickets get their cards anew there.

    It may be called for any group but the operator's. `first_chat` is the first school's in the settings. Of two groups
    in which one code is written at once, one is bound. Where the outcome is another than BOUND, nothing is changed.
    """
    code = binding_codes.read_code(typed)
    school = await schools.locked_by_code(connection, binding_codes.key_of(code, secret)) if code else None
    if school is None or school.left_at is not None:
        return Bound(BindingOutcome.UNKNOWN)
    moved = await moved_chats.every(connection)
    stays = [one for one in await schools.every(connection) if one.left_at is None]
    here = [one for one in stays if moved_chats.newest_of(chat_of(one, first_chat), moved) == chat_id]
    if school.code_until is None:
        return Bound(
            BindingOutcome.SAME_GROUP if any(one.id == school.id for one in here) else BindingOutcome.USED, school
        )
    if school.code_until < at:
        return Bound(BindingOutcome.OLD, school)
    if any(one.id != school.id for one in here):
        return Bound(BindingOutcome.ANOTHER_SCHOOLS, school)
    before = moved_chats.newest_of(chat_of(school, first_chat), moved)
    if before == chat_id:
        await schools.change(connection, school.id, code_until=None)
        return Bound(BindingOutcome.SAME_GROUP, school)
    await schools.change(connection, school.id, chat_id=chat_id, code_until=None)
    await named_values.put(connection, f"pause:{outbox.address_of_desk(school.id)}", None)
    if before is not None:
        await outbox.drop_answers(connection, school.id)  # they reply to messages of the group that is left
        await tickets.move_desk(connection, school.id, before, chat_id)
        await lost_topics.cards_anew(connection, school.id, at)
    said = fill(texts.SCHOOL_BOUND, school=school.name or texts.SCHOOL_FIRST)
    await queues.to_general(connection, school.id, owed.DeskText(said, general=True), at, topic=0)
    return Bound(BindingOutcome.BOUND, school, before)
