"""Lets a pupil hand a screen over to a parent, and tells the pupil when the parent's steps are done."""

import secrets
from base64 import urlsafe_b64encode
from dataclasses import replace
from urllib.parse import quote

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import queues
from bot.flows import routes
from bot.flows.content import Reader
from bot.flows.marked import Markup, marked
from bot.flows.routes import Route
from bot.flows.screen import Button, Screen
from bot.handlers.family_chat import owed_screen
from bot.handlers.update_context import UpdateContext
from bot.services import Services
from storage import dialogues, handovers
from storage.bans import keyed
from storage.dialogues import Dialogue

TOKEN_BYTES = 16  # 22 characters of A-Za-z0-9_-, far below the 64 of a deep link


def is_for_parents(route: Route) -> bool:
    """Tells whether a pupil stands before a screen with something that only a parent can do."""
    if not route.path or not route.path.is_child or route.reader is not Reader.PUPIL:
        return False
    if route.kind == "step":
        return route.path.steps[route.step - 1].doer is Reader.PARENT
    return route.kind in ("wrong", "remedy")


async def with_share_button(
    services: Services, dialogue: Dialogue, route: Route, screen: Screen, update_id: int | None = None
) -> Screen:
    """Adds «Отправить родителям» to a screen where a parent is needed and the bot's own name is known.

    A screen that an update may bring twice has the same link both times.
    """
    family_id, school_id = dialogue.family_id, services.schools.of_family(dialogue.school_id)
    username, channel = services.username_at(family_id), services.abilities_of(family_id)
    if not username or not is_for_parents(route):
        return screen
    token = secrets.token_urlsafe(TOKEN_BYTES) if update_id is None else _token(services, family_id, update_id)
    at = services.clock()
    await services.database.write(
        lambda c: handovers.put(c, token, family_id, school_id, route.code, at), repeatable=True
    )
    link = channel.start_link.format(bot=username, payload=f"h_{token}")
    share = channel.share_link.format(link=quote(link, safe=""), text=quote(texts.SHARE_TEXT, safe=""))
    return Screen(screen.text, ((Button(texts.B_SHARE, url=share),), *screen.rows))


def _token(services: Services, family_id: int, update_id: int) -> str:
    """Makes the token of a link, which nobody can guess without the database's secret."""
    digest = bytes.fromhex(keyed(family_id, f"{services.facts.secret}:{update_id}"))
    return urlsafe_b64encode(digest[:TOKEN_BYTES]).decode().rstrip("=")


async def opened(context: UpdateContext, token: str) -> tuple[Route, Markup]:
    """Opens a link `/start h_<token>`: gives the screen that it leads to, and the words above that screen."""
    now, pack = context.now, context.pack
    found = await context.services.database.write(lambda c: handovers.open_by(c, token, context.family_id, now))
    route = routes.parse(found.screen, pack) if found else None
    if found is None or route is None:
        path = pack.childs_path
        first = Route("step", None, path, Reader.PARENT, 1) if path else Route("role")
        return first, marked(texts.HANDOVER_OLD)
    if found.pupil_id == context.family_id:
        return route, marked(texts.HANDOVER_OWN)
    if route.kind == "wrong" and pack.parents_path:
        # The child opened the diary under a parent's account: what stands there is the parent's own error.
        return Route("remedy", route.about, pack.parents_path, Reader.PARENT), marked(texts.HANDOVER_WELCOME)
    return replace(route, reader=Reader.PARENT), marked(texts.HANDOVER_WELCOME)


def ends_parents_part(route: Route) -> bool:
    """Tells whether a parent who arrives at this screen has done the last of their steps, or has given the consent."""
    if not route.path or not route.path.is_child or route.reader is not Reader.PARENT:
        return False
    return route.kind == "done" or (route.kind == "step" and route.step == len(route.path.steps))


async def note_arrival(context: UpdateContext, route: Route) -> None:
    """Tells the pupils who wait for it that the parent's part is done, where this screen ends that part."""
    if ends_parents_part(route):
        await context.services.database.write(lambda c: tell_pupils(c, context.services, context.family_id))
        context.services.owed.set()


async def tell_pupils(connection: AsyncConnection, services: Services, parent_id: int) -> None:
    """Owes a message to the pupils whose hand-overs this parent opened: it is their turn now.

    Its button leads to the last step of each pupil's own path, by the pack of that pupil's school.
    """
    now = services.clock()
    for pupil_id in await handovers.take_pupils_to_tell(connection, parent_id, now):
        pupil = await dialogues.load(connection, pupil_id)
        pack = services.school_of_family(pupil).pack
        own = pack.path(pupil.path)
        path = own if own and own.is_child else pack.childs_path
        last = Route("step", None, path, Reader.PUPIL, len(path.steps)) if path else Route("role")
        screen = Screen(marked(texts.HANDOVER_DONE), ((Button(texts.B_MY_STEP, last),),))
        await queues.to_family(connection, pupil_id, owed_screen(screen, lasting=True), now)
