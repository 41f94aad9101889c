"""Delivery: sends the messages, edits and other calls that are owed to chats, within the messengers' limits."""
