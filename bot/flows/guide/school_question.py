"""The question which school a family is of, where several share the bot: asked, narrowed down, confirmed."""

from collections.abc import Collection

from bot import texts_ru as texts
from bot.flows.marked import Addressee, Markup, fill, joined
from bot.flows.school_search import MOST, FoundSchools, SchoolNames
from bot.flows.screen import Button, Rows, Screen
from bot.flows.whole_numbers import whole_number

MARK = "school"  # what a dialogue before the question stores as its screen; with an id, that school is to be confirmed
_LABEL = 60  # characters; a longer name is cut on a button, the text above or below has it whole


def mark_of(candidate: int | None) -> str:
    """Gives the stored screen of the question, or of the question whether it is this school."""
    return MARK if candidate is None else f"{MARK}:{candidate}"


def candidate_in(screen: str) -> int | None:
    """Gives the school that a stored screen asks to be confirmed; None where it asks for none."""
    number = screen.removeprefix(f"{MARK}:")
    return whole_number(number) if number != screen else None


def is_asked(screen: str) -> bool:
    """Tells whether a family stands before the question."""
    return screen.partition(":")[0] == MARK


def asked(names: SchoolNames, reader: Addressee, stay: Rows = ()) -> Screen:
    """Draws the question; few schools stand below it as buttons. `stay` leads back where a school is chosen already."""
    few = len(names.names) <= MOST
    sentence = texts.SCHOOL_ASKED_FEW if few else texts.SCHOOL_ASKED
    return Screen(sentence.for_reader(reader), (*(_buttons(names, names.names) if few else ()), *stay))


def found(names: SchoolNames, result: FoundSchools, reader: Addressee, stay: Rows = ()) -> Screen:
    """Draws what was found by a text: a school to be confirmed, several to choose from, or that there is none."""
    if not result.ids:
        again = asked(names, reader, stay)
        return Screen(texts.SCHOOL_NOT_FOUND.for_reader(reader), again.rows)
    if result.count == 1:
        return confirmed(names, result.ids[0], reader, stay)
    sentence = texts.SCHOOL_SEVERAL if result.count <= len(result.ids) else texts.SCHOOL_MANY
    return Screen(sentence.for_reader(reader, count=result.count), (*_buttons(names, result.ids), *stay))


def confirmed(names: SchoolNames, school_id: int, reader: Addressee, stay: Rows = ()) -> Screen:
    """Draws the question whether it is this school."""
    yes = Button(texts.B_SCHOOL_YES, data=f"{MARK}:{school_id}")
    other = Button(texts.B_SCHOOL_OTHER, data=MARK)
    text = texts.SCHOOL_CONFIRM.for_reader(reader, school=names.names[school_id])
    return Screen(text, ((yes,), (other,), *stay))


def above(words: list[Markup], screen: Screen) -> Screen:
    """Puts words above a screen; without words the screen stays as it is."""
    return Screen(joined("\n\n", [*words, screen.text]), screen.rows) if words else screen


def chosen(name: str, *, is_change: bool) -> Markup:
    """Gives the text that says which school was chosen, in place of another one or as the first."""
    return fill(texts.SCHOOL_CHANGED if is_change else texts.SCHOOL_CHOSEN, school=name)


def _buttons(names: SchoolNames, ids: Collection[int]) -> Rows:
    """Gives a button a row; schools of one name are told apart by the number that is theirs in links and callbacks."""
    labels = [names.names[school_id] for school_id in ids]
    return tuple(
        (Button(_label(names, school_id, alone=labels.count(names.names[school_id]) == 1), data=f"{MARK}:{school_id}"),)
        for school_id in ids
    )


def _label(names: SchoolNames, school_id: int, *, alone: bool) -> str:
    name = names.names[school_id]
    beside = "" if alone else f" ({names.slugs.get(school_id) or school_id})"
    room = _LABEL - len(beside)
    return (name if len(name) <= room else name[: room - 1].rstrip() + "…") + beside
