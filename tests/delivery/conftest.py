"""The fixtures of tests/handlers, for the tests of delivery: worlds, and tickets under way."""

from tests.handlers.conftest import any_talk, any_world, either_talk, either_world, talk

__all__ = ["any_talk", "any_world", "either_talk", "either_world", "talk"]
