"""The measurements of `make bench`: the bot against a bare one, in one run on one machine."""
