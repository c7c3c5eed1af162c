"""By properties: whatever the mix of bookings, holds, seats, series and moves, nobody's times ever overlap."""

from contextlib import suppress
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from selftest_people import ADA, DAY, NOW, TEN, event_type, live, people_domain, request

from bookproof.mock.components import Domain
from bookproof.mock.domain.booking_records import Booking
from bookproof.mock.domain.booking_searches import UPCOMING, BookingSearch
from bookproof.mock.domain.errors import DomainError
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.recurrence import DAILY, Recurrence
from bookproof.mock.domain.reservations import Hold
from bookproof.mock.domain.slots import Slot

CAPACITY = 2
WINDOW = Slot(TEN - 10 * 3_600, TEN + 4 * DAY)
ACTIONS = ("book", "hold", "sit", "repeat", "move", "cancel", "leave", "change seats", "confirm", "wait")
STEPS = st.lists(
    st.tuples(st.sampled_from(ACTIONS), st.integers(-2, 8), st.integers(0, 2), st.integers(0, 9)), max_size=25
)


class World:
    """Ada's event types, and one step after another."""

    def __init__(self) -> None:
        self.domain: Domain = people_domain()
        self.kinds: dict[str, EventType] = {
            "book": event_type(self.domain, "book", rules={"durations": (45,), "interval": 15}),
            "buffer": event_type(self.domain, "buffer", rules={"buffer_after": 20}, requires_confirmation=True),
            "sit": event_type(self.domain, "sit", seats=CAPACITY, rules={"durations": (60,), "interval": 30}),
            "repeat": event_type(self.domain, "repeat", recurrence=Recurrence(DAILY, 1, 3)),
        }

    def step(self, action: str, half_hours: int, days: int, number: int) -> None:
        """Try one thing; refusals are part of life."""
        start, domain = TEN + half_hours * 1_800 + days * DAY, self.domain
        found = domain.searches.find(BookingSearch(account_id=ADA, kinds=(UPCOMING,), before_end=WINDOW.end), 0, 99)
        if action == "wait":
            domain.clock.advance(200)
        elif action in ("book", "hold", "sit", "repeat"):
            self.take(action, start, number)
        elif found:
            self.change(action, found[number % len(found)], start, number)

    def take(self, action: str, start: int, number: int) -> None:
        """Make something new."""
        domain, mail = self.domain, f"{number}@example.com"
        if action == "book":
            kind = self.kinds[("book", "buffer")[number % 2]]
            domain.public_bookings.create(request(kind, start, mail, over_reservations=number > 6))
        elif action == "hold":
            kind = self.kinds[("book", "buffer", "sit")[number % 3]]
            domain.reservations.hold(Hold(kind.number, start, domain.clock.now() + 300))
        elif action == "sit":
            domain.seats.take(request(self.kinds["sit"], start, mail, over_reservations=number > 6))
        else:
            domain.series.create(request(self.kinds["repeat"], start, mail))

    def change(self, action: str, booking: Booking, start: int, number: int) -> None:
        """Change what there is."""
        domain = self.domain
        if action == "move":
            move = domain.seats.move_all if booking.seated else domain.public_bookings.reschedule
            move(booking.code, start)
        elif action == "cancel":
            domain.public_bookings.cancel(booking.code)
        elif action == "confirm":
            domain.decisions.confirm(booking.code)
        elif booking.seated:
            seats = domain.seats.of_booking(booking.code)
            seat = seats[number % len(seats)].uid
            if action == "leave":
                domain.seats.leave(booking.code, seat)
            else:
                domain.seats.move(booking.code, seat, start)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_nothing_ever_overlaps(steps: list[tuple[str, int, int, int]]) -> None:
    """Nor are more seats taken than there are, nor is anything booked that is not listed as open, or the reverse."""
    world = World()
    domain = world.domain
    for step in steps:
        with suppress(DomainError):
            world.step(*step)
    times = [item for item in live(domain) if item[0] > NOW]
    assert all(a[1] <= b[0] for a, b in pairwise(times))
    with domain.store.read() as session:
        taken = session.all("SELECT booking_code, COUNT(*) AS number FROM seats GROUP BY booking_code")
        empty = session.number(
            "SELECT COUNT(*) FROM bookings b WHERE seated = 1 AND status IN ('confirmed', 'pending')"
            " AND NOT EXISTS (SELECT 1 FROM seats s WHERE s.booking_code = b.code)"
        )
    assert all(row["number"] <= CAPACITY for row in taken)
    assert empty == 0
    _list_and_booking_agree(world)
    domain.store.close()


def _list_and_booking_agree(world: World) -> None:
    domain = world.domain
    for name in ("book", "sit"):
        kind = world.kinds[name]
        offered = {opening.start for opening in domain.vacancies.find(kind, WINDOW)}
        length = kind.rules.duration * 60
        with domain.store.read() as session:
            for half_hours in range(-2, 13):
                slot = Slot(TEN + half_hours * 1_800, TEN + half_hours * 1_800 + length)
                try:
                    domain.vacancies.check(session, kind, slot)
                except DomainError:
                    assert slot.start not in offered
                else:
                    assert slot.start in offered
