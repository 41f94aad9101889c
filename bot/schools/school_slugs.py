"""Makes the slug of a school, its short name in the families' links, out of the school's name."""

import re

LONGEST = 24
SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,22}[a-z0-9])?")
_NUMBER = re.compile(r"\d{1,6}")
_OTHER_SIGNS = re.compile(r"[^a-z0-9]+")
_LATIN = dict(
    а="a", б="b", в="v", г="g", д="d", е="e", ё="e", ж="zh", з="z", и="i", й="y", к="k", л="l", м="m", н="n", о="o",
    п="p", р="r", с="s", т="t", у="u", ф="f", х="kh", ц="ts", ч="ch", ш="sh", щ="shch", ъ="", ы="y", ь="", э="e",
    ю="yu", я="ya",
)  # fmt: skip


def made_of(name: str, taken: set[str]) -> str:
    """Makes a slug that none of the taken ones is: the number in the school's name, else the name in Latin letters."""
    number = _NUMBER.findall(name)
    written = "".join(_LATIN.get(sign, sign) for sign in name.lower())
    base = number[0] if len(number) == 1 else _OTHER_SIGNS.sub("-", written).strip("-")[:LONGEST].strip("-") or "school"
    slug, count = base, 1
    while slug in taken:
        count += 1
        end = f"-{count}"
        slug = base[: LONGEST - len(end)].strip("-") + end
    return slug
