"""Counts the words of the pack when it is imported: each bot that is forked would count them anew."""

from bot.flows import pack_files
from bot.flows.understanding import vocabulary_of
from bot.settings import Settings

vocabulary_of(pack_files.load(Settings.model_fields["content"].default))
