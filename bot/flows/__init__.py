"""What the bot knows: no Telegram, no database, no clock, no network."""
