"""The bot's knowledge and decisions, free of any messenger, database, clock or network."""
