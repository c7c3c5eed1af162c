"""Defects of the MCP server's door: sessions, keys, scopes, and the wall between accounts."""

# ruff: noqa: ARG001 - what stands in for a method takes what the method takes

from collections.abc import Callable
from copy import copy
from typing import Any

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.defects.mcp_seams import OPENING, Asked, asked, domain_of_tools
from bookproof.mock.defects.seams import as_owner
from bookproof.mock.dialects.imatic_v1.mcp.door import SESSIONS
from bookproof.mock.domain.booking_records import BookingFilter
from bookproof.mock.domain.keys import BOOKINGS_WRITE, MCP, SCOPES, ApiKey
from bookproof.mock.http.errors import ApiError
from bookproof.mock.http.exchange import Answer, Call

_BOOKING = ("bookings", "code", "bookingCode")
_READING = frozenset({"list_event_types", "list_slots", "list_bookings", "get_booking"})
_WRITING = frozenset({"create_booking", "cancel_booking", "reschedule_booking"})
_METHOD_NOT_FOUND = -32601
_INTERNAL_ERROR = -32603
_UNAUTHORIZED = -32001


# Sessions


def _answer_first(mock: Mock, answer: Callable[[Call, Asked], Answer | None]) -> None:
    """Answer some messages otherwise than the protocol would."""
    door = mock.imatic.mcp.door
    unserved = door.unserved

    def changed(call: Call) -> Answer | None:
        return answer(call, asked(call)) or unserved(call)

    door.unserved = changed


@defect(
    "mcp-refuses-sessions",
    breaks=("mcp.session.opens",),
    story="No agent can connect, whatever its key.",
)
def mcp_refuses_sessions(mock: Mock) -> None:
    door = mock.imatic.mcp.door

    def refuse(call: Call, message: Asked) -> Answer | None:
        return door.protocol_error(message.id, -32600, "Bad Request", 400)

    _answer_first(mock, refuse)


@defect(
    "mcp-second-session-refused",
    breaks=("mcp.session.repeats",),
    story="Agents that are a year old, and open with the older handshake, cannot connect.",
)
def mcp_second_session_refused(mock: Mock) -> None:
    door = mock.imatic.mcp.door

    def refuse(call: Call, message: Asked) -> Answer | None:
        if message.method != "initialize":
            return None
        return door.protocol_error(message.id, _INTERNAL_ERROR, "The session could not be opened.")

    _answer_first(mock, refuse)


@defect(
    "mcp-ping-unanswered",
    breaks=("mcp.session.ping",),
    story="Agents that watch their connection take the server for dead, and drop it in the middle of a talk.",
)
def mcp_ping_unanswered(mock: Mock) -> None:
    door = mock.imatic.mcp.door

    def unknown(call: Call, message: Asked) -> Answer | None:
        if message.method != "ping":
            return None
        return door.protocol_error(message.id, _METHOD_NOT_FOUND, "Method not found")

    _answer_first(mock, unknown)


# Keys


@defect(
    "mcp-key-not-asked-for",
    breaks=("mcp.key.missing",),
    story="Any agent on the internet books, moves and cancels without a key.",
)
def mcp_key_not_asked_for(mock: Mock) -> None:
    gate = mock.imatic.mcp.door.gate
    authenticate = gate.authenticate

    def careless(call: Call) -> ApiKey:
        if "authorization" in call.headers:
            return authenticate(call)
        return ApiKey("cal_nobody", mock.domain.accounts.by_alias("main").id, frozenset(SCOPES), None)

    gate.authenticate = careless


@defect(
    "mcp-session-replaces-key",
    breaks=("mcp.session.not-a-key",),
    story="Whoever finds the id of a session in a log acts as the agent that opened it.",
)
def mcp_session_replaces_key(mock: Mock) -> None:
    door = mock.imatic.mcp.door
    door.mode = SESSIONS  # a server without sessions has no id to find
    authenticate = door.gate.authenticate
    opened_by: list[ApiKey] = []

    def remember(call: Call) -> ApiKey:
        if "authorization" not in call.headers and "mcp-session-id" in call.headers:
            return opened_by[-1]
        opened_by.append(authenticate(call))
        return opened_by[-1]

    door.gate.authenticate = remember


@defect(
    "mcp-wrong-secret-accepted",
    breaks=("mcp.key.invalid",),
    story="The prefix of a key, which appears in lists and logs, is enough to act as an agent.",
)
def mcp_wrong_secret_accepted(mock: Mock) -> None:
    def verify(secret: str, salt: bytes, digest: bytes) -> bool:
        return True

    keys = copy(mock.domain.keys)
    keys.verify = verify
    mock.imatic.mcp.door.gate.recognise = keys.recognise


@defect(
    "mcp-revoked-key-accepted",
    breaks=("mcp.key.revoked",),
    story="An agent that was locked out goes on booking with its revoked key.",
)
def mcp_revoked_key_accepted(mock: Mock) -> None:
    def is_live(revoked: int) -> bool:
        return True

    keys = copy(mock.domain.keys)
    keys.is_live = is_live
    mock.imatic.mcp.door.gate.recognise = keys.recognise


def _refuse_bad_keys(mock: Mock, refusal: Callable[[Call], Answer]) -> None:
    """Say 401 otherwise."""
    door = mock.imatic.mcp.door
    refused = door.refused

    def changed(call: Call, failure: ApiError) -> Answer:
        return refusal(call) if failure.status == 401 else refused(call, failure)

    door.refused = changed


