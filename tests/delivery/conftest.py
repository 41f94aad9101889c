"""The same worlds and tickets under way as the tests of the handlers have."""

from tests.handlers.conftest import either_talk, either_world, talk

__all__ = ["either_talk", "either_world", "talk"]
