"""Lists the schools for the operator: the state of each desk and its counts, nobody's words."""

from collections.abc import Iterable

from bot import texts_ru as texts
from bot.desk import Desk
from bot.flows.marked import Markup, fill
from bot.known_schools import Schools
from storage.school_counts import SchoolSize


def lines(known: Schools, counts: dict[int, SchoolSize], paused: Iterable[int] = ()) -> list[Markup]:
    """Gives a line for each school that has not left; `paused` are the desks whose chats take nothing at present."""
    paused = set(paused)
    shown = [fill(texts.SCHOOL_LIST_HEAD, count=len(known.present))]
    for school in known.present:
        counted = counts.get(school.id, SchoolSize())
        desk = known.desks.get(school.id)
        shown.append(
            fill(
                texts.SCHOOL_LIST_LINE,
                slug=school.slug or "—",
                name=known.shown(school.id).name or texts.SCHOOL_FIRST,
                state=_state(desk, school.id in paused),
                open=counted.open,
                waiting=counted.waiting,
                families=counted.families,
            )
        )
    return shown


def _state(desk: Desk | None, is_paused: bool) -> str:
    if desk is None or desk.chat_id is None:
        return texts.SCHOOL_STATE_NO_DESK
    if desk.away or is_paused:
        return texts.SCHOOL_STATE_AWAY.format(reason=desk.away or texts.DESK_REMOVED)
    return texts.SCHOOL_STATE_LACKS.format(rights=", ".join(desk.lacking)) if desk.lacking else texts.SCHOOL_STATE_BOUND
