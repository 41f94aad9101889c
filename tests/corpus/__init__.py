"""Texts that are costly to read."""
