"""Spells texts so that their words can be compared: in lower case, and with «е» for «ё»."""


def plain_letters(text: str) -> str:
    """Gives a text in lower case and with «е» for «ё»; it is as long as before, but for rare foreign letters."""
    return text.lower().replace("ё", "е")
