"""Tests of the bot as people see it, through the sandbox."""
