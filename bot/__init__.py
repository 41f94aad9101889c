"""The bot that gets school families into the electronic diary."""
