"""A stand-in for MAX's Bot API."""
