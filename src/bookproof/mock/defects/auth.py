"""Defects of authentication."""

# ruff: noqa: ARG001 - what stands in for a method takes what the method takes

import contextlib
from typing import Any

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.defects.seams import owner
from bookproof.mock.dialects.imatic_v1.operations import Operation
from bookproof.mock.domain.errors import DomainError
from bookproof.mock.domain.keys import SCOPES, ApiKey
from bookproof.mock.http.errors import ApiError
from bookproof.mock.http.exchange import Answer, Call
from bookproof.mock.seed import ROLES, key_of


@defect(
    "auth-skipped-on-stats",
    breaks=("auth.key.missing",),
    story="Anybody on the internet reads how many bookings the account has.",
)
def auth_skipped_on_stats(mock: Mock) -> None:
    dispatcher = mock.imatic.dispatcher
    admit = dispatcher.admit

    def careless(operation: Operation, call: Call) -> ApiKey:
        if operation.id == "getBookingStats" and "authorization" not in call.headers and not call.query:
            return ApiKey("cal_nobody", mock.domain.accounts.by_alias("main").id, frozenset(SCOPES), None)
        return admit(operation, call)

    dispatcher.admit = careless


@defect(
    "any-scheme-accepted",
    breaks=("auth.key.wrong-scheme",),
    story="A key pasted as Basic or Token works, so broken clients go unnoticed until the next release.",
)
def any_scheme_accepted(mock: Mock) -> None:
    def token(call: Call) -> str | None:
        scheme, _, text = call.headers.get("authorization", "").partition(" ")
        return text.strip(" ") if scheme else None

    mock.imatic.gate.token = token


@defect(
    "key-in-query-accepted",
    breaks=("auth.key.in-query",),
    story="Keys sent in URLs work, and so end up in proxy logs and browser histories.",
)
def key_in_query_accepted(mock: Mock) -> None:
    gate = mock.imatic.gate
    from_header = gate.token

    def token(call: Call) -> str | None:
        offered = (call.query.get(name) for name in ("api_key", "apiKey", "key", "access_token", "token"))
        return from_header(call) or next(filter(None, offered), None)

    gate.token = token


@defect(
    "malformed-key-forbidden",
    breaks=("auth.key.malformed",),
    story="A mistyped key looks like a missing permission, and somebody hunts for scopes instead.",
)
def malformed_key_forbidden(mock: Mock) -> None:
    gate = mock.imatic.gate
    authenticate = gate.authenticate

    def forbid(call: Call) -> ApiKey:
        token = gate.token(call)
        if token is not None and "." not in token:
            raise ApiError(403, "forbidden", "The API key is malformed.")
        return authenticate(call)

    gate.authenticate = forbid


@defect(
    "unknown-prefix-not-found",
    breaks=("auth.key.unknown-prefix",),
    story="An attacker learns from the 404 which key prefixes exist.",
)
def unknown_prefix_not_found(mock: Mock) -> None:
    gate = mock.imatic.gate
    authenticate = gate.authenticate

    def not_found(call: Call) -> ApiKey:
        prefix, dot, secret = (gate.token(call) or "").partition(".")
        if prefix and dot and secret and owner(mock, "api_keys", "prefix", prefix) is None:
            raise ApiError(404, "not_found", "No such API key.")
        return authenticate(call)

    gate.authenticate = not_found


@defect(
    "secret-not-checked",
    breaks=("auth.key.wrong-secret", "auth.key.truncated-secret", "mcp.key.invalid"),
    story="The prefix, which appears in lists and logs, is enough to act as the account.",
)
def secret_not_checked(mock: Mock) -> None:
    def verify(secret: str, salt: bytes, digest: bytes) -> bool:
        return True

    mock.domain.keys.verify = verify


@defect(
    "secret-compared-by-prefix",
    breaks=("auth.key.truncated-secret",),
    story="The first characters of a secret open the account, so it can be guessed piece by piece.",
)
def secret_compared_by_prefix(mock: Mock) -> None:
    keys = mock.domain.keys
    secrets = [key_of(mock.domain.seed, role).partition(".")[2] for role in ROLES]
    exact, issue = keys.verify, keys.issue

    def verify(secret: str, salt: bytes, digest: bytes) -> bool:
        beginning_of = (full for full in secrets if len(secret) >= 4 and full.startswith(secret))
        return exact(secret, salt, digest) or any(exact(full, salt, digest) for full in beginning_of)

    def remember(
        account_id: str, scopes: tuple[str, ...], rate_limit: int | None = None, token: str | None = None
    ) -> str:
        key = issue(account_id, scopes, rate_limit, token)
        secrets.append(key.partition(".")[2])
        return key

    keys.verify = verify
    keys.issue = remember


@defect(
    "revoked-key-accepted",
    breaks=("auth.key.revoked", "auth.key.revoked-at-once", "mcp.key.revoked"),
    story="A leaked key keeps working after its owner has revoked it.",
)
def revoked_key_accepted(mock: Mock) -> None:
    def is_live(revoked: int) -> bool:
        return True

    mock.domain.keys.is_live = is_live


@defect(
    "revocation-cached",
    breaks=("auth.key.revoked-at-once",),
    story="A thief who uses a leaked key all the time is never locked out.",
)
def revocation_cached(mock: Mock) -> None:
    gate = mock.imatic.gate
    recognise = gate.recognise
    known: dict[str, ApiKey] = {}

    def cached(token: str) -> ApiKey | None:
        key = known.get(token) or recognise(token)
        if key is not None:
            known[token] = key
        return key

    gate.recognise = cached


@defect(
    "write-before-authentication",
    breaks=("auth.refused.does-nothing",),
    story="Bookings appear that were refused with 401, made with revoked or guessed keys.",
)
def write_before_authentication(mock: Mock) -> None:
    dispatcher = mock.imatic.dispatcher
    answer = dispatcher.answer

    def hasty(operation: Operation, call: Call) -> Answer:
        token = mock.imatic.gate.token(call) or ""
        if operation.id == "createBooking" and mock.imatic.gate.recognise(token) is None:
            prefix = token.partition(".")[0]
            account_id = owner(mock, "api_keys", "prefix", prefix)
            if account_id is not None:
                call.key = ApiKey(prefix, account_id, frozenset(SCOPES), None)
                with contextlib.suppress(ApiError, DomainError):
                    dispatcher.perform(operation, call)
        return answer(operation, call)

    dispatcher.answer = hasty


@defect(
    "me-shows-secret",
    breaks=("auth.key.prefix-shown", "exchange.no-secret"),
    story="Logs that keep the identity answer now hold the whole key.",
)
def me_shows_secret(mock: Mock) -> None:
    account = mock.imatic.resources.account
    me = account.me

    def talkative(call: Call) -> Answer:
        answer = me(call)
        shown: dict[str, Any] = answer.value["data"]
        shown["key"] |= {"key": mock.imatic.gate.token(call)}
        return answer

    account.me = talkative
