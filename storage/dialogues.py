"""Where each family stands: one row a family, written before anything is answered."""

import json
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Insert, Update, bindparam, case, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import outbox
from storage.database import Database
from storage.handled import Upsert
from storage.inserting import INSERTS
from storage.models import dialogues


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A family's place: the screen in front of them, what they told, and the ticket form in hand.

    `step` is the guide's step they stand at (1-based, 0 before the guide), `misses` the unknown messages in a row,
    `sent_at` when the chat last got a new message (Telegram wants a second between two). `read` is the row as it was
    read; a fresh dialogue has none. `owed` says that something waited for the family in the outbox then. `thread_id` is
    the topic of the private chat that the family wrote in last, `heard` the marks of its last messages
    (see messages_read.py), `last_update` the number of the update that was handled last.
    """

    family_id: int
    name: str = ""
    screen: str = "role"
    path: str | None = None
    reader: str | None = None
    step: int = 0
    error: str | None = None
    misses: int = 0
    form: dict[str, Any] = field(default_factory=dict)
    warned_private: bool = False
    blocked_at: float | None = None
    sent_at: float = 0.0
    updated_at: float = 0.0
    thread_id: int | None = None
    heard: str = ""
    last_update: int | None = None
    owed: bool = field(default=False, compare=False)
    read: "Dialogue | None" = field(default=None, compare=False, repr=False)

    @property
    def ticket_id(self) -> int | None:
        """The ticket in whose conversation the family is; None where it stands elsewhere."""
        return int(self.screen.removeprefix("ticket:") or 0) if self.screen.startswith("ticket:") else None

    @property
    def in_form(self) -> bool:
        """Whether the family is asked a question of the ticket's form, or sees its preview."""
        return self.screen.startswith(("form_", "edit_", "join")) and bool(self.form.get("form_id"))


_COLUMNS = [dialogues.c[name] for name in Dialogue.__slots__ if name not in ("owed", "read")]
_SELECT = select(*_COLUMNS, outbox.owed_to(dialogues.c.family_id)).where(
    dialogues.c.family_id.in_(bindparam("families", expanding=True))
)
_PLACE = ("name", "screen", "path", "reader", "step", "error", "misses", "updated_at", "thread_id", "last_update")
_WHOLE = (
    "name",
    "screen",
    "path",
    "reader",
    "step",
    "error",
    "misses",
    "form",
    "warned_private",
    "blocked_at",
    "sent_at",
    "updated_at",
    "thread_id",
    "heard",
    "last_update",
)


def _upserted(statement: Any, names: tuple[str, ...], **also: Any) -> Insert:
    changes = {name: statement.excluded[name] for name in names}
    upserted: Insert = statement.on_conflict_do_update(index_elements=["family_id"], set_=changes | also)
    return upserted


_FORM_LEFT = case((bindparam("settled", type_=Boolean), literal_column("'{}'")), else_=dialogues.c.form)


def _save_place(dialect: str, condition: ColumnElement[bool]) -> Insert:
    names = ("family_id", *_PLACE)
    row = select(*(bindparam(name, type_=dialogues.c[name].type) for name in names)).where(condition)
    return _upserted(INSERTS[dialect](dialogues).from_select(names, row), _PLACE, form=_FORM_LEFT)


_SAVE_PLACE = {dialect: Upsert(partial(_save_place, dialect)) for dialect in INSERTS}
_SAVE_WHOLE = {
    dialect: _upserted(insert(dialogues).values({name: bindparam(name) for name in ("family_id", *_WHOLE)}), _WHOLE)
    for dialect, insert in INSERTS.items()
}


async def load(connection: AsyncConnection, family_id: int) -> Dialogue:
    """The family's dialogue; a fresh one for a family never seen."""
    return (await _load_many(connection, [family_id])).get(family_id) or Dialogue(family_id)


async def of(database: Database, family_id: int) -> Dialogue:
    """The same outside of a transaction, read together with those of other families in hand."""
    return await database.read_by_key(_load_many, family_id) or Dialogue(family_id)


async def _load_many(connection: AsyncConnection, families: Sequence[int]) -> dict[int, Dialogue]:
    found = [Dialogue(*row) for row in await connection.execute(_SELECT, {"families": families})]
    return {one.family_id: replace(one, read=replace(one, form=deepcopy(one.form))) for one in found}


