"""Puts a Russian noun into the form that a number asks for."""


def plural(forms: tuple[str, str, str], n: int) -> str:
    """Gives the form of a Russian noun that goes with a number: «1 день», «3 дня», «90 дней»."""
    if n % 10 == 1 and n % 100 != 11:
        return forms[0].format(n=n)
    if n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14):
        return forms[1].format(n=n)
    return forms[2].format(n=n)
