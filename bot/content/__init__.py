"""The packs that ship with the bot, a folder each, and the examples of talk that all share: data and no code."""
