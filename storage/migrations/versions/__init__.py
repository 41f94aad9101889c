"""The migrations, one module each, numbered from the oldest."""
