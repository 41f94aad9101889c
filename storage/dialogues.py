"""Dialogues: the screen that each family stands before, one row a family, written before anything is answered."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from functools import cache
from typing import Any

from sqlalchemy import Insert, Update, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import outbox
from storage.database import Database
from storage.inserting import INSERTS
from storage.models import Dialogue as Dialogue
from storage.models import dialogues

_SELECT = select(dialogues, outbox.owed_to(dialogues.c.family_id)).where(
    dialogues.c.family_id.in_(bindparam("families", expanding=True))
)
_PLACE = ("name", "screen", "path", "reader", "step", "error", "misses", "updated_at", "thread_id", "last_update")
_WHOLE = tuple(column.name for column in dialogues.c if not column.primary_key)


@cache
def _upsert(dialect: str, names: tuple[str, ...], *, empties_form: bool = False) -> Insert:
    """Gives the statement that inserts these columns of a family, or changes them where the family has its row."""
    statement = INSERTS[dialect](dialogues).values({name: bindparam(name) for name in ("family_id", *names)})
    changes: dict[str, Any] = {name: statement.excluded[name] for name in names}
    if empties_form:
        changes["form"] = {}
    upserted: Insert = statement.on_conflict_do_update(index_elements=["family_id"], set_=changes)
    return upserted


async def load(connection: AsyncConnection, family_id: int) -> Dialogue:
    """Gives the family's dialogue; a fresh one for a family never seen."""
    return (await _load_many(connection, [family_id])).get(family_id) or Dialogue(family_id)


async def of(database: Database, family_id: int) -> Dialogue:
    """Gives a family's dialogue outside of a transaction, read together with those of other families in hand."""
    return await database.read_by_key(_load_many, family_id) or Dialogue(family_id)


async def _load_many(connection: AsyncConnection, families: Sequence[int]) -> dict[int, Dialogue]:
    found = [Dialogue(*row) for row in await connection.execute(_SELECT, {"families": families})]
    return {one.family_id: replace(one, read=replace(one, form=deepcopy(one.form))) for one in found}


def position_of(dialogue: Dialogue) -> list[Any]:
    """Gives the position of a family in the dialogue, its screen and what that depends on, as plain data."""
    return [dialogue.screen, dialogue.path, dialogue.reader, dialogue.step]


async def lock(connection: AsyncConnection, family_id: int) -> None:
    """Locks a family's dialogue against other writers until this transaction ends; SQLite has one writer anyway."""
    await connection.execute(select(dialogues.c.family_id).where(dialogues.c.family_id == family_id).with_for_update())


async def exists(connection: AsyncConnection, family_id: int) -> bool:
    """Tells whether the family has a dialogue at all."""
    return family_id in await _load_many(connection, [family_id])


async def save(connection: AsyncConnection, dialogue: Dialogue) -> None:
    """Writes the fields that changed since the dialogue was read, and no others.

    Meanwhile the school's answer may have brought the family back to its ticket, or a message may have gone out: the
    fields that they wrote stay as they are.
    """
    if dialogue.read is None:
        row = {name: getattr(dialogue, name) for name in ("family_id", *_WHOLE)}
        await connection.execute(_upsert(connection.dialect.name, _WHOLE), row)
    elif names := _changed(dialogue):
        await connection.execute(_update(names), _row(dialogue, names))


async def save_once(database: Database, dialogue: Dialogue, update_id: int, at: float) -> bool:
    """Saves a dialogue in the transaction that claims the update at the moment `at`; nothing else is written there.

    False where the update was handled before.
    """
    stored = replace(dialogue, last_update=update_id)

    async def work(connection: AsyncConnection) -> bool:
        await save(connection, stored)
        return True

    return bool(await database.write_once(update_id, at, work, repeatable=True))


@cache
def _update(names: tuple[str, ...]) -> Update:
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    return update(dialogues).where(dialogues.c.family_id == bindparam("family")).values(values)


def _changed(dialogue: Dialogue) -> tuple[str, ...]:
    return tuple(name for name in _WHOLE if getattr(dialogue, name) != getattr(dialogue.read, name))


def _row(dialogue: Dialogue, names: tuple[str, ...]) -> dict[str, Any]:
    return {"family": dialogue.family_id, **{f"new_{name}": getattr(dialogue, name) for name in names}}


async def save_screen_once(
    database: Database, dialogue: Dialogue, update_id: int, at: float, *, settled: bool = False
) -> bool:
    """Writes the screen alone, in the transaction that claims the update at the moment `at`; no row is read before.

    `settled` empties the form as well: what a family told of a solved problem does not belong to the next one. False
    where the update was handled before.
    """
    row = {name: getattr(dialogue, name) for name in ("family_id", *_PLACE)} | {"last_update": update_id}

    async def work(connection: AsyncConnection) -> bool:
        await connection.execute(_upsert(connection.dialect.name, _PLACE, empties_form=settled), row)
        return True

    return bool(await database.write_once(update_id, at, work, repeatable=True))


_NOTE_UPDATE = (
    update(dialogues).where(dialogues.c.family_id == bindparam("family")).values(last_update=bindparam("number"))
)


async def note_update(connection: AsyncConnection, family_id: int, update_id: int) -> None:
    """Notes which update of a family was handled last; a family that was never seen has no row to note it in."""
    await connection.execute(_NOTE_UPDATE, {"family": family_id, "number": update_id})


async def mark_blocked(connection: AsyncConnection, family_id: int, at: float | None) -> None:
    """Notes since when the family blocks the bot (None: it no longer does)."""
    await connection.execute(update(dialogues).where(dialogues.c.family_id == family_id).values(blocked_at=at))


async def take_off_school(connection: AsyncConnection, family_id: int, school_id: int) -> bool:
    """Takes its school off a family, with the form that is for that school.

    False where that was done before, or the family chose another meanwhile.
    """
    its_own = (dialogues.c.family_id == family_id, dialogues.c.school_id == school_id)
    changed = await connection.execute(update(dialogues).where(*its_own).values(school_id=None, form={}))
    return changed.rowcount == 1


async def leave_thread(connection: AsyncConnection, family_id: int) -> None:
    """Forgets a topic of the private chat that is gone: the next messages go outside of all topics."""
    await connection.execute(update(dialogues).where(dialogues.c.family_id == family_id).values(thread_id=None))


async def set_screen(connection: AsyncConnection, family_id: int, screen: str) -> None:
    """Puts the family before another screen, the rest untouched."""
    await connection.execute(
        update(dialogues).where(dialogues.c.family_id == family_id).values(screen=screen, misses=0)
    )
