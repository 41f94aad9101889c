"""Answers a family's text by its meaning: one table from meanings to functions, and these functions."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.flows import matters, routes
from bot.flows.content import Reader
from bot.flows.guide import questions, topic_answers
from bot.flows.guide.steps import back_to_steps
from bot.flows.guide.views import view
from bot.flows.marked import Markup, kept, marked
from bot.flows.matters import Matter
from bot.flows.routes import Route
from bot.flows.screen import Button, Screen
from bot.flows.ticket import ticket_form
from bot.flows.understanding import Act, Kind, Meaning, recognise
from bot.handlers.family import current_screen, form_beginning, handover, privacy_commands, typed_buttons
from bot.handlers.family.guide_buttons import show
from bot.handlers.family.recognised import MISSED, answer_of, warned, way_on, way_to_school, with_words
from bot.handlers.update_context import UpdateContext
from bot.tickets import noticing_bad_days
from storage import repair_waits, saved_answers, statistics
from storage.dialogues import Dialogue


@dataclass(frozen=True, slots=True)
class Said:
    """A text in hand with what it means, and the route and the screen that its family stands before."""

    context: UpdateContext
    dialogue: Dialogue
    text: str
    meaning: Meaning
    here: Route
    screen: Screen

    async def leads_to(self, route: Route) -> None:
        """Takes the family to another screen."""
        await show(self.context, self.dialogue, route)

    async def gets(self, screen: Screen) -> None:
        """Shows the family a screen; it stays where it stands."""
        await self.context.save_and_say(self.dialogue, screen)

    async def gets_text(self, text: Markup) -> None:
        """Shows the family a text above the buttons before which it stands, a child also that for the parents."""
        shown = Screen(text, self.screen.rows)
        await self.gets(await handover.with_share_button(self.context.services, self.dialogue, self.here, shown))


async def answer(said: Said) -> None:
    """Answers a text by what it means, and counts what the recogniser found in it."""
    if said.meaning.kind not in (Kind.EMPTY, Kind.BUTTON):
        said.context.services.metrics.recognised(said.meaning.recognition.verdict.value)
    await ANSWERS[said.meaning.kind](said)


async def _asks_for_words(said: Said) -> None:
    """Asks a family that sent no word at all to write some."""
    await said.gets_text(texts.EMPTY_TEXT.for_reader(current_screen.route_of(said.dialogue, said.context.pack)))


async def _presses(said: Said) -> None:
    """Does what a press on the typed button would do."""
    assert said.meaning.button
    await _end_wait_for_repair(said)
    await _press(said, said.meaning.button)


async def _press(said: Said, button: Button) -> None:
    """Shows the button's screen. «Написать в школу» is offered before words open the form: they may be a slip.

    Where it was pressed or offered already, and words answer what was asked then, the form opens.
    """
    context, dialogue = said.context, said.dialogue
    if button.to and button.to.kind == "write":
        is_offered = said.here.kind in ("write_offered", "account") or current_screen.answer_shown(dialogue) is not None
        await (_begin_form if is_offered else _offer_school)(said, button.to)
    elif button.to and button.to.kind == "mine":
        screen = await context.services.database.read(lambda c: current_screen.mine(context.services, c, dialogue))
        await said.gets(screen)
    elif button.to and button.to.kind == "forget":
        # What erases everything is pressed, never typed.
        await said.gets(await privacy_commands.asked_to_forget(context, dialogue))
    elif not await typed_buttons.press(context, dialogue, said.here, said.screen.rows, button):
        await said.leads_to(button.to if button.to and button.to.kind in routes.GUIDE else said.here)


async def _offer_school(said: Said, write: Route) -> None:
    """Offers to write to the school; words that nobody understood before stay in hand for it."""
    offered = write.to("write_offered", write.about)
    screen = view(offered, said.context.school)
    moved = current_screen.at_route(said.dialogue, offered, said.context.pack)
    await said.context.save_and_say(replace(moved, misses=said.dialogue.misses), screen)


async def _begin_form(said: Said, write: Route) -> None:
    """Asks the form's first question, as a press on «Написать в школу» does."""
    begun = await form_beginning.begun(said.context, said.dialogue, write)
    form = ticket_form.from_json(begun.form)
    await said.context.save_and_say(begun, ticket_form.view(begun.screen, form, begun.name, said.context.school))


async def _recognised(said: Said) -> None:
    """Gives an error's remedy or the question that tells which it is, a topic's advice, or «не знаю»."""
    found = await answer_of(said.context.services, said.dialogue, said.meaning, said.text)
    moved, screen = warned(found.dialogue, found.screen, said.meaning.is_private, found.route)
    context = said.context
    await asyncio.gather(context.count_arrival(found.route), _note_met(context, found.matter))
    await context.save_and_say(moved, screen)


async def _note_met(context: UpdateContext, matter: Matter | None) -> None:
    """Notes what the family met, once for the update."""
    if not context.repeated:
        await noticing_bad_days.note(context.services, context.desk_id, context.family_id, matter)


async def _gives_schools_answer(said: Said) -> None:
    """Gives the answer that the school gave to such a question; where it was removed meanwhile, the text is unknown."""
    context, answer_id = said.context, said.meaning.answer or 0
    school_id = context.desk_id
    found = await context.services.database.read(lambda c: saved_answers.get(c, school_id, answer_id))
    if found is None or not found.for_families:
        await _recognised(said)
        return
    route = current_screen.route_of(said.dialogue, context.pack)
    screen = topic_answers.school_answered(route, kept(found.text), answer_id)
    # Their words are kept in case they write to the school after all.
    moved = replace(with_words(said.dialogue, said.text, of_code=False), misses=0, screen=f"answered:{answer_id}")
    moved, screen = warned(moved, screen, said.meaning.is_private, route)
    at = said.context.now

    async def count(connection: AsyncConnection) -> None:
        await saved_answers.count_told(connection, answer_id)
        await statistics.count(connection, "answered", at, school_id=school_id)

    await said.context.save_and_say(moved, screen, count)


