"""Families that wait for a repair: each is told once, by day, when its school says that the service works again."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import owed, queues
from bot.flows.content import Reader
from bot.flows.guide import repaired_screen
from bot.flows.routes import Route
from bot.services import Services
from bot.tickets import owed_buttons
from storage import bans, dialogues, repair_waits
from storage.dialogues import Dialogue
from storage.repair_waits import RepairWait

AT_A_LOOK = 300  # families that are told in one commit; the outbox sends some thirty a second
KEPT_S = 3 * 24 * 3600.0  # a wait ends after three days


async def tell(connection: AsyncConnection, services: Services, wait: RepairWait, now: float) -> None:
    """Owes a family the message that the service works again, with the question whether it got in.

    It may be called by day for a wait that was taken out of the table. A family that blocked the bot or is banned is
    left in peace.
    """
    dialogue = await dialogues.load(connection, wait.family_id)
    if dialogue.blocked_at is not None or await bans.is_banned(connection, wait.desk_id, wait.family_id):
        return
    screen = repaired_screen.repaired(route_of(services, dialogue), services.school_of_family(dialogue))
    message = owed.ScreenMessage(screen.text, markup=owed_buttons.markup_of(screen.rows))
    await queues.to_family(connection, wait.family_id, message, now)


async def take_due(connection: AsyncConnection) -> list[RepairWait]:
    """Takes the families that are due to be told, so many at a look. It may be called at any time."""
    return await repair_waits.take_due(connection, AT_A_LOOK)


def route_of(services: Services, dialogue: Dialogue) -> Route:
    """Gives who reads a family's screens, and on which path; neither where the family has not told."""
    path = services.school_of_family(dialogue).pack.path(dialogue.path)
    return Route("end", None, path, Reader(dialogue.reader) if dialogue.reader else None)
