"""This package stands in for Telegram's Bot API, in memory."""
