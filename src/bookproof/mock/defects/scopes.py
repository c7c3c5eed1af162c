"""Defects of scopes."""

# ruff: noqa: ARG001 - what stands in for a method takes what the method takes

from collections.abc import Callable

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.dialects.imatic_v1.gate import unauthorized
from bookproof.mock.dialects.imatic_v1.operations import Operation
from bookproof.mock.domain.errors import DomainError
from bookproof.mock.domain.keys import BOOKINGS_READ, BOOKINGS_WRITE, MCP, ApiKey
from bookproof.mock.http.errors import ApiError
from bookproof.mock.http.exchange import Answer, Call


def _judge(mock: Mock, operations: tuple[str, ...], rule: Callable[[ApiKey, str], bool]) -> None:
    """Decide by `rule` whether a key covers the scope of these operations (of all, if none is named)."""
    covers = mock.imatic.gate.covers

    def judged(key: ApiKey, operation: str, scope: str) -> bool:
        return rule(key, scope) if operation in operations or not operations else covers(key, operation, scope)

    mock.imatic.gate.covers = judged


def _anyone(key: ApiKey, scope: str) -> bool:
    return True


@defect(
    "slots-need-bookings-read",
    breaks=("scopes.slots-read.grants", "scopes.slots-read.required"),
    story="A widget with slots:read cannot show openings, and a bookings key can.",
)
def slots_need_bookings_read(mock: Mock) -> None:
    _judge(mock, ("listSlots",), lambda key, scope: key.covers(BOOKINGS_READ))


@defect(
    "slots-without-scope",
    breaks=("scopes.slots-read.required",),
    story="Keys without slots:read see when the host is free.",
)
def slots_without_scope(mock: Mock) -> None:
    _judge(mock, ("listSlots",), _anyone)


@defect(
    "stats-ignore-scope",
    breaks=("scopes.bookings-read.required",),
    story="Keys without bookings:read see how business is going.",
)
def stats_ignore_scope(mock: Mock) -> None:
    _judge(mock, ("getBookingStats",), _anyone)


@defect(
    "get-booking-ignores-scope",
    breaks=("scopes.bookings-read.required",),
    story="Keys without bookings:read see names and addresses of attendees.",
)
def get_booking_ignores_scope(mock: Mock) -> None:
    _judge(mock, ("getBooking",), _anyone)


@defect(
    "list-needs-write-too",
    breaks=("scopes.bookings-read.grants",),
    story="A report needs a key that could cancel everything.",
)
def list_needs_write_too(mock: Mock) -> None:
    _judge(mock, ("listBookings",), lambda key, scope: key.covers(BOOKINGS_READ) and key.covers(BOOKINGS_WRITE))


@defect(
    "reschedule-needs-read-too",
    breaks=("scopes.bookings-write.grants",),
    story="A key made for booking can book and cancel, but not move.",
)
def reschedule_needs_read_too(mock: Mock) -> None:
    _judge(mock, ("rescheduleBooking",), lambda key, scope: key.covers(BOOKINGS_READ) and key.covers(BOOKINGS_WRITE))


@defect(
    "cancel-ignores-scope",
    breaks=("scopes.bookings-write.required", "scopes.read-only.never-writes"),
    story="Any key, even one without scopes, cancels bookings.",
)
def cancel_ignores_scope(mock: Mock) -> None:
    _judge(mock, ("cancelBooking",), _anyone)


@defect(
    "read-keys-may-cancel",
    breaks=("scopes.read-only.never-writes",),
    story="The read-only key in a dashboard cancels bookings.",
)
def read_keys_may_cancel(mock: Mock) -> None:
    _judge(mock, ("cancelBooking",), lambda key, scope: key.covers(scope) or key.covers(BOOKINGS_READ))


@defect(
    "umbrella-not-honoured",
    breaks=("scopes.mcp.umbrella",),
    story="An agent's mcp key can do nothing over the API.",
)
def umbrella_not_honoured(mock: Mock) -> None:
    _judge(mock, (), lambda key, scope: scope in key.scopes)


@defect(
    "umbrella-without-write",
    breaks=("scopes.mcp.umbrella",),
    story="An agent's mcp key finds a slot and cannot book it.",
)
def umbrella_without_write(mock: Mock) -> None:
    _judge(mock, (), lambda key, scope: scope in key.scopes or (MCP in key.scopes and scope != BOOKINGS_WRITE))


@defect(
    "scope-checked-after-write",
    breaks=("scopes.refused.does-nothing",),
    story="A read-only key is told 403, and the booking stands all the same.",
)
def scope_checked_after_write(mock: Mock) -> None:
    dispatcher, gate = mock.imatic.dispatcher, mock.imatic.gate
    admit, perform = dispatcher.admit, dispatcher.perform

    def admit_first(operation: Operation, call: Call) -> ApiKey:
        if operation.id != "createBooking":
            return admit(operation, call)
        key = gate.authenticate(call)
        gate.spend(key)
        return key

    def authorise_last(operation: Operation, call: Call) -> Answer:
        if operation.id != "createBooking" or call.key is None:
            return perform(operation, call)
        try:
            answer = perform(operation, call)
        except (ApiError, DomainError):
            gate.authorise(call.key, operation.id, operation.scope)
            raise
        gate.authorise(call.key, operation.id, operation.scope)
        return answer

    dispatcher.admit = admit_first
    dispatcher.perform = authorise_last


@defect(
    "scope-refused-as-401",
    breaks=("scopes.slots-read.required",),
    story="A missing scope looks like a bad key, and somebody rotates keys in vain.",
)
def scope_refused_as_401(mock: Mock) -> None:
    gate = mock.imatic.gate
    authorise = gate.authorise

    def confused(key: ApiKey, operation: str, scope: str | None) -> None:
        try:
            authorise(key, operation, scope)
        except ApiError as failure:
            raise (unauthorized() if operation == "listSlots" else failure) from None

    gate.authorise = confused


@defect(
    "me-needs-scope",
    breaks=("scopes.me.any-key",),
    story="A new key cannot be tried out before it has been given a scope.",
)
def me_needs_scope(mock: Mock) -> None:
    gate = mock.imatic.gate
    authorise = gate.authorise

    def demanding(key: ApiKey, operation: str, scope: str | None) -> None:
        if operation == "getMe" and not key.scopes:
            raise ApiError(403, "forbidden", "The API key has no scopes.")
        authorise(key, operation, scope)

    gate.authorise = demanding


@defect(
    "links-ignore-scope",
    breaks=("scopes.other-resources.required",),
    story="A read-only key hands out booking links and revokes those of others.",
)
def links_ignore_scope(mock: Mock) -> None:
    _judge(mock, ("createEventLink", "listEventLinks", "revokeEventLink"), _anyone)
