"""Chooses the ready answers that a ticket's card offers: the desk's own and the built-in ones, the best fit first."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.flows.content import Pack
from bot.flows.marked import Markup, kept, marked
from bot.flows.ticket import ready_answers
from bot.flows.ticket.ready_answers import Ready
from bot.flows.understanding import Question, matter_of, words_in_common
from storage import saved_answers
from storage.saved_answers import NO_USES, SavedAnswer, Uses
from storage.tickets import Ticket

_DOUBT = 2  # tickets: an answer that helped in the only one is less sure than one that helped in nine of ten
_ASKS_WORDING = "wording"  # the built-in answer that asks a family what stands on its screen


def matter_of_ticket(ticket: Ticket, pack: Pack) -> str | None:
    """Gives the error or the topic that a ticket is about; None where nothing says it."""
    return matter_of(ticket.error, ticket.words or "", pack)


async def offered(connection: AsyncConnection, ticket: Ticket, pack: Pack) -> list[Ready]:
    """Gives every ready answer of a ticket's desk, those first that fit it.

    It may be called for any ticket, and changes nothing. An answer fits that was given to the same matter, whose
    question has the same words, or that helped in this matter before: each of the three counts up to 1. Where nothing
    says what the matter is, the question for the words on the screen fits.
    """
    matter = matter_of_ticket(ticket, pack)
    uses = await saved_answers.uses(connection, ticket.desk_id)
    found = []
    for saved in await saved_answers.saved(connection, ticket.desk_id):
        fits = float(matter is not None and saved.matter == matter) + _same_words(saved, ticket, pack)
        choice = ready_answers.choice_of_saved(saved.id)
        found.append(_ready(choice, saved.name, kept(saved.text), fits, uses, matter))
    for choice, (name, _) in texts.READY_ANSWERS.items():
        fits = float(choice == _ASKS_WORDING and matter is None)
        found.append(_ready(choice, name, marked(texts.READY_ANSWERS[choice][1]), fits, uses, matter))
    return ready_answers.in_order(found)


async def locked(connection: AsyncConnection, ticket: Ticket, choice: str) -> Markup | None:
    """Gives the text of a ready answer, which nobody changes or removes before this transaction ends.

    It may be called for any choice; None where the desk has no such answer (any more).
    """
    answer_id = ready_answers.saved_id(choice)
    if answer_id is None:
        return ready_answers.built_in(choice)
    found = await saved_answers.locked(connection, ticket.desk_id, answer_id)
    return kept(found.text) if found and found.key is not None else None


def _same_words(saved: SavedAnswer, ticket: Ticket, pack: Pack) -> float:
    if not saved.question or not ticket.words:
        return 0.0
    return words_in_common(ticket.words, Question.of(saved.question), pack)


def _ready(
    choice: str, name: str, text: Markup, fits: float, uses: dict[tuple[str, str], Uses], matter: str | None
) -> Ready:
    here = uses.get((choice, matter or ""), NO_USES)
    everywhere = saved_answers.in_all(uses, choice)
    fits += here.helped / (here.sent + _DOUBT)
    return Ready(choice, name, text, fits, everywhere.sent, everywhere.helped)
