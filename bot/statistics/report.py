"""Puts the counts of a period into words for the support chat, and into numbers and labels for the picture."""

from collections.abc import Mapping
from datetime import date
from typing import TypedDict

from bot import texts_ru as texts
from bot.flows.content import Pack, Path
from bot.flows.marked import Markup, fill, joined
from bot.flows.plural import plural
from bot.flows.whole_numbers import whole_number
from storage.statistics import Period, Summary

MOST_DAYS = 366
USUAL_DAYS = 30
ERRORS_SHOWN = 6
_DAILY_BARS = 31  # more bars than this are too thin for a phone: they become weeks


class Bars(TypedDict):
    """Holds bars with their labels; `note` stands in place of them where there are none."""

    title: str
    labels: list[str]
    values: list[int]
    note: str


class Picture(TypedDict):
    """Holds everything that the picture shows, in words ready to be drawn."""

    title: str
    subtitle: str
    tiles: list[tuple[str, str]]
    paths_title: str
    paths: list[Bars]
    errors: Bars
    tickets: Bars
    note: str


def is_days(text: str) -> bool:
    """Tells whether a text is a number of days that a summary may span."""
    return bool(whole_number(text, most=MOST_DAYS))


def words(summary: Summary, pack: Pack) -> Markup:
    """Gives the short text, HTML, under 1024 characters so that it fits under a picture (Bot API, sendPhoto)."""
    dates, spans_days = dates_of(summary.period), summary.period.last > summary.period.first
    if summary.is_empty:
        return fill(texts.STATS_EMPTY if spans_days else texts.STATS_EMPTY_DAY, **dates)
    lines = [
        fill(texts.STATS_HEAD if spans_days else texts.STATS_HEAD_DAY, **dates),
        "",
        *(_path_line(summary, path) for path in pack.paths.values()),
        "",
        _errors_line(summary, pack),
        _alone_line(summary),
        _answered_line(summary),
        _tickets_line(summary),
        _times_line(summary),
    ]
    return joined("\n", (line for line in lines if line is not None))


def week_words(summary: Summary, pack: Pack) -> Markup:
    """Gives the report of a week, shorter than `words`: what was in the way, the shares, how long families waited."""
    lines = [
        fill(texts.WEEK_HEAD, **dates_of(summary.period)),
        "",
        _errors_line(summary, pack),
        _alone_line(summary, of_week=True),
        _helped_line(summary),
        _tickets_line(summary),
        _times_line(summary),
    ]
    return joined("\n", (line for line in lines if line is not None))


def picture(summary: Summary, pack: Pack) -> Picture:
    """Gives the numbers and labels that the picture of a period shows."""
    period = texts.CHART_PERIOD if summary.period.last > summary.period.first else texts.CHART_PERIOD_DAY
    return {
        "title": texts.CHART_TITLE,
        "subtitle": period.format(**dates_of(summary.period)),
        "tiles": _tiles(summary),
        "paths_title": texts.CHART_PATHS,
        "paths": [_path_bars(summary, path) for path in pack.paths.values()],
        "errors": _error_bars(summary, pack),
        "tickets": ticket_bars(summary.tickets, summary.period),
        "note": texts.CHART_NOTE if summary.first_answer is not None or summary.solution is not None else "",
    }


def duration(seconds: float) -> str:
    """Puts a duration as a person says it: «меньше минуты», «42 мин», «5 ч 10 мин», «2 дня 3 ч»."""
    days, hours, minutes = _parts(seconds)
    if days:
        said = plural(texts.DAYS, days)
        return texts.DURATION_DAYS_HOURS.format(days=said, hours=hours) if hours else said
    if hours:
        form = texts.DURATION_HOURS_MINUTES if minutes else texts.DURATION_HOURS
        return form.format(hours=hours, minutes=minutes)
    return texts.DURATION_MINUTES.format(minutes=minutes) if minutes else texts.LESS_THAN_MINUTE


def short_duration(seconds: float | None) -> str:
    """Puts a duration in short, rounded, for large type: «42 мин», «5 ч», «3 дня»."""
    if seconds is None:
        return "—"
    if seconds < 60:
        return texts.SHORT_LESS_THAN_MINUTE
    if seconds < 90 * 60:
        return texts.DURATION_MINUTES.format(minutes=round(seconds / 60))
    if seconds < 48 * 3600:
        return texts.DURATION_HOURS.format(hours=round(seconds / 3600))
    return plural(texts.DAYS, round(seconds / 86400))


def _parts(seconds: float) -> tuple[int, int, int]:
    minutes = max(0, round(seconds / 60)) if seconds >= 60 else 0
    return minutes // 1440, minutes // 60 % 24, minutes % 60


def dates_of(period: Period) -> dict[str, str]:
    """Gives the days of a period as people write them: how many, since when, until when."""
    number = (period.last - period.first).days + 1
    far = period.first.year != period.last.year
    shown = "%d.%m.%y" if far else "%d.%m"
    since, until = period.first.strftime(shown), period.last.strftime(shown)
    return {"days": plural(texts.DAYS, number), "since": since, "until": until}


# --- the words ------------------------------------------------------------------------------------------------------


def _path_line(summary: Summary, path: Path) -> Markup:
    began, done = summary.began.get(path.id, 0), summary.done.get(path.id, 0)
    counts = [summary.reached.get((path.id, number), 0) for number in range(2, len(path.steps) + 2)]
    name = _capital(path.title)
    if not (began or done or any(counts)):
        return fill(texts.STATS_NOBODY, path=name)
    *reached, all_steps = began, *counts
    steps = texts.STATS_STEPS.format(last=len(reached)) if len(reached) > 1 else texts.STATS_ONE_STEP
    shown = " → ".join(str(count) for count in reached)
    return fill(texts.STATS_BEGAN, path=name, began=began, done=done, steps=steps, counts=shown, all_steps=all_steps)


