"""The credentials, clients, team, organisations and calendars that a new mock starts with.

Everything follows from the seed and the clock's now. Nothing is drawn from the domain's codes, so that data of other
dialects is the same with and without this.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bookproof.mock.account_components import AccountSide
from bookproof.mock.components import Domain
from bookproof.mock.dialects.calcom_v2.seed import ADA, BEA, CYD, FOREIGN_ORGANISATION, LONDON, ORGANISATION
from bookproof.mock.dialects.calcom_v2.teams import defaults
from bookproof.mock.domain.codes import derived
from bookproof.mock.domain.instants import local_date, wall_instant
from bookproof.mock.domain.organisations import MEMBER, OWNER
from bookproof.mock.domain.slots import Slot

RATE_LIMITED_PER_MINUTE = 10
REDIRECT_URI = "https://app.fabrikam.example/callback"
PLATFORM_REDIRECT_URI = "https://embedded.fabrikam.example/done"
#: Role of a target file -> account. "revoked" is issued and revoked, "expired" ended yesterday.
ROLES = {"full": ADA, "foreign": BEA, "member": CYD, "revoked": ADA, "expired": ADA, "rate-limited": ADA}
PUBLIC, CONFIDENTIAL, PENDING = "public", "confidential", "pending"
_CLIENTS = (PUBLIC, CONFIDENTIAL, PENDING)
_BUSY_FROM_DAY = 40


def account_key_of(seed: int, role: str) -> str:
    """The API key of a role in full; it follows from the seed, so it need not be stored. One is of the live kind."""
    return f"cal_{'live_' if role == 'member' else ''}{derived(seed, f'calcom:key:{role}', 32)}"


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """Id and secret of a client; a public one has no use for the secret."""

    id: str
    secret: str


def oauth_client_of(seed: int, kind: str) -> ClientCredentials:
    """The OAuth client of a kind: PUBLIC, CONFIDENTIAL, or PENDING, which nobody has approved yet."""
    return ClientCredentials(
        f"client{derived(seed, f'calcom:oauth:{kind}', 20)}", derived(seed, f"calcom:oauth-secret:{kind}", 40)
    )


def platform_client_of(seed: int) -> ClientCredentials:
    """The platform client."""
    return ClientCredentials(
        f"platform{derived(seed, 'calcom:platform', 20)}", derived(seed, "calcom:platform-secret", 40)
    )


def furnish(domain: Domain, side: AccountSide) -> None:
    """Put keys, clients, a team, organisations and calendars into a store that is being filled with people."""
    _issue_keys(domain.seed, side)
    _register_clients(domain.seed, side)
    with domain.store.write() as session:
        home = side.organisations.register(session, ORGANISATION)
        away = side.organisations.register(session, FOREIGN_ORGANISATION)
        for organisation, account, role in ((home, ADA, OWNER), (home, CYD, MEMBER), (away, BEA, OWNER)):
            side.organisations.add(session, organisation, f"acc_{account}", role)
        team = side.teams.insert(session, f"acc_{ADA}", defaults() | {"name": "Front desk", "slug": "front-desk"})
        side.teams.join(session, team.number, f"acc_{CYD}", MEMBER)
        google = side.connections.connect(session, f"acc_{ADA}", "google", "Ada's calendar", "ada@fabrikam.example")
        side.connections.connect(session, f"acc_{ADA}", "office365", "Ada's old calendar", "ada@old.fabrikam.example")
        side.connections.connect(session, f"acc_{BEA}", "google", "Bea's calendar", "bea@tailspin.example")
        for slot in _busy_slots(domain.clock.now()):
            side.connections.note(session, google, f"host_{ADA}", slot, "Dentist")


def _issue_keys(seed: int, side: AccountSide) -> None:
    for role, account in ROLES.items():
        _, key = side.keys.issue(
            f"acc_{account}",
            rate_limit=RATE_LIMITED_PER_MINUTE if role == "rate-limited" else None,
            expires_on=side.keys.today() - timedelta(days=1) if role == "expired" else None,
            token=account_key_of(seed, role),
        )
        if role == "revoked":
            side.keys.revoke(key.handle)


def _register_clients(seed: int, side: AccountSide) -> None:
    for kind in _CLIENTS:
        client = oauth_client_of(seed, kind)
        secret = client.secret if kind == CONFIDENTIAL else None
        side.oauth.register(client.id, f"{kind.title()} app", (REDIRECT_URI,), secret=secret, approved=kind != PENDING)
    platform = platform_client_of(seed)
    side.platform.register(platform.id, platform.secret, "Embedded app", f"acc_{ADA}", (PLATFORM_REDIRECT_URI,))


def busy_days(now: int) -> tuple[date, date]:
    """The two days on which the owner's connected calendar has something, far from where bookings are."""
    first = local_date(now, LONDON) + timedelta(days=_BUSY_FROM_DAY)
    first += timedelta(days=-first.weekday() % 7)
    return first, first + timedelta(days=1)


def _busy_slots(now: int) -> list[Slot]:
    return [
        Slot(wall_instant(LONDON, day, 12 * 60), wall_instant(LONDON, day, 14 * 60, closing=True))
        for day in busy_days(now)
    ]


def suite_data(domain: Domain, side: AccountSide) -> dict[str, Any]:
    """The `data` of a target file that describes this mock."""
    teams = side.teams.find(f"acc_{ADA}")
    return {
        "time_zone": LONDON,
        "attendee_email": "visitor@example.com",
        "usernames": {"full": ADA, "foreign": BEA, "member": CYD},
        "organization": side.organisations.number_of(f"acc_{ADA}"),
        "foreign_organization": side.organisations.number_of(f"acc_{BEA}"),
        "team": teams[0].number if teams else None,
        "busy_day": busy_days(domain.clock.now())[0].isoformat(),
    }
