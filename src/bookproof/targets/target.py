"""A target: one running API under test, as its file describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any


class Safety(IntEnum):
    """What a probe does to a target, mildest first; a target file sets the ceiling."""

    READ = 0
    WRITE = 1
    VISIBLE = 2
    DESTRUCTIVE = 3

    @classmethod
    def parse(cls, word: str) -> Safety:
        """``read``, ``write``, ``visible`` or ``destructive``."""
        return cls[word.upper()]

    def __str__(self) -> str:
        return self.name.lower()


#: The roles that a target file may give credentials for; a role means something in the dialects that have it only.
ROLES = (
    "full",
    "slots-read",
    "bookings-read",
    "bookings-write",
    "read-only",
    "mcp",
    "no-scope",
    "revoked",
    "member",
    "expired",
    "foreign",
    "rate-limited",
)


# Compared by identity, so that what is worked out from rules can be kept.
@dataclass(frozen=True, eq=False)
class EventTypeRules:
    """What the target file promises about one event type.

    Attributes:
        code: the code that the API knows it by.
        time_zone: IANA name of the zone that its hours are in.
        durations: selectable lengths in minutes, the default first; empty where the file is silent.
        interval: minutes between starts, or None.
        buffer_before, buffer_after: minutes kept free around a booking, or None where the file is silent.
        minimum_notice: minutes, or None.
        maximum_notice: days, or None.
        daily_cap: bookings a day, or None.
        hours: weekday (``mon`` … ``sun``) to ranges ``("09:00", "17:00")`` in local time; None where silent.
        overrides: ISO date to the ranges that replace the hours of that date (none: closed).
        required_answers: question code to a text that answers it.
    """

    code: str
    time_zone: str
    durations: tuple[int, ...] = ()
    interval: int | None = None
    buffer_before: int | None = None
    buffer_after: int | None = None
    minimum_notice: int | None = None
    maximum_notice: int | None = None
    daily_cap: int | None = None
    hours: Mapping[str, tuple[tuple[str, str], ...]] | None = None
    overrides: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict[str, Any])
    required_answers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class DoorSettings:
    """A control door: the HTTP calls that stand in for the dashboard.

    Attributes:
        base_url: where it listens.
        token: bearer token.
        supports: the operations that it offers, a subset of :data:`bookproof.targets.door.OPERATIONS`.
    """

    base_url: str
    token: str = field(repr=False)
    supports: frozenset[str]


@dataclass(frozen=True)
class InboxSettings:
    """Where a target delivers webhooks to, as its file says.

    Attributes:
        url: where the target can reach the inbox; "" where the run's own does, which only a loopback target can reach.
        token: of the ``bookproof inbox`` at that URL; "" where a tunnel leads from there to the run's own.
        listen: the port of the run's own inbox; 0 lets the system choose.
        wait: seconds until a delivery that has not come counts as missing.
        signing_secret: signs every delivery, where the API shows no secret when a subscription is made; "" otherwise.
    """

    url: str = ""
    token: str = field(default="", repr=False)
    listen: int = 0
    wait: float = 10.0
    signing_secret: str = field(default="", repr=False)


@dataclass(frozen=True)
class PlatformSettings:
    """A platform client of Cal.com: what is sent in x-cal-client-id and x-cal-secret-key."""

    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True)
class OAuthSettings:
    """The OAuth clients of a Cal.com target.

    Attributes:
        client_id, client_secret: of a confidential client.
        public_client_id: of a client that proves itself by PKCE, or "".
        pending_client_id: of a client that has not been approved, or "".
        redirect_uri: of all of them.
    """

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    public_client_id: str = ""
    pending_client_id: str = ""


@dataclass(frozen=True)
class StormSettings:
    """Whether a target may be put under load, as its file says.

    Attributes:
        allow: whether it may.
        max_users: the most users at a time, or None.
        requests_per_second: the most requests a second, beside the limit of the key, or None.
    """

    allow: bool = False
    max_users: int | None = None
    requests_per_second: float | None = None


@dataclass(frozen=True)
class Target:
    """One running API under test.

    Attributes:
        name: as reports call it.
        dialect: for example ``imatic-v1``.
        base_url: scheme, host and port, without a trailing slash; operation paths are appended.
        credentials: role to key; only the roles that the file gives and the environment holds.
        variables: role to the environment variable that holds its key.
        missing_credentials: role to the reason why it has none, in words for a report.
        event_types: role (``main``, ``sibling``, ``multi-duration``, ``buffered``, ``capped``, ``notice``,
            ``overridden``, ``confirmation``) to its rules.
        zones: event types in other time zones, for daylight saving.
        foreign_event_type: code of an event type that belongs to the foreign account, or "".
        time_zone: IANA zone in which the suite books.
        attendee_email: address of the attendee that the suite books for.
        capabilities: name to whether the target has it; what is not named is taken as there.
        requests_per_minute: limit per key that the suite keeps to.
        rate_limits: role to a limit of its own, in requests per minute.
        safety: the ceiling.
        binding: the file's overrides of paths and field names, as read.
        connect_timeout, read_timeout: seconds.
        door: the control door, or None.
        inbox: where it delivers webhooks to.
        mcp_url: address of its MCP server; "" where that lies below the base URL, at the path of the binding.
        storm: whether it may be put under load.
        platform: a platform client of Cal.com, or None.
        oauth: OAuth clients of Cal.com, or None.
        known: what else the file says about the data of a Cal.com account: ``usernames`` by role, ids of an
            ``organization``, a ``foreign_organization`` and a ``team``, and a ``busy_day`` with busy times.
        source: the file it came from, for messages.
        verify_tls: whether certificates are checked.
    """

    name: str
    dialect: str
    base_url: str
    credentials: Mapping[str, str] = field(repr=False)
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    missing_credentials: Mapping[str, str] = field(default_factory=dict[str, str])
    event_types: Mapping[str, EventTypeRules] = field(default_factory=dict[str, EventTypeRules])
    zones: tuple[EventTypeRules, ...] = ()
    foreign_event_type: str = ""
    time_zone: str = "UTC"
    attendee_email: str = "bookproof@example.com"
    capabilities: Mapping[str, bool] = field(default_factory=dict[str, bool])
    requests_per_minute: int = 60
    rate_limits: Mapping[str, int] = field(default_factory=dict[str, int])
    safety: Safety = Safety.READ
    binding: Mapping[str, Any] = field(default_factory=dict[str, Any])
    connect_timeout: float = 5.0
    read_timeout: float = 15.0
    door: DoorSettings | None = None
    inbox: InboxSettings = InboxSettings()
    mcp_url: str = ""
    storm: StormSettings = StormSettings()
    platform: PlatformSettings | None = None
    oauth: OAuthSettings | None = None
    known: Mapping[str, Any] = field(default_factory=dict[str, Any])
    source: str = ""
    verify_tls: bool = True

    def has(self, capability: str) -> bool:
        """Whether the target has a capability; what its file does not name is taken as there."""
        return self.capabilities.get(capability, True)
