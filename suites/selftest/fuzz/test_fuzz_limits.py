"""A target that is in a hurry no more: fuzzing waits as long as a 429 asks, and never judges it as something else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from bookproof.errors import UsageError
from bookproof.fuzz.engine import Campaign
from bookproof.fuzz.findings import Outcome
from bookproof.fuzz.imatic import ImaticGrounds
from bookproof.fuzz.profiles import profile_of
from bookproof.mock.dialects.imatic_v1.gate import Gate
from bookproof.mock.domain.keys import ApiKey
from bookproof.sessions import OpenTarget
from bookproof.targets.specs import resolve_targets
from bookproof.wire.exchange import Exchange

#: Which of the calls of fuzzing is refused.
REFUSED = 3

Fuzz = Callable[[int], tuple[Outcome, list[Exchange]]]


@pytest.fixture
def opened() -> Iterator[OpenTarget]:
    """The embedded mock."""
    opened = OpenTarget(resolve_targets(["mock-imatic"])[0], None, seed=1)
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture
def fuzz(opened: OpenTarget, monkeypatch: pytest.MonkeyPatch) -> Fuzz:
    """Fuzzes one operation of a server that once asks to wait for some seconds; the outcome, and what was sent."""

    def run(seconds: int) -> tuple[Outcome, list[Exchange]]:
        profile = profile_of("12")
        assert profile is not None
        session, calls = opened.session, count(1)
        campaign = Campaign(session, profile, ImaticGrounds(session), ["listWebhooks"], ())

        def spend(gate: Gate, _key: ApiKey) -> None:
            if next(calls) == REFUSED:
                raise gate.limited(seconds)

        monkeypatch.setattr(Gate, "spend", spend)
        before = len(session.client.exchanges)
        return campaign.operation("listWebhooks"), session.client.exchanges[before:]

    return run


def test_the_next_call_waits_as_long_as_a_429_asks(fuzz: Fuzz) -> None:
    """The answer is kept like every other, the call is not repeated, and nothing is held against the target."""
    found, sent = fuzz(1)
    at = next(number for number, exchange in enumerate(sent) if exchange.status == 429)
    assert [exchange.status for exchange in sent].count(429) == 1
    assert len(sent) >= 10
    assert sent[at + 1].started - sent[at].started >= 1.0
    assert found.alarms == []


def test_a_wait_that_is_too_long_ends_fuzzing(fuzz: Fuzz, opened: OpenTarget) -> None:
    """In words, and without another call."""
    with pytest.raises(UsageError, match="fuzzing ended: the target asks to wait 3600 seconds"):
        fuzz(3600)
    at = next(number for number, exchange in enumerate(opened.session.client.exchanges) if exchange.status == 429)
    assert opened.session.client.exchanges[at + 1 :] == []
