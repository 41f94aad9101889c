"""Tests of delivery: what is owed to chats, and how it gets there."""
