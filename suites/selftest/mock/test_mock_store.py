"""The store: atomic under many threads, in memory and in a file."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from bookproof.mock.components import Domain, compose_domain
from bookproof.mock.domain.booking_records import Attendee, NewBooking
from bookproof.mock.domain.errors import DailyCapReached, LinkUsed, SlotTaken
from bookproof.mock.seed import fill
from bookproof.mock.store import Store

NOW = int(datetime(2027, 1, 11, 8, tzinfo=UTC).timestamp())
TEN = int(datetime(2027, 1, 13, 9, tzinfo=UTC).timestamp())  # Wednesday 10:00 in Berlin
THREADS = 16


@pytest.fixture(params=["memory", "file"])
def domain(request: pytest.FixtureRequest, tmp_path: Path):
    store = Store(None if request.param == "memory" else tmp_path / "mock.sqlite")
    made = compose_domain(store, now=NOW)
    fill(made)
    yield made
    store.close()


def wanted(code: str, start: int, **more: object) -> NewBooking:
    return NewBooking(code, start, Attendee("Zoë", "zoe@example.com", "Europe/Berlin"), **more)  # type: ignore[arg-type]


def at_once(action: Callable[[int], object]) -> list[object]:
    """What `action(number)` returns or raises in each of the threads, all released together."""
    barrier = threading.Barrier(THREADS)
    outcomes: list[object] = [None] * THREADS

    def run(number: int) -> None:
        barrier.wait()
        try:
            outcomes[number] = action(number)
        except Exception as failure:  # noqa: BLE001 - an outcome like any other
            outcomes[number] = type(failure)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def live(domain: Domain, host: str) -> list[tuple[int, int]]:
    with domain.store.read() as session:
        rows = session.all(
            "SELECT starts, ends FROM bookings WHERE host_id = ? AND starts > ? AND status = 'confirmed'"
            " ORDER BY starts",
            (f"host_{host}", NOW),
        )
    return [(row["starts"], row["ends"]) for row in rows]


def test_one_slot_has_one_winner(domain: Domain) -> None:
    for round_number in range(5):
        start = TEN + round_number * 3_600
        outcomes = at_once(lambda _, start=start: domain.bookings.create("acc_main", wanted("workshop", start)))
        assert outcomes.count(SlotTaken) == THREADS - 1


def test_overlapping_starts_never_both_stand(domain: Domain) -> None:
    at_once(lambda n: domain.bookings.create("acc_main", wanted(("intro", "sibling")[n % 2], TEN + n * 900)))
    found = [item for item in live(domain, "priya") if item[0] < TEN + 86_400]
    assert found
    assert all(a[1] <= b[0] for a, b in pairwise(found))


def test_a_cap_holds_against_many(domain: Domain) -> None:
    outcomes = at_once(lambda n: domain.bookings.create("acc_main", wanted("capped", TEN - 3_600 + n * 1_800)))
    assert outcomes.count(DailyCapReached) == THREADS - 2


def test_a_link_books_once_against_many(domain: Domain) -> None:
    link = domain.links.create("acc_main", "intro")
    outcomes = at_once(
        lambda n: domain.bookings.create("acc_main", wanted("intro", TEN + n * 86_400, link_code=link.code))
    )
    winners = [outcome for outcome in outcomes if not isinstance(outcome, type)]
    assert len(winners) == 1
    assert all(outcome in (LinkUsed, SlotTaken) for outcome in outcomes if isinstance(outcome, type))


def test_moves_onto_one_slot_have_one_winner(domain: Domain) -> None:
    codes = [domain.bookings.create("acc_main", wanted("intro", TEN + n * 86_400)).code for n in range(1, 6)]
    target = TEN - 3_600
    outcomes = at_once(lambda n: domain.bookings.reschedule("acc_main", codes[n % 5], target))
    won = {outcome.code for outcome in outcomes if not isinstance(outcome, type)}  # type: ignore[union-attr]
    assert len(won) == 1
    assert [item[0] for item in live(domain, "priya")].count(target) == 1


def test_a_failed_transaction_leaves_nothing(domain: Domain) -> None:
    before = domain.bookings.count_by_status("acc_main")

    def fail() -> None:
        with domain.store.write() as session:
            session.run("DELETE FROM bookings")
            session.on_commit(lambda: pytest.fail("must not be called"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert domain.bookings.count_by_status("acc_main") == before


def test_an_event_is_published_with_its_change_and_lost_with_it(domain: Domain) -> None:
    domain.webhooks.create("acc_main", "https://example.com", ("booking.created", "booking.cancelled"), True)
    booking = domain.bookings.create("acc_main", wanted("intro", TEN))
    with pytest.raises(SlotTaken):
        domain.bookings.create("acc_main", wanted("intro", TEN))
    domain.bookings.reschedule("acc_main", booking.code, TEN + 3_600)
    domain.bookings.cancel("acc_main", booking.code, None)
    with domain.store.read() as session:
        queued = [(row["event"], row["booking_code"]) for row in session.all("SELECT * FROM deliveries")]
    assert queued == [("booking.created", booking.code), ("booking.cancelled", booking.code)]


def test_the_index_is_a_second_line(domain: Domain) -> None:
    domain.availability.check = lambda *_, **__: None  # type: ignore[assignment]
    domain.bookings.create("acc_main", wanted("intro", TEN))
    with pytest.raises(SlotTaken):
        domain.bookings.create("acc_main", wanted("intro", TEN))
    other = domain.bookings.create("acc_main", wanted("intro", TEN + 3_600))
    with pytest.raises(SlotTaken):
        domain.bookings.reschedule("acc_main", other.code, TEN)
