"""Begins the quick imports before anything else is imported; whoever has loaded the libraries calls `imported`."""

from __future__ import annotations

from bot import quick_imports

quick_imports.begin()
imported = quick_imports.end
