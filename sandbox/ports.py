"""Finds a free port of this machine, for a server that is started a moment later."""

from __future__ import annotations

import itertools
import os
import socket

# Below the ports that systems hand out by themselves: there a port found free could be given away before it is used.
_FIRST, _COUNT = 10_000, 20_000
# Processes that look at the same time begin apart from each other.
_steps = itertools.count(os.getpid() * 997)


def free_port() -> int:
    """Gives a port of the loopback address that nobody listens on, and that this process was not given lately.

    RuntimeError where there is none.
    """
    for step in itertools.islice(_steps, _COUNT):
        port = _FIRST + step % _COUNT
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise RuntimeError("no port is free")
