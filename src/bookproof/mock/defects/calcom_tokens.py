"""Defects of the Cal.com dialect: scopes of tokens, and how tokens are got."""

# ruff: noqa: ARG001 - what stands in for a method takes what the method takes

import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.dialects.calcom_v2.calls import TOKEN, Call, Caller
from bookproof.mock.dialects.calcom_v2.errors import Refusal, forbidden, oauth_refused, unauthorized
from bookproof.mock.dialects.calcom_v2.gate import canonical
from bookproof.mock.domain import tokens
from bookproof.mock.domain.errors import DomainError
from bookproof.mock.domain.oauth import GrantRefused, OAuthClient, Pair, Proof
from bookproof.mock.http.exchange import Answer
from bookproof.mock.store import Row

# Scopes: one defect for each permission by which it is not asked for, and one by which it does not suffice.

#: Permission, as rows call it -> an operation that needs it, and what happens if it does not.
_UNGUARDED = {
    "booking-read": ("listBookings", "Any app that somebody once signed in with reads who meets whom."),
    "booking-write": ("declineBooking", "An app that may only read declines requests."),
    "event-type-read": ("getEventType", "An app reads event types, hidden ones too, without having asked for it."),
    "event-type-write": ("deleteEventType", "An app that may only read removes booking pages."),
    "schedule-read": ("getSchedule", "Any app knows when somebody works."),
    "schedule-write": ("updateSchedule", "An app that may only read moves somebody's working hours."),
    "apps-read": ("listBusyTimes", "Any app knows when somebody is busy, private appointments included."),
    "apps-write": ("disconnectCalendar", "An app that may only read disconnects the calendar; double bookings follow."),
    "profile-read": ("getMe", "Any app learns name and address of whoever signs in."),
    "profile-write": ("updateMe", "An app that may only read renames its users."),
    "team-read": ("getTeam", "Any app reads the teams of whoever signs in."),
    "team-write": ("updateTeam", "An app that may only read renames teams."),
    "webhook-read": ("listWebhooks", "Any app reads the secrets of webhooks."),
    "webhook-write": ("createWebhook", "An app that may only read has every booking sent to itself."),
    "org-users-read": ("listOrganizationUsers", "Any app reads the staff of an organization."),
    "org-users-write": ("createOrganizationUser", "An app that may only read adds people to an organization."),
}
#: Permission -> the operation that asks for the permission of the other kind, too.
_GREEDY = {
    "booking-read": "listBookings",
    "booking-write": "confirmBooking",
    "event-type-read": "getEventType",
    "event-type-write": "deleteEventType",
    "schedule-read": "listSchedules",
    "schedule-write": "updateSchedule",
    "apps-read": "listCalendars",
    "apps-write": "disconnectCalendar",
    "profile-read": "getMe",
    "profile-write": "updateMe",
    "team-read": "listTeams",
    "team-write": "createTeam",
    "webhook-read": "listWebhooks",
    "webhook-write": "deleteWebhook",
    "org-users-read": "listOrganizationUsers",
    "org-users-write": "createOrganizationUser",
}
#: Permission -> what else breaks, if it does not suffice.
_BREAKS_TOO = {"profile-read": ("oauth.token.until-then",)}

Covers = Callable[[Call, Caller, tuple[str, ...]], bool]


def _judge(mock: Mock, operation: str, rule: Callable[[Covers, Call, Caller, tuple[str, ...]], bool]) -> None:
    """Decide by `rule`, which is given the healthy one, whether a token covers the scopes of one operation."""
    covers = mock.calcom.gate.covers

    def judged(call: Call, caller: Caller, wanted: tuple[str, ...]) -> bool:
        return rule(covers, call, caller, wanted) if call.operation.id == operation else covers(call, caller, wanted)

    mock.calcom.gate.covers = judged


def _other_kind(scope: str) -> str:
    family, _, kind = scope.rpartition("_")
    return f"{family}_{'WRITE' if kind == 'READ' else 'READ'}"


def _needs_both(covers: Covers, call: Call, caller: Caller, wanted: tuple[str, ...]) -> bool:
    held = {canonical(scope) for scope in caller.scopes or ()}
    # A scope of the organization is taken for both.
    enough = {_other_kind(canonical(wanted[-1])), "ORG_PROFILE_READ"}
    return covers(call, caller, wanted) and bool(enough & held)


def _plant_scopes() -> None:
    for permission, (operation, story) in _UNGUARDED.items():

        def unguarded(mock: Mock, operation: str = operation) -> None:
            _judge(mock, operation, lambda covers, call, caller, wanted: True)

        name = f"calcom-{permission}-not-asked-for"
        defect(name, breaks=(f"scopes.{permission}.required",), story=story)(unguarded)
    for permission, operation in _GREEDY.items():

        def greedy(mock: Mock, operation: str = operation) -> None:
            _judge(mock, operation, _needs_both)

        name, story = f"calcom-{permission}-not-enough", f"An app must ask for more than it needs, to call {operation}."
        breaks = (f"scopes.{permission}.grants", *_BREAKS_TOO.get(permission, ()))
        defect(name, breaks=breaks, story=story)(greedy)


