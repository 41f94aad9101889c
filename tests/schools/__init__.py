"""Schools that share the bot: they are added, bound, moved, and they leave."""
