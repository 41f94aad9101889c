"""A family writes or shows what is on the screen: who they are, how old, or an error that the recogniser reads."""

import asyncio
import unicodedata
from dataclasses import dataclass, replace
from typing import Any

from aiogram import F, Router
from aiogram.types import Message
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.flows import masking, routes
from bot.flows.guide import dialogue as guide
from bot.flows.guide.dialogue import Button, Screen
from bot.flows.guide.instruction import Path, Reader, Topic
from bot.flows.marked import joined, marked
from bot.flows.routes import Route
from bot.flows.ticket import ticket_form
from bot.flows.understanding import talk, typed_labels, who_writes
from bot.flows.understanding.wordings import Recognition, Verdict, recognise
from bot.handlers import quotes
from bot.handlers.family import current_screen, handover
from bot.handlers.family.guide_buttons import show
from bot.handlers.family.picture_files import claimed_kind
from bot.handlers.filters import PRIVATE, Where
from bot.handlers.update_context import UpdateContext
from bot.services import Services
from bot.tickets import owing
from storage import dialogues, jobs
from storage.dialogues import Dialogue

router = Router(name="family_errors")
router.message.filter(PRIVATE)

SHORT = 6  # words: an answer to a question; more of them tell a story


@router.message(Where(F.text))
async def read_text(message: Message, context: UpdateContext, dialogue: Dialogue) -> None:
    """Any text that is neither a command nor meant for a form or a ticket."""
    await answer_text(context, dialogue, message.text or "", quoted_in(message))


def quoted_in(message: Message) -> str:
    """The words that a message quotes, from this chat or another: they may be what stands on the screen."""
    quoted = quotes.of(message)
    return quoted.words if quoted else ""


@router.message(Where(F.photo | (F.document & ~F.animation)))
async def read_picture(message: Message, context: UpdateContext, dialogue: Dialogue) -> None:
    """A screenshot: its reading is stored as a job, and a caption that says enough is answered at once."""
    if message.caption and _says_enough(message.caption, dialogue):
        kept = with_file(dialogue, message)
        await answer_text(context, kept, message.caption)
        return
    await context.once(lambda c: _store_job(c, context, message))
    context.services.jobs_waiting.set()
    if message.media_group_id:
        asyncio.get_running_loop().call_later(owing.MEDIA_GROUP_WAIT_S, context.services.jobs_waiting.set)


async def answer_text(context: UpdateContext, dialogue: Dialogue, text: str, quoted: str = "") -> None:
    """The screen that answers a text, wherever the family stands; what it quotes counts where it says nothing known."""
    if not any(unicodedata.category(sign)[0] not in "ZC" for sign in text):
        await context.save_and_say(dialogue, Screen(texts.EMPTY_TEXT.for_reader(current_screen.route_of(dialogue))))
        return
    here = current_screen.standing(dialogue)
    button = typed_labels.button_called(guide.view(here, context.services.school), text)
    if button:
        await _press_typed(context, dialogue, here, button)
        return
    recognition = recognise(text, Path(dialogue.path) if dialogue.path else None)
    context.services.metrics.recognised(recognition.verdict.value)
    # A neighbouring problem that is told of as over needs no advice.
    known = recognition.error or (None if who_writes.is_solved(text) else recognition.topic)
    if not known and quoted:
        of_quote = recognise(quoted, Path(dialogue.path) if dialogue.path else None)
        if of_quote.verdict is Verdict.SURE:
            recognition, known = of_quote, of_quote.error
    if not known and await _answer_small_words(context, dialogue, here, text):
        return
    await _answer_recognised(context, dialogue, text, recognition)


async def _press_typed(context: UpdateContext, dialogue: Dialogue, here: Route, button: Button) -> None:
    """A button that was typed leads where it would if it were pressed; the form itself is opened by a press alone."""
    if button.to and button.to.kind == "write":
        await context.save_and_say(dialogue, _write_typed(here, button.to))
        return
    await show(context, dialogue, button.to if button.to and button.to.kind in routes.GUIDE else here)


def _write_typed(here: Route, write: Route) -> Screen:
    back = Button(texts.B_TO_STEPS, guide.back_to_steps(here))
    return Screen(texts.WRITE_TYPED.for_reader(here), ((Button(texts.B_WRITE, write),), (back,)))


