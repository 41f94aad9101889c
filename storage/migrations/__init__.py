"""The migrations of the database, applied at the start."""
