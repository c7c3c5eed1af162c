"""A domain with the people whom anybody may book, and short ways to make event types and requests of them."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bookproof.mock.components import Domain, compose_domain
from bookproof.mock.dialects.calcom_v2.seed import fill
from bookproof.mock.domain.booking_records import Attendee
from bookproof.mock.domain.event_types import CLOSED, EventType
from bookproof.mock.domain.events import DomainEvent
from bookproof.mock.domain.public_bookings import BookingRequest
from bookproof.mock.domain.rules import Rules
from bookproof.mock.domain.slots import Slot
from bookproof.mock.store import Session, Store

LONDON = "Europe/London"
ADA = "acc_ada"
HOUR = 3_600
DAY = 24 * HOUR
THREADS = 12


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    """An instant in UTC."""
    return int(datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp())


NOW = at(2027, 1, 11, 8)  # a Monday, 08:00 in London
TEN = at(2027, 1, 13, 10)  # Wednesday 10:00 in London


def people_domain(store: Store | None = None) -> Domain:
    """A domain frozen at NOW, with ada, bea and cyd."""
    domain = compose_domain(store or Store(), now=NOW)
    fill(domain)
    return domain


def event_type(domain: Domain, slug: str = "test", *, rules: dict[str, Any] | None = None, **more: Any) -> EventType:
    """A new event type of ada's, 30 minutes long and open in the hours of her schedule, stored."""
    made = EventType(
        code="",
        account_id=ADA,
        host_id="host_ada",
        host_name="Ada Byron",
        slug=slug,
        title=slug,
        description="",
        colour="",
        rules=replace(Rules(LONDON, (30,), CLOSED, maximum_notice=400), **(rules or {})),
        follows_schedule=True,
    )
    return domain.event_types.create(replace(made, **more))


def request(what: EventType, start: int = TEN, email: str = "zoe@example.com", **more: Any) -> BookingRequest:
    """What an attendee asks for."""
    attendee = Attendee("Zoë Müller", email, more.pop("zone", LONDON))
    return BookingRequest(what.number, start, attendee, **more)


def starts(domain: Domain, what: EventType, window: Slot | None = None, **more: Any) -> list[int]:
    """The openings of an event type; on TEN's day unless said otherwise."""
    window = window or Slot(TEN - 10 * HOUR, TEN + 14 * HOUR)
    return [opening.start for opening in domain.vacancies.find(what, window, **more)]


def heard(domain: Domain) -> list[DomainEvent]:
    """A list that fills with what is published from now on."""
    events: list[DomainEvent] = []

    def note(_session: Session, event: DomainEvent) -> None:
        events.append(event)

    domain.events.subscribe(note)
    return events


def live(domain: Domain, host: str = "host_ada") -> list[tuple[int, int]]:
    """When the live bookings of a host are, in order."""
    with domain.store.read() as session:
        rows = session.all(
            "SELECT starts, ends FROM bookings WHERE host_id = ? AND status IN ('confirmed', 'pending')"
            " ORDER BY starts",
            (host,),
        )
    return [(row["starts"], row["ends"]) for row in rows]


def at_once(action: Callable[[int], object]) -> list[Any]:
    """What `action(number)` returns or the type of what it raises in each of the threads, all released together."""
    barrier = threading.Barrier(THREADS)
    outcomes: list[Any] = [None] * THREADS

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