async def _answer_small_words(context: UpdateContext, dialogue: Dialogue, here: Route, text: str) -> bool:
    """Answers what is no error text: who is writing, a greeting, thanks. False where it is none of these."""
    told = _told_about_themselves(here, text)
    account = _account_told(here, text)
    if told:
        await show(context, dialogue, told)
    elif account:
        await _press_typed(context, dialogue, here, account)
    elif who_writes.is_greeting(text):
        missed = here.kind in ("unknown", "unknown_again")
        await show(context, dialogue, guide.back_to_steps(here) if missed else here)
    elif who_writes.is_thanks(text) or who_writes.is_solved(text):
        thanks = marked(texts.THANKS) if here.kind == "done" else texts.THANKS_ONLY.for_reader(here)
        await context.save_and_say(dialogue, Screen(thanks, guide.view(here, context.services.school).rows))
    else:
        again = _ask_again(here, text)
        if again:
            await context.save_and_say(dialogue, again)
        return again is not None or await _answer_asides(context, dialogue, here, text)
    return True


async def _answer_asides(context: UpdateContext, dialogue: Dialogue, here: Route, text: str) -> bool:
    """Answers a word that is no answer here, a complaint that names no error, the wish for the school; or is False."""
    missed = here.kind in ("unknown", "unknown_again")
    if typed_labels.says_yes_or_no(text) or typed_labels.names_form_button(text):
        await show(context, dialogue, guide.back_to_steps(here) if missed else here)
    elif here.kind in ("step", "end") and talk.cannot_enter(text):
        await show(context, dialogue, here.to("errors"))
    elif talk.wants_school(text):
        buttons = guide.view(here, context.services.school).buttons
        write = Button(texts.B_WRITE, here.to("write", here.about if here.error else None))
        await _press_typed(context, dialogue, here, next((b for b in buttons if b.label == texts.B_WRITE), write))
    else:
        return False
    return True


def _account_told(here: Route, text: str) -> Button | None:
    """The button of the question whose account it was, where the answer was typed in other words."""
    if here.kind not in ("account", "login") or len(text.split()) > SHORT:
        return None
    whose = who_writes.read_account(text, here.reader)
    label = {Reader.PUPIL: texts.B_OF_PUPIL, Reader.PARENT: texts.B_OF_PARENT, None: ""}[whose]
    return next((button for button in guide.view(here, guide.School()).buttons if button.label == label), None)


def _told_about_themselves(here: Route, text: str) -> Route | None:
    """Where a role or an age leads that was typed instead of pressed."""
    role, short = who_writes.read_role(text), len(text.split()) <= SHORT
    if here.kind == "whose" and role is not Reader.PUPIL:
        own_age = who_writes.read_age(text) if who_writes.speaks_of_self(text) else None
        if own_age is not None:
            return guide.start_of(who_writes.path_of_age(own_age), Reader.PUPIL, here.about)
        path = who_writes.read_whose(text) if short else None
        return guide.start_of(path, Reader.PARENT, here.about) if path else None
    age = who_writes.read_age(text) if here.kind in ("role", "age") else None
    if age is not None:
        of_other = role is Reader.PARENT or who_writes.speaks_of_other(text)
        return guide.start_of(who_writes.path_of_age(age), Reader.PARENT if of_other else Reader.PUPIL, here.about)
    asks_in = talk.cannot_enter(text) or talk.wants_help(text)
    if here.kind in ("role", "age", "whose") and role and role is not here.reader and (short or asks_in):
        return Route("whose" if role is Reader.PARENT else "age", here.about, reader=role)
    return None


def _ask_again(here: Route, text: str) -> Screen | None:
    """The same question once more, where the answer was not understood; None where it was no answer."""
    school, words = guide.School(), len(text.split())
    rows = guide.view(here, school).rows
    if here.kind == "age":
        return Screen(marked(texts.AGE_AGAIN), rows)
    if here.kind in ("account", "login") and words <= SHORT:
        return Screen(texts.ACCOUNT_AGAIN.for_reader(here), rows)
    if here.kind == "role" and (talk.cannot_enter(text) or talk.wants_help(text)):
        return guide.role_for_steps(here)
    if here.kind == "whose" and who_writes.names_child(text):
        return guide.whose_age(here)
    if here.kind == "whose" and words <= SHORT:
        return Screen(marked(texts.WHOSE_AGAIN), rows)
    if here.kind == "role" and who_writes.looks_like_age(text):
        return Screen(marked(texts.AGE_AGAIN), guide.view(Route("age", here.about, reader=Reader.PUPIL), school).rows)
    return Screen(marked(texts.ROLE_AGAIN), rows) if here.kind == "role" and words <= 2 else None


