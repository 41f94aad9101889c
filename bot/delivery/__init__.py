"""What is owed to a chat, and when it may be sent."""
