"""Keeps replicas from handling one family at a time: PostgreSQL's session locks, taken and given back in batches.

They are held on one connection of the process that does nothing else, so no transaction stays open while Telegram is
waited for, and a replica that is killed lets go of all of its locks together with its connection. Within one process
bot/intake.py keeps a family's order, so that nobody asks here for a lock that the process has already.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.database_errors import DatabaseAway, as_away
from storage.watched_tasks import Watched

WAIT_S = 45.0  # Telegram gives a webhook a minute
GATHER_S = 0.015
"""While many updates are in hand, a trip to the server is put off so long, so that several requests share it: the trip
costs more than the requests in it. While few are in hand, nothing is put off.
"""
MANY = 8
_AGAIN_S = 0.02
_APART = 1 << 60  # keeps families out of the way of every other advisory lock
_HALF = 1 << 63
_SWITCH = """
    SELECT CASE WHEN take THEN pg_try_advisory_lock(key) ELSE pg_advisory_unlock(key) END
    FROM unnest($1::bigint[], $2::boolean[]) WITH ORDINALITY AS asked(key, take, number) ORDER BY number
"""


def _key(family_id: int) -> int:
    """Gives the family's lock, within PostgreSQL's 64 bits whatever somebody made up as an id."""
    return (family_id + _APART + _HALF) % (2 * _HALF) - _HALF


class FamilyLocks:
    """Holds the families' locks of this process. Callers make sure that nobody asks for one that it has already."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._taking: list[tuple[int, asyncio.Future[None]]] = []
        self._giving: list[int] = []
        self._work = asyncio.Event()
        self.keeper = Watched("family-locks", self._serve, on_end=self._refuse_waiting)
        self._connection: AsyncConnection | None = None
        self._lives = 0
        self._in_hand = 0

    def open(self) -> None:
        """Starts to serve."""
        self.keeper.start()

    async def close(self) -> None:
        """Ends serving and lets everything go."""
        await self.keeper.cancel()
        self._fail(DatabaseAway("the bot is stopping"))
        await self._drop_connection()

    @property
    def are_many(self) -> bool:
        """Tells whether more than `MANY` families are in hand: then several share a trip to the server."""
        return self._in_hand > MANY

    @asynccontextmanager
    async def lock(self, family_id: int) -> AsyncIterator[None]:
        """Holds a family's lock. Raises DatabaseAway, also where another replica keeps it for `WAIT_S` seconds."""
        self._in_hand += 1
        try:
            async with self._hold(family_id):
                yield
        finally:
            self._in_hand -= 1

    @asynccontextmanager
    async def _hold(self, family_id: int) -> AsyncIterator[None]:
        if not self.keeper.runs:
            raise DatabaseAway("nobody takes locks")
        key = _key(family_id)
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._taking.append((key, waiter))
        self._work.set()
        try:
            async with asyncio.timeout(WAIT_S):
                await waiter
        except BaseException as error:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                # The wait ended in the very tick in which the lock was handed over: nobody else would give it back.
                self._give_back(key)
            if isinstance(error, TimeoutError):
                raise DatabaseAway("another replica has the family in hand") from None
            raise
        life = self._lives
        try:
            yield
        finally:
            if life == self._lives:
                self._give_back(key)

    def _give_back(self, key: int) -> None:
        self._giving.append(key)
        self._work.set()

    async def _serve(self) -> None:
        while True:
            await self._work.wait()
            if self.are_many:
                await asyncio.sleep(GATHER_S)
            self._work.clear()
            giving, self._giving = self._giving, []
            taking = [(key, waiter) for key, waiter in self._taking if not waiter.done()]
            self._taking = []
            try:
                taken = await self._switch_again(giving, [key for key, _ in taking])
            except Exception as error:
                self._taking = taking + self._taking
                self._fail(as_away(error) or DatabaseAway(f"no lock: {error}"))
                await self._drop_connection()
                continue
            self._hand_out(taking, taken)

    async def _switch_again(self, giving: list[int], taking: list[int]) -> list[bool]:
        """Takes and gives back locks, on a new connection where the old one was lost together with its locks."""
        fresh = self._connection is None
        try:
            return await self._switch(giving, taking)
        except Exception:
            if fresh:
                raise
            await self._drop_connection()
            return await self._switch([], taking)

    async def _switch(self, giving: list[int], taking: list[int]) -> list[bool]:
        keys = [*giving, *taking]
        if not keys:
            return []
        connection = await self._driver()
        rows = await connection.fetch(_SWITCH, keys, [False] * len(giving) + [True] * len(taking), timeout=10)
        return [row[0] for row in rows[len(giving) :]]

    def _hand_out(self, taking: list[tuple[int, asyncio.Future[None]]], taken: list[bool]) -> None:
        missed = False
        for (key, waiter), got in zip(taking, taken, strict=True):
            if got and waiter.done():
                self._giving.append(key)
            elif got:
                waiter.set_result(None)
            elif not waiter.done():
                self._taking.append((key, waiter))
                missed = True
        if missed:
            asyncio.get_running_loop().call_later(_AGAIN_S, self._work.set)
        if self._giving:
            self._work.set()

    def _fail(self, error: DatabaseAway) -> None:
        waiting, self._taking = self._taking, []
        for _, waiter in waiting:
            if not waiter.done():
                waiter.set_exception(error)

    def _refuse_waiting(self) -> None:
        self._fail(DatabaseAway("the taking of locks ended"))
        self._work.set()  # what is given back meanwhile is looked at by the next start

    async def connect_anew(self) -> None:
        """Lets everything go and takes locks on another connection: this one leads to a server that is read only."""
        await self._drop_connection()

    async def _driver(self) -> Any:
        if self._connection is None:
            self._connection = await self._engine.connect()
        return (await self._connection.get_raw_connection()).driver_connection

    async def _drop_connection(self) -> None:
        """Drops the connection and its locks; updates in hand finish, since their effects are claimed by update."""
        self._lives += 1
        self._giving = []
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            await connection.invalidate()
            await connection.close()
        except Exception as error:
            if as_away(error) is None:
                raise
