"""The answers that a desk saves: each is saved after a preview, listed, opened, changed, and removed."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import message_content
from bot.flows.content import Pack
from bot.flows.marked import Markup, fill, kept, marked
from bot.flows.plural import plural
from bot.flows.screen import Screen
from bot.flows.ticket import answer_check, answer_pages, ready_answers
from bot.flows.ticket.answer_pages import ASKS_NAME, ASKS_TEXT, Shown
from bot.flows.understanding import is_common, question_of
from bot.tickets import owing, ready_choices
from storage import desk_places, saved_answers, tickets
from storage.saved_answers import SavedAnswer
from storage.tickets import Ticket, TicketMessage

MOST = 100  # answers of a desk: more of them nobody finds anything in


@dataclass(frozen=True, slots=True)
class Place:
    """Holds where and when somebody acts at a desk: a message, written or pressed on, and the topic that it stands in.

    `pack` is what the school says.
    """

    desk_id: int
    chat_id: int
    message_id: int
    topic_id: int | None
    at: float
    pack: Pack


@dataclass(frozen=True, slots=True)
class Written:
    """Holds a text as somebody wrote it, with its marks; it is not `is_text` where it came with a picture or a file."""

    words: str
    entities: list[dict[str, Any]] | None = None
    is_text: bool = True


# --- /save -----------------------------------------------------------------------------------------------------------


async def draft(connection: AsyncConnection, by: Place, name: str, replied_id: int | None) -> None:
    """Keeps an answer of the school until «Сохранить», and owes its preview; `name` is what `/save` was given.

    It may be called for any reply in the desk's chat: what cannot be kept is told, and nothing is.
    """
    name = " ".join(name.split())
    row = await desk_places.newest_part(connection, by.desk_id, by.chat_id, replied_id) if replied_id else None
    ticket = await tickets.get(connection, row.ticket_id) if row else None
    refused = await _against(connection, by, name, row, ticket)
    if refused is not None or row is None or ticket is None:
        await _say(connection, by, Screen(refused or marked(texts.SAVE_WHERE)))
        return
    html = message_content.as_html(row.text or "", row.entities)
    question = await _question(connection, ticket, row, by.pack)
    answer_id = await saved_answers.add_draft(
        connection, by.at, desk_id=by.desk_id, name=name, text=str(html), question=question,
        matter=ready_choices.matter_of_ticket(ticket, by.pack),
    )  # fmt: skip
    shown = Shown(answer_id, name, html, has_question=question is not None)
    replaces = await saved_answers.named(connection, by.desk_id, name) is not None
    await _say(connection, by, answer_pages.look(shown, replaces=replaces))


async def _against(
    connection: AsyncConnection, by: Place, name: str, row: TicketMessage | None, ticket: Ticket | None
) -> Markup | None:
    """Gives the words that say why a message is not kept; None where it may be."""
    if row is None or ticket is None or row.side not in ("desk", "family", "kept"):
        return marked(texts.SAVE_WHERE)
    if row.side != "desk":
        return marked(texts.SAVE_FAMILYS)
    if row.kind != "text":
        return marked(texts.SAVE_NOT_TEXT)
    if not row.text:
        return marked(texts.SAVE_ERASED)
    if not name:
        return marked(texts.SAVE_USAGE)
    if await saved_answers.count(connection, by.desk_id) >= MOST:
        return fill(texts.SAVE_TOO_MANY, limit=MOST)
    return _against_name(by, name, ticket) or _against_text(by, Written(row.text, row.entities), ticket)


def _against_name(by: Place, name: str, ticket: Ticket | None = None) -> Markup | None:
    if len(name) > answer_check.NAME_LIMIT:
        return fill(texts.SAVE_NAME_LONG, limit=answer_check.NAME_LIMIT, length=plural(texts.LENGTH, len(name)))
    return _in_the_way(by, name, ticket)


def _against_text(by: Place, written: Written, ticket: Ticket | None = None) -> Markup | None:
    if answer_check.is_too_long(message_content.as_html(written.words, written.entities)):
        return fill(texts.SAVE_TEXT_LONG, limit=answer_check.TEXT_LIMIT)
    addresses = [entity["url"] for entity in written.entities or [] if entity.get("url")]
    return _in_the_way(by, "\n".join([written.words, *addresses]), ticket)


def _in_the_way(by: Place, text: str, ticket: Ticket | None) -> Markup | None:
    """Names the first word that a text kept for everybody may not have; `ticket` is the one that it was given in."""
    word = answer_check.in_the_way(
        text,
        people=[name for name in (ticket.pupil_name, ticket.first_name) if name] if ticket else [],
        class_name=ticket.class_name if ticket else None,
        number=ticket.number if ticket else 0,
        is_common=lambda word: is_common(word, by.pack),
    )
    return fill(texts.SAVE_IN_THE_WAY, word=word) if word else None


async def _question(connection: AsyncConnection, ticket: Ticket, row: TicketMessage, pack: Pack) -> str | None:
    """Gives the question that a message of the school answers: the family's last words before it, else the ticket's."""
    said = [m.text for m in await tickets.messages(connection, ticket.id) if m.side == "family" and m.id < row.id]
    for words in (*reversed([text for text in said if text][-1:]), ticket.words or ""):
        found = question_of(words, row.text or "", pack)
        if found is not None:
            return found.code
    return None


# --- the buttons -----------------------------------------------------------------------------------------------------


async def show_list(connection: AsyncConnection, by: Place) -> None:
    """Owes the first page of the desk's answers; it may be called at any time."""
    await _say(connection, by, answer_pages.listed(await _all(connection, by.desk_id), 0))


