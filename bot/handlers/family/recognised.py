"""Makes the answer to an error or a topic that was recognised in a text or a picture: its screen, route and words."""

from dataclasses import dataclass, replace

from bot import texts_ru as texts
from bot.flows import masking, matters, routes
from bot.flows.content import Pack, Reader
from bot.flows.guide import remedies, topic_answers
from bot.flows.marked import joined
from bot.flows.matters import Matter
from bot.flows.routes import Route
from bot.flows.screen import Button, Screen
from bot.flows.ticket import ticket_form
from bot.flows.understanding import Kind, Meaning
from bot.handlers.family import current_screen, handover
from bot.services import Services
from storage.dialogues import Dialogue

MISSED = ("unknown", "unknown_again")  # the kinds of screens that answer words in which nothing was recognised


@dataclass(frozen=True, slots=True)
class Answer:
    """A screen for a family, the route that it is of, and the dialogue once the family stands there.

    `matter` is what the family met, where its words or its picture tell it. `of_caption`: only words beside a picture
    were understood, and nothing in the picture itself.
    """

    dialogue: Dialogue
    route: Route
    screen: Screen
    matter: Matter | None = None
    of_caption: bool = False

    @property
    def missed(self) -> bool:
        """Tells whether nothing was recognised."""
        return self.route.kind in MISSED

    @property
    def recognised(self) -> bool:
        """Tells whether this answers something that was recognised."""
        return not self.of_caption and self.route.kind not in (*MISSED, "other")


async def answer_of(services: Services, dialogue: Dialogue, meaning: Meaning, said: str) -> Answer:
    """Gives the answer to what was recognised in a text or in a picture; `said` is what the family itself wrote."""
    recognition, school = meaning.recognition, services.school_of_family(dialogue)
    pack = school.pack
    here = current_screen.route_of(dialogue, pack)
    # Words for a child may have been shown on a guess, or the parent has taken the phone: who says «сыну» is answered.
    here = replace(here, reader=Reader.PARENT if meaning.is_of_parent else here.reader or meaning.reader)
    if here.path is None and meaning.path and here.reader in meaning.path.readers:
        here = replace(here, path=meaning.path)  # «мне 12, код не приходит» tells whose login it is, too
    route = remedies.route_of_recognised(recognition, here, pack, dialogue.misses)
    moved = replace(current_screen.at_route(dialogue, route, pack), misses=dialogue.misses)
    missed = route.kind in MISSED
    stood = routes.parse(dialogue.screen, pack)
    of_code = bool(stood and stood.kind == "topic" and pack.topics[stood.about or ""].about_codes)
    moved = with_words(moved, said, of_code) if missed else _without_words(moved)
    if route.kind == "remedy" and recognition.also:
        screen = remedies.remedy(route, school, pack.errors[recognition.also[0]])
    elif missed and meaning.is_question:
        screen = topic_answers.unknown_asked(route, school)
    else:
        screen = current_screen.drawn(services, moved, route, [])
    if route.kind == "remedy" and not dialogue.reader and route.reader is Reader.PUPIL:
        screen = remedies.with_parent_choice(screen, route)
    if route.kind == "remedy" and route.path and route.is_child and here.path and not here.path.is_child:
        screen = remedies.with_other_age(screen, route, here, pack)
    screen = await handover.with_share_button(services, dialogue, route, screen)
    return Answer(moved, route, screen, matters.of_recognition(recognition, said, pack))


def way_to_school(here: Route, screen: Screen, pack: Pack) -> Button:
    """Gives the screen's own «Написать в школу», or the way to the form from where the family stands."""
    write = Button(texts.B_WRITE, here.to("write", here.about if pack.error(here.about) else None))
    return next((button for button in screen.buttons if button.label == texts.B_WRITE), write)


def way_on(here: Route, screen: Screen) -> Button | None:
    """Gives the way on where the advice did not help: the screen's own button, else the list of errors of the path."""
    labels = (texts.B_NOT_HELPED, texts.B_FAILED, texts.B_WRITE)
    button = next((b for label in labels for b in screen.buttons if b.label == label), None)
    return button or (Button(texts.B_ERRORS, here.to("errors")) if here.path else None)


def answer_to_caption(services: Services, dialogue: Dialogue, kind: Kind, caption: str) -> Answer | None:
    """Gives the answer to the wish for a person, or to «не помогло», beside a picture; None where no way leads on.

    The caption is kept for the ticket that may follow.
    """
    school = services.school_of_family(dialogue)
    here = current_screen.standing(dialogue, school.pack)
    screen = current_screen.drawn(services, dialogue, here, [])
    wants_school = kind is Kind.HUMAN or current_screen.answer_shown(dialogue) is not None
    button = way_to_school(here, screen, school.pack) if wants_school else way_on(here, screen)
    if button is None or button.to is None:
        return None
    route = button.to.to("write_offered", button.to.about) if button.to.kind == "write" else button.to
    kept = with_words(dialogue, caption, of_code=False)
    moved = replace(current_screen.at_route(kept, route, school.pack), misses=kept.misses)
    return Answer(moved, route, current_screen.drawn(services, moved, route, []), of_caption=True)


def warned(dialogue: Dialogue, screen: Screen, found: bool, reader: Route) -> tuple[Dialogue, Screen]:
    """Tells a family once, kindly, not to send personal data; `reader` is whom it addresses."""
    if not found or dialogue.warned_private:
        return dialogue, screen
    told = texts.PRIVATE_DATA.for_reader(reader)
    text = joined("\n\n", [joined(" ", ["🔒", told]), screen.text])
    return replace(dialogue, warned_private=True), Screen(text, screen.rows)


def with_words(dialogue: Dialogue, text: str, of_code: bool) -> Dialogue:
    """Keeps the unknown text, masked, so that a ticket has it already; `of_code`: the talk is of a code."""
    form = ticket_form.from_json(dialogue.form)
    before = [form.words] if form.words and dialogue.misses else []
    code_expected = of_code or masking.speaks_of_code("\n".join(before))
    now = [masking.mask(text, code_expected=code_expected).text] if text else []
    words = "\n".join([*before, *now])[: ticket_form.WORDS_LIMIT]
    return replace(dialogue, misses=dialogue.misses + 1, form=replace(form, words=words or None).as_json())


def _without_words(dialogue: Dialogue) -> Dialogue:
    """Drops words that were not understood before the problem was known; a form in hand keeps its own."""
    in_hand = bool(dialogue.form.get("form_id"))
    form = {name: value for name, value in dialogue.form.items() if in_hand or name != "words"}
    return replace(dialogue, misses=0, form=form)
