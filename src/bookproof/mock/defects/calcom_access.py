"""Defects of the Cal.com dialect: keys, and what is open without any."""

import base64
import contextlib

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.dialects.calcom_v2.calls import KEY, Call, Caller
from bookproof.mock.dialects.calcom_v2.errors import Refusal, bad_request, forbidden
from bookproof.mock.dialects.calcom_v2.operations import OPTIONAL
from bookproof.mock.dialects.calcom_v2.throttle import Tracker
from bookproof.mock.domain.account_keys import AccountKey
from bookproof.mock.domain.errors import DomainError
from bookproof.mock.http.exchange import Answer

_ADA = "acc_ada"


def _has_credentials(call: Call) -> bool:
    return any(name in call.http.headers for name in ("authorization", "x-cal-client-id", "x-cal-secret-key"))


def _has_unknown_key(mock: Mock, call: Call) -> bool:
    token = mock.calcom.throttle.bearer(call) or ""
    return mock.side.keys.is_key(token) and mock.side.keys.recognise(token) is None


# No credentials


@defect(
    "calcom-teams-without-key",
    breaks=("auth.key.missing",),
    story="Anybody on the internet reads which teams the account has.",
)
def teams_without_key(mock: Mock) -> None:
    gate = mock.calcom.gate
    admit = gate.admit

    def careless(call: Call) -> Caller | None:
        if call.operation.id == "listTeams" and not _has_credentials(call):
            return Caller(KEY, _ADA)
        return admit(call)

    gate.admit = careless


@defect(
    "calcom-body-before-key",
    breaks=("auth.order.first",),
    story="Strangers find out field by field what a server expects, without any key.",
)
def body_before_key(mock: Mock) -> None:
    gate = mock.calcom.gate
    nobody = gate.nobody

    def talkative(call: Call) -> Refusal:
        if call.operation.id == "createSchedule" and not call.body:
            return bad_request("Bad Request Exception", {"errors": []})
        return nobody(call)

    gate.nobody = talkative


# Public operations


@defect(
    "calcom-reschedule-needs-account",
    breaks=("auth.public.open",),
    story="Whoever was booked cannot move the meeting by the link in the invitation.",
)
def reschedule_needs_account(mock: Mock) -> None:
    gate = mock.calcom.gate
    admit = gate.admit

    def closed(call: Call) -> Caller | None:
        caller = admit(call)
        if caller is None and call.operation.id == "rescheduleBooking":
            raise gate.nobody(call)
        return caller

    gate.admit = closed


@defect(
    "calcom-bad-key-passed-over",
    breaks=("auth.public.bad-key",),
    story="An agent books with a dead key for weeks, and nobody can tell who it was.",
)
def bad_key_passed_over(mock: Mock) -> None:
    throttle, gate = mock.calcom.throttle, mock.calcom.gate
    tracker, authenticate = throttle.tracker, gate.authenticate

    def lenient_tracker(call: Call) -> Tracker:
        if call.operation.access == OPTIONAL and _has_unknown_key(mock, call):
            return Tracker("nobody", throttle.default)
        return tracker(call)

    def lenient(call: Call) -> Caller | None:
        if call.operation.access == OPTIONAL and _has_unknown_key(mock, call):
            return None
        return authenticate(call)

    throttle.tracker, gate.authenticate = lenient_tracker, lenient


@defect(
    "calcom-slots-refuse-bad-key",
    breaks=("auth.slots.indifferent",),
    story="A booking page that sends an old token along shows no times at all.",
)
def slots_refuse_bad_key(mock: Mock) -> None:
    gate = mock.calcom.gate
    admit = gate.admit

    def curious(call: Call) -> Caller | None:
        if call.operation.id == "listSlots":
            try:
                gate.authenticate(call)
            except Refusal as failure:
                raise bad_request(failure.message) from None
        return admit(call)

    gate.admit = curious


# Wrong credentials


@defect(
    "calcom-garbage-is-somebody",
    breaks=("auth.key.malformed",),
    story="Any short text in the header opens the first account of the server.",
)
def garbage_is_somebody(mock: Mock) -> None:
    gate = mock.calcom.gate
    token_caller = gate.token_caller

    def generous(call: Call, text: str) -> Caller:
        return Caller(KEY, _ADA) if len(text) < 30 and call.operation.id == "getMe" else token_caller(call, text)

    gate.token_caller = generous


@defect(
    "calcom-unknown-key-forbidden",
    breaks=("auth.key.unknown", "auth.key.revoked", "auth.public.bad-key"),
    story="A dead key looks like a missing right, and somebody asks an administrator for rights in vain.",
)
def unknown_key_forbidden(mock: Mock) -> None:
    throttle = mock.calcom.throttle
    key_tracker = throttle.key_tracker

    def confused(token: str) -> Tracker:
        try:
            return key_tracker(token)
        except Refusal as failure:
            raise forbidden(failure.message) from None

    throttle.key_tracker = confused


