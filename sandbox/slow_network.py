"""A network in front of the sandbox that lets only so many bytes of an answer or a connection through.

Seen in the wild (net4people/bbs#490, #662): the first 16 KB of a connection, or of an answer, and then silence.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

MOST_BYTES = 16 * 1024


class NarrowNetwork:
    """Passes requests on to a port of this machine; of each answer, or of each connection, `most` bytes come back."""

    def __init__(self, port: int, *, per_connection: bool, most: int = MOST_BYTES) -> None:
        self.port = port
        self.per_connection = per_connection
        self.most = most
        self.stalled = 0
        self._open: set[asyncio.Task[None]] = set()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection, until either side ends it."""
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        there, back = await asyncio.open_connection("127.0.0.1", self.port)
        passed = 0

        async def ask() -> None:
            nonlocal passed
            while data := await reader.read(65536):
                if not self.per_connection:
                    passed = 0
                back.write(data)
                await back.drain()

        async def answer() -> None:
            nonlocal passed
            while data := await there.read(4096):
                room = max(0, self.most - passed)
                writer.write(data[:room])
                await writer.drain()
                passed += len(data)
                if passed > self.most:
                    self.stalled += 1
                    await asyncio.Event().wait()

        ways = [asyncio.ensure_future(ask()), asyncio.ensure_future(answer())]
        try:
            # `close` cancels this; asyncio would log that as a fault of the connection's.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for side in (writer, back):
                with contextlib.suppress(OSError):
                    side.close()
            self._open.discard(task)

    def close(self) -> None:
        """Ends every connection."""
        for task in self._open:
            task.cancel()


@asynccontextmanager
async def narrowed(
    url: str, *, per_connection: bool, most: int = MOST_BYTES
) -> AsyncIterator[tuple[NarrowNetwork, str]]:
    """Opens a narrow network before a server of this machine; gives it, and the address that leads through it."""
    network = NarrowNetwork(int(url.rpartition(":")[2]), per_connection=per_connection, most=most)
    server = await asyncio.start_server(network.handle, "127.0.0.1", 0)
    try:
        yield network, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        network.close()
