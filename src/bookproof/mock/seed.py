"""The data a new mock starts with: two accounts in two organisations, each rule on a host of its own.

Everything follows from the seed and the clock's now; the same two give the same data, keys included.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from bookproof.mock.components import Domain
from bookproof.mock.domain.booking_records import (
    CANCELLED,
    CONFIRMED,
    NO_SHOW,
    PENDING,
    Attendee,
    Booking,
)
from bookproof.mock.domain.codes import derived
from bookproof.mock.domain.event_types import EventType, Question, event_type_document
from bookproof.mock.domain.events import BOOKING_CREATED
from bookproof.mock.domain.instants import MINUTE, local_date, wall_instant
from bookproof.mock.domain.keys import BOOKINGS_READ, BOOKINGS_WRITE, MCP, SCOPES, SLOTS_READ
from bookproof.mock.domain.rules import WEEKDAYS, Rules, parse_hours, parse_ranges
from bookproof.mock.store import Session

BERLIN = "Europe/Berlin"
MAIN = "main"
FOREIGN = "foreign"
RATE_LIMITED_PER_MINUTE = 10

# Role of a target file -> account and scopes. "revoked" is issued and revoked; "rate-limited" has its own limit.
ROLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "full": (MAIN, SCOPES),
    "slots-read": (MAIN, (SLOTS_READ,)),
    "bookings-read": (MAIN, (BOOKINGS_READ,)),
    "bookings-write": (MAIN, (BOOKINGS_WRITE,)),
    "read-only": (MAIN, (SLOTS_READ, BOOKINGS_READ)),
    "mcp": (MAIN, (MCP,)),
    "no-scope": (MAIN, ()),
    "revoked": (MAIN, SCOPES),
    "foreign": (FOREIGN, SCOPES),
    "rate-limited": (MAIN, SCOPES),
}

# Role in a target file's `data.event_types` -> code.
EVENT_TYPE_ROLES = {
    "main": "intro",
    "sibling": "sibling",
    "multi-duration": "workshop",
    "buffered": "buffered",
    "capped": "capped",
    "notice": "notice",
    "overridden": "overridden",
    "confirmation": "confirmed-by-host",
}
ZONE_EVENT_TYPES = ("night-berlin", "night-new-york", "kolkata", "lord-howe")
FOREIGN_EVENT_TYPE = "intro-foreign"

_HOSTS = {
    MAIN: ("Priya", "Omar", "Lin", "Noor", "Sam", "Ana", "Tove", "Mila", "June", "Ravi", "Isla"),
    FOREIGN: ("Quinn",),
}


def key_of(seed: int, role: str) -> str:
    """The API key of a role in full; it follows from the seed, so it need not be stored."""
    return f"cal_{derived(seed, f'prefix:{role}', 8)}.{derived(seed, f'secret:{role}', 32)}"


def door_token_of(seed: int) -> str:
    """The token of the control door."""
    return f"door_{derived(seed, 'door', 32)}"


def _daily(*texts: str) -> Any:
    return parse_hours({name: list(texts) for name in WEEKDAYS})


def _event_type(
    domain_account: str, host: str, code: str, title: str, rules: Rules, *, topic: bool = False
) -> EventType:
    return EventType(
        code=code,
        account_id=f"acc_{domain_account}",
        host_id=f"host_{host.lower()}",
        host_name=host,
        slug=code,
        title=title,
        description=f"{title} with {host}.",
        colour="#2f6fed",
        rules=rules,
        requires_confirmation=topic,
        questions=(Question("topic", "What is it about?", True),) if topic else (),
    )


def _event_types(today: date) -> Iterator[EventType]:
    office = _daily("09:00-17:00")
    split = _daily("08:00-12:00", "13:00-20:00")
    night = _daily("00:00-06:00", "09:00-17:00")
    intro = Rules(BERLIN, (30,), split, interval=30, minimum_notice=60)
    yield _event_type(MAIN, "Priya", "intro", "Introduction", intro)
    yield _event_type(
        MAIN, "Priya", "sibling", "Follow-up", Rules(BERLIN, (45,), split, interval=15, minimum_notice=60)
    )
    yield _event_type(MAIN, "Omar", "workshop", "Workshop", Rules(BERLIN, (60, 30, 90), office, interval=30))
    buffered = Rules(BERLIN, (30,), office, interval=15, buffer_before=15, buffer_after=30)
    yield _event_type(MAIN, "Lin", "buffered", "Treatment", buffered)
    yield _event_type(MAIN, "Noor", "capped", "Assessment", Rules(BERLIN, (30,), office, daily_cap=2))
    notice = Rules(BERLIN, (30,), _daily("00:00-24:00"), minimum_notice=2_880, maximum_notice=14)
    yield _event_type(MAIN, "Sam", "notice", "Planned call", notice)
    overrides = {
        today + timedelta(days=10): (),
        today + timedelta(days=11): parse_ranges(["06:00-07:00", "20:00-21:30"]),
    }
    yield _event_type(MAIN, "Ana", "overridden", "Open day", Rules(BERLIN, (30,), office, overrides=overrides))
    yield _event_type(MAIN, "Tove", "confirmed-by-host", "Consultation", Rules(BERLIN, (30,), office), topic=True)
    zones = (BERLIN, "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
    for code, host, zone_name in zip(ZONE_EVENT_TYPES, _HOSTS[MAIN][7:], zones, strict=True):
        rules = Rules(zone_name, (30,), night, interval=30, maximum_notice=400)
        yield _event_type(MAIN, host, code, f"Night line {code}", rules)
    yield _event_type(FOREIGN, "Quinn", FOREIGN_EVENT_TYPE, "Introduction", intro)


def _bookings(today: date) -> Iterator[tuple[str, str, str, int, str]]:
    """(account, host, event type, start, status)"""

    def ten_o_clock(days: int) -> int:
        return wall_instant(BERLIN, today + timedelta(days=days), 10 * 60, False)

    for days in range(20, 26):
        yield MAIN, "Priya", "intro", ten_o_clock(days), CONFIRMED
    yield MAIN, "Priya", "intro", ten_o_clock(26), CANCELLED
    yield MAIN, "Tove", "confirmed-by-host", ten_o_clock(20), PENDING
    yield MAIN, "Priya", "intro", ten_o_clock(-3), NO_SHOW
    yield MAIN, "Priya", "intro", ten_o_clock(-2), CONFIRMED
    for days in (20, 21):
        yield FOREIGN, "Quinn", FOREIGN_EVENT_TYPE, ten_o_clock(days), CONFIRMED


def fill(domain: Domain, *further: Callable[[Domain], None]) -> None:
    """Put the seed data into a new store; one that holds data is left as it is.

    Parameters:
        domain: to be filled.
        further: what else fills it, called in turn; must draw no codes, so that those drawn later stay the same.
    """
    if not domain.store.is_new:
        return
    now = domain.clock.now()
    today = local_date(now, BERLIN)
    with domain.store.write() as session:
        _fill_accounts(session)
        for event_type in _event_types(today):
            domain.event_types.insert(session, event_type)
        for number, (account, host, code, start, status) in enumerate(_bookings(today), 1):
            booking = Booking(
                code=domain.codes.new("bk"),
                account_id=f"acc_{account}",
                host_id=f"host_{host.lower()}",
                event_type_code=code,
                status=status,
                start=start,
                end=start + 30 * MINUTE,
                attendee=Attendee(f"Attendee {number}", f"attendee{number}@example.com", BERLIN),
                created=min(now, start) - 86_400,
                updated=min(now, start) - 86_400,
                answers={"topic": "A first talk"} if code == "confirmed-by-host" else {},
                cancel_reason="Plans changed" if status == CANCELLED else None,
            )
            domain.records.insert(session, booking)
    domain.links.create(f"acc_{FOREIGN}", FOREIGN_EVENT_TYPE)
    domain.webhooks.create(f"acc_{FOREIGN}", "https://hooks.contoso.example/calendar", (BOOKING_CREATED,), True)
    for role, (account, scopes) in ROLES.items():
        limit = RATE_LIMITED_PER_MINUTE if role == "rate-limited" else None
        key = domain.keys.issue(f"acc_{account}", scopes, limit, key_of(domain.seed, role))
        if role == "revoked":
            domain.keys.revoke(key.partition(".")[0])
    for more in further:
        more(domain)
    domain.store.complete()


def _fill_accounts(session: Session) -> None:
    for alias, organisation, name in ((MAIN, "Northwind", "Northwind Clinic"), (FOREIGN, "Contoso", "Contoso Studio")):
        domain_name = f"{organisation.lower()}.example"
        session.run("INSERT INTO organisations VALUES (?, ?)", (f"org_{alias}", organisation))
        session.run(
            "INSERT INTO accounts (id, alias, organisation_id, name, email) VALUES (?, ?, ?, ?, ?)",
            (f"acc_{alias}", alias, f"org_{alias}", name, f"office@{domain_name}"),
        )
        for host in _HOSTS[alias]:
            session.run("INSERT INTO hosts VALUES (?, ?, ?)", (f"host_{host.lower()}", f"acc_{alias}", host))
        providers = ("google", "outlook") if alias == MAIN else ("google",)
        for provider in providers:
            values = (
                f"calendar_{alias}_{provider}",
                f"acc_{alias}",
                provider,
                provider.title(),
                f"{provider}@{domain_name}",
            )
            session.run("INSERT INTO calendars VALUES (?, ?, ?, ?, ?, ?, 1)", (*values, int(provider == "google")))


def event_type_data(domain: Domain) -> dict[str, Any]:
    """The `data.event_types` of a target file that describes this mock."""

    def rules(code: str) -> dict[str, Any]:
        with domain.store.read() as session:
            event_type = domain.event_types.load(session, code)
        return {} if event_type is None else event_type_document(event_type)

    documents: dict[str, Any] = {role: rules(code) for role, code in EVENT_TYPE_ROLES.items()}
    documents["zones"] = [rules(code) for code in ZONE_EVENT_TYPES]
    return documents