async def _goes_on(said: Said) -> None:
    """Goes on with the role or the age that was told: to the steps of its path, or to the question that is left."""
    path, reader, about = said.meaning.path, said.meaning.reader, said.here.about
    assert reader
    await said.leads_to(
        questions.start_of(path, reader, said.context.pack, about) if path else questions.next_question(reader, about)
    )


async def _presses_account(said: Said) -> None:
    """Presses the button of the owner whose account was told in other words."""
    label = texts.B_OF_PUPIL if said.meaning.reader is Reader.PUPIL else texts.B_OF_PARENT
    await _press(said, next(button for button in said.screen.buttons if button.label == label))


async def _shows_again(said: Said) -> None:
    """Shows the screen again after a greeting, or a word that answers nothing; in place of «не знаю» the steps."""
    is_left = said.here.kind in (*MISSED, "write_offered")
    await said.leads_to(back_to_steps(said.here) if is_left else said.here)


async def _thanks_back(said: Said) -> None:
    """Answers thanks, or the message that all works, with a kind word."""
    thanks = marked(texts.THANKS) if said.here.kind == "done" else texts.THANKS_ONLY.for_reader(said.here)
    await _end_wait_for_repair(said)
    await said.gets_text(thanks)


async def _end_wait_for_repair(said: Said) -> None:
    """Ends the wait for a repair where the family writes that it works; «спасибо» alone may thank for the promise."""
    if recognise(said.text, said.context.pack).act is Act.SOLVED:
        family_id = said.context.family_id
        await said.context.services.database.write(lambda c: repair_waits.cancel(c, family_id), repeatable=True)


async def _leads_in(said: Said) -> None:
    """Asks a family that cannot get in who it is, or, at the steps, what stands on its screen."""
    if said.here.kind == "role":
        await said.gets(questions.role_for_steps(said.here))
    else:
        await said.leads_to(said.here.to("errors"))


async def _asks_pupils_age(said: Said) -> None:
    """Asks a parent who told that it is about a pupil for the age."""
    await said.gets(questions.whose_age(said.here, said.context.pack))


async def _asks_age_again(said: Said) -> None:
    """Asks for the age again after an answer that is no age."""
    question = view(questions.next_question(Reader.PUPIL, said.here.about), said.context.school)
    await said.gets(Screen(marked(texts.AGE_AGAIN), question.rows))


async def _asks_again(said: Said) -> None:
    """Asks the question on the screen again in other words."""
    if said.here.kind == "role":
        # «Белый экран» is no answer to the question who is writing: it is what a family met that has just come.
        await _note_met(said.context, matters.of_unknown(said.text, said.context.pack))
    again = {
        "role": marked(texts.ROLE_AGAIN),
        "age": marked(texts.AGE_AGAIN),
        "whose": marked(texts.WHOSE_AGAIN),
        "account": texts.ACCOUNT_AGAIN.for_reader(said.here),
        "login": texts.ACCOUNT_AGAIN.for_reader(said.here),
    }
    await said.gets_text(again[said.here.kind])


async def _tells_teacher(said: Said) -> None:
    """Tells a teacher whom the bot is for, above the question who writes."""
    await said.gets_text(marked(texts.TEACHER))


async def _opens_way_to_school(said: Said) -> None:
    """Opens the way to the school: the screen's own «Написать в школу», or the form for where the family stands."""
    await _press(said, way_to_school(said.here, said.screen, said.context.pack))


async def _introduces_itself(said: Said) -> None:
    """Tells what the bot is, above the buttons before which the family stands."""
    await said.gets_text(marked(texts.ABOUT_BOT))


async def _goes_on_after_failure(said: Said) -> None:
    """Leads on where the advice did not help: by the screen's own button, else to what stands on their screen."""
    button = way_on(said.here, said.screen)
    await (_press(said, button) if button else _recognised(said))


async def _calms(said: Said) -> None:
    """Answers anger calmly, with the way to the school and to where they stand."""
    write = Button(texts.B_WRITE, said.here.to("write"))
    back = Button(texts.B_TO_STEPS, back_to_steps(said.here))
    await said.gets(Screen(texts.CALMED.for_reader(said.here), ((write,), (back,))))


ANSWERS: dict[Kind, Callable[[Said], Awaitable[None]]] = {
    Kind.EMPTY: _asks_for_words,
    Kind.BUTTON: _presses,
    Kind.ERROR: _recognised,
    Kind.TOPIC: _recognised,
    Kind.ANSWERED: _gives_schools_answer,
    Kind.TEACHER: _tells_teacher,
    Kind.ROLE: _goes_on,
    Kind.ACCOUNT: _presses_account,
    Kind.GREETING: _shows_again,
    Kind.THANKS: _thanks_back,
    Kind.SOLVED: _thanks_back,
    Kind.NOT_SOLVED: _goes_on_after_failure,
    Kind.COMPLAINT: _calms,
    Kind.CANNOT_LOGIN: _leads_in,
    Kind.PUPIL_NAMED: _asks_pupils_age,
    Kind.BAD_AGE: _asks_age_again,
    Kind.NO_ANSWER: _asks_again,
    Kind.STRAY_WORD: _shows_again,
    Kind.ABOUT_BOT: _introduces_itself,
    Kind.HUMAN: _opens_way_to_school,
    Kind.NOTHING: _recognised,
}
