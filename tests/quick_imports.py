"""Stops the garbage collector while a process imports: it would walk through the same new modules again and again.

Imported before all else by what loads the libraries; whoever has loaded them calls `imported`.
"""

from __future__ import annotations

import gc

gc.disable()


def imported() -> None:
    """Takes all that is loaded out of the collector's sight, and lets it work from now on."""
    gc.freeze()
    gc.enable()
