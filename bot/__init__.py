"""This bot gets school families into the electronic diary."""

__version__ = "1.8.9"  # the only place that names it: pyproject.toml and `--version` read it here
