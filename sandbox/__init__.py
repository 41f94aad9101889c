"""This stand-in for Telegram's Bot API lives in memory: for the tests, the benchmarks and the demonstration page."""