def _errors_line(summary: Summary, pack: Pack) -> Markup:
    found = _errors(summary, pack)
    if not found:
        return fill(texts.STATS_NO_ERRORS)
    said = ", ".join(texts.STATS_ERROR.format(name=name[:1].lower() + name[1:], count=count) for name, count in found)
    return fill(texts.STATS_ERRORS, errors=said)


def _answered_line(summary: Summary) -> Markup | None:
    if not summary.answered:
        return None
    return fill(texts.STATS_ANSWERED, answered=summary.answered, helped=summary.answered_helped)


def _errors(summary: Summary, pack: Pack) -> list[tuple[str, int]]:
    """Names the troubles that families met, most frequent first.

    They are the known errors, the neighbouring problems, and the texts that were not recognised.
    """
    names = {error.id: error.short for error in pack.errors.values()}
    names |= {topic.id: _capital(topic.title) for topic in pack.topics.values()}
    counted = [*summary.errors.items(), *summary.topics.items()]
    named = [(names[one], number) for one, number in counted if one in names]
    if summary.unknown:
        named.append((_capital(texts.STATS_UNKNOWN), summary.unknown))
    named.sort(key=lambda one: (-one[1], one[0]))
    rest = sum(number for one, number in counted if one not in names)  # of what the pack no longer has
    if len(named) + bool(rest) > ERRORS_SHOWN:
        rest += sum(number for _, number in named[ERRORS_SHOWN - 1 :])
        named = named[: ERRORS_SHOWN - 1]
    return [*named, (_capital(texts.STATS_MORE), rest)] if rest else named


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _alone_line(summary: Summary, *, of_week: bool = False) -> Markup | None:
    if summary.alone is None:
        return None
    done, sent = sum(summary.done.values()), sum(summary.tickets.values())
    shown = {"percent": round(summary.alone * 100), "done": done, "total": done + sent}
    return fill(texts.WEEK_ALONE, **shown) if of_week else fill(texts.STATS_ALONE, **shown)


def _helped_line(summary: Summary) -> Markup | None:
    total = summary.helped + summary.not_helped
    if not total:
        return None
    return fill(texts.WEEK_HELPED, percent=round(summary.helped / total * 100), helped=summary.helped, total=total)


def _tickets_line(summary: Summary) -> Markup:
    sent = sum(summary.tickets.values())
    average = sent / ((summary.period.last - summary.period.first).days + 1)
    said = f"{average:.1f}" if average >= 0.1 else f"{average:.2f}"
    shown = said.rstrip("0").rstrip(".").replace(".", ",")
    return fill(texts.STATS_TICKETS, count=sent, average=texts.STATS_SELDOM if sent and shown == "0" else shown)


def _times_line(summary: Summary) -> Markup | None:
    answer = duration(summary.first_answer) if summary.first_answer is not None else ""
    solution = duration(summary.solution) if summary.solution is not None else ""
    if answer and solution:
        return fill(texts.STATS_TIMES, answer=answer, solution=solution)
    if answer:
        return fill(texts.STATS_FIRST_ANSWER, answer=answer)
    return fill(texts.STATS_SOLUTION, solution=solution) if solution else None


# --- the picture ----------------------------------------------------------------------------------------------------


def _tiles(summary: Summary) -> list[tuple[str, str]]:
    values = (
        str(sum(summary.began.values())),
        "—" if summary.alone is None else f"{round(summary.alone * 100)}%",
        short_duration(summary.first_answer),
        short_duration(summary.solution),
    )
    return list(zip(values, texts.CHART_TILES, strict=True))


def _path_bars(summary: Summary, path: Path) -> Bars:
    last = len(path.steps) + 1
    labels = [texts.CHART_BEGAN, *(texts.CHART_STEP.format(number=number) for number in range(2, last))]
    values = [
        summary.began.get(path.id, 0),
        *(summary.reached.get((path.id, number), 0) for number in range(2, last + 1)),
    ]
    values.append(summary.done.get(path.id, 0))
    note = "" if any(values) else texts.CHART_NOBODY
    labels += [texts.CHART_ALL_STEPS, texts.CHART_DONE]
    return {"title": _capital(path.title), "labels": labels, "values": values, "note": note}


def _error_bars(summary: Summary, pack: Pack) -> Bars:
    found = _errors(summary, pack)
    return {
        "title": texts.CHART_ERRORS,
        "labels": [name for name, _ in found],
        "values": [number for _, number in found],
        "note": "" if found else texts.CHART_NO_ERRORS,
    }


def ticket_bars(tickets: Mapping[date, int], period: Period) -> Bars:
    """Gives the tickets by day, or by week where the period is long."""
    days = list(period.days())
    width = 1 if len(days) <= _DAILY_BARS else 7
    # Weeks are counted back from today, so that the newest of them is whole.
    spans = [days[max(0, end - width) : end] for end in range(len(days), 0, -width)][::-1]
    return {
        "title": texts.CHART_TICKETS_BY_DAY if width == 1 else texts.CHART_TICKETS_BY_WEEK,
        "labels": [span[0].strftime("%d.%m") for span in spans],
        "values": [sum(tickets.get(day, 0) for day in span) for span in spans],
        "note": "" if any(tickets.values()) else texts.CHART_NO_TICKETS,
    }
