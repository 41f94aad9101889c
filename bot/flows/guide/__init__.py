"""The guide: the screens that lead through the school's instruction, to its remedies, and to answers beside it."""
