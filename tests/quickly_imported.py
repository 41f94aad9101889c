"""Import this first: it starts the quick imports, and `imported` ends them."""

from __future__ import annotations

from bot import quick_imports

quick_imports.begin()
imported = quick_imports.end
