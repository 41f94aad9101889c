"""Tests of what is owed to chats, and of how it gets there."""
