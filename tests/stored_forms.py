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


async def is_newcomer(app: App, person: Person) -> bool:
    """Tells whether the bot knows nothing of a person: of any other, more than the form is stored."""
    return not await app.services.database.read(lambda c: dialogues.exists(c, _family_id(person)))


async def keep(app: App, person: Person, walk: tuple[object, ...]) -> None:
    """Keeps what the bot has stored of a newcomer who has come to the form's last question by this walk."""
    _walked[walk] = await dialogues.of(app.services.database, _family_id(person))


async def put(app: App, person: Person, walk: tuple[object, ...]) -> bool:
    """Stores the same for another newcomer, with a form of their own. False where it was not walked before."""
    known = _walked.get(walk)
    if known is None:
        return False
    form = {**known.form, "form_id": secrets.token_hex(8)}
    fresh = replace(
        known, family_id=_family_id(person), name=person.name, form=form, updated_at=app.services.clock(),
        last_update=None, heard="", sent_at=0.0, thread_id=None, read=None,
    )  # fmt: skip
    await app.services.database.write(lambda c: dialogues.save(c, fresh))
    return True


def _family_id(person: Person) -> int:
    return chat_ids.of_max(person.id) if isinstance(person.messenger, Max) else person.id
