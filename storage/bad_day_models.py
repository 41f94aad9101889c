"""The tables of bad days: what families met lately, what a desk was told of it, and who waits until it works again.

Every time is a float: seconds since the epoch, UTC.
"""

from dataclasses import dataclass
from typing import Annotated

from sqlalchemy import BigInteger, Column, Float, Integer, String, Text, UniqueConstraint

from storage.table_of import SERIAL, table_of


@dataclass(frozen=True, slots=True)
class Sighting:
    """A family met something at `at`: an error, a topic, or words that nobody understood.

    `family_key` is a keyed hash of the family's id, so that a family counts once and nobody is named. `matter` is a
    code of flows/matters.py; `words` are the family's own, masked, where it wrote any.
    """

    id: Annotated[int, Column(SERIAL, primary_key=True)]
    desk_id: Annotated[int, Column(Integer)]
    family_key: Annotated[str, Column(String(64))]
    matter: Annotated[str, Column(String(48))]
    words: Annotated[str | None, Column(Text)]
    at: Annotated[float, Column(Float, index=True)]


sightings = table_of(Sighting, "sightings", UniqueConstraint("family_key", "desk_id", "matter"))


@dataclass(frozen=True, slots=True)
class BadDay:
    """A desk was told at `told_at` that many families meet the same thing; `state` is its decision, `settled_by` whose.

    `marks` are keyed hashes of the words by which a text that nobody understood is recognised when it comes again; of
    an error or a topic there are none.
    """

    id: Annotated[int, Column(SERIAL, primary_key=True)]
    desk_id: Annotated[int, Column(Integer)]
    matter: Annotated[str, Column(String(48))]
    marks: Annotated[str, Column(Text)]
    told_at: Annotated[float, Column(Float, index=True)]
    state: Annotated[str, Column(String(16))]
    settled_by: Annotated[str | None, Column(String(64))]


bad_days = table_of(BadDay, "bad_days")


@dataclass(frozen=True, slots=True)
class RepairWait:
    """A family wants to be told when it works again; `repaired_at` is when its desk said so, None before."""

    family_id: Annotated[int, Column(BigInteger, primary_key=True, autoincrement=False)]
    desk_id: Annotated[int, Column(Integer)]
    created_at: Annotated[float, Column(Float)]
    repaired_at: Annotated[float | None, Column(Float, index=True)]


repair_waits = table_of(RepairWait, "repair_waits")
