"""Offers the days to which a ticket may be put off, as buttons under its card, and computes the morning of each."""

from datetime import datetime, time, timedelta

from bot import texts_ru as texts
from bot.flows.screen import Button, Rows
from bot.flows.working_hours import WorkingHours

USUAL_OPENING = time(9)  # of a day that has no working hours any more
MONDAY, DAYS_A_WEEK = 0, 7
NOT = "not"  # the choice that takes a putting off back


def buttons(number: int, *, is_put_off: bool) -> Rows:
    """Gives the days, the way out of a putting off where there is one, and «Назад»."""
    days = tuple(Button(label, data=f"putoff:{number}:{name}") for name, label in texts.PUT_OFF_DAYS.items())
    back = Button(texts.B_BACK, data=f"card:{number}")
    ends = ((Button(texts.B_NOT_PUT_OFF, data=f"putoff:{number}:{NOT}"),),) if is_put_off else ()
    return (days, *ends, (back,))


def morning_of(choice: str, now: datetime, hours: WorkingHours) -> datetime | None:
    """Gives the opening of the chosen day, or of the next day on which the school works; None for no such choice.

    `now` is in the school's local time. «Понедельник» said on a Monday is the next one.
    """
    days = {
        "tomorrow": 1,
        "monday": (MONDAY - now.weekday() - 1) % DAYS_A_WEEK + 1,
        "days3": 3,
    }.get(choice)
    if days is None:
        return None
    day = now.date() + timedelta(days=days)
    midnight = datetime.combine(day, time(), now.tzinfo)
    usual = datetime.combine(day, USUAL_OPENING, now.tzinfo)
    opening = hours.next_open(midnight)
    # Who works round the clock opens at midnight: the morning is meant all the same.
    return usual if opening is None or opening == midnight else opening
