"""The parts a mock is made of, wired together. Defects replace single methods of these instances."""

from dataclasses import dataclass

from bookproof.mock.domain.accounts import Accounts
from bookproof.mock.domain.availability import Availability
from bookproof.mock.domain.booking_records import BookingRecords
from bookproof.mock.domain.booking_searches import BookingSearches
from bookproof.mock.domain.bookings import SAME_CODE, Bookings
from bookproof.mock.domain.clock import Clock
from bookproof.mock.domain.codes import Codes
from bookproof.mock.domain.decisions import Decisions
from bookproof.mock.domain.event_types import EventTypes
from bookproof.mock.domain.events import Events
from bookproof.mock.domain.keys import Keys
from bookproof.mock.domain.limits import RateLimits
from bookproof.mock.domain.links import Links
from bookproof.mock.domain.outbox import Outbox
from bookproof.mock.domain.people import People
from bookproof.mock.domain.public_bookings import PublicBookings
from bookproof.mock.domain.reservations import Reservations
from bookproof.mock.domain.schedules import Schedules
from bookproof.mock.domain.seat_records import SeatRecords
from bookproof.mock.domain.seats import Seats
from bookproof.mock.domain.series import SeriesBookings
from bookproof.mock.domain.slots import SlotEngine
from bookproof.mock.domain.vacancies import Vacancies
from bookproof.mock.domain.webhooks import Webhooks
from bookproof.mock.store import Store

DEFAULT_RATE_LIMIT = 6_000


@dataclass
class Domain:
    """The domain of one running mock.

    `bookings` and `links` serve accounts that book for others; `public_bookings`, `seats`, `series` and `decisions`
    serve people whom anybody may book. They share records, availability and events.
    """

    seed: int
    store: Store
    clock: Clock
    codes: Codes
    keys: Keys
    limits: RateLimits
    accounts: Accounts
    event_types: EventTypes
    engine: SlotEngine
    availability: Availability
    records: BookingRecords
    bookings: Bookings
    links: Links
    webhooks: Webhooks
    outbox: Outbox
    events: Events
    people: People
    schedules: Schedules
    vacancies: Vacancies
    reservations: Reservations
    public_bookings: PublicBookings
    seats: Seats
    series: SeriesBookings
    decisions: Decisions
    searches: BookingSearches


def compose_domain(
    store: Store,
    *,
    seed: int = 0,
    now: int | None = None,
    rate_limit: int = DEFAULT_RATE_LIMIT,
    reschedule_mode: str = SAME_CODE,
) -> Domain:
    """Wire the domain over `store`.

    A store that already holds data keeps the seed it was filled with.

    Parameters:
        store: new or filled.
        seed: of the data and the codes.
        now: epoch seconds at which the clock is frozen, None for real time.
        rate_limit: requests a minute for keys without a limit of their own.
        reschedule_mode: see `Bookings`.
    """
    seed, boot = _opened(store, seed)
    clock = Clock(now)
    codes = Codes(seed, boot)
    event_types = EventTypes(store, codes)
    links = Links(store, codes, clock, event_types)
    engine = SlotEngine()
    availability = Availability(engine, clock)
    records = BookingRecords()
    outbox = Outbox(store, clock)
    webhooks = Webhooks(store, codes, clock, outbox)
    events = Events()
    events.subscribe(webhooks.on_event)
    bookings = Bookings(
        store=store,
        records=records,
        availability=availability,
        event_types=event_types,
        links=links,
        events=events,
        codes=codes,
        clock=clock,
        reschedule_mode=reschedule_mode,
    )
    seat_records = SeatRecords()
    vacancies = Vacancies(store, availability, seat_records)
    reservations = Reservations(
        store=store, event_types=event_types, availability=availability, vacancies=vacancies, codes=codes, clock=clock
    )
    public_bookings = PublicBookings(
        store=store,
        records=records,
        vacancies=vacancies,
        reservations=reservations,
        event_types=event_types,
        events=events,
        codes=codes,
        clock=clock,
    )
    return Domain(
        seed=seed,
        store=store,
        clock=clock,
        codes=codes,
        keys=Keys(store, codes),
        limits=RateLimits(rate_limit),
        accounts=Accounts(store),
        event_types=event_types,
        engine=engine,
        availability=availability,
        records=records,
        bookings=bookings,
        links=links,
        webhooks=webhooks,
        outbox=outbox,
        events=events,
        people=People(store, codes, clock),
        schedules=Schedules(store),
        vacancies=vacancies,
        reservations=reservations,
        public_bookings=public_bookings,
        seats=Seats(public_bookings, seat_records),
        series=SeriesBookings(public_bookings),
        decisions=Decisions(public_bookings, seat_records),
        searches=BookingSearches(store, clock),
    )


def _opened(store: Store, seed: int) -> tuple[int, int]:
    """Note one more opening of the store; returns its seed and how often it was opened before."""
    with store.write() as session:
        if store.is_new:
            session.run("INSERT INTO meta (name, value) VALUES ('seed', ?), ('boots', '0')", (str(seed),))
            return seed, 0
        session.run("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE name = 'boots'")
        values = {row["name"]: int(row["value"]) for row in session.all("SELECT name, value FROM meta")}
        return values["seed"], values["boots"]
