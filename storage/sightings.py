"""Sightings: which families met what, lately. They are kept for an hour, and name nobody."""

from collections import defaultdict
from functools import cache
from typing import Any

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import purging
from storage.bad_day_models import Sighting as Sighting
from storage.bad_day_models import sightings
from storage.inserting import INSERTS

MOST_READ = 200  # of one kind at one look: more of them would say nothing new

_ONCE = ("family_key", "desk_id", "matter")
_SEEN_BY = (
    select(sightings.c.desk_id, sightings.c.matter, func.count())
    .where(sightings.c.at > bindparam("after"), sightings.c.matter.not_like(bindparam("but_not")))
    .group_by(sightings.c.desk_id, sightings.c.matter)
    .having(func.count() >= bindparam("fewest"))
)
_DESKS_OF_MANY = (
    select(sightings.c.desk_id)
    .where(sightings.c.at > bindparam("after"), sightings.c.matter.like(bindparam("its_matter")))
    .where(sightings.c.words.is_not(None))
    .group_by(sightings.c.desk_id)
    .having(func.count() >= bindparam("fewest"))
)
_NEWEST = (
    select(sightings)
    .where(sightings.c.desk_id == bindparam("desk"), sightings.c.at > bindparam("after"))
    .where(sightings.c.words.is_not(None))
    .order_by(sightings.c.at.desc(), sightings.c.id.desc())
    .limit(bindparam("most"))
)
_NEWEST_OF_MATTER = _NEWEST.where(sightings.c.matter == bindparam("its_matter"))
_NEWEST_LIKE = _NEWEST.where(sightings.c.matter.like(bindparam("its_matter")))


@cache
def _upsert(dialect: str) -> Any:
    names = (*_ONCE, "words", "at")
    statement = INSERTS[dialect](sightings).values({name: bindparam(name) for name in names})
    # A press after the words adds nothing to them.
    later = {"at": statement.excluded.at, "words": func.coalesce(statement.excluded.words, sightings.c.words)}
    return statement.on_conflict_do_update(index_elements=_ONCE, set_=later)


async def note(
    connection: AsyncConnection, desk_id: int, family_key: str, matter: str, words: str | None, at: float
) -> None:
    """Notes that a family met something at a moment; the same thing again moves its one sighting on."""
    row = {"desk_id": desk_id, "family_key": family_key, "matter": matter, "words": words, "at": at}
    await connection.execute(_upsert(connection.dialect.name), row)


async def families_by_matter(
    connection: AsyncConnection, after: float, *, fewest: int, but_not: str
) -> dict[int, dict[str, int]]:
    """Counts by desk the families by what they met since a moment, where they are at least `fewest`.

    Matters that begin with `but_not` are left out.
    """
    found: dict[int, dict[str, int]] = defaultdict(dict)
    values = {"after": after, "fewest": fewest, "but_not": f"{but_not}%"}
    for desk_id, matter, number in await connection.execute(_SEEN_BY, values):
        found[desk_id][matter] = int(number)
    return found


async def desks_of_many(connection: AsyncConnection, after: float, prefix: str, *, fewest: int) -> set[int]:
    """Gives the desks with at least `fewest` sightings since a moment whose matter begins so and that have words."""
    values = {"after": after, "its_matter": f"{prefix}%", "fewest": fewest}
    return set((await connection.execute(_DESKS_OF_MANY, values)).scalars())


async def with_words(
    connection: AsyncConnection, desk_id: int, after: float, matter: str, most: int = MOST_READ
) -> list[Sighting]:
    """Lists the newest sightings of a matter since a moment whose family wrote words, newest first."""
    values = {"desk": desk_id, "after": after, "its_matter": matter, "most": most}
    return [Sighting(*row) for row in await connection.execute(_NEWEST_OF_MATTER, values)]


async def beginning_with(connection: AsyncConnection, desk_id: int, after: float, prefix: str) -> list[Sighting]:
    """Lists the newest sightings since a moment whose matter begins so, newest first."""
    values = {"desk": desk_id, "after": after, "its_matter": f"{prefix}%", "most": MOST_READ}
    return [Sighting(*row) for row in await connection.execute(_NEWEST_LIKE, values)]


async def forget_before(connection: AsyncConnection, moment: float) -> None:
    """Forgets what was met before a moment."""
    await connection.execute(delete(sightings).where(sightings.c.at < moment))


async def forget_family(connection: AsyncConnection, family_key: str) -> None:
    """Forgets all that a family met, in the database's files as well."""
    if (await connection.execute(delete(sightings).where(sightings.c.family_key == family_key))).rowcount:
        await purging.owe(connection)
