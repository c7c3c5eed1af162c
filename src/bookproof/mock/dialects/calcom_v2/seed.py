"""The people a new mock starts with: ada, cyd of her organisation, and bea of another one.

Everything follows from the seed and the clock's now. Nothing is drawn from the domain's codes, so that data of other
dialects is the same with and without this.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from bookproof.mock.components import Domain
from bookproof.mock.domain.booking_records import CANCELLED, CONFIRMED, PENDING, REJECTED, Attendee, Booking
from bookproof.mock.domain.codes import derived
from bookproof.mock.domain.event_types import CLOSED, EventType
from bookproof.mock.domain.instants import DAY, MINUTE, local_date, wall_instant
from bookproof.mock.domain.people import NewPerson
from bookproof.mock.domain.public_bookings import UID_LENGTH
from bookproof.mock.domain.rules import UNLIMITED_DAYS, Rules
from bookproof.mock.domain.schedules import Schedule
from bookproof.mock.store import Session

ADA, BEA, CYD = "ada", "bea", "cyd"
LONDON = "Europe/London"
ORGANISATION = "org_fabrikam"
FOREIGN_ORGANISATION = "org_tailspin"
MINIMUM_NOTICE = 120

_ORGANISATIONS = ((ORGANISATION, "Fabrikam"), (FOREIGN_ORGANISATION, "Tailspin"))
_PEOPLE = (
    (ADA, "Ada Byron", ORGANISATION, "fabrikam"),
    (BEA, "Bea Tran", FOREIGN_ORGANISATION, "tailspin"),
    (CYD, "Cyd Moreno", ORGANISATION, "fabrikam"),
)
# Account, slug, title, minutes, hidden.
_EVENT_TYPES = (
    (ADA, "fifteen", "Fifteen minutes", 15, False),
    (ADA, "thirty", "Thirty minutes", 30, False),
    (ADA, "by-invitation", "By invitation", 45, True),
    (BEA, "introduction", "Introduction", 30, False),
    (CYD, "handover", "Handover", 30, False),
)
# Late in the day: mornings stay open for whoever tries the mock.
_AT_THREE, _AT_HALF_PAST, _AT_FOUR = 15 * 60, 15 * 60 + 30, 16 * 60


@dataclass(frozen=True, slots=True)
class _Appointment:
    """A booking to be: `days` are working days from today, `minute` of the day in London."""

    slug: str
    days: int
    minute: int
    status: str = CONFIRMED


def event_type_code(account: str, slug: str) -> str:
    """The code of a seeded event type."""
    return f"et_{account}_{slug}"


def _appointments() -> Iterator[tuple[str, _Appointment]]:
    for days in range(15, 21):
        yield ADA, _Appointment("thirty", days, _AT_THREE)
        yield ADA, _Appointment("fifteen", days, _AT_HALF_PAST)
    yield ADA, _Appointment("thirty", 21, _AT_THREE, PENDING)
    yield ADA, _Appointment("thirty", 22, _AT_THREE, PENDING)
    for days in (15, 16, 21):
        yield ADA, _Appointment("thirty", days, _AT_FOUR, CANCELLED)
    yield ADA, _Appointment("fifteen", 22, _AT_FOUR, REJECTED)
    for days in range(-6, 0):
        yield ADA, _Appointment("thirty", days, _AT_THREE)
    yield ADA, _Appointment("fifteen", -3, _AT_FOUR, CANCELLED)
    for days in (15, 16, -2):
        yield BEA, _Appointment("introduction", days, _AT_THREE)
    yield CYD, _Appointment("handover", 15, _AT_THREE)


def _working_day(today: date, days: int) -> date:
    step = timedelta(days=1 if days > 0 else -1)
    day, left = today, abs(days)
    while left:
        day += step
        left -= day.weekday() < 5
    return day


def fill(domain: Domain) -> None:
    """Put the people and what is theirs into a store that is being filled."""
    now = domain.clock.now()
    with domain.store.write() as session:
        for organisation, name in _ORGANISATIONS:
            session.run("INSERT INTO organisations (id, name) VALUES (?, ?)", (organisation, name))
        for account, name, organisation, company in _PEOPLE:
            person = NewPerson(account, name, f"{account}@{company}.example", LONDON, organisation)
            domain.people.insert(session, person, alias=account)
            domain.schedules.insert(session, Schedule(0, f"acc_{account}", "Working hours", LONDON, is_default=True))
        for account, slug, title, minutes, hidden in _EVENT_TYPES:
            domain.event_types.insert(session, _event_type(account, slug, title, minutes, hidden=hidden))
        _fill_bookings(domain, session, now)


def _event_type(account: str, slug: str, title: str, minutes: int, *, hidden: bool) -> EventType:
    rules = Rules(LONDON, (minutes,), CLOSED, minimum_notice=MINIMUM_NOTICE, maximum_notice=UNLIMITED_DAYS)
    return EventType(
        code=event_type_code(account, slug),
        account_id=f"acc_{account}",
        host_id=f"host_{account}",
        host_name=account,
        slug=slug,
        title=title,
        description="",
        colour="",
        rules=rules,
        follows_schedule=True,
        hidden=hidden,
    )


def _fill_bookings(domain: Domain, session: Session, now: int) -> None:
    today = local_date(now, LONDON)
    minutes = {(account, slug): length for account, slug, _, length, _ in _EVENT_TYPES}
    for number, (account, wanted) in enumerate(_appointments(), 1):
        start = wall_instant(LONDON, _working_day(today, wanted.days), wanted.minute)
        made = min(now, start) - DAY
        booking = Booking(
            code=derived(domain.seed, f"calcom:booking:{number}", UID_LENGTH),
            account_id=f"acc_{account}",
            host_id=f"host_{account}",
            event_type_code=event_type_code(account, wanted.slug),
            status=wanted.status,
            start=start,
            end=start + minutes[account, wanted.slug] * MINUTE,
            attendee=Attendee(f"Visitor {number}", f"visitor{number}@example.com", LONDON),
            created=made + number,
            updated=made + number,
            cancel_reason="Plans changed" if wanted.status == CANCELLED else None,
            details={"rejection_reason": "Away that week"} if wanted.status == REJECTED else {},
        )
        domain.records.insert(session, booking)
