"""A family writes or shows what is on the screen: who they are, how old, or an error that the recogniser reads."""

import unicodedata
from dataclasses import replace

from aiogram import F, Router
from aiogram.types import Message
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.flows import dialogue as guide
from bot.flows import masking, people, spots, ticket_form
from bot.flows.dialogue import Screen, you
from bot.flows.guides import Path, Reader
from bot.flows.recogniser import Recognition, Verdict, recognise
from bot.flows.spots import Spot
from bot.handlers import handover, screens
from bot.handlers.turn import Turn
from storage import dialogues, jobs
from storage.dialogues import Dialogue

router = Router(name="family_errors")
router.message.filter(F.chat.type == "private")


@router.message(F.text)
async def read_text(message: Message, turn: Turn, dialogue: Dialogue) -> None:
    """Any text that is neither a command nor meant for a form or a ticket."""
    await answer_text(turn, dialogue, message.text or "")


@router.message(F.photo | (F.document & ~F.animation))
async def read_picture(message: Message, turn: Turn, dialogue: Dialogue) -> None:
    """A screenshot: its reading is stored as a job, and a caption that says enough is answered at once."""
    if message.caption and _says_enough(message.caption, dialogue):
        kept = with_file(dialogue, message)
        await answer_text(turn, kept, message.caption)
        return
    await turn.once(lambda c: _store_job(c, turn, message))
    turn.services.jobs_waiting.set()


async def answer_text(turn: Turn, dialogue: Dialogue, text: str) -> None:
    """The screen that answers a text, wherever the family stands."""
    if not any(unicodedata.category(sign)[0] not in "ZC" for sign in text):
        await turn.save_and_say(dialogue, Screen(you(screens.spot_of(dialogue), "EMPTY_TEXT")))
        return
    here = spots.parse(dialogue.screen) or Spot("role")
    recognition = recognise(text, Path(dialogue.path) if dialogue.path else None)
    turn.services.metrics.recognised(recognition.verdict.value)
    if recognition.verdict is not Verdict.SURE:
        told = _told_about_themselves(here, text)
        if told:
            await _show(turn, dialogue, told)
            return
        if here.kind in ("role", "age") and recognition.error is None and recognition.topic is None:
            again = _ask_again(here, text)
            if again:
                await turn.save_and_say(dialogue, again)
                return
    await _answer_recognised(turn, dialogue, text, recognition)


def _told_about_themselves(here: Spot, text: str) -> Spot | None:
    """Where a role or an age leads that was typed instead of pressed."""
    age = people.read_age(text) if here.kind in ("role", "age") else None
    if age is not None:
        return guide.start_of(Path.ADULT_PUPIL if age >= 18 else Path.CHILD, Reader.PUPIL, here.about)
    if here.kind in ("role", "age", "whose"):
        role = people.read_role(text)
        if here.kind == "whose" and people.read_self(text):
            return guide.start_of(Path.PARENT, Reader.PARENT, here.about)
        if role and (here.kind == "role" or role is not here.reader) and len(text.split()) <= 6:
            return Spot("whose" if role is Reader.PARENT else "age", here.about, reader=role)
    return None


def _ask_again(here: Spot, text: str) -> Screen | None:
    if here.kind == "age":
        rows = guide.view(here, guide.School()).rows
        return Screen(texts.AGE_AGAIN, rows)
    if people.looks_like_age(text):
        return Screen(texts.AGE_AGAIN, guide.view(Spot("age", here.about, reader=Reader.PUPIL), guide.School()).rows)
    if len(text.split()) <= 2:
        return Screen(texts.ROLE_AGAIN, guide.view(here, guide.School()).rows)
    return None