@defect(
    "mcp-key-refused-as-403",
    breaks=("mcp.key.status",),
    story="A mistyped key looks like a missing scope, and somebody looks for it in vain.",
)
def mcp_key_refused_as_403(mock: Mock) -> None:
    envelopes = mock.imatic.mcp.door.envelopes
    failure = ApiError(403, "forbidden", "The API key may not do this.")
    _refuse_bad_keys(mock, lambda call: envelopes.error(call, failure))


@defect(
    "mcp-key-refused-in-result",
    breaks=("mcp.key.status",),
    story="Clients that ask for a new key on 401 never do, and proxies count every break-in as a success.",
)
def mcp_key_refused_in_result(mock: Mock) -> None:
    door = mock.imatic.mcp.door
    message = "The API key is missing or invalid."
    _refuse_bad_keys(mock, lambda call: door.protocol_error(asked(call).id, _UNAUTHORIZED, message))


# Scopes


def _also_admit(mock: Mock, admits: Callable[[ApiKey, Asked], bool]) -> None:
    """Let keys without the scope mcp in as well where `admits` says so."""
    door = mock.imatic.mcp.door
    authorise = door.authorise

    def generous(key: ApiKey, call: Call) -> None:
        if MCP in key.scopes or not admits(key, asked(call)):
            authorise(key, call)

    door.authorise = generous


@defect(
    "mcp-umbrella-not-honoured",
    breaks=("mcp.scope.umbrella",),
    story="An agent with an mcp key finds a slot and cannot book it.",
)
def mcp_umbrella_not_honoured(mock: Mock) -> None:
    door = mock.imatic.mcp.door
    authorise = door.authorise

    def demanding(key: ApiKey, call: Call) -> None:
        authorise(key, call)
        if asked(call).tool == "create_booking" and BOOKINGS_WRITE not in key.scopes:
            raise ApiError(403, "forbidden", f"The API key lacks the scope {BOOKINGS_WRITE}.")

    door.authorise = demanding


@defect(
    "mcp-scope-not-asked-for",
    breaks=("mcp.scope.required",),
    story="Keys that were never meant for agents let agents in.",
)
def mcp_scope_not_asked_for(mock: Mock) -> None:
    def covered(key: ApiKey, message: Asked) -> bool:
        tool = mock.imatic.mcp.catalogue.find(message.tool)
        if message.method in OPENING:
            return bool(key.scopes)
        return tool is not None and key.covers(tool.scope)

    _also_admit(mock, covered)


@defect(
    "mcp-scopeless-key-reads",
    breaks=("mcp.scope.none",),
    story="A key that was given no permission at all reads every attendee's name and address.",
)
def mcp_scopeless_key_reads(mock: Mock) -> None:
    def reading(key: ApiKey, message: Asked) -> bool:
        return not key.scopes and (message.method in OPENING or message.tool in _READING)

    _also_admit(mock, reading)


@defect(
    "mcp-read-key-books",
    breaks=("mcp.scope.write",),
    story="An agent with a key that may only read books and cancels all the same.",
)
def mcp_read_key_books(mock: Mock) -> None:
    def writing(key: ApiKey, message: Asked) -> bool:
        # Keys that may write elsewhere, and keys that may do nothing, stay outside: those are promises of their own.
        reads_only = bool(key.scopes) and BOOKINGS_WRITE not in key.scopes
        return reads_only and (message.method in OPENING or message.tool in _WRITING)

    _also_admit(mock, writing)


# Accounts


@defect(
    "mcp-foreign-booking-readable",
    breaks=("mcp.account.invisible",),
    story="An agent that guesses a code reads another company's attendee.",
)
def mcp_foreign_booking_readable(mock: Mock) -> None:
    bookings = mock.imatic.mcp.resources.bookings
    bookings.show = as_owner(mock, bookings.show, *_BOOKING)


@defect(
    "mcp-list-shows-all-accounts",
    breaks=("mcp.account.invisible",),
    story="An agent that lists bookings is told every customer of the platform.",
)
def mcp_list_shows_all_accounts(mock: Mock) -> None:
    records = domain_of_tools(mock).records
    conditions = records.conditions

    def unbounded(account_id: str, wanted: BookingFilter) -> tuple[str, list[Any]]:
        where, values = conditions(account_id, wanted)
        everybody = "account_id IN (SELECT ? UNION SELECT id FROM accounts WHERE alias IN ('main', 'foreign'))"
        return where.replace("account_id = ?", everybody), values

    records.conditions = unbounded


@defect(
    "mcp-foreign-booking-cancellable",
    breaks=("mcp.account.untouchable",),
    story="One company's agent cancels another's appointments.",
)
def mcp_foreign_booking_cancellable(mock: Mock) -> None:
    bookings = mock.imatic.mcp.resources.bookings
    bookings.cancel = as_owner(mock, bookings.cancel, *_BOOKING)


@defect(
    "mcp-foreign-booking-movable",
    breaks=("mcp.account.untouchable",),
    story="One company's agent moves another's appointments.",
)
def mcp_foreign_booking_movable(mock: Mock) -> None:
    bookings = mock.imatic.mcp.resources.bookings
    bookings.reschedule = as_owner(mock, bookings.reschedule, *_BOOKING)
