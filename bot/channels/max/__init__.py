"""MAX: its calls and updates, spoken through aiogram's types, so that no other part of the bot knows of it."""
