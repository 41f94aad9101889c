"""The numbers behind /metrics: what is counted, and that two bots in a process count apart."""

from prometheus_client.parser import text_string_to_metric_families

from bot.metrics import CONTENT_TYPE, MOST_SCHOOLS, Metrics


def numbers(metrics: Metrics) -> dict[tuple[str, ...], float]:
    """Each sample by its name and the values of its labels."""
    families = text_string_to_metric_families(metrics.render().decode())
    return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


def test_updates_are_counted_by_kind_and_result_with_their_time() -> None:
    metrics = Metrics()
    metrics.update_handled("message", "ok", 0.002)
    metrics.update_handled("message", "ok", 0.3)
    metrics.update_handled("callback_query", "failed", 20.0)
    found = numbers(metrics)
    assert found["bot_updates_total", "message", "ok"] == 2
    assert found["bot_updates_total", "callback_query", "failed"] == 1
    assert found["bot_update_seconds_count",] == 3
    assert found["bot_update_seconds_bucket", "0.002"] == 1
    assert found["bot_update_seconds_bucket", "10.0"] == 2
    assert found["bot_update_seconds_sum",] == 20.302


def test_what_is_owed_sent_and_recognised_is_shown() -> None:
    metrics = Metrics()
    metrics.outbox(3, 12.5)
    metrics.sent("delivered")
    metrics.sent("delivered")
    metrics.recognised("sure")
    metrics.telegram_answered(1_700_000_000.0)
    found = numbers(metrics)
    assert (found["bot_outbox_length",], found["bot_outbox_age_seconds",]) == (3, 12.5)
    assert found["bot_sends_total", "delivered"] == 2
    assert found["bot_recognitions_total", "sure"] == 1
    assert found["bot_telegram_contact_timestamp_seconds",] == 1_700_000_000.0


def test_a_status_that_no_ticket_has_any_more_falls_to_zero() -> None:
    metrics = Metrics()
    metrics.tickets({"new": 2, "solved": 1})
    metrics.tickets({"solved": 3})
    found = numbers(metrics)
    assert (found["bot_tickets", "new"], found["bot_tickets", "solved"]) == (0, 3)


def test_schools_are_counted_by_slug_and_the_rest_of_hundreds_together() -> None:
    metrics = Metrics()
    metrics.schools({f"s{number}": 1 for number in range(300)}, {"s0": 7, "s299": 2, "s298": 3})
    for slug in ("s0", "s0", "s299", "s298"):
        metrics.sent_for(slug)
    found = numbers(metrics)
    labels = {label for name, label, *_ in (key for key in found if key[0].startswith("bot_school") and len(key) > 1)}
    assert len(labels) == MOST_SCHOOLS + 1, "a time series a school, but for hundreds of them"
    assert found["bot_school_open_tickets", "s0"] == 1
    assert found["bot_school_open_tickets", "other"] == 300 - MOST_SCHOOLS
    assert (found["bot_school_outbox_length", "s0"], found["bot_school_outbox_length", "other"]) == (7, 5)
    assert (found["bot_school_sends_total", "s0"], found["bot_school_sends_total", "other"]) == (2, 2)
    metrics.schools({"s0": 2}, {})
    found = numbers(metrics)
    assert (found["bot_school_open_tickets", "s0"], found["bot_school_open_tickets", "other"]) == (2, 0)
    assert found["bot_school_outbox_length", "s0"] == 0


def test_two_bots_in_a_process_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.recognised("none")
    assert ("bot_recognitions_total", "none") not in numbers(other)


def test_the_content_type_is_prometheus_own() -> None:
    assert CONTENT_TYPE.startswith("text/plain; version=")
