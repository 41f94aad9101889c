"""The command that says what is missing."""
