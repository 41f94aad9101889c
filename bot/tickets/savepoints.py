"""Does due things one by one, each in a savepoint of its own, so that one that fails is undone alone."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database_errors import as_away

log = logging.getLogger(__name__)

_Due = TypeVar("_Due")


async def each_apart(connection: AsyncConnection, due: Sequence[_Due], do: Callable[[_Due], Awaitable[None]]) -> None:
    """Does what is due one by one: what one of them raises is undone and logged, and the others are done.

    It is called within a transaction. Where the database is away, the error is raised and the rest is left.
    """
    for one in due:
        try:
            async with connection.begin_nested():
                await do(one)
        except Exception as error:
            if as_away(error):
                raise
            log.exception("something that was due failed: %s", do.__name__)
