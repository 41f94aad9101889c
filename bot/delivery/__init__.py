"""Delivery: the messages, edits and other calls that are owed to chats are sent within the messenger's limits."""