@defect(
    "calcom-basic-scheme-accepted",
    breaks=("auth.key.wrong-scheme",),
    story="Keys sent as Basic work, so broken clients go unnoticed until the next release.",
)
def basic_scheme_accepted(mock: Mock) -> None:
    gate = mock.calcom.gate
    bearer_caller = gate.bearer_caller

    def lenient(call: Call, header: str) -> Caller:
        scheme, _, text = header.partition(" ")
        if scheme != "Basic":
            return bearer_caller(call, header)
        return gate.key_caller(base64.b64decode(text).decode().partition(":")[0])

    gate.bearer_caller = lenient


@defect(
    "calcom-raw-key-misread",
    breaks=("auth.key.raw",),
    story="Whoever forgets the word Bearer is told of missing rights, and looks for them in vain.",
)
def raw_key_misread(mock: Mock) -> None:
    gate = mock.calcom.gate
    bearer_caller = gate.bearer_caller

    def confused(call: Call, header: str) -> Caller:
        if mock.side.keys.is_key(header):
            raise forbidden("Forbidden resource")
        return bearer_caller(call, header)

    gate.bearer_caller = confused


@defect(
    "calcom-key-in-query-accepted",
    breaks=("auth.key.in-query",),
    story="Keys sent in URLs work, and so end up in proxy logs and browser histories.",
)
def key_in_query_accepted(mock: Mock) -> None:
    gate = mock.calcom.gate
    authenticate = gate.authenticate

    def lenient(call: Call) -> Caller | None:
        key = call.query.get("apiKey")
        return gate.key_caller(key) if isinstance(key, str) else authenticate(call)

    gate.authenticate = lenient


@defect(
    "calcom-keys-never-expire",
    breaks=("auth.key.expired",),
    story="A key that was lent for a month opens the account for ever.",
)
def keys_never_expire(mock: Mock) -> None:
    mock.side.keys.is_expired = lambda key: False


@defect(
    "calcom-revocation-ineffective",
    breaks=("auth.key.revoked-at-once",),
    story="A leaked key goes on working after its owner has revoked it.",
)
def revocation_ineffective(mock: Mock) -> None:
    mock.side.keys.revoke = lambda handle: None


@defect(
    "calcom-replaced-key-lives-on",
    breaks=("auth.key.replaced",),
    story="Rotating a leaked key leaves the leaked one open.",
)
def replaced_key_lives_on(mock: Mock) -> None:
    keys = mock.side.keys
    replace, recognise = keys.replace, keys.recognise
    dead: dict[str, str] = {}

    def careless(digest: str, days: int | None) -> str:
        with mock.domain.store.read() as session:
            row = session.one("SELECT account_id FROM account_keys WHERE digest = ?", (digest,))
        if row is not None:
            dead[digest] = row["account_id"]
        return replace(digest, days)

    def forgiving(token: str) -> AccountKey | None:
        digest = keys.digest(token)
        return AccountKey("key_old", digest, dead[digest], None, None) if digest in dead else recognise(token)

    keys.replace, keys.recognise = careless, forgiving


@defect(
    "calcom-key-needs-scope",
    breaks=("auth.key.full-access", "me.update.changes", "me.update.zone"),
    story="A script with the owner's own key is told that it lacks a scope, which keys cannot have.",
)
def key_needs_scope(mock: Mock) -> None:
    gate = mock.calcom.gate
    authorise = gate.authorise

    def demanding(call: Call, caller: Caller) -> None:
        authorise(call, caller)
        if caller.kind == KEY and call.operation.id == "updateMe":
            raise forbidden("insufficient_scope: token does not have the required scopes. Required: PROFILE_WRITE.")

    gate.authorise = demanding


# Refused, and done all the same


def _perform_before_refusing(mock: Mock, operation: str) -> None:
    dispatcher = mock.calcom.dispatcher
    limited = dispatcher.limited

    def hasty(call: Call) -> Answer:
        if call.operation.id == operation and _has_unknown_key(mock, call):
            with contextlib.suppress(Refusal, DomainError):
                dispatcher.perform(call)
        return limited(call)

    dispatcher.limited = hasty


@defect(
    "calcom-books-before-refusing",
    breaks=("auth.refused.does-nothing",),
    story="Bookings appear that were refused with 401.",
)
def books_before_refusing(mock: Mock) -> None:
    _perform_before_refusing(mock, "createBooking")
