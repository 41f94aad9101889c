"""The markers of tests that run on one database, or on databases and messengers in pairs, where others run on both."""

from __future__ import annotations

import pytest

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def in_each_messenger(fixture: str) -> pytest.MarkDecorator:
    """Marks a test whose world is made by this fixture, which gets «telegram» or «max»: each messenger, each database.

    What is stored is the same from whichever messenger it came: MAX is tried on PostgreSQL, which regions run.
    """
    pairs = [
        ("sqlite", "telegram"),
        pytest.param("postgres", "telegram", marks=pytest.mark.postgres),
        pytest.param("postgres", "max", marks=pytest.mark.postgres),
    ]
    return pytest.mark.parametrize(("database_url", fixture), pairs, indirect=True)
