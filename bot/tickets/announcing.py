"""Announcements of the operator: a notice above the first screens of all schools, or a message to all desks."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import owed, queues
from bot.flows.marked import Markup, fill, marked
from bot.flows.screen import Button
from bot.known_schools import OPERATOR
from bot.tickets import notices, owing
from storage import hung_notices, kept_announcement, repair_waits
from storage.kept_announcement import Announcement


@dataclass(frozen=True, slots=True)
class AtOperator:
    """Holds where and when somebody acts in the operator's chat: a message, the topic it stands in, and who it is."""

    message_id: int
    topic_id: int | None
    actor: str
    at: float


async def look(connection: AsyncConnection, by: AtOperator, announcement: Announcement, reaches: int) -> None:
    """Keeps an announcement until «Отправить», and owes the operator the look at it; `reaches` counts whom it reaches.

    It may be called at any time; an announcement that waits already is replaced.
    """
    await kept_announcement.keep(connection, announcement)
    if announcement.sort == "notice":
        shown = fill(texts.ANNOUNCE_NOTICE_LOOK, schools=reaches, text=announcement.text)
    else:
        shown = fill(texts.ANNOUNCE_TELL_LOOK, desks=reaches, text=to_desks(announcement.text))
    number = announcement.number
    rows = (
        (
            Button(texts.B_ANNOUNCE, data=f"announce:send:{number}"),
            Button(texts.B_ANNOUNCE_NOT, data=f"announce:drop:{number}"),
        ),
    )
    await owing.owe_answer(connection, OPERATOR, by.topic_id, by.message_id, shown, by.at, rows=rows)


async def send_or_drop(
    connection: AsyncConnection, by: AtOperator, number: int, desks: Collection[int], *, send: bool
) -> str:
    """Sends the announcement of that number to all, or takes it back; gives the words that answer the press.

    It may be called at any time: what was sent, taken back or replaced before stays so. `desks` are those that have a
    chat; a message to them is owed to each by itself.
    """
    found = await kept_announcement.take(connection, number)
    if found is None:
        return texts.ANNOUNCE_GONE
    if not send:
        said = fill(texts.ANNOUNCE_DROPPED, actor=by.actor)
    elif found.sort == "notice":
        await hung_notices.hang(connection, None, found.text)
        said = fill(texts.ANNOUNCE_NOTICE_SENT, actor=by.actor, text=found.text)
    else:
        for desk_id in desks:
            await queues.to_general(connection, desk_id, owed.DeskText(to_desks(found.text), general=True), by.at)
        said = fill(texts.ANNOUNCE_TELL_SENT, actor=by.actor, desks=len(desks), text=found.text)
    page = owed.DeskPage(said, message_id=by.message_id)
    await queues.to_general(connection, OPERATOR, page, by.at, topic=by.topic_id or 0)
    return ""


async def end_notice(connection: AsyncConnection, at: float) -> Markup:
    """Takes the notice of all schools away, and gives the words for the operator. It may be called at any time.

    The families that wait until it works again become due, but for those of a school whose own notice still hangs:
    they wait for its word.
    """
    if await hung_notices.take(connection, None) is None:
        return marked(texts.ANNOUNCE_NOTICE_WAS_OFF)
    own = [school for school in await hung_notices.hanging(connection) if school is not None]
    families = await repair_waits.mark_repaired_but_for(connection, own, at)
    return marked(texts.ANNOUNCE_NOTICE_OFF) + (notices.told_of(families) if families else Markup())


def to_desks(text: str) -> Markup:
    """Gives an operator's message as the desks read it."""
    return fill(texts.ANNOUNCED, text=text)
