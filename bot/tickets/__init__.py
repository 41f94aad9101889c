"""Tickets and all that happens to them, each time in one transaction."""
