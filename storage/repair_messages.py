"""The messages of a desk below which «Починили» stands: they lose it together once it means nothing any more."""

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import named_values

NOTICE = 0  # in the place of a bad day's number: the message is about a notice
_NAME = "repaired:"


async def note(connection: AsyncConnection, desk_id: int, chat_id: int, message_id: int, bad_day: int) -> None:
    """Notes a message of a chat that carries the button, with the number of its bad day, or `NOTICE`."""
    await named_values.put(connection, f"{_of_desk(desk_id)}{chat_id}:{message_id}", str(bad_day))


async def take(connection: AsyncConnection, desk_id: int, chat_id: int | None = None) -> dict[int, int]:
    """Takes all of a desk's; gives those of this chat: bad days' numbers by messages.

    In a former chat of the desk a number is another message's. Of two who take them at once, one gets each.
    """
    place, found = f"{_of_desk(desk_id)}{chat_id}:", {}
    for name in await named_values.beginning_with(connection, _of_desk(desk_id)):
        bad_day = await named_values.take(connection, name)
        if bad_day is not None and name.startswith(place):
            found[int(name.removeprefix(place))] = int(bad_day)
    return found


def _of_desk(desk_id: int) -> str:
    return f"{_NAME}{desk_id}:"
