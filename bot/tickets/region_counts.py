"""Joins the counts of all schools with the schools' names, for the operator's table and the command line."""

from collections.abc import Mapping

from bot.known_schools import Schools
from bot.statistics.by_school import SchoolLine
from storage.school_counts import SchoolCounts


def lines_of(schools: Schools, counts: Mapping[int, SchoolCounts]) -> list[SchoolLine]:
    """Gives a line for each school that families may choose, and for each other one where anything was counted."""
    numbers = dict.fromkeys([*(school.id for school in schools.present), *sorted(counts)])
    return [line_of(schools, number, counts.get(number, SchoolCounts())) for number in numbers]


def line_of(schools: Schools, school_id: int, counts: SchoolCounts | None = None) -> SchoolLine:
    """Gives the line of one school."""
    row = schools.registered(school_id)
    return SchoolLine(school_id, (row and row.slug) or "", schools.shown(school_id).name, counts or SchoolCounts())
