"""This bot gets school families into the electronic diary."""

__version__ = "1.8.8"  # the only place that names it: pyproject.toml and `--version` read it here
