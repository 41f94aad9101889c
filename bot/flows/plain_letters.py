"""Spells texts so that their words can be compared: in lower case, with «е» for «ё», each letter one character."""

from unicodedata import normalize


def plain_letters(text: str) -> str:
    """Gives a text in lower case and with «е» for «ё».

    «й» may come as «и» and a breve, from a file's name on a Mac or out of a PDF: it becomes one letter (Unicode, NFC).
    """
    return normalize("NFC", text).lower().replace("ё", "е")
