"""The same worlds and tickets under way as the tests of the handlers have."""

from tests.handlers.conftest import any_talk, any_world, either_talk, either_world, talk

__all__ = ["any_talk", "any_world", "either_talk", "either_world", "talk"]
