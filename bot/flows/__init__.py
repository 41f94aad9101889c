"""The flows hold the bot's knowledge and decisions. Nothing here knows Telegram, a database, a clock or a network."""
