"""Puts a family before the form's last question, as a walk through the screens before it has left another family.

The walk is eight updates, and hundreds of tests begin with it though they are about what comes after.
"""

from __future__ import annotations

import secrets
from dataclasses import replace

from bot.app import App
from bot.channels import chat_ids
from sandbox.max.max_api import Max
from sandbox.person import Person
from storage import dialogues
from storage.dialogues import Dialogue

_walked: dict[tuple[object, ...], Dialogue] = {}  # by what the walk depends on; for this process


async def keep(app: App, person: Person, walk: tuple[object, ...]) -> None:
    """Keeps what the bot has stored of a person who has come to the form's last question by this walk."""
    _walked[walk] = await dialogues.of(app.services.database, _family_id(person))


async def put(app: App, person: Person, walk: tuple[object, ...]) -> bool:
    """Stores the same for a newcomer, with a form of their own. False where it has to be walked.

    A family that has talked to the bot before walks: more than its form is stored.
    """
    family_id, database = _family_id(person), app.services.database
    known = _walked.get(walk)
    if known is None or await database.read(lambda c: dialogues.exists(c, family_id)):
        return False
    form = {**known.form, "form_id": secrets.token_hex(8)}
    fresh = replace(known, family_id=family_id, name=person.name, form=form, last_update=None, heard="", sent_at=0.0)
    fresh = replace(fresh, updated_at=app.services.clock(), thread_id=None, read=None)
    await database.write(lambda c: dialogues.save(c, fresh))
    return True


def _family_id(person: Person) -> int:
    return chat_ids.of_max(person.id) if isinstance(person.messenger, Max) else person.id
