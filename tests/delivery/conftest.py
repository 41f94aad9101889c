"""The fixtures of tests/handlers, for the tests of delivery: worlds, and tickets under way."""

from tests.handlers.conftest import either_talk, either_world, talk

__all__ = ["either_talk", "either_world", "talk"]