async def press_button(connection: AsyncConnection, by: Place, action: str, answer_id: int, page: int) -> str:
    """Carries out a button of these pages, and gives the words that answer the press.

    It may be called for any action, answer and page: what is gone is told, and the page shows what there is today. A
    message of a ticket is no page, whatever data is sent for it.
    """
    if await desk_places.ticket_of_message(connection, by.desk_id, by.chat_id, by.message_id) is not None:
        return texts.ANSWER_GONE
    if action == "list":
        await _turn(connection, by, answer_pages.listed(await _all(connection, by.desk_id), page))
        return ""
    answer = await saved_answers.locked(connection, by.desk_id, answer_id)
    if action in _OF_DRAFT:
        return await _press_draft(connection, by, action, answer)
    if answer is None or answer.key is None:
        await _turn(connection, by, answer_pages.listed(await _all(connection, by.desk_id), page))
        return texts.ANSWER_GONE
    if action == "delete_now":
        await saved_answers.remove(connection, answer, ready_answers.choice_of_saved(answer.id))
        await _turn(connection, by, answer_pages.listed(await _all(connection, by.desk_id), page))
        return texts.ANSWER_DELETED.format(name=answer.name)
    if action in ("families_on", "families_off"):
        on = action == "families_on" and answer.question is not None
        await saved_answers.change(connection, answer.id, for_families=on)
    asks = _ASKING.get(action)
    # Where nothing is asked now, the message that asked last stays known: replies to it may be edited.
    asked_here = {"asks_message_id": by.message_id} if asks else {}
    await saved_answers.change(connection, answer.id, asks=asks, **asked_here)
    shown = await _shown(connection, by.desk_id, answer.id)
    if action == "delete":
        await _turn(connection, by, answer_pages.removal(shown, page))
    else:
        await _turn(connection, by, answer_pages.opened(shown, page, asks=asks))
    return ""


async def _press_draft(connection: AsyncConnection, by: Place, action: str, answer: SavedAnswer | None) -> str:
    """Saves an answer that waits for it, or drops it; of two who press at once the second is told that it is done."""
    if answer is None or answer.key is not None:
        return texts.ALREADY_SO
    if action == "drop":
        await saved_answers.remove(connection, answer, "")
        await _turn(connection, by, Screen(marked(texts.SAVE_DROPPED)))
        return ""
    await saved_answers.lock_names(connection, by.desk_id)
    same = await saved_answers.named(connection, by.desk_id, answer.name)
    if same is not None and action != "replace":
        # Somebody took the name between the look and this press.
        shown = Shown(answer.id, answer.name, kept(answer.text), has_question=answer.question is not None)
        await _turn(connection, by, answer_pages.look(shown, replaces=True))
        return texts.SAVE_NAME_TAKEN.format(name=answer.name)
    if same is not None:
        told = await _replace(connection, same, answer)
    else:
        families = action == "keep_for_families" and answer.question is not None
        key = saved_answers.key_of(answer.name)
        await saved_answers.change(connection, answer.id, key=key, for_families=families)
        told = fill(texts.SAVED_FOR_FAMILIES if action == "keep_for_families" else texts.SAVED, name=answer.name)
    await _turn(connection, by, Screen(told))
    return ""


