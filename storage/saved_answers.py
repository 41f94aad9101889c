"""The answers that a desk saved to give them again, and how often each ready answer was sent and helped."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import named_values
from storage.inserting import insert_into
from storage.models import SavedAnswer as SavedAnswer
from storage.models import answer_uses, saved_answers

_ANSWERS = select(saved_answers)
_c = saved_answers.c
_FOR_FAMILIES = select(_c.desk_id, _c.id, _c.question).where(
    _c.for_families, _c.key.is_not(None), _c.question.is_not(None)
)
_ASKING = _ANSWERS.where(
    _c.desk_id == bindparam("desk"), _c.asks.is_not(None), _c.asks_message_id == bindparam("message")
)
DRAFTS_FOR_S = 7 * 24 * 3600.0  # how long an answer waits for «Сохранить»


@dataclass(frozen=True, slots=True)
class Uses:
    """Holds how often a ready answer was sent in tickets, and how often «Помогло» followed."""

    sent: int = 0
    helped: int = 0


NO_USES = Uses()


def key_of(name: str) -> str:
    """Gives the name by which two answers of a desk are the same: without regard to case and to «ё»."""
    return name.casefold().replace("ё", "е")


async def lock_names(connection: AsyncConnection, desk_id: int) -> None:
    """Locks the names of a desk's answers until the transaction ends."""
    await named_values.put(connection, f"answers:{desk_id}", "held")


async def add_draft(connection: AsyncConnection, at: float, **values: Any) -> int:
    """Keeps an answer that waits for «Сохранить», and gives its id; drafts that waited too long are dropped."""
    old = (_c.desk_id == values["desk_id"], _c.key.is_(None), _c.created_at < at - DRAFTS_FOR_S)
    await connection.execute(delete(saved_answers).where(*old))
    statement = saved_answers.insert().values(created_at=at, **values).returning(_c.id)
    return int((await connection.execute(statement)).scalar_one())


async def locked(connection: AsyncConnection, desk_id: int, answer_id: int) -> SavedAnswer | None:
    """Gives an answer of a desk, a draft too, locked until the transaction ends; None where there is none."""
    query = _ANSWERS.where(_c.desk_id == desk_id, _c.id == answer_id).with_for_update()
    row = (await connection.execute(query)).one_or_none()
    return SavedAnswer(*row) if row else None


async def get(connection: AsyncConnection, desk_id: int, answer_id: int) -> SavedAnswer | None:
    """Gives a saved answer of a desk; None where there is none."""
    query = _ANSWERS.where(_c.desk_id == desk_id, _c.id == answer_id, _c.key.is_not(None))
    row = (await connection.execute(query)).one_or_none()
    return SavedAnswer(*row) if row else None


async def named(connection: AsyncConnection, desk_id: int, name: str) -> SavedAnswer | None:
    """Gives the saved answer of that name, whatever its case; None where there is none."""
    query = _ANSWERS.where(_c.desk_id == desk_id, _c.key == key_of(name))
    row = (await connection.execute(query)).one_or_none()
    return SavedAnswer(*row) if row else None


async def saved(connection: AsyncConnection, desk_id: int) -> list[SavedAnswer]:
    """Gives the saved answers of a desk by their names."""
    query = _ANSWERS.where(_c.desk_id == desk_id, _c.key.is_not(None)).order_by(_c.key)
    return [SavedAnswer(*row) for row in await connection.execute(query)]


async def count(connection: AsyncConnection, desk_id: int) -> int:
    """Counts the saved answers of a desk."""
    query = select(func.count()).where(_c.desk_id == desk_id, _c.key.is_not(None))
    return int((await connection.execute(query)).scalar_one())


async def for_families(connection: AsyncConnection) -> dict[int, dict[int, str]]:
    """Gives the questions whose answers are for families, by desk and by the answer's id."""
    found: dict[int, dict[int, str]] = {}
    for desk_id, answer_id, question in await connection.execute(_FOR_FAMILIES):
        found.setdefault(desk_id, {})[answer_id] = question
    return found


async def asking(connection: AsyncConnection, desk_id: int, message_id: int) -> SavedAnswer | None:
    """Gives the answer that the reply to this message of the desk changes; None where it changes none."""
    row = (await connection.execute(_ASKING, {"desk": desk_id, "message": message_id})).first()
    return SavedAnswer(*row) if row else None


async def asked_in(connection: AsyncConnection, desk_id: int, message_id: int) -> bool:
    """Tells whether this message of the desk was the last that asked for a new text or name of one of its answers."""
    query = select(_c.id).where(_c.desk_id == desk_id, _c.asks_message_id == message_id).limit(1)
    return (await connection.execute(query)).first() is not None


async def change(connection: AsyncConnection, answer_id: int, **values: Any) -> None:
    """Writes columns of an answer."""
    await connection.execute(update(saved_answers).where(_c.id == answer_id).values(**values))


async def remove(connection: AsyncConnection, answer: SavedAnswer, choice: str) -> None:
    """Removes an answer with the counts of its `choice`."""
    await connection.execute(delete(saved_answers).where(_c.id == answer.id))
    u = answer_uses.c
    await connection.execute(delete(answer_uses).where(u.desk_id == answer.desk_id, u.choice == choice))


# --- how often -------------------------------------------------------------------------------------------------------


async def uses(connection: AsyncConnection, desk_id: int) -> dict[tuple[str, str], Uses]:
    """Gives how often each ready answer of a desk was sent and helped, by its choice and by the matter."""
    u = answer_uses.c
    query = select(u.choice, u.matter, u.sent, u.helped).where(u.desk_id == desk_id)
    return {(choice, matter): Uses(sent, helped) for choice, matter, sent, helped in await connection.execute(query)}


def in_all(uses: dict[tuple[str, str], Uses], choice: str) -> Uses:
    """Adds up how often a ready answer was sent and helped, whatever the matter."""
    found = [one for (named, _), one in uses.items() if named == choice]
    return Uses(sum(one.sent for one in found), sum(one.helped for one in found))


async def count_sent(connection: AsyncConnection, desk_id: int, choice: str, matter: str | None) -> None:
    """Counts that a ready answer was sent in a ticket about this matter."""
    statement = insert_into(connection, answer_uses).values(
        desk_id=desk_id, choice=choice, matter=matter or "", sent=1, helped=0
    )
    again = {"sent": answer_uses.c.sent + 1}
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["desk_id", "choice", "matter"], set_=again)
    )


async def count_helped(connection: AsyncConnection, desk_id: int, choice: str, matter: str | None) -> None:
    """Counts that «Помогло» followed a ready answer; nothing where the answer was removed meanwhile."""
    u = answer_uses.c
    here = (u.desk_id == desk_id, u.choice == choice, u.matter == (matter or ""))
    await connection.execute(update(answer_uses).where(*here).values(helped=u.helped + 1))


async def count_told(connection: AsyncConnection, answer_id: int, *, helped: bool = False) -> bool:
    """Counts that the bot gave an answer to a family, or that it helped; False where the answer was removed."""
    value = {_c.told_helped: _c.told_helped + 1} if helped else {_c.told: _c.told + 1}
    statement = update(saved_answers).where(_c.id == answer_id, _c.key.is_not(None)).values(value)
    return bool((await connection.execute(statement)).rowcount)
