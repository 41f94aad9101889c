"""Handles texts and pictures of a family: the text is understood and answered, the picture is read later as a job."""

import asyncio
from dataclasses import replace
from typing import Any

from aiogram import F, Router
from aiogram.types import Message
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows import masking, routes
from bot.flows.guide import topic_answers
from bot.flows.guide.steps import back_to_steps
from bot.flows.guide.views import view
from bot.flows.marked import Markup
from bot.flows.routes import Route
from bot.flows.screen import Button, School
from bot.flows.ticket import ticket_form
from bot.flows.understanding import Context, understand
from bot.handlers import quotes
from bot.handlers.family import answers, current_screen, typed_buttons
from bot.handlers.family.answers import Said
from bot.handlers.family.own_tickets import tickets_of
from bot.handlers.family.picture_files import claimed_kind
from bot.handlers.filters import PRIVATE, Where
from bot.handlers.update_context import UpdateContext
from bot.tickets import owing
from storage import dialogues, jobs
from storage.dialogues import Dialogue

router = Router(name="family_errors")
router.message.filter(PRIVATE)


@router.message(Where(F.text))
async def read_text(message: Message, context: UpdateContext, dialogue: Dialogue) -> None:
    """Answers a text that is neither a command nor meant for a form or a ticket."""
    await answer_text(context, dialogue, message.text or "", quoted_in(message))


def quoted_in(message: Message) -> str:
    """Gives the words that a message quotes, from this chat or another: they may be what stands on the screen."""
    quoted = quotes.of(message)
    return quoted.words if quoted else ""


@router.message(Where(F.photo | (F.document & ~F.animation)))
async def read_picture(message: Message, context: UpdateContext, dialogue: Dialogue) -> None:
    """Stores the reading of a screenshot as a job; a caption that says enough is answered at once."""
    said = await _said(context, with_file(dialogue, message), message.caption or "")
    if said.meaning.is_sure_error:
        await answers.answer(said)
        return
    await context.once(lambda c: _store_job(c, context, message))
    context.services.jobs_waiting.set()
    if message.media_group_id:
        asyncio.get_running_loop().call_later(owing.MEDIA_GROUP_WAIT_S, context.services.jobs_waiting.set)


async def answer_text(context: UpdateContext, dialogue: Dialogue, text: str, quoted: str = "") -> None:
    """Answers a text, wherever the family stands; what it quotes counts where it says nothing known."""
    await answers.answer(await _said(context, dialogue, text, quoted))


async def _said(context: UpdateContext, dialogue: Dialogue, text: str, quoted: str = "") -> Said:
    here, answer_id = current_screen.standing(dialogue, context.pack), current_screen.answer_shown(dialogue)
    family_tickets = await tickets_of(context)
    if answer_id is not None:
        route = current_screen.route_of(dialogue, context.pack)
        screen = topic_answers.school_answered(route, Markup(), answer_id)  # its buttons alone are looked at
    else:
        screen = current_screen.drawn(context.services, dialogue, here, family_tickets)
    beside = await typed_buttons.elsewhere(context, dialogue, here, text, family_tickets)
    known = Context(
        context.pack,
        here,
        (*beside, *screen.buttons),  # of two with one label the screen's own counts
        _behind(here, context.school),
        current_screen.path_of(dialogue, context.pack),
        quoted,
        answered=context.services.facts.answered.get(context.desk_id, {}),
    )
    return Said(context, dialogue, text, understand(text, known), here, screen)


def _behind(here: Route, school: School) -> tuple[Button, ...]:
    """Gives the buttons of the step from which words have led a family to this screen; none at a step itself."""
    step = back_to_steps(here)
    return tuple(view(step, school).buttons) if here.kind in routes.BESIDE_STEPS and step.kind == "step" else ()


def file_of(message: Message) -> dict[str, str] | None:
    """Gives the picture or document of a message as a form keeps it."""
    if message.photo:
        return {"kind": "photo", "file_id": message.photo[-1].file_id}
    if message.document:
        named = {"file_name": message.document.file_name} if message.document.file_name else {}
        return {"kind": "document", "file_id": message.document.file_id, **named}
    return None


def with_file(dialogue: Dialogue, message: Message) -> Dialogue:
    """Gives the dialogue with the picture kept, so that it goes along if a ticket follows."""
    found = file_of(message)
    form = ticket_form.from_json(dialogue.form)
    if not found or found in form.files:
        return dialogue
    files = (*form.files, found)[-ticket_form.FILES_LIMIT :]
    return replace(dialogue, form=replace(form, files=files).as_json())


def picture_in(message: Message) -> dict[str, Any]:
    """Gives a picture as its reading needs it, with the words beside it, masked."""
    picture: dict[str, Any] = {"file": file_of(message), "size": None, "claimed": ""}
    if message.document:
        picture |= {"size": message.document.file_size, "claimed": claimed_kind(message.document)}
    beside = {"caption": message.caption, "quoted": quoted_in(message)}
    return picture | {name: masking.mask(said).text for name, said in beside.items() if said}


async def _store_job(connection: AsyncConnection, context: UpdateContext, message: Message) -> None:
    await dialogues.lock(connection, context.family_id)
    dialogue = await dialogues.load(connection, context.family_id)
    picture = picture_in(message)
    album = f"album:{context.family_id}:{message.media_group_id}" if message.media_group_id else None
    new = await jobs.put(
        connection, kind="screenshot", family_id=context.family_id, at=context.now,
        payload={**picture, "place": dialogues.position_of(dialogue)},
        key=album or f"update:{context.update_id}", delay=owing.MEDIA_GROUP_WAIT_S if album else 0.0,
    )  # fmt: skip
    if album and not new:
        await jobs.add_part(connection, album, picture)
    dialogue = replace(with_file(dialogue, message), thread_id=context.chat.thread_id, heard=context.heard)
    await dialogues.save(connection, replace(dialogue, name=context.name, updated_at=context.now))
