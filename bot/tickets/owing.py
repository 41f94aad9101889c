"""A ticket owes messages to the desk and to the family: rows of the outbox, put in the transaction that causes them."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.channels.telegram.keyboards import keyboard
from bot.delivery import owed, queues
from bot.delivery.owed_message import Edit, OwedMessage
from bot.desk import Desk
from bot.flows.guide.instruction import Path, Reader
from bot.flows.marked import fill, joined, marked
from bot.flows.routes import Route
from bot.flows.screen import Button, Rows
from bot.flows.ticket import ticket_card, ticket_form
from bot.flows.ticket.ticket_form import Form
from bot.tickets import after_the_end
from storage import bans, dialogues, outbox, statistics, tickets
from storage.ticket_status import Cause, after
from storage.tickets import Ticket

ANSWER_SHOWN = 500  # UTF-16 units of the school's last answer that «Моё обращение» shows
MEDIA_GROUP_WAIT_S = 1.0  # an album comes as separate updates; its parts are there within a second


def route_of_ticket(ticket: Ticket) -> Route:
    """Gives the route by which a ticket's texts address: the reader who sent it, wherever the family stands today."""
    path = Path(ticket.path) if ticket.path else None
    return Route("mine", None, path, Reader(ticket.reader) if ticket.reader else None)


async def owe_desk(
    connection: AsyncConnection, ticket_id: int, message: OwedMessage, at: float, *, media_group_id: str | None = None
) -> None:
    """Owes a ticket's desk something in the ticket's queue; nothing where there is no such ticket."""
    ticket = await tickets.get(connection, ticket_id)
    if ticket is not None:
        await queues.to_ticket(connection, ticket, message, at, media_group_id=media_group_id)


async def owe_family(
    connection: AsyncConnection,
    ticket: Ticket,
    message: OwedMessage,
    at: float,
    *,
    media_group_id: str | None = None,
    delay: float = 0.0,
) -> None:
    """Owes a family something about its ticket; nothing where the family was erased, no buttons where it is banned."""
    if ticket.family_id is None:
        return
    bare = message.without_buttons()
    if bare != message and await bans.is_banned(connection, ticket.family_id):
        message = bare
    await queues.to_family(
        connection, ticket.family_id, message, at, ticket_id=ticket.id, media_group_id=media_group_id, delay=delay
    )


async def owe_edit(connection: AsyncConnection, ticket: Ticket, edit: Edit, at: float) -> None:
    """Owes the other side an edit, once where one of the same message waits already, which shows this one as well."""
    at_desk = isinstance(edit, owed.EditAtDesk)
    queue = outbox.ticket_queue(ticket.id) if at_desk else outbox.family_queue(ticket.family_id or 0)
    for row in await outbox.of_kind(connection, queue, edit.kind, to_change=True):
        waiting = type(edit).of(row)
        if waiting.row == edit.row:
            await queues.change(connection, row, replace(edit, replaced=edit.replaced or waiting.replaced))
            return
    await (owe_desk(connection, ticket.id, edit, at) if at_desk else owe_family(connection, ticket, edit, at))


async def owe_ticket(connection: AsyncConnection, ticket: Ticket, files: Iterable[dict[str, Any]], at: float) -> None:
    """A new ticket: its card, then the words that the card has no room for and the pictures sent before."""
    await owe_desk(connection, ticket.id, owed.Card(), at)
    await _owe_words_beyond_card(connection, ticket, ticket.words, at)
    await _owe_files(connection, ticket, list(files), at)


async def _owe_words_beyond_card(connection: AsyncConnection, ticket: Ticket, words: str | None, at: float) -> None:
    rest = ticket_card.beyond_card(words or "")
    if rest:
        nothing_else = dict.fromkeys(("file_id", "entities", "media_group_id", "family_message_id"))
        await after_the_end.owe_kept(connection, ticket, {"kind": "text", "text": rest, **nothing_else}, at)


async def _owe_files(connection: AsyncConnection, ticket: Ticket, files: list[dict[str, Any]], at: float) -> None:
    """The pictures of a form: several photos as one album, so that they cost the group one moment."""
    photos = [file for file in files if file["kind"] == "photo"]
    for file in [*photos, *(file for file in files if file["kind"] != "photo")]:
        group = f"form:{ticket.id}:{at}" if file["kind"] == "photo" and len(photos) > 1 else None
        row = await tickets.add_message(
            connection, ticket_id=ticket.id, side="family", family_id=ticket.family_id, kind=file["kind"],
            file_id=file["file_id"], media_group_id=group, at=at,
        )  # fmt: skip
        await owe_desk(connection, ticket.id, owed.ToDesk(row), at, media_group_id=group)


