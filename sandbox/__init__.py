"""A stand-in for Telegram's Bot API, kept in memory: for the tests, the benchmark and the demonstration page."""
