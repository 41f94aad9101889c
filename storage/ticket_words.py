"""The words of tickets, by which a desk finds them: prefixes are looked up in an index, in a bounded time.

What a word is, and how it is normalised, is decided by whoever puts and seeks words; here they are compared byte by
byte. A ticket whose texts are erased has none.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, delete, desc, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import named_values
from storage.inserting import insert_into
from storage.ticket_models import LONGEST_WORD, Ticket, ticket_words, tickets

RARE = 5_000  # rows: the tickets of a word that has fewer are looked at one by one
GONE_THROUGH = 5_000  # tickets that are looked at for words that all have more
_LEFT = "search_words_left"  # a named value: the newest ticket older than the search that still lacks its words
_W = ticket_words.c
_ORDER = (desc(tickets.c.is_open), desc(tickets.c.id))  # that of an index


@dataclass(frozen=True, slots=True)
class Term:
    """A word that is sought: as the beginning of a ticket's word, or as the whole of it."""

    word: str
    whole: bool = False


@dataclass(frozen=True, slots=True)
class FoundTickets:
    """A page of the tickets that were found, and whether more stand behind it.

    `total` is None where every word is common: nobody has counted, and only the first tickets were looked at.
    """

    tickets: list[Ticket]
    total: int | None
    goes_on: bool


async def put(connection: AsyncConnection, ticket: Ticket, words: Collection[str]) -> None:
    """Adds words to those by which a ticket is found; to be called in the transaction that stores them."""
    rows = [
        {"desk_id": ticket.desk_id, "word": word[:LONGEST_WORD], "ticket_id": ticket.id} for word in sorted(set(words))
    ]
    if rows:
        await connection.execute(insert_into(connection, ticket_words).on_conflict_do_nothing(), rows)


async def drop(connection: AsyncConnection, ticket_id: int, words: Collection[str]) -> None:
    """Takes words off a ticket: they were edited out of its texts."""
    await connection.execute(
        delete(ticket_words).where(_W.ticket_id == ticket_id, _W.word.in_([word[:LONGEST_WORD] for word in words]))
    )


async def forget(connection: AsyncConnection, ticket_ids: Any) -> None:
    """Erases all words of these tickets (numbers, or a query that gives them)."""
    await connection.execute(delete(ticket_words).where(_W.ticket_id.in_(ticket_ids)))


async def find(
    connection: AsyncConnection,
    desk_id: int,
    terms: Sequence[Term],
    *,
    offset: int,
    limit: int,
    first: int | None = None,
) -> FoundTickets:
    """Finds the tickets of a desk that have a word for each term: open ones before closed ones, each newest first.

    The ticket with the number `first` goes before all others, where it is among them. There is at least one term.
    Tickets whose texts are erased are found by nothing. Where every word is common, so that all tickets would have to
    be gone through, only the first `GONE_THROUGH` in that order are looked at.
    """
    counts = [await _count(connection, desk_id, term) for term in terms]
    fewest = min(counts)
    if fewest < RARE:
        rarest = terms[counts.index(fewest)]
        mine = _among(desk_id, rarest, [term for term in terms if term != rarest])
        numbers, total = await _of_rare(connection, mine, first, offset, limit + 1)
    else:
        numbers, total = await _of_common(connection, desk_id, terms, first, offset, limit + 1), None
    page = select(tickets).where(tickets.c.id.in_(numbers[:limit]), tickets.c.erased_at.is_(None))
    by_number = {row.id: Ticket(*row) for row in await connection.execute(page)}
    return FoundTickets([by_number[n] for n in numbers[:limit] if n in by_number], total, len(numbers) > limit)