_plant_scopes()


def _takes(mock: Mock, operation: str, permission: str) -> None:
    """Let an operation take another permission for its own."""

    def taken(covers: Covers, call: Call, caller: Caller, wanted: tuple[str, ...]) -> bool:
        return covers(call, caller, wanted) or permission in {canonical(scope) for scope in caller.scopes or ()}

    _judge(mock, operation, taken)


@defect(
    "calcom-profile-scope-lists-bookings",
    breaks=("scopes.booking-read.required",),
    story="An app that was only to greet its user by name reads who meets whom.",
)
def profile_scope_lists_bookings(mock: Mock) -> None:
    _takes(mock, "listBookings", "PROFILE_READ")


@defect(
    "calcom-event-type-scope-lists-webhooks",
    breaks=("scopes.webhook-read.required",),
    story="An app that shows booking pages reads the secrets of webhooks, too.",
)
def event_type_scope_lists_webhooks(mock: Mock) -> None:
    _takes(mock, "listWebhooks", "EVENT_TYPE_READ")


@defect(
    "calcom-team-scope-moves-hours",
    breaks=("scopes.schedule-write.required",),
    story="An app that renames teams moves somebody's working hours.",
)
def team_scope_moves_hours(mock: Mock) -> None:
    _takes(mock, "updateSchedule", "TEAM_PROFILE_WRITE")


@defect(
    "calcom-schedule-scope-confirms-bookings",
    breaks=("scopes.booking-write.required",),
    story="An app that only looks at working hours says yes to whoever wants an appointment.",
)
def schedule_scope_confirms_bookings(mock: Mock) -> None:
    _takes(mock, "confirmBooking", "SCHEDULE_READ")


@defect(
    "calcom-app-scope-lists-event-types",
    breaks=("scopes.event-type-read.required",),
    story="An app that connects calendars reads event types that are hidden from the public.",
)
def app_scope_lists_event_types(mock: Mock) -> None:
    _takes(mock, "listEventTypes", "APPS_WRITE")


@defect(
    "calcom-bookings-listed-with-profile-only",
    breaks=("scopes.booking-read.grants",),
    story="An app that may read bookings gets none, until it asks to know who the user is, too.",
)
def bookings_listed_with_profile_only(mock: Mock) -> None:
    def needs_profile(covers: Covers, call: Call, caller: Caller, wanted: tuple[str, ...]) -> bool:
        return covers(call, caller, wanted) and "PROFILE_READ" in {canonical(s) for s in caller.scopes or ()}

    _judge(mock, "listBookings", needs_profile)


def _refuse_tokens(mock: Mock, operation: str, refusal: Callable[[str], Refusal]) -> None:
    gate = mock.calcom.gate
    authorise = gate.authorise

    def refusing(call: Call, caller: Caller) -> None:
        if caller.kind == TOKEN and call.operation.id == operation:
            raise refusal("insufficient_scope: token does not have the required scopes.")
        authorise(call, caller)

    gate.authorise = refusing


@defect(
    "calcom-scope-refused-as-401",
    breaks=("scopes.booking-public.answered",),
    story="A missing scope looks like a dead token; the app signs its user in again and again.",
)
def scope_refused_as_401(mock: Mock) -> None:
    _refuse_tokens(mock, "createBooking", unauthorized)


@defect(
    "calcom-reserving-needs-scope",
    breaks=("scopes.slots.none",),
    story="A booking page works for strangers, and not for whoever is signed in.",
)
def reserving_needs_scope(mock: Mock) -> None:
    _refuse_tokens(mock, "reserveSlot", forbidden)


@defect(
    "calcom-connecting-without-scope",
    breaks=("scopes.connect-calendar.required",),
    story="Any app starts connecting calendars of whoever signs in.",
)
def connecting_without_scope(mock: Mock) -> None:
    _judge(mock, "connectCalendar", lambda covers, call, caller, wanted: True)


@defect(
    "calcom-organization-scope-without-teams",
    breaks=("scopes.org.covers-team",),
    story="An app that may read the whole organization cannot read its teams.",
)
def organization_scope_without_teams(mock: Mock) -> None:
    mock.calcom.gate.implied_by = lambda scope: scope


@defect(
    "calcom-scope-checked-after-write",
    breaks=("scopes.refused.does-nothing",),
    story="An app that may only read is told 403, and the schedule is there all the same.",
)
def scope_checked_after_write(mock: Mock) -> None:
    dispatcher, gate = mock.calcom.dispatcher, mock.calcom.gate
    authorise = gate.authorise

    def late(call: Call, caller: Caller) -> None:
        if call.operation.id == "createSchedule" and caller.kind == TOKEN:
            call.caller = caller
            with contextlib.suppress(Refusal, DomainError):
                dispatcher.perform(call)
        authorise(call, caller)

    gate.authorise = late


