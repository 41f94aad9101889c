"""What was counted: as words, as a picture and as a table."""
