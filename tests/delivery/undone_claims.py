"""Shows what a worker would claim, in a transaction that is undone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.claiming import Batch, Claims, Flight
from bot.services import Services


class _Undone(Exception):
    """Ends a transaction without a trace."""


async def claimed_after(
    services: Services, prepare: Callable[[AsyncConnection], Awaitable[None]], flying: Collection[Flight] = ()
) -> list[Batch]:
    """Gives what another worker of this bot would claim after `prepare`; of neither anything stays."""
    found: list[Batch] = []

    async def claim(connection: AsyncConnection) -> None:
        await prepare(connection)
        batches, _ = await Claims(services, "another worker").take(connection, flying)
        found.extend(batches)
        raise _Undone

    with pytest.raises(_Undone):
        await services.database.write(claim)
    return found
