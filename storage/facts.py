"""Small facts by name: the support chat's present id, the notice, pauses that Telegram asked for, silences."""

from sqlalchemy import Float, cast, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.inserting import insert_into
from storage.models import facts


async def get(connection: AsyncConnection, name: str) -> str | None:
    """Gives a small fact by its name."""
    return (await connection.execute(select(facts.c.value).where(facts.c.name == name))).scalar_one_or_none()


async def beginning_with(connection: AsyncConnection, prefix: str) -> dict[str, str]:
    """Every fact whose name begins so."""
    rows = await connection.execute(select(facts.c.name, facts.c.value).where(facts.c.name.startswith(prefix)))
    return {name: value for name, value in rows}


async def paused_desks(connection: AsyncConnection, now: float) -> set[int]:
    """Gives the desks whose chats take nothing at all at this moment, by their ids."""
    pauses = await beginning_with(connection, "pause:-")
    return {-int(name.split(":")[1]) for name, until in pauses.items() if name.count(":") == 1 and float(until) > now}


async def put(connection: AsyncConnection, name: str, value: str | None) -> None:
    """Keeps a fact, or forgets it (None)."""
    if value is None:
        await connection.execute(delete(facts).where(facts.c.name == name))
        return
    statement = insert_into(connection, facts).values(name=name, value=value)
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value})
    )


async def begin(connection: AsyncConnection, name: str, value: str) -> bool:
    """Keeps a fact where there is none of this name: of two who do so at once, one is told True."""
    statement = insert_into(connection, facts).values(name=name, value=value)
    return (await connection.execute(statement.on_conflict_do_nothing(index_elements=["name"]))).rowcount == 1


async def take(connection: AsyncConnection, name: str) -> str | None:
    """Forgets a fact and gives its value: of two who take it at once, one gets it."""
    return (await connection.execute(delete(facts).where(facts.c.name == name).returning(facts.c.value))).scalar()


async def forget(connection: AsyncConnection, name: str, value: str) -> bool:
    """Forgets a fact where it still has this value: of two who do so at once, one is told True."""
    gone = await connection.execute(delete(facts).where(facts.c.name == name, facts.c.value == value))
    return gone.rowcount == 1


FLOOD = "flood:"  # begins the name of a fact: until when an account that wrote too much is left unanswered


async def begin_silence(connection: AsyncConnection, key: str, now: float, until: float) -> bool:
    """Leaves an account unanswered until that moment; False where another replica did so already."""
    statement = insert_into(connection, facts).values(name=FLOOD + key, value=str(until))
    # One statement: two replicas that meet the flood at once wait for each other here, and one of them tells of it.
    statement = statement.on_conflict_do_update(
        index_elements=["name"], set_={"value": statement.excluded.value}, where=cast(facts.c.value, Float) <= now
    )
    return (await connection.execute(statement)).rowcount == 1


async def end_silences(connection: AsyncConnection, now: float) -> None:
    """Drops the silences that are over."""
    for name, until in (await beginning_with(connection, FLOOD)).items():
        if float(until) <= now:
            await put(connection, name, None)
