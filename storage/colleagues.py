"""The administrators who wrote or pressed at a desk, by account: a ticket may be handed over to them."""

from sqlalchemy import delete, desc, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.inserting import insert_into
from storage.ticket_models import Colleague as Colleague
from storage.ticket_models import colleagues, tickets

_C = colleagues.c


async def see(connection: AsyncConnection, desk_id: int, account_id: int, name: str, at: float) -> None:
    """Notes that somebody acted at a desk, and what this person is called now."""
    statement = insert_into(connection, colleagues).values(
        desk_id=desk_id, account_id=account_id, name=name, seen_at=at
    )
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["desk_id", "account_id"], set_={"name": name, "seen_at": at})
    )


async def get(connection: AsyncConnection, desk_id: int, account_id: int) -> Colleague | None:
    """Gives the colleague with that account, where this desk knows one."""
    query = select(colleagues).where(_C.desk_id == desk_id, _C.account_id == account_id)
    row = (await connection.execute(query)).one_or_none()
    return Colleague(*row) if row else None


async def newest(connection: AsyncConnection, desk_id: int, *, offset: int, limit: int) -> list[Colleague]:
    """Gives so many colleagues of a desk, the one who was seen last first."""
    query = select(colleagues).where(_C.desk_id == desk_id).order_by(desc(_C.seen_at), _C.account_id)
    return [Colleague(*row) for row in await connection.execute(query.offset(offset).limit(limit))]


async def leave(connection: AsyncConnection, desk_id: int, account_id: int) -> None:
    """Forgets a colleague who left a desk's chat; tickets in their hands stay theirs until they are handed over."""
    await connection.execute(delete(colleagues).where(_C.desk_id == desk_id, _C.account_id == account_id))


async def forget(connection: AsyncConnection, account_id: int) -> None:
    """Forgets an account at every desk: its owner had all their data erased.

    A ticket's card and history keep the name of who acted: they are the school's own record.
    """
    await connection.execute(delete(colleagues).where(_C.account_id == account_id))
    await connection.execute(update(tickets).where(tickets.c.taken_by_id == account_id).values(taken_by_id=None))


async def forget_before(connection: AsyncConnection, moment: float) -> None:
    """Forgets those who were not seen since that moment."""
    await connection.execute(delete(colleagues).where(_C.seen_at < moment))
