"""Telegram: sessions, polling, webhook, answers that do not parse."""
