"""Every regular expression of the project, found by itself and tried with texts made to tire it."""
