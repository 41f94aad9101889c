"""The marker of a test that runs on SQLite alone, in a module whose other tests run on both databases."""

from __future__ import annotations

import pytest

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
