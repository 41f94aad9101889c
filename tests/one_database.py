"""The mark of a test that cannot come out differently on PostgreSQL, in a module where others can."""

from __future__ import annotations

import pytest

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