async def _of_rare(
    connection: AsyncConnection, mine: ColumnElement[bool], first: int | None, offset: int, limit: int
) -> tuple[list[int], int]:
    """Gives the ids of a page, and how many tickets there are in all."""
    order = _ORDER if first is None else (desc(tickets.c.number == first), *_ORDER)
    query = select(tickets.c.id, func.count().over()).where(mine).order_by(*order).offset(offset).limit(limit)
    rows = [(int(number), int(total)) for number, total in await connection.execute(query)]
    if rows or not offset:
        return [number for number, _ in rows], rows[0][1] if rows else 0
    # The page is behind the end: tickets were erased since the one before it was shown.
    return [], int((await connection.execute(select(func.count()).where(mine))).scalar_one())


async def _of_common(
    connection: AsyncConnection, desk_id: int, terms: Sequence[Term], first: int | None, offset: int, limit: int
) -> list[int]:
    """Gives the ids of a page where every word is common: only the first `GONE_THROUGH` tickets are looked at."""
    leads: list[int] = []
    if first is not None:
        named = and_(tickets.c.desk_id == desk_id, tickets.c.number == first)
        query = select(tickets.c.id).where(named, *(_has(term, tickets.c.id) for term in terms))
        leads = list((await connection.execute(query)).scalars())
    ordered = select(tickets.c.id, tickets.c.is_open).where(tickets.c.desk_id == desk_id).order_by(*_ORDER)
    looked_at = ordered.limit(GONE_THROUGH).subquery()
    here = and_(looked_at.c.id.not_in(leads), *(_has(term, looked_at.c.id) for term in terms))
    lead = leads if offset == 0 else []
    rest = select(looked_at.c.id).where(here).order_by(desc(looked_at.c.is_open), desc(looked_at.c.id))
    found = await connection.execute(rest.offset(max(0, offset - len(leads))).limit(limit - len(lead)))
    return [*lead, *found.scalars()]


async def _count(connection: AsyncConnection, desk_id: int, term: Term) -> int:
    rows = select(_W.ticket_id).where(_W.desk_id == desk_id, _fits(term)).limit(RARE).subquery()
    return int((await connection.execute(select(func.count()).select_from(rows))).scalar_one())


def _fits(term: Term, words: FromClause = ticket_words) -> ColumnElement[bool]:
    word = words.c.word
    return word == term.word if term.whole else and_(word >= term.word, word < term.word + chr(0x10FFFF))


def _among(desk_id: int, term: Term, others: Sequence[Term]) -> ColumnElement[bool]:
    """Gives the condition that a ticket of the desk has all terms; `others` are sought only in tickets with `term`."""
    having = (_has(other, _W.ticket_id) for other in others)
    having_all = select(_W.ticket_id).where(_W.desk_id == desk_id, _fits(term), *having)
    return and_(tickets.c.desk_id == desk_id, tickets.c.id.in_(having_all))


def _has(term: Term, number: ColumnElement[int]) -> ColumnElement[bool]:
    # Not EXISTS: PostgreSQL would make a join of it, and read all rows of a common word where it knows no better.
    words = ticket_words.alias()
    found = select(words.c.word).where(words.c.ticket_id == number, _fits(term, words)).limit(1)
    return found.scalar_subquery().is_not(None)


# --- tickets older than the search ------------------------------------------------------------------------------------


async def next_without(connection: AsyncConnection, most: int) -> list[Ticket]:
    """Gives the next tickets of before the search whose words are to be put, newest first, locked; none at the end.

    They are taken as done: their words are put in the same transaction.
    """
    left = await named_values.get(connection, _LEFT)
    if left is None:
        return []
    query = select(tickets).where(tickets.c.id <= int(left)).order_by(desc(tickets.c.id)).limit(most).with_for_update()
    found = [Ticket(*row) for row in await connection.execute(query)]
    await named_values.put(connection, _LEFT, str(found[-1].id - 1) if len(found) == most else None)
    return [ticket for ticket in found if ticket.family_id is not None and ticket.erased_at is None]


async def is_incomplete(connection: AsyncConnection) -> bool:
    """Tells whether tickets of before the search still lack their words."""
    return await named_values.get(connection, _LEFT) is not None
