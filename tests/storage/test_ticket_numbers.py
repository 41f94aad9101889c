"""The numbers of tickets run within a school, without a gap, whoever sends at the same moment."""

from __future__ import annotations

import asyncio
from functools import partial

from storage import schools, tickets
from storage.database import Database
from storage.tickets import Ticket


async def send(database: Database, desk_id: int, form_id: str) -> tuple[Ticket, bool]:
    values = {
        "family_id": 7, "form_id": form_id, "reader": "parent", "path": "parent", "steps_done": 0, "class_name": "7Б",
        "consent_at": 1.0, "created_at": 1.0, "updated_at": 1.0,
    }  # fmt: skip
    return await database.write(lambda c: tickets.create(c, actor="семья", desk_id=desk_id, **values))


async def test_each_school_counts_from_one_and_wastes_no_number(database: Database) -> None:
    second = await database.write(lambda c: schools.add(c, slug="2", name="Школа 2"))
    forms = [(desk_id, f"{desk_id}:{number // 2}") for desk_id in (1, second.id) for number in range(20)]
    sent = await asyncio.gather(*(send(database, desk_id, form) for desk_id, form in forms))
    for desk_id in (1, second.id):
        mine = {(ticket.number, made) for ticket, made in sent if ticket.desk_id == desk_id}
        assert mine == {(number, made) for number in range(1, 11) for made in (True, False)}, "each form was sent twice"
        newest = await database.read(partial(tickets.numbered, desk_id=desk_id, number=10))
        assert newest is not None and newest.desk_id == desk_id
    assert (await send(database, second.id, "новая"))[0].number == 11
