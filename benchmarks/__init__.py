"""The measurements of `make bench`: the bot against a bare aiogram bot, in one run on one machine."""