async def _answer_recognised(turn: Turn, dialogue: Dialogue, text: str, recognition: Recognition) -> None:
    here = _standing(dialogue, text)
    spot = guide.heard(recognition, here, dialogue.misses)
    placed = replace(screens.place_at(dialogue, spot), misses=dialogue.misses)
    missed = spot.kind in ("unknown", "unknown_again")
    placed = _with_words(placed, text) if missed else replace(placed, misses=0)
    if spot.kind == "remedy" and recognition.also:
        screen = guide.remedy_with_second(spot, turn.services.school, recognition.also[0])
    else:
        screen = screens.drawn(turn.services, placed, spot, [])
    if spot.kind == "remedy" and here.reader is None and spot.reader is Reader.PUPIL:
        screen = guide.with_parent_choice(screen, spot)
    screen = await handover.with_share_button(turn.services, turn.family_id, spot, screen)
    placed, screen = warned(placed, screen, bool(masking.mask(text).found))
    await turn.count_arrival(spot)
    await turn.save_and_say(placed, screen)


def warned(dialogue: Dialogue, screen: Screen, found: bool) -> tuple[Dialogue, Screen]:
    """Tells a family once, kindly, not to send personal data."""
    if not found or dialogue.warned_private:
        return dialogue, screen
    told = you(screens.spot_of(dialogue), "PRIVATE_DATA")
    return replace(dialogue, warned_private=True), Screen(f"🔒 {told}\n\n{screen.text}", screen.rows)


def _standing(dialogue: Dialogue, text: str) -> Spot:
    """Where the reader stands; «мама» in the text itself tells who is reading where nobody was asked yet."""
    spot = screens.spot_of(dialogue)
    if spot.reader is None:
        return replace(spot, reader=people.read_role(text))
    return spot


def _with_words(dialogue: Dialogue, text: str) -> Dialogue:
    """The unknown text is kept, masked, so that a ticket has it already."""
    form = ticket_form.from_json(dialogue.form)
    before = f"{form.words}\n" if form.words and dialogue.misses else ""
    words = (before + masking.mask(text).text)[: ticket_form.WORDS_LIMIT]
    return replace(dialogue, misses=dialogue.misses + 1, form=replace(form, words=words).as_json())


async def _show(turn: Turn, dialogue: Dialogue, spot: Spot) -> None:
    placed = screens.place_at(dialogue, spot)
    screen = screens.drawn(turn.services, placed, spot, [])
    screen = await handover.with_share_button(turn.services, turn.family_id, spot, screen)
    await turn.count_arrival(spot)
    await turn.save_and_say(placed, screen)


def _says_enough(caption: str, dialogue: Dialogue) -> bool:
    path = Path(dialogue.path) if dialogue.path else None
    return recognise(caption, path).verdict is Verdict.SURE


def file_of(message: Message) -> dict[str, str] | None:
    """The picture or document of a message as a form keeps it."""
    if message.photo:
        return {"kind": "photo", "file_id": message.photo[-1].file_id}
    if message.document:
        return {"kind": "document", "file_id": message.document.file_id}
    return None


def with_file(dialogue: Dialogue, message: Message) -> Dialogue:
    """The dialogue with the picture kept, so that it goes along if a ticket follows."""
    found = file_of(message)
    form = ticket_form.from_json(dialogue.form)
    if not found or found in form.files:
        return dialogue
    files = (*form.files, found)[-ticket_form.FILES_LIMIT :]
    return replace(dialogue, form=replace(form, files=files).as_json())


async def _store_job(connection: AsyncConnection, turn: Turn, message: Message) -> None:
    payload = {
        "file": file_of(message),
        "mime": message.document.mime_type if message.document else None,
        "name": message.document.file_name if message.document else None,
        "size": message.document.file_size if message.document else None,
        "caption": masking.mask(message.caption).text if message.caption else None,
        "message_id": message.message_id,
    }
    key = f"album:{turn.family_id}:{message.media_group_id}" if message.media_group_id else f"update:{turn.update_id}"
    await jobs.put(connection, kind="screenshot", family_id=turn.family_id, payload=payload, key=key, at=turn.now)
    dialogue = await dialogues.load(connection, turn.family_id)
    await dialogues.save(connection, replace(with_file(dialogue, message), name=turn.name, updated_at=turn.now))
