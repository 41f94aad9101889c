"""The parts of `python -m bot check`: each looks at one thing and tells it in rows of one table."""
