"""The use-cases of tickets, and with them notices, bad days, the operator's counts, links, buttons and the upkeep loop.

A use-case is an `async` function that is called within the one transaction that commits all that it changes. Its
docstring says when it may be called and what it changes. A function that is not `async` only computes: it may be called
at any time and changes nothing.
"""
