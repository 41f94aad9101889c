"""The measurements of `make bench` stand here: the bot against a bare one, in one run on one machine."""
