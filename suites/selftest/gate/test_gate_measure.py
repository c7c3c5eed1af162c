"""What a race can see is computed from what was measured, and said to be an estimate where it is one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from selftest_http2 import Http2Server
from selftest_proxy import uneven_way
from selftest_raw_server import RawServer

from bookproof.cli.gate_check import advice
from bookproof.wire.client import Client, Request
from bookproof.wire.exchange import Exchange
from bookproof.wire.gate_measure import Batch, Measured, measure, summary
from bookproof.wire.race import Race

MakeClient = Callable[..., Client]


def answer(arrived: int | None) -> Exchange:
    """An answer that tells its arrival, in nanoseconds, or does not."""
    headers = {} if arrived is None else {"x-arrived-ns": str(arrived)}
    return Exchange(1, "", "", "", "", "GET", "/", {}, b"", 200, headers, b"", 0.0, 0.0)


def batch(
    arrivals: Sequence[int | None], *, spread: float = 0.0, jitter: float = 0.0, callers: int = 8, why: str = ""
) -> Batch:
    """A batch whose answers tell some arrivals."""
    answers = [answer(arrived) for arrived in arrivals]
    return Batch(Race("A", [*answers], [*answers], "last byte", spread, jitter, why), callers)


def test_arrivals_are_counted_from_the_first() -> None:
    """The order of the answers does not matter, and the clock's zero neither."""
    found = batch([5_000_900, 5_000_000, 5_000_300])
    assert found.arrivals == pytest.approx([0, 300e-9, 900e-9])
    assert found.second == pytest.approx(300e-9)
    assert found.arrival_spread == pytest.approx(900e-9)


def test_only_as_many_callers_count_as_a_run_lets_race() -> None:
    """Twenty arrive more closely than eight; what eight of them see is what a run would see."""
    assert batch([0, 900, 100], callers=2).second == pytest.approx(900e-9)


@pytest.mark.parametrize("odd", [None, 120_000_000_000_000])
def test_arrivals_that_make_no_sense_are_not_used(odd: int | None) -> None:
    """A missing one, or one by another clock, leaves the batch without arrivals."""
    found = batch([0, 1000, odd])
    assert (found.arrivals, found.arrival_spread) == ([], None)
    assert not Measured([found], 2).stamped


def test_a_window_is_seen_if_the_second_comes_within_it() -> None:
    """Three of four batches see 1 ms; a run of two sees it more surely than one batch, a hundred batches surely."""
    measured = Measured([batch([0, 400_000]), batch([0, 1_000_000]), batch([0, 900_000]), batch([0, 3_000_000])], 2)
    window = measured.window(0.001)
    assert measured.stamped
    assert window.in_batch == 0.75
    # By four batches and one more that did not see it: 3 of 5.
    assert window.in_run == pytest.approx(1 - 0.4**2)
    assert window.batches == 6
    assert 1 - 0.4**6 > 0.99 > 1 - 0.4**5


def test_what_was_never_seen_is_not_promised() -> None:
    """No number of batches follows from nothing, and always is not certainly."""
    never = Measured([batch([0, 2_000_000])] * 10, 2).window(0.001)
    always = Measured([batch([0, 2_000])] * 10, 2).window(0.001)
    assert (never.in_batch, never.in_run, never.batches) == (0, 0, None)
    assert always.in_batch == 1
    assert 0.99 < always.in_run < 1


def test_without_arrivals_the_way_is_taken_to_be_as_uneven_as_the_answers() -> None:
    """Two of eight that fall anywhere within 10 ms come within 1 ms of each other at the start with 1 - 0.9^8."""
    measured = Measured([batch([None] * 8, spread=0.001, jitter=0.009)], 2)
    assert not measured.stamped
    assert measured.window(0.001).in_batch == pytest.approx(1 - 0.9**8)
    assert measured.window(0.02).in_batch == 1


def test_a_summary_names_the_worst() -> None:
    """Best, median, 95th percentile by rank, worst."""
    assert summary([0.01 * n for n in range(100, 0, -1)]) == pytest.approx((0.01, 0.505, 0.95, 1.0))
    assert summary([3.0]) == (3, 3, 3, 3)


@pytest.mark.parametrize(
    ("seconds", "why", "said"),
    [
        ([100_000] * 10, "", "a green race means something"),
        ([100_000] * 3 + [2_000_000] * 7, "", "--race-batches 15"),
        ([2_000_000] * 10, "the server does not offer HTTP/2", "HTTP/2"),
        ([2_000_000] * 10, "", "says little"),
    ],
)
def test_the_advice_fits_what_was_measured(seconds: list[int], why: str, said: str) -> None:
    """One sentence: go on, more batches, HTTP/2, or a nearer machine."""
    found = advice(Measured([batch([0, second], why=why) for second in seconds], 2))
    assert said in found
    assert ("HTTP/2" in found) == bool(why)


def test_an_uneven_way_shows_in_the_answers(make_client: MakeClient) -> None:
    """Through a proxy that delays each piece of data, answers come later by what the jitter then says."""
    with RawServer() as server, uneven_way(server.port, 0.03) as port:
        client = make_client(f"http://127.0.0.1:{port}")
        found = measure(
            client, lambda: client.send(Request("GET", "/")), role="", requests=8, batches=3, callers=8, run_batches=2
        )
    assert found.unanswered == 0
    assert all(one.race.jitter > 0.001 for one in found.batches)
    assert all(
        one.race.jitter < max(exchange.elapsed for exchange in one.race.exchanges if exchange) for one in found.batches
    )


def test_single_packets_are_said_to_be_such(server_tls: object, make_client: MakeClient) -> None:
    """The technique is told as it was."""
    with Http2Server(server_tls) as server:  # pyright: ignore[reportArgumentType]
        client = make_client(server.base_url)
        found = measure(
            client, lambda: client.send(Request("GET", "/")), role="", requests=4, batches=3, callers=8, run_batches=2
        )
    assert (found.technique, found.why_last_byte) == ("single packet", "")
    assert found.window(0.00005).in_batch == 1