async def _replace(connection: AsyncConnection, old: SavedAnswer, new: SavedAnswer) -> Markup:
    """Puts a draft in the place of the answer of its name, and gives the words that tell it.

    Families get it by themselves only where it answers the same question as before.
    """
    same_question = new.question is not None and new.question == old.question
    await saved_answers.change(
        connection, old.id, text=new.text, question=new.question, matter=new.matter,
        for_families=old.for_families and same_question,
    )  # fmt: skip
    await saved_answers.remove(connection, new, "")
    hidden = old.for_families and not same_question
    return fill(texts.SAVED_HIDDEN_FROM_FAMILIES if hidden else texts.SAVED, name=new.name)


_OF_DRAFT = ("keep", "keep_for_families", "replace", "drop")
_ASKING = {"edit": ASKS_TEXT, "rename": ASKS_NAME}
ACTIONS = ("list", "open", "delete", "delete_now", "families_on", "families_off", *_ASKING, *_OF_DRAFT)


# --- a reply that changes one ----------------------------------------------------------------------------------------


async def change(connection: AsyncConnection, by: Place, replied_id: int, written: Written) -> None:
    """Takes a reply to an opened answer for its new text or name, as «Изменить» and «Переименовать» ask.

    It may be called for any reply in the desk's chat; one that changes nothing is told why, and is waited for still.
    """
    asking = await saved_answers.asking(connection, by.desk_id, replied_id)
    answer = await saved_answers.locked(connection, by.desk_id, asking.id) if asking else None
    if answer is None or answer.asks is None:
        await _say(connection, by, Screen(marked(texts.ANSWER_GONE)))
        return
    name = " ".join(written.words.split())
    if not written.is_text or not name:
        refused: Markup | None = marked(texts.SAVE_NOT_TEXT)
    elif answer.asks == ASKS_TEXT:
        refused = _against_text(by, written)
    else:
        await saved_answers.lock_names(connection, by.desk_id)
        same = await saved_answers.named(connection, by.desk_id, name)
        taken = same is not None and same.id != answer.id
        refused = fill(texts.SAVE_NAME_TAKEN, name=name) if taken else _against_name(by, name)
    if refused is not None:
        await _say(connection, by, Screen(refused))
        return
    if answer.asks == ASKS_TEXT:
        html = message_content.as_html(written.words, written.entities)
        await saved_answers.change(connection, answer.id, text=str(html))
    else:
        await saved_answers.change(connection, answer.id, name=name, key=saved_answers.key_of(name))
    await saved_answers.change(connection, answer.id, asks=None)
    shown = await _shown(connection, by.desk_id, answer.id)
    await _turn(connection, by, answer_pages.opened(shown, 0), replied_id)
    await _say(connection, by, Screen(fill(texts.ANSWERS_CHANGED, name=shown.name)))


# --- what is shown ---------------------------------------------------------------------------------------------------


async def _all(connection: AsyncConnection, desk_id: int) -> list[Shown]:
    uses = await saved_answers.uses(connection, desk_id)
    found = []
    for one in await saved_answers.saved(connection, desk_id):
        counts = saved_answers.in_all(uses, ready_answers.choice_of_saved(one.id))
        found.append(
            Shown(
                one.id, one.name, kept(one.text), one.for_families, one.question is not None, counts.sent,
                counts.helped, one.told, one.told_helped,
            )
        )  # fmt: skip
    return found


async def _shown(connection: AsyncConnection, desk_id: int, answer_id: int) -> Shown:
    return next(one for one in await _all(connection, desk_id) if one.id == answer_id)


async def _say(connection: AsyncConnection, by: Place, screen: Screen) -> None:
    """Owes a reply to what somebody wrote."""
    await owing.owe_answer(connection, by.desk_id, by.topic_id, by.message_id, screen.text, by.at, rows=screen.rows)


async def _turn(connection: AsyncConnection, by: Place, screen: Screen, message_id: int | None = None) -> None:
    """Owes another page in a message of the bot's own, that of the press; a page that still waits gives way to it."""
    await owing.owe_page(connection, by.desk_id, message_id or by.message_id, screen, by.at)
