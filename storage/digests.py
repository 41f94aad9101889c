"""Keeps, for each desk, whether it wants the messages at the opening of a day, and for which day it got the last."""

from typing import Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import named_values
from storage.inserting import insert_into
from storage.models import named_values as named_values_table

_OFF = "off"


async def is_off(connection: AsyncConnection, desk_id: int) -> bool:
    """Tells whether a desk has ended these messages (`/digest off`)."""
    return await named_values.get(connection, _name("wish", desk_id)) == _OFF


async def switch(connection: AsyncConnection, desk_id: int, *, on: bool) -> None:
    """Ends these messages for a desk, or brings them back."""
    await named_values.put(connection, _name("wish", desk_id), None if on else _OFF)


async def claim(connection: AsyncConnection, desk_id: int, day: str) -> bool:
    """Notes that a desk gets its messages for a day, once; False where the same day was noted before.

    It is one statement: two replicas that look at one moment wait for each other here, and one of them goes on.
    """
    made = insert_into(connection, named_values_table).values(name=_name("day", desk_id), value=day)
    made = made.on_conflict_do_update(
        index_elements=["name"], set_={"value": made.excluded.value}, where=named_values_table.c.value != day
    )
    return (await connection.execute(made)).rowcount == 1


async def told_on(connection: AsyncConnection) -> dict[int, str]:
    """Gives the day for which each desk was noted last, by the desk's id."""
    beginning = _name("day", "")
    found = await named_values.beginning_with(connection, beginning)
    return {int(name.removeprefix(beginning)): day for name, day in found.items()}


def _name(what: str, desk_id: int | Literal[""]) -> str:
    return f"digest:{what}:{desk_id}"
