"""The parts of `python -m bot check`: each looks at one thing and gives rows of one table."""
