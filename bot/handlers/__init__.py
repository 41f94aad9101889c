"""Telegram in, Telegram out; each module named by who is speaking."""
