"""Puts the counts of all schools into words, into the numbers of a picture, and into a table for a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from bot import texts_ru as texts
from bot.flows.csv_cells import safe_cell
from bot.flows.marked import Markup, fill, joined
from bot.flows.utf16 import units
from bot.statistics import report
from bot.statistics.report import Bars, Picture
from storage.school_counts import SchoolCounts
from storage.statistics import Period

COLUMNS = (
    "school", "slug", "name", "began", "done", "tickets", "answered", "first_answer_seconds", "helped",
)  # fmt: skip
BARS = 10  # schools in the picture: more of them a phone cannot show
LONGEST_NAME = 40  # characters of a school's name in a line


@dataclass(frozen=True, slots=True)
class SchoolLine:
    """A school's line: its number, slug and name, with its counts."""

    id: int
    slug: str
    name: str
    counts: SchoolCounts


def in_order(lines: Iterable[SchoolLine]) -> list[SchoolLine]:
    """Sorts the schools: most tickets first, then most families."""
    return sorted(lines, key=lambda line: (-line.counts.tickets, -line.counts.began, line.id))


def table(lines: Sequence[SchoolLine], period: Period, limit: int) -> Markup:
    """Gives the table in at most `limit` UTF-16 units: all schools, or those at its top and bottom."""
    head = fill(texts.REGION_HEAD, **report.dates_of(period), schools=len(lines))
    foot = fill(texts.REGION_FOOT, days=(period.last - period.first).days + 1)
    written = [_line(one) for one in in_order(lines)]
    room = limit - units(head) - units(foot) - len("\n") * 4
    if sum(units(line) + len("\n") for line in written) > room:
        written = _top_and_bottom(written, room)
    return joined("\n", [head, "", *written, "", foot])


def _line(line: SchoolLine) -> Markup:
    counts = line.counts
    answer = report.short_duration(counts.first_answer)
    return fill(
        texts.REGION_LINE, name=named(line), began=counts.began, done=counts.done, tickets=counts.tickets,
        answered=counts.answered, answer=answer, helped=counts.helped,
    )  # fmt: skip


def named(line: SchoolLine) -> str:
    """Gives a school's name, cut where it is long; without one its slug."""
    name = line.name or line.slug or texts.REGION_SCHOOL.format(id=line.id)
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1].rstrip()}…"


def _top_and_bottom(lines: Sequence[Markup], room: int) -> list[Markup]:
    """Takes lines from the top and from the bottom by turns, as many as there is room for."""
    top: list[Markup] = []
    bottom: list[Markup] = []
    room -= units(fill(texts.REGION_LEFT_OUT, count=len(lines))) + len("\n")
    while True:
        from_top = len(top) == len(bottom)
        line = lines[len(top)] if from_top else lines[-1 - len(bottom)]
        room -= units(line) + len("\n")
        if room < 0:
            break
        (top if from_top else bottom).append(line)
    left_out = fill(texts.REGION_LEFT_OUT, count=len(lines) - len(top) - len(bottom))
    return [*top, left_out, *reversed(bottom)]


def totals(lines: Iterable[SchoolLine], period: Period, first_answer: float | None) -> Markup:
    """Gives the words below the picture: what all schools add up to."""
    counts = [line.counts for line in lines]
    return fill(
        texts.REGION_TOTALS, **report.dates_of(period), schools=len(counts),
        began=sum(one.began for one in counts), done=sum(one.done for one in counts),
        tickets=sum(one.tickets for one in counts), answered=sum(one.answered for one in counts),
        helped=sum(one.helped for one in counts),
        answer=report.duration(first_answer) if first_answer is not None else "—",
    )  # fmt: skip


def picture(
    lines: Sequence[SchoolLine], period: Period, first_answer: float | None, tickets: dict[date, int]
) -> Picture:
    """Gives the numbers and labels of the picture of all schools."""
    counts = [line.counts for line in lines]
    began, done = sum(one.began for one in counts), sum(one.done for one in counts)
    sent, answered = sum(one.tickets for one in counts), sum(one.answered for one in counts)
    values = (str(len(lines)), str(began), str(sent), report.short_duration(first_answer))
    period_words = texts.CHART_PERIOD if period.last > period.first else texts.CHART_PERIOD_DAY
    ways: Bars = {
        "title": texts.REGION_CHART_ALL,
        "labels": list(texts.REGION_CHART_WAYS),
        "values": [began, done, sent, answered],
        "note": "",
    }
    first = [line for line in in_order(lines)[:BARS] if line.counts.tickets]
    most: Bars = {
        "title": texts.REGION_CHART_MOST,
        "labels": [named(line) for line in first],
        "values": [line.counts.tickets for line in first],
        "note": "" if first else texts.CHART_NO_TICKETS,
    }
    return {
        "title": texts.CHART_TITLE,
        "subtitle": period_words.format(**report.dates_of(period)),
        "tiles": list(zip(values, texts.REGION_CHART_TILES, strict=True)),
        "paths_title": texts.REGION_CHART_TITLE,
        "paths": [ways],
        "errors": most,
        "tickets": report.ticket_bars(tickets, period),
        "note": texts.REGION_CHART_NOTE if first_answer is not None else "",
    }


def as_csv(lines: Iterable[SchoolLine]) -> str:
    """Gives the table for a spreadsheet, with a line of column names; a school's name never becomes a formula there."""
    stream = io.StringIO()
    rows = csv.writer(stream, lineterminator="\n")
    rows.writerow(COLUMNS)
    for line in in_order(lines):
        counts = line.counts
        seconds = "" if counts.first_answer is None else round(counts.first_answer)
        rows.writerow(
            (line.id, line.slug, safe_cell(line.name), counts.began, counts.done, counts.tickets, counts.answered,
             seconds, counts.helped)
        )  # fmt: skip
    return stream.getvalue()
