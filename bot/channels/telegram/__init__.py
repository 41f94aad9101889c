"""Connects the bot to Telegram: aiogram's session, polling, the webhook, and what Telegram keeps about the bot."""
