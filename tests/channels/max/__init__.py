"""Tests of the bot in MAX: families, the desk in a group, both messengers at once, faults, webhook, marker."""
