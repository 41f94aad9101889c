"""The guide: the school's instruction as data, and the screens that lead through it."""
