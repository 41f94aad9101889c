"""The bot as people see it, through the sandbox."""