def place_of(dialogue: Dialogue) -> list[Any]:
    """Where the family stands, as plain data."""
    return [dialogue.screen, dialogue.path, dialogue.reader, dialogue.step]


async def lock(connection: AsyncConnection, family_id: int) -> None:
    """Keeps everybody else from writing the family's dialogue until this transaction ends (on SQLite one writes at a
    time as it is).
    """
    await connection.execute(select(dialogues.c.family_id).where(dialogues.c.family_id == family_id).with_for_update())


async def exists(connection: AsyncConnection, family_id: int) -> bool:
    """Whether the family has a dialogue."""
    return family_id in await _load_many(connection, [family_id])


async def save(connection: AsyncConnection, dialogue: Dialogue) -> None:
    """Writes what changed since the dialogue was read.

    The school's answer may bring the family back to its ticket meanwhile, and a message may go out: what this turn did
    not touch stays as they left it.
    """
    if dialogue.read is None:
        row = {name: getattr(dialogue, name) for name in _WHOLE}
        await connection.execute(_SAVE_WHOLE[connection.dialect.name], {"family_id": dialogue.family_id, **row})
    elif names := _changed(dialogue):
        await connection.execute(_update(names), _row(dialogue, names))


async def save_once(database: Database, dialogue: Dialogue, update_id: int, at: float) -> bool:
    """Writes what `save` would of a dialogue that was read, as the first effect of an update that came `at` a moment.

    It shares statement and commit with other families. False where the update was handled before.
    """
    dialogue = replace(dialogue, last_update=update_id)
    names = _changed(dialogue)
    row = _row(dialogue, names)
    if "form" in names:
        row["new_form"] = json.dumps(dialogue.form)  # a row goes past SQLAlchemy, which would see to it
    return await database.write_row_once(update_id, at, _update(names), row)


@cache
def _update(names: tuple[str, ...]) -> Update:
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    return update(dialogues).where(dialogues.c.family_id == bindparam("family")).values(values)


def _changed(dialogue: Dialogue) -> tuple[str, ...]:
    return tuple(name for name in _WHOLE if getattr(dialogue, name) != getattr(dialogue.read, name))


def _row(dialogue: Dialogue, names: tuple[str, ...]) -> dict[str, Any]:
    return {"family": dialogue.family_id, **{f"new_{name}": getattr(dialogue, name) for name in names}}


async def save_place_once(
    database: Database, dialogue: Dialogue, update_id: int, at: float, *, settled: bool = False
) -> bool:
    """Writes the place alone, as the first effect of an update that came `at` a moment: the hot path of a press.

    It shares statement and commit with other families. `settled` empties the form as well: what was said and shown of
    a problem that is solved is no part of the next one. False where the update was handled before.
    """
    row = {name: getattr(dialogue, name) for name in ("family_id", *_PLACE)}
    row |= {"settled": settled, "last_update": update_id}
    return await database.write_row_once(update_id, at, _SAVE_PLACE[database.url.get_backend_name()], row)


async def note_update(connection: AsyncConnection, family_id: int, update_id: int) -> None:
    """Notes which update of a family was handled last; a family that was never seen has no place to note it at."""
    await connection.execute(update(dialogues).where(dialogues.c.family_id == family_id).values(last_update=update_id))


async def mark_blocked(connection: AsyncConnection, family_id: int, at: float | None) -> None:
    """Notes since when the family blocks the bot (None: it no longer does)."""
    await connection.execute(update(dialogues).where(dialogues.c.family_id == family_id).values(blocked_at=at))


async def leave_thread(connection: AsyncConnection, family_id: int) -> None:
    """Forgets the topic of the private chat that is gone: what comes next goes beside all topics."""
    await connection.execute(update(dialogues).where(dialogues.c.family_id == family_id).values(thread_id=None))


async def set_screen(connection: AsyncConnection, family_id: int, screen: str) -> None:
    """Puts the family before another screen, the rest untouched."""
    await connection.execute(
        update(dialogues).where(dialogues.c.family_id == family_id).values(screen=screen, misses=0)
    )
