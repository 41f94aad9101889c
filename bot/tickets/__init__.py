"""The use-cases of tickets: one function each, called within the one transaction that commits all that it changes."""
