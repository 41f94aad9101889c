"""A row is sent within its lease, counted from the claim: never while another worker may have it, too."""

from __future__ import annotations

import pytest

from bot.delivery import senders
from storage import outbox
from tests import waiting
from tests.talk import Talk


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
    await waiting.until_true(lambda: b'bot_sends_total{result="TimeoutError"}' in metrics.render(), what="the claim")
    assert world.telegram.counts["sendMessage"] == sent
    monkeypatch.undo()
    await world.desk.sees("весть семьи", anywhere=True)
    assert sum("весть семьи" in text for text in world.desk.texts) == 1
