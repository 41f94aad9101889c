"""Counts for `/metrics` what the bot does: numbers and kinds only, nothing that anybody wrote."""

import math
from collections import Counter as TallyCounter
from collections.abc import Mapping
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


MOST_SCHOOLS = 50  # a time series for each of thousands would overload the server that collects them
OTHER_SCHOOLS = "other"


class _Counted(Protocol):
    def inc(self, amount: float = 1) -> None: ...


class SchoolLabels:
    """Gives each school's label: its slug, for the first `MOST_SCHOOLS` of them; the rest share one."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def of(self, slug: str) -> str:
        """Gives the label of a school; the same for as long as the process runs."""
        if slug not in self._known and len(self._known) >= MOST_SCHOOLS:
            return OTHER_SCHOOLS
        self._known.add(slug)
        return slug


class Metrics:
    """Holds one set of numbers with a registry of its own, so that several bots may live in one test process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._updates = Counter(
            "bot_updates", "Updates, by kind and by how handling ended", ["kind", "result"], registry=self.registry
        )
        self._seconds = Histogram(
            "bot_update_seconds", "Handling time of an update", buckets=_SECONDS, registry=self.registry
        )
        self._outbox_length = Gauge("bot_outbox_length", "Messages owed", registry=self.registry)
        self._outbox_age = Gauge("bot_outbox_age_seconds", "Age of the oldest message owed", registry=self.registry)
        self._sends = Counter("bot_sends", "Messages sent, by result", ["result"], registry=self.registry)
        self._refused = Counter(
            "bot_refused_parts", "What Telegram refused of the bot's messages, by why", ["why"], registry=self.registry
        )
        self._recognised = Counter(
            "bot_recognitions", "Texts read by the recogniser, by verdict", ["verdict"], registry=self.registry
        )
        self._tickets = Gauge("bot_tickets", "Tickets, by status", ["status"], registry=self.registry)
        self._contact = Gauge(
            "bot_telegram_contact_timestamp_seconds", "When Telegram was last heard of", registry=self.registry
        )
        self._labels = SchoolLabels()
        self._school_sends = Counter(
            "bot_school_sends", "Messages delivered, by school", ["school"], registry=self.registry
        )
        self._school_gauges = {
            "tickets": Gauge("bot_school_open_tickets", "Open tickets, by school", ["school"], registry=self.registry),
            "owed": Gauge("bot_school_outbox_length", "Messages owed, by school", ["school"], registry=self.registry),
        }
        self._seen_in: dict[str, set[str]] = {name: set() for name in self._school_gauges}  # labels, by gauge
        self._bound_updates: dict[tuple[str, str], _Counted] = {}
        self._bound_sends: dict[str, _Counted] = {}
        self._known_statuses: set[str] = set()

    def update_handled(self, kind: str, result: str, seconds: float) -> None:
        """Counts an update: its kind as the Bot API names it, «ok», «failed» or the like, and how long it took."""
        key = (kind, result)
        bound = self._bound_updates.get(key)
        if bound is None:
            # `labels()` takes a lock and builds strings; an update should pay for that once, not each time.
            bound = self._bound_updates[key] = self._updates.labels(kind, result)
        bound.inc()
        self._seconds.observe(seconds)

    def sent(self, result: str) -> None:
        """Counts a try to send: «ok», «retry», «refused» or the like."""
        bound = self._bound_sends.get(result)
        if bound is None:
            bound = self._bound_sends[result] = self._sends.labels(result)
        bound.inc()

    def refused(self, why: str) -> None:
        """Counts a message that had to go without a part of it: «marks», «length», «button» or «unknown»."""
        self._refused.labels(why).inc()

    def recognised(self, verdict: str) -> None:
        """Counts a text that the recogniser read: «sure», «doubtful» or «none»."""
        self._recognised.labels(verdict).inc()

    def outbox(self, length: int, oldest_age: float) -> None:
        """Sets how many messages are owed and the age of the oldest one in seconds (0 where none is owed)."""
        self._outbox_length.set(length)
        self._outbox_age.set(oldest_age)

    def tickets(self, by_status: Mapping[str, int]) -> None:
        """Sets the number of tickets of each status; a status that is not named any more falls to zero."""
        self._known_statuses.update(by_status)
        for status in self._known_statuses:
            self._tickets.labels(status).set(by_status.get(status, 0))

    def sent_for(self, school: str) -> None:
        """Counts a message that was delivered for a school, named by its slug."""
        self._school_sends.labels(self._labels.of(school)).inc()

    def schools(self, tickets: Mapping[str, int], owed: Mapping[str, int]) -> None:
        """Sets the open tickets of each school, and the messages owed for it, by slug; what is not named is zero."""
        for name, numbers in (("tickets", tickets), ("owed", owed)):
            by_label = TallyCounter(dict.fromkeys(self._seen_in[name], 0))
            for slug, number in numbers.items():
                by_label[self._labels.of(slug)] += number
            self._seen_in[name].update(by_label)
            for label, number in by_label.items():
                self._school_gauges[name].labels(label).set(number)

    def database_away(self) -> None:
        """Sets the numbers that come from the database to NaN: they are unknown for now, and no older ones stand in."""
        of_schools = [
            self._school_gauges[name].labels(label) for name, labels in self._seen_in.items() for label in labels
        ]
        of_tickets = map(self._tickets.labels, self._known_statuses)
        for gauge in (self._outbox_length, self._outbox_age, *of_tickets, *of_schools):
            gauge.set(math.nan)

    def telegram_answered(self, at: float) -> None:
        """Notes when Telegram was last heard of: seconds since the epoch."""
        self._contact.set(at)

    def render(self) -> bytes:
        """Gives everything in Prometheus' text format; its content type is `CONTENT_TYPE`."""
        return generate_latest(self.registry)
