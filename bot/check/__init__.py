"""The parts of `python -m bot check` stand here: each looks at one thing and gives rows of one table."""
