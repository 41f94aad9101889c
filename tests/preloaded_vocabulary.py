"""Counts the words of the pack when it is imported, once for all bots that are forked from the importing process."""

from bot.flows import pack_files
from bot.flows.understanding import vocabulary_of
from bot.settings import Settings

vocabulary_of(pack_files.load(Settings.model_fields["content"].default))
