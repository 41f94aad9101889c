"""Shows the counts of a period as words, as a picture and as a table."""
