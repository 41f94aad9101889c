"""Single values by name: the notice, the pauses that Telegram asked for, the silences, the database's own secret."""

from sqlalchemy import Float, bindparam, cast, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.clocks import CLOCKS_APART_S
from storage.inserting import insert_into
from storage.models import named_values

_VALUE = select(named_values.c.value).where(named_values.c.name == bindparam("of"))
_BEGINNING_WITH = select(named_values.c.name, named_values.c.value).where(
    named_values.c.name.startswith(bindparam("prefix"))
)


async def get(connection: AsyncConnection, name: str) -> str | None:
    """Gives the value of a name; None where there is none."""
    return (await connection.execute(_VALUE, {"of": name})).scalar_one_or_none()


async def beginning_with(connection: AsyncConnection, prefix: str) -> dict[str, str]:
    """Gives every value whose name begins so, by its name."""
    return {name: value for name, value in await connection.execute(_BEGINNING_WITH, {"prefix": prefix})}


async def paused_desks(connection: AsyncConnection, now: float) -> set[int]:
    """Gives the desks whose chats take nothing at all at this moment, by their ids."""
    pauses = await beginning_with(connection, "pause:-")
    return {-int(name.split(":")[1]) for name, until in pauses.items() if name.count(":") == 1 and float(until) > now}


async def put(connection: AsyncConnection, name: str, value: str | None) -> None:
    """Keeps a value under a name, or forgets it (None)."""
    if value is None:
        await connection.execute(delete(named_values).where(named_values.c.name == name))
        return
    statement = insert_into(connection, named_values).values(name=name, value=value)
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value})
    )


async def begin(connection: AsyncConnection, name: str, value: str) -> bool:
    """Keeps a value where there is none of this name: of two who do so at once, one is told True."""
    statement = insert_into(connection, named_values).values(name=name, value=value)
    return (await connection.execute(statement.on_conflict_do_nothing(index_elements=["name"]))).rowcount == 1


async def take(connection: AsyncConnection, name: str) -> str | None:
    """Forgets a name and gives its value: of two who take it at once, one gets it."""
    return (
        await connection.execute(
            delete(named_values).where(named_values.c.name == name).returning(named_values.c.value)
        )
    ).scalar()


async def forget(connection: AsyncConnection, name: str, value: str) -> bool:
    """Forgets a name where it still has this value: of two who do so at once, one is told True."""
    gone = await connection.execute(
        delete(named_values).where(named_values.c.name == name, named_values.c.value == value)
    )
    return gone.rowcount == 1


FLOOD = "flood:"  # begins a name: until when an account that wrote too much is left unanswered


async def begin_silence(connection: AsyncConnection, key: str, since: float, until: float) -> bool:
    """Leaves an account unanswered from one moment to another; False where another replica did so already."""
    statement = insert_into(connection, named_values).values(name=FLOOD + key, value=str(until))
    known = cast(named_values.c.value, Float)
    # One statement: two replicas that meet the flood at once wait for each other here, and one of them tells of it.
    statement = statement.on_conflict_do_update(
        index_elements=["name"],
        set_={"value": statement.excluded.value},
        # One that would last longer than this was begun before the clock was put back.
        where=or_(known <= since, known > until + CLOCKS_APART_S),
    )
    return (await connection.execute(statement)).rowcount == 1


async def end_silences(connection: AsyncConnection, by: float) -> None:
    """Drops the silences that were over by a moment."""
    for name, until in (await beginning_with(connection, FLOOD)).items():
        if float(until) <= by:
            await put(connection, name, None)