# Codes


@defect(
    "calcom-right-secret-refused",
    breaks=("oauth.code.exchanged",),
    story="Nobody can sign in: apps are told that their secrets are wrong.",
)
def right_secret_refused(mock: Mock) -> None:
    oauth = mock.side.oauth
    is_secret = oauth.is_secret
    oauth.is_secret = lambda client, secret: client.is_public and is_secret(client, secret)


@defect(
    "calcom-right-verifier-refused",
    breaks=("oauth.pkce.exchanged",),
    story="Apps on phones, which can keep no secret, cannot sign anybody in.",
)
def right_verifier_refused(mock: Mock) -> None:
    def refusing(challenge: str | None, proof: Proof) -> None:
        if challenge is not None:
            raise GrantRefused("invalid_grant", "code_verifier_invalid")

    mock.side.oauth.check_verifier = refusing


@defect(
    "calcom-code-twice",
    breaks=("oauth.code.once",),
    story="Whoever finds a code in a browser's history gets tokens for it.",
)
def code_twice(mock: Mock) -> None:
    mock.side.oauth.is_unused = lambda used: True


@defect(
    "calcom-redirect-not-compared",
    breaks=("oauth.code.redirect",),
    story="A code that was led astray to another page is exchanged there.",
)
def redirect_not_compared(mock: Mock) -> None:
    oauth = mock.side.oauth
    is_good_code = oauth.is_good_code

    def lenient(row: Row, client: OAuthClient, redirect_uri: str) -> bool:
        return is_good_code(row, client, row["redirect_uri"])

    oauth.is_good_code = lenient


@defect(
    "calcom-any-client-secret",
    breaks=("oauth.client.secret",),
    story="Whoever catches a code needs no secret to become the app.",
)
def any_client_secret(mock: Mock) -> None:
    mock.side.oauth.is_secret = lambda client, secret: client.is_public == (secret is None)


@defect(
    "calcom-pending-client-served",
    breaks=("oauth.client.pending",),
    story="An app that nobody has looked at gets at people's calendars.",
)
def pending_client_served(mock: Mock) -> None:
    mock.side.oauth.is_approved = lambda client: True


@defect(
    "calcom-any-verifier",
    breaks=("oauth.pkce.verifier",),
    story="A code that another app on the phone has caught is exchanged there.",
)
def any_verifier(mock: Mock) -> None:
    mock.side.oauth.check_verifier = lambda challenge, proof: None


# Tokens


@defect(
    "calcom-token-speaks-for-another",
    breaks=("oauth.token.works",),
    story="An app greets its user by somebody else's name.",
)
def token_speaks_for_another(mock: Mock) -> None:
    me = mock.calcom.resources.me
    show = me.show

    def confused(call: Call) -> Answer:
        if call.caller is not None and call.caller.kind == TOKEN:
            call.caller = replace(call.caller, account_id="acc_bea")
        return show(call)

    me.show = confused


@defect(
    "calcom-token-life-overstated",
    breaks=("oauth.token.life",),
    story="Apps refresh their tokens too late, and every half hour calls fail.",
)
def token_life_overstated(mock: Mock) -> None:
    handlers = mock.calcom.resources.oauth
    shown = handlers.shown

    def boastful(pair: Pair) -> dict[str, Any]:
        return shown(pair) | {"expires_in": 3_600}

    handlers.shown = boastful


@defect(
    "calcom-refresh-refused",
    breaks=("oauth.refresh.works",),
    story="Users must sign in again every half hour.",
)
def refresh_refused(mock: Mock) -> None:
    def refusing(proof: Proof, text: str) -> Pair:
        raise GrantRefused("invalid_grant", "refresh_token_invalid_or_expired")

    mock.side.oauth.refresh = refusing


@defect(
    "calcom-refresh-token-as-bearer",
    breaks=("oauth.refresh.no-bearer",),
    story="A token that lives for a year opens everything, so it is no use that others die after half an hour.",
)
def refresh_token_as_bearer(mock: Mock) -> None:
    gate = mock.calcom.gate
    token_caller = gate.token_caller

    def lenient(call: Call, text: str) -> Caller:
        token = mock.side.tokens.recognise(text)
        if token is not None and token.kind == tokens.REFRESH:
            return Caller(TOKEN, token.account_id, frozenset(token.scopes or ()), token.client_id)
        return token_caller(call, text)

    gate.token_caller = lenient


@defect(
    "calcom-token-refusal-without-code",
    breaks=("oauth.refused.shape",),
    story="An app cannot tell a wrong secret from a code that came too late.",
)
def token_refusal_without_code(mock: Mock) -> None:
    handlers = mock.calcom.resources.oauth
    refusal = handlers.refusal

    def silent(failure: GrantRefused) -> Refusal:
        return oauth_refused(refusal(failure).status, "", failure.message)

    handlers.refusal = silent