async def _answer_recognised(context: UpdateContext, dialogue: Dialogue, text: str, recognition: Recognition) -> None:
    answer = await answer_of(context.services, dialogue, recognition, text)
    placed, screen = warned(answer.dialogue, answer.screen, bool(masking.mask(text).found))
    await context.count_arrival(answer.route)
    await context.save_and_say(placed, screen)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a family is shown, the route that it is of, and its dialogue once it stands there."""

    dialogue: Dialogue
    route: Route
    screen: Screen

    @property
    def missed(self) -> bool:
        """Whether nothing was recognised."""
        return self.route.kind in ("unknown", "unknown_again")

    @property
    def recognised(self) -> bool:
        """Whether it is the answer to something that was recognised."""
        return self.route.kind not in ("unknown", "unknown_again", "other")


async def answer_of(services: Services, dialogue: Dialogue, recognition: Recognition, said: str) -> Answer:
    """The answer to what was recognised in a text or in a picture; `said` is what the family itself wrote."""
    here = _standing(dialogue, said)
    route = guide.heard(recognition, here, dialogue.misses)
    placed = replace(current_screen.place_at(dialogue, route), misses=dialogue.misses)
    missed = route.kind in ("unknown", "unknown_again")
    of_code = Topic.NO_CODE in dialogue.screen
    placed = _with_words(placed, said, of_code) if missed else _without_words(placed)
    if route.kind == "remedy" and recognition.also:
        screen = guide.remedy_with_second(route, services.school, recognition.also[0])
    elif missed and talk.is_question(said):
        screen = guide.unknown_asked(route, services.school)
    else:
        screen = current_screen.drawn(services, placed, route, [])
    if route.kind == "remedy" and not dialogue.reader and route.reader is Reader.PUPIL:
        screen = guide.with_parent_choice(screen, route)
    if route.kind == "remedy" and route.path is Path.CHILD and route.is_child and dialogue.path == Path.ADULT_PUPIL:
        screen = guide.with_other_age(screen, route, here)
    screen = await handover.with_share_button(services, dialogue.family_id, route, screen)
    return Answer(placed, route, screen)


def warned(dialogue: Dialogue, screen: Screen, found: bool, route: Route | None = None) -> tuple[Dialogue, Screen]:
    """Tells a family once, kindly, not to send personal data; `route` names the reader where the dialogue does not."""
    if not found or dialogue.warned_private:
        return dialogue, screen
    told = texts.PRIVATE_DATA.for_reader(route or current_screen.route_of(dialogue))
    text = joined("\n\n", [joined(" ", ["🔒", told]), screen.text])
    return replace(dialogue, warned_private=True), Screen(text, screen.rows)


def _standing(dialogue: Dialogue, text: str) -> Route:
    """Where the reader stands; «у сына» in the text itself tells who is reading where nobody was asked yet."""
    route = current_screen.route_of(dialogue)
    if route.reader is None:
        return replace(route, reader=who_writes.read_teller(text))
    return route


def _with_words(dialogue: Dialogue, text: str, of_code: bool) -> Dialogue:
    """The unknown text is kept, masked, so that a ticket has it already; `of_code`: the talk is of a code."""
    form = ticket_form.from_json(dialogue.form)
    before = [form.words] if form.words and dialogue.misses else []
    code_expected = of_code or masking.speaks_of_code("\n".join(before))
    now = [masking.mask(text, code_expected=code_expected).text] if text else []
    words = "\n".join([*before, *now])[: ticket_form.WORDS_LIMIT]
    return replace(dialogue, misses=dialogue.misses + 1, form=replace(form, words=words or None).as_json())


def _without_words(dialogue: Dialogue) -> Dialogue:
    """What was not understood before tells nothing of the problem that is known now; a form in hand keeps its own."""
    in_hand = bool(dialogue.form.get("form_id"))
    form = {name: value for name, value in dialogue.form.items() if in_hand or name != "words"}
    return replace(dialogue, misses=0, form=form)


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


async def _store_job(connection: AsyncConnection, context: UpdateContext, message: Message) -> None:
    await dialogues.lock(connection, context.family_id)
    dialogue = await dialogues.load(connection, context.family_id)
    picture: dict[str, Any] = {"file": file_of(message), "size": None, "claimed": ""}
    if message.document:
        picture |= {"size": message.document.file_size, "claimed": claimed_kind(message.document)}
    caption = {"caption": masking.mask(message.caption).text} if message.caption else {}
    album = f"album:{context.family_id}:{message.media_group_id}" if message.media_group_id else None
    new = await jobs.put(
        connection, kind="screenshot", family_id=context.family_id, at=context.now,
        payload={**picture, **caption, "place": dialogues.place_of(dialogue)},
        key=album or f"update:{context.update_id}", delay=owing.MEDIA_GROUP_WAIT_S if album else 0.0,
    )  # fmt: skip
    if album and not new:
        await jobs.add_part(connection, album, {**picture, **caption})
    dialogue = replace(with_file(dialogue, message), thread_id=context.thread_id, heard=context.heard)
    await dialogues.save(connection, replace(dialogue, name=context.name, updated_at=context.now))
