"""The messages of a desk that carry «Починили»: the button is taken off all of them once it means nothing any more."""

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import named_values

NOTICE = 0  # in the place of a bad day's number: the message is about a notice
_NAME = "repaired:"


async def note(connection: AsyncConnection, desk_id: int, chat_id: int, message_id: int, bad_day: int) -> None:
    """Notes a message of a chat that carries the button, with the number of its bad day, or `NOTICE`."""
    await named_values.put(connection, f"{_of_desk(desk_id)}{chat_id}:{message_id}", str(bad_day))


async def take(connection: AsyncConnection, desk_id: int, chat_id: int | None = None) -> dict[int, int]:
    """Forgets all noted messages of a desk; gives those of this chat, each with the number of its bad day.

    A message of a former chat of the desk is not given: in this chat its number is another message's. Where two
    transactions take at the same moment, each message is given to one of them.
    """
    place, found = f"{_of_desk(desk_id)}{chat_id}:", {}
    for name in await named_values.beginning_with(connection, _of_desk(desk_id)):
        bad_day = await named_values.take(connection, name)
        if bad_day is not None and name.startswith(place):
            found[int(name.removeprefix(place))] = int(bad_day)
    return found


def _of_desk(desk_id: int) -> str:
    return f"{_NAME}{desk_id}:"
