"""A stand-in for MAX's Bot API, in memory."""
