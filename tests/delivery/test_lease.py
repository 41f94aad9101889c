"""A row is sent within its lease, counted from the claim, and before the end: never where it may be sent again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import senders
from bot.delivery.claiming import IDLE_S, Claims
from storage import outbox
from tests import polled_waiting
from tests.ticket_under_way import Talk
from tests.world import World


async def test_a_row_whose_lease_was_used_up_by_its_claim_is_not_sent_but_claimed_again(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow commit stands here for a lease that leaves no time for a request."""
    world = talk.world
    assert world.app is not None
    metrics = world.app.services.metrics
    monkeypatch.setattr(outbox, "LEASE_S", senders.IN_HAND_S)
    sent = world.telegram.counts["sendMessage"]
    await talk.family.says("весть семьи")
    await polled_waiting.until_true(
        lambda: b'bot_sends_total{result="TimeoutError"}' in metrics.render(), what="the claim"
    )
    assert world.telegram.counts["sendMessage"] == sent
    monkeypatch.undo()
    await world.desk.sees("весть семьи", anywhere=True)
    assert sum("весть семьи" in text for text in world.desk.texts) == 1


async def test_what_is_claimed_at_the_moment_of_the_end_arrives_once(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sent after the end it could not be recorded, and the next start would send it again."""
    world = talk.world
    await world.all_sent()
    assert world.app is not None
    worker = world.app._outbox
    claim, claimed, ends = worker._claim, asyncio.Event(), asyncio.Event()

    async def slow(connection: AsyncConnection) -> Any:
        found = await claim(connection)
        if found[0]:
            claimed.set()
            await ends.wait()
        return found

    monkeypatch.setattr(worker, "_claim", slow)
    await talk.school("последнее слово")
    await asyncio.wait_for(claimed.wait(), 30)
    ending = asyncio.create_task(world.stop())
    await polled_waiting.until_true(lambda: worker._stopping, what="the end")
    world.telegram.latency = 0.3
    ends.set()
    await ending
    assert not worker._flying, "nothing is on its way when the bot has ended"
    await world.start()
    await talk.family.sees("последнее слово", anywhere=True)
    await world.all_sent()
    assert talk.family.texts.count("последнее слово") == 1


async def test_a_look_at_an_outbox_in_which_nothing_is_due_claims_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most looks find nothing: they take no turn of the database's one writer."""
    mother = world.person()
    await mother.says("/start")
    await mother.sees("Кто пишет?")
    await world.all_sent()
    assert world.app is not None
    monkeypatch.setattr(Claims, "take", lambda *_: pytest.fail("claimed in vain"))
    worker, services = world.app._outbox, world.app.services
    assert await worker._send_off() == IDLE_S, "nothing waits"
    await services.database.write(
        lambda c: outbox.put(
            c, chat_id=mother.id, queue="q", kind="screen", payload={"text": "—"}, at=world.clock(), delay=1800.0
        )
    )
    assert IDLE_S < await worker._send_off() <= 1800.0, "it waits for its moment"
