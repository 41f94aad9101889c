"""Stand-ins for Telegram and MAX that live in memory, with people who use them: for tests, benchmarks and the demo."""