async def owe_new_problem(connection: AsyncConnection, ticket: Ticket, form: Form, at: float) -> None:
    """A new problem of a family that has an open ticket: a message of that ticket, with the pictures."""
    lines = joined("\n", ticket_card.case_lines(ticket_form.case_of(form, ticket.first_name or "")))
    await owe_desk(connection, ticket.id, owed.DeskText(fill(texts.NEW_PROBLEM, card=lines)), at)
    await _owe_words_beyond_card(connection, ticket, form.words, at)
    await _owe_files(connection, ticket, list(form.files), at)


# A withdrawal and a family's silence end a ticket without anybody's solution.
_SOLUTIONS = (Cause.HELPED, Cause.DECIDED, Cause.TOPIC_CLOSED)


async def move(connection: AsyncConnection, ticket: Ticket, cause: Cause, *, actor: str, at: float) -> bool:
    """Moves a ticket by a cause, and owes what shows it: card, topic, the family's buttons. False: nothing moved."""
    facts = after(ticket.facts, cause)
    if facts == ticket.facts:
        return False
    if not await tickets.set_facts(connection, ticket, facts, actor=actor, cause=cause, at=at):
        return False
    if cause is Cause.TAKEN:
        await tickets.change(connection, ticket.id, taken_by=actor)
    if cause is Cause.TOPIC_CLOSED:
        await tickets.change(connection, ticket.id, topic_closed=True)
    if cause is Cause.TOPIC_REOPENED:
        await tickets.change(connection, ticket.id, topic_closed=False)
    if not facts.is_open or cause is Cause.NOT_HELPED:
        # A family that only writes on keeps «Помогло»: it may still try, and succeed.
        await strip_prompt(connection, ticket, at)
    if cause in _SOLUTIONS:
        await statistics.count(
            connection, "solved", at, path=ticket.path, error=ticket.error, seconds=at - ticket.created_at
        )
    await show_status(connection, ticket.id, at)
    if not ticket.is_open:
        await after_the_end.flush(connection, ticket, at)
    return True


async def show_status(connection: AsyncConnection, ticket_id: int, at: float) -> None:
    """Owes the desk a card and a topic that show the ticket as it is when they are sent."""
    for message in (owed.CardEdit(), owed.TopicState()):
        if not await outbox.is_owed(connection, outbox.ticket_queue(ticket_id), message.kind):
            await owe_desk(connection, ticket_id, message, at)


async def show_choice(connection: AsyncConnection, ticket_id: int, at: float, *, ready: bool) -> None:
    """Owes the desk the card as a press asked for it: with the ready answers, or as it is without them.

    It shows the ticket as it is by then, so what only shows the status is not needed beside it.
    """
    queue = outbox.ticket_queue(ticket_id)
    for shown in (owed.CardEdit, owed.CardChoice):
        await outbox.drop_kind(connection, queue, shown.kind)
    await owe_desk(connection, ticket_id, owed.CardChoice(ready=ready), at)


async def strip_prompt(connection: AsyncConnection, ticket: Ticket, at: float) -> None:
    """Takes «Помогло» and «Не помогло» off the last message that carries them."""
    if ticket.prompt_message_id:
        await owe_family(connection, ticket, owed.Strip(ticket.prompt_message_id), at)
        await tickets.change(connection, ticket.id, prompt_message_id=None)


_TOLD = {
    Cause.HELPED: marked(texts.DESK_HELPED),
    Cause.NOT_HELPED: marked(texts.DESK_NOT_HELPED),
    Cause.WITHDRAWN: marked(texts.DESK_WITHDRAWN),
    Cause.REOPENED: marked(texts.DESK_REOPENED),
}


async def settled_by_family(connection: AsyncConnection, ticket: Ticket, cause: Cause, at: float) -> bool:
    """The family's word on its ticket moves it, and the desk is told. False where it says nothing new.

    What ends a ticket is told before its topic closes, what opens it after the topic opened.
    """
    facts = after(ticket.facts, cause)
    tells = facts != ticket.facts
    if not tells and cause is Cause.NOT_HELPED and ticket.prompt_message_id:
        # The same was said of the message before; the newest one asks still, and its answer is told as well.
        tells = True
        await strip_prompt(connection, ticket, at)
    if tells and not facts.is_open:
        await tell_desk(connection, ticket, cause, at)
    await move(connection, ticket, cause, actor=texts.ACTOR_FAMILY, at=at)
    if tells and facts.is_open:
        await tell_desk(connection, ticket, cause, at)
    if cause is Cause.REOPENED:
        await after_the_end.flush(connection, ticket, at)
    return tells


