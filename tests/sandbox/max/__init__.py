"""Tests of MAX's stand-in, without the bot."""
