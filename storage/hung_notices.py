"""The notices that hang above the screens: one of each school, and the operator's for all of them."""

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import named_values

_NAME = "notice:"
_ALL = "all"


async def hang(connection: AsyncConnection, school_id: int | None, text: str) -> None:
    """Hangs a notice of a school (None: of all schools) in place of the last one."""
    await named_values.put(connection, _name(school_id), text)


async def now(connection: AsyncConnection, school_id: int | None) -> str | None:
    """Gives the notice of a school (None: of all), as this transaction sees it."""
    return await named_values.get(connection, _name(school_id))


async def take(connection: AsyncConnection, school_id: int | None) -> str | None:
    """Takes a notice away and gives it: of two who take it at once, one gets it."""
    return await named_values.take(connection, _name(school_id))


async def hanging(connection: AsyncConnection) -> dict[int | None, str]:
    """Gives every notice by its school; None stands for the notice of all schools."""
    found = await named_values.beginning_with(connection, _NAME)
    return {_school_of(name): text for name, text in found.items()}


def _name(school_id: int | None) -> str:
    return f"{_NAME}{_ALL if school_id is None else school_id}"


def _school_of(name: str) -> int | None:
    number = name.removeprefix(_NAME)
    return None if number == _ALL else int(number)