async def tell_desk(connection: AsyncConnection, ticket: Ticket, cause: Cause, at: float) -> None:
    """Tells the desk what the family decided."""
    await owe_desk(connection, ticket.id, owed.DeskText(_TOLD[cause].format(number=ticket.id)), at)


def prompt_rows(number: int, diary_url: str = "") -> Rows:
    """The buttons under the newest message of the school."""
    ask = (
        Button(texts.B_HELPED, data=f"helped:{number}"),
        Button(texts.B_NOT_HELPED, data=f"nothelped:{number}"),
    )
    return ((Button(texts.B_OPEN_DIARY, url=diary_url),), ask) if diary_url else (ask,)


def prompt_markup(number: int, diary_url: str = "") -> dict[str, Any]:
    """The same buttons as plain data."""
    markup = keyboard(prompt_rows(number, diary_url))
    assert markup is not None
    return markup.model_dump(exclude_none=True)


def reopen_markup(number: int) -> dict[str, Any]:
    """«Открыть снова» as plain data."""
    markup = keyboard(((Button(texts.B_REOPEN, data=f"reopen:{number}"),),))
    assert markup is not None
    return markup.model_dump(exclude_none=True)


async def answer_family(
    connection: AsyncConnection,
    ticket: Ticket,
    message: owed.Screen | owed.ToFamily,
    *,
    cause: Cause,
    actor: str,
    at: float,
    said: str | None,
    diary_url: str = "",
    media_group_id: str | None = None,
    delay: float = 0.0,
) -> None:
    """A message of the school to the family: it is owed, the ticket waits for the family, who come back to it.

    Only the newest such message carries «Помогло» and «Не помогло»; the older one loses them. A banned family reads
    it, but nobody waits for its word, and whoever wrote is told so.
    """
    await strip_prompt(connection, ticket, at)
    asking = replace(message, prompt=prompt_markup(ticket.id, diary_url))
    await owe_family(connection, ticket, asking, at, media_group_id=media_group_id, delay=delay)
    await answered(connection, ticket, cause=cause, actor=actor, at=at, said=said, from_message=message.desk_message_id)


async def answered(
    connection: AsyncConnection,
    ticket: Ticket,
    *,
    cause: Cause,
    actor: str,
    at: float,
    said: str | None,
    from_message: int | None = None,
) -> None:
    """The school has answered: the ticket waits for the family, who come back to it.

    `from_message` is the message of the desk, which a word on a ban is a reply to.
    """
    values: dict[str, Any] = {"last_answer": ticket_card.shortened(said, ANSWER_SHOWN)} if said else {}
    if ticket.first_answer_at is None:
        values["first_answer_at"] = at
        await statistics.count(connection, "first_answer", at, seconds=at - ticket.created_at)
    if values:
        await tickets.change(connection, ticket.id, **values)
    if ticket.family_id is not None:
        await bring_back(connection, ticket)
    if await bans.is_banned(connection, ticket.family_id):
        await _warn_of_ban(connection, ticket, from_message, at)
        return
    await move(connection, ticket, cause, actor=actor, at=at)
    # Also where the family was waited for before: its three days begin anew.
    await tickets.change(connection, ticket.id, waiting_since=at, reminded_at=None)


async def _warn_of_ban(connection: AsyncConnection, ticket: Ticket, message_id: int | None, at: float) -> None:
    """Says below a message that its family cannot answer it; once for an album, whose parts come one by one."""
    if message_id and not await outbox.is_owed(connection, outbox.ticket_queue(ticket.id), owed.DeskText.kind):
        await owe_desk(connection, ticket.id, owed.DeskText(marked(texts.TO_BANNED), reply_to=message_id), at)


async def bring_back(connection: AsyncConnection, ticket: Ticket) -> None:
    """Puts the family before its ticket's conversation; a question of the form that it is asked stands on."""
    dialogue = await dialogues.load(connection, ticket.family_id or 0)
    if not dialogue.in_form:
        await dialogues.set_screen(connection, dialogue.family_id, f"ticket:{ticket.id}")


def link_to(desk: Desk, ticket: Ticket) -> str | None:
    """The address of a ticket's topic or card at its desk; a plain group has none."""
    chat = str(desk.chat_id)
    if not chat.startswith("-100") or ticket.card_message_id is None:
        return None
    thread = f"/{ticket.topic_id}" if ticket.topic_id else ""
    return f"https://t.me/c/{chat[4:]}{thread}/{ticket.card_message_id}"
