"""Makes words safe in the cell of a table that a spreadsheet opens."""

_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(words: str | None) -> str:
    """Gives words that a spreadsheet does not take for a formula; empty for None."""
    said = words or ""
    return f"'{said}" if said.startswith(_BEGINS_FORMULA) else said
