"""Searching bookings by where they are in time, and by whom and what they are of."""

from dataclasses import dataclass
from typing import Any

from bookproof.mock.domain.booking_records import Booking, booking_of_row
from bookproof.mock.domain.clock import Clock
from bookproof.mock.store import Store

UPCOMING = "upcoming"
PAST = "past"
CANCELLED = "cancelled"
UNCONFIRMED = "unconfirmed"
RECURRING = "recurring"
KINDS = (UPCOMING, PAST, CANCELLED, UNCONFIRMED, RECURRING)

BY_START = "starts"
BY_END = "ends"
BY_CREATED = "created"
BY_UPDATED = "updated"
ORDERS = (BY_START, BY_END, BY_CREATED, BY_UPDATED)


@dataclass(frozen=True, slots=True)
class Order:
    """One of ORDERS, rising or falling."""

    by: str = BY_START
    descending: bool = False


@dataclass(frozen=True, slots=True)
class BookingSearch:
    """Which bookings to find; what is None does not matter.

    `kinds` are any of KINDS, none: all. `series` and `code` are single ones. `attendee_email` and `attendee_name`
    find attendees, those in seats included, guests by e-mail address too; without regard to case, the name in part.
    Bounds are epoch seconds and inclusive: `after_start`, `before_end` and so on.
    """

    account_id: str | None = None
    kinds: tuple[str, ...] = ()
    event_type_numbers: tuple[int, ...] | None = None
    attendee_email: str | None = None
    attendee_name: str | None = None
    code: str | None = None
    series: str | None = None
    after_start: int | None = None
    before_end: int | None = None
    after_created: int | None = None
    before_created: int | None = None
    after_updated: int | None = None
    before_updated: int | None = None
    orders: tuple[Order, ...] = (Order(),)


Condition = tuple[str, tuple[Any, ...]]

_LIVE = "b.status NOT IN ('cancelled', 'rejected', 'rescheduled')"
_EMAIL = """(lower(b.attendee_email) = lower(?)
    OR EXISTS (SELECT 1 FROM seats s WHERE s.booking_code = b.code AND lower(s.email) = lower(?))
    OR EXISTS (SELECT 1 FROM json_each(b.details, '$.guests') g WHERE lower(g.value) = lower(?)))"""
_NAME = """(instr(lower(b.attendee_name), lower(?)) > 0
    OR EXISTS (SELECT 1 FROM seats s WHERE s.booking_code = b.code AND instr(lower(s.name), lower(?)) > 0))"""
_FROM = "FROM bookings b JOIN event_types e ON e.code = b.event_type_code"


class BookingSearches:
    """Finds and counts."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def find(self, search: BookingSearch, offset: int, limit: int) -> list[Booking]:
        """One page of what is found, in the order that is asked for."""
        where, values = self.condition(search)
        with self._store.read() as session:
            rows = session.all(
                f"SELECT b.* {_FROM} WHERE {where} ORDER BY {self.order(search)} LIMIT ? OFFSET ?",
                (*values, limit, offset),
            )
        return [booking_of_row(row) for row in rows]

    def count(self, search: BookingSearch) -> int:
        """How many are found."""
        where, values = self.condition(search)
        with self._store.read() as session:
            return session.number(f"SELECT COUNT(*) {_FROM} WHERE {where}", values)

    def order(self, search: BookingSearch) -> str:
        """The order of a list; the number is the last word, so that pages never shift."""
        orders = [f"b.{item.by}{' DESC' if item.descending else ''}" for item in search.orders]
        last = "b.number DESC" if orders and search.orders[0].descending else "b.number"
        return ", ".join([*orders, last])

    def condition(self, search: BookingSearch) -> tuple[str, list[Any]]:
        """The WHERE clause and its values."""
        found: list[Condition] = [("1 = 1", ()), *self.owner(search), *self.kinds(search)]
        found += [*self.event_types(search), *self.attendees(search), *self.names(search), *self.bounds(search)]
        return " AND ".join(text for text, _ in found), [value for _, values in found for value in values]

    def owner(self, search: BookingSearch) -> list[Condition]:
        """Whose bookings."""
        return [] if search.account_id is None else [("b.account_id = ?", (search.account_id,))]

    def event_types(self, search: BookingSearch) -> list[Condition]:
        """Of which event types."""
        numbers = search.event_type_numbers
        if numbers is None:
            return []
        return [(f"e.position IN ({', '.join('?' * len(numbers))})", numbers)]

    def attendees(self, search: BookingSearch) -> list[Condition]:
        """With whom."""
        found: list[Condition] = []
        if search.attendee_email is not None:
            found.append((_EMAIL, (search.attendee_email,) * 3))
        if search.attendee_name is not None:
            found.append((_NAME, (search.attendee_name,) * 2))
        return found

    def names(self, search: BookingSearch) -> list[Condition]:
        """Single bookings and series."""
        wanted = (("b.code = ?", search.code), ("b.series = ?", search.series))
        return [(text, (value,)) for text, value in wanted if value is not None]

    def bounds(self, search: BookingSearch) -> list[Condition]:
        """When they start and end, were made and changed."""
        wanted = (
            ("b.starts >= ?", search.after_start),
            ("b.ends <= ?", search.before_end),
            ("b.created >= ?", search.after_created),
            ("b.created <= ?", search.before_created),
            ("b.updated >= ?", search.after_updated),
            ("b.updated <= ?", search.before_updated),
        )
        return [(text, (value,)) for text, value in wanted if value is not None]

    # Kinds

    def kinds(self, search: BookingSearch) -> list[Condition]:
        """Any of the kinds that are asked for."""
        if not search.kinds:
            return []
        found = [self.kind(name) for name in search.kinds]
        return [
            (f"({' OR '.join(text for text, _ in found)})", tuple(value for _, values in found for value in values))
        ]

    def kind(self, name: str) -> Condition:
        """What makes a booking be of a kind."""
        now = self._clock.now()
        conditions: dict[str, Condition] = {
            UPCOMING: self.upcoming(now),
            PAST: self.past(now),
            CANCELLED: self.called_off(),
            UNCONFIRMED: self.unconfirmed(now),
            RECURRING: self.recurring(now),
        }
        text, values = conditions[name]
        return f"({text})", values

    def upcoming(self, now: int) -> Condition:
        """Not over, and not called off; of a series what is confirmed."""
        return f"b.ends >= ? AND {_LIVE} AND (b.series IS NULL OR b.status = 'confirmed')", (now,)

    def past(self, now: int) -> Condition:
        """Over, and not called off."""
        return f"b.ends <= ? AND {_LIVE}", (now,)

    def called_off(self) -> Condition:
        """Cancelled, declined or moved away."""
        return "b.status IN ('cancelled', 'rejected', 'rescheduled')", ()

    def unconfirmed(self, now: int) -> Condition:
        """Not over, and not decided."""
        return "b.ends >= ? AND b.status = 'pending'", (now,)

    def recurring(self, now: int) -> Condition:
        """Of a series, not over and not called off."""
        return f"b.ends >= ? AND {_LIVE} AND b.series IS NOT NULL", (now,)
