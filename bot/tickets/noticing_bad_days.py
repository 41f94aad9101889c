"""Notices bad days: more families than usual meet the same thing, and their desk is told once.

A bad day needs at least `FEWEST_FAMILIES` different families within half an hour, and at least `TIMES_USUAL` times as
many as usual. Usual is the mean of the past four weeks, over the half hours in which anybody wrote; where a new school
has no past, the fewest families decide alone. `events` keeps no words, so the number of one unknown text is compared
with the usual number of all unknown texts: a rare one is told late rather than without need.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import owed, queues
from bot.desk import Desk
from bot.flows import matters
from bot.flows.matters import Matter, MatterKind
from bot.services import Services
from bot.tickets import notices, owed_buttons
from storage import bad_days, sightings, statistics
from storage.bad_days import BadDay, State
from storage.sightings import Sighting

FEWEST_FAMILIES = 5
TIMES_USUAL = 3.0
WITHIN_S = statistics.HALF_HOUR_S
PAST_S = 28 * 24 * 3600.0
FEWEST_HALF_HOURS = 16  # a working day: what is usual at a school with a shorter past is counted as over so many
NOT_AGAIN_S = 24 * 3600.0  # the same thing is told once in so long
SIGHTINGS_KEPT_S = 3600.0
SEEN_FOR_EXAMPLES = 30  # many paste the same words, and examples are to differ
USUAL_HOLDS_S = 3600.0  # what is usual is counted anew after so long: it is asked for at every look
NOTED_EVERY_S = 600.0  # a family that meets the same thing again and again costs one commit in so long
_UNKNOWN = f"{MatterKind.UNKNOWN}:"


async def note(services: Services, school_id: int, family_id: int, matter: Matter | None) -> None:
    """Notes that a family of a school met something now; nothing where that is None.

    It may be called for every screen.
    """
    now = services.clock()
    if matter is None or not services.counted.is_new(("met", family_id, matter.code, int(now // NOTED_EVERY_S))):
        return
    key = services.facts.key_of(family_id)
    words = matter.example or None
    # Done twice it is the same sighting.
    await services.database.write(lambda c: sightings.note(c, school_id, key, matter.code, words, now), repeatable=True)


# --- by the clock ----------------------------------------------------------------------------------------------------


class BadDays:
    """Looks for bad days; it keeps what is usual for an hour, since counting that reads weeks of events."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._usual: dict[
            int, tuple[float, dict[tuple[str, str | None], float]]
        ] = {}  # by desk, with when it was counted

    async def look(self, connection: AsyncConnection, now: float) -> None:
        """Tells each desk of what many of its families met lately, once. It is safe to call at any time."""
        # Two reads for all desks: hardly any of a region's hundreds has something to look at.
        after = now - WITHIN_S
        met = await sightings.families_by_matter(connection, after, fewest=FEWEST_FAMILIES, but_not=_UNKNOWN)
        many_unknown = await sightings.desks_of_many(connection, after, _UNKNOWN, fewest=FEWEST_FAMILIES)
        for desk_id in sorted(met.keys() | many_unknown):
            desk = self._services.schools.desks.get(desk_id)
            if desk is not None and desk.chat_id is not None:  # one without a chat would read of it on another day
                await self._look_at(connection, desk, met.get(desk_id, {}), now)

    async def _look_at(self, connection: AsyncConnection, desk: Desk, found: Mapping[str, int], now: float) -> None:
        after = now - WITHIN_S
        unknown = await sightings.beginning_with(connection, desk.id, after, _UNKNOWN)
        lately = await bad_days.told_since(connection, desk.id, now - NOT_AGAIN_S)
        known = {day.matter for day in lately}
        for code, families in found.items():
            matter = Matter.of_code(code)
            if code not in known and await self._is_unusual(connection, desk, matter, families, now):
                words = await sightings.with_words(connection, desk.id, after, code, SEEN_FOR_EXAMPLES)
                await self._tell(connection, desk, matter, families, words, "", now)
        await self._look_at_unknown(connection, desk, unknown, lately, now)

    async def _look_at_unknown(
        self, connection: AsyncConnection, desk: Desk, unknown: list[Sighting], lately: list[BadDay], now: float
    ) -> None:
        told = [frozenset(day.marks.split()) for day in lately if day.marks]
        fresh = []
        for one in unknown:
            stems = matters.content_stems(one.words or "")
            marks_of_it = matters.hashed(stems, self._services.facts.secret) if told else frozenset[str]()
            if not any(matters.are_alike(marks_of_it, marks) for marks in told):
                fresh.append((one, stems))
        for crowd in matters.crowds([(one.family_key, stems) for one, stems in fresh], FEWEST_FAMILIES):
            members = [fresh[place][0] for place in crowd]
            matter, families = Matter.of_code(members[0].matter), len({one.family_key for one in members})
            if await self._is_unusual(connection, desk, matter, families, now):
                marks = " ".join(sorted(matters.hashed(fresh[crowd[0]][1], self._services.facts.secret)))
                await self._tell(connection, desk, matter, families, members, marks, now)

    async def _is_unusual(
        self, connection: AsyncConnection, desk: Desk, matter: Matter, families: int, now: float
    ) -> bool:
        return families >= TIMES_USUAL * (await self._usual_of(connection, desk, matter, now) or 0.0)

    async def _usual_of(self, connection: AsyncConnection, desk: Desk, matter: Matter, now: float) -> float | None:
        """Gives how often a matter is met at a school in a half hour; None at one without a past."""
        counted_at, usual = self._usual.get(desk.id, (None, {}))
        # A clock that was put back must not end the counting: the distance counts.
        if counted_at is None or abs(now - counted_at) >= USUAL_HOLDS_S:
            end = now - WITHIN_S
            usual = await statistics.usual_in_half_hour(
                connection, desk.id, end - PAST_S, end, fewest=FEWEST_HALF_HOURS
            )
            self._usual[desk.id] = now, usual
        return usual.get(matter.counted_as, 0.0) if usual else None

    async def _tell(
        self, connection: AsyncConnection, desk: Desk, matter: Matter, families: int, seen: Sequence[Sighting],
        marks: str, now: float,
    ) -> None:  # fmt: skip
        """Owes the desk the word of a bad day.

        At night it comes at once and silently: nobody's phone rings, whoever looks sees it, and in the morning it
        stands there with the time at which it happened.
        """
        services = self._services
        usual = await self._usual_of(connection, desk, matter, now)
        number = await bad_days.tell(connection, desk.id, matter.code, marks, now)
        text = matters.told(
            matter, families, usual, [one.words or "" for one in seen], services.schools.pack_of(desk.id)
        )
        awake = services.schools.hours_of(desk.id).is_open(services.local(now))
        rows = (*notices.deciding_row(number, State.TOLD), *notices.repaired_row())
        message = owed.DeskText(
            text, markup=owed_buttons.markup_of(rows), general=True, silent=not awake, repair_of=number
        )
        await queues.to_general(connection, desk.id, message, now)
