"""Tests of Telegram's channel: sessions, polling, the webhook, answers that do not parse."""
