"""Judges envelopes whose ``status`` is success or error.

Source: Everything an AI agent can do with the Cal.com API, Data model and Errors; a running server for the shapes that
the document does not know: a refusal may be bare, and the token endpoint speaks as RFC 6749 does.
"""

from __future__ import annotations

import re
from typing import Any, cast

from bookproof.contracts.openapi import Contract
from bookproof.judge.judge import Judge, answer
from bookproof.wire.exchange import Exchange

#: The operation whose refusals have the shape of RFC 6749, and whose successes may come without an envelope.
TOKEN = "exchangeOAuthToken"  # noqa: S105  the name of an operation
#: A body is refused by its size or encoding before anything could wrap the refusal.
_UNREAD = frozenset({413, 415})
#: Schemas of refusals that were seen bare.
_MAYBE_BARE = frozenset({"AnyError"})
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
#: Code to its status: the words of the document, and the names of exceptions.
_STATUS_OF = {
    "BAD_REQUEST": 400,
    "UNAUTHORIZED": 401,
    "FORBIDDEN": 403,
    "NOT_FOUND": 404,
    "CONFLICT": 409,
    "TOO_MANY_REQUESTS": 429,
    "BadRequestException": 400,
    "UnauthorizedException": 401,
    "ForbiddenException": 403,
    "NotFoundException": 404,
    "ConflictException": 409,
    "UnprocessableEntityException": 422,
    "ThrottlerException": 429,
}


def table(exchange: Exchange) -> dict[str, Any]:
    """The answer as an object; an empty one if it is none."""
    shown: Any = exchange.json
    return cast("dict[str, Any]", shown) if isinstance(shown, dict) else {}


def error_of(exchange: Exchange) -> dict[str, Any] | None:
    """The error object of an enveloped refusal, or None."""
    found = table(exchange).get("error")
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None


def is_bare(exchange: Exchange) -> bool:
    """Whether a refusal is a bare status code and message."""
    body = table(exchange)
    return "statusCode" in body and "message" in body and "error" not in body and "status" not in body


def is_token_error(exchange: Exchange) -> bool:
    """Whether a refusal of the token endpoint has the shape of RFC 6749."""
    return exchange.operation == TOKEN and isinstance(table(exchange).get("error"), str)


def success_shape(judge: Judge, exchange: Exchange, *, with_data: bool) -> None:
    """A success: status success, and data where there is something to show."""
    body = table(exchange)
    if exchange.operation == TOKEN and "access_token" in body:
        return
    if exchange.status == 204 and not exchange.response_body:
        return  # a status that says that there is no body
    if body.get("status") == "error":
        return  # a refusal under a wrong status, which is another requirement's
    judge.one(exchange, lambda _: body.get("status") == "success", "status is success")
    if with_data:
        judge.one(exchange, lambda _: "data" in body, "what was asked for in data")


def error_shape(judge: Judge, exchange: Exchange) -> None:
    """A refusal: status error and an error object, or one of the other shapes that were seen."""

    def known(exchange: Exchange) -> bool:
        enveloped = table(exchange).get("status") == "error" and error_of(exchange) is not None
        return enveloped or is_bare(exchange) or is_token_error(exchange)

    judge.one(exchange, known, "status error and an error object")


def error_wrapped(judge: Judge, contract: Contract, exchange: Exchange) -> None:
    """A refusal that is bare only where real servers were seen to answer so."""
    operation = contract.operations.get(exchange.operation)
    schema = operation.responses.get(exchange.status, "") if operation else ""
    if exchange.status in _UNREAD or schema in _MAYBE_BARE:
        return
    judge.one(exchange, lambda exchange: not is_bare(exchange), "the refusal in its envelope")


def error_message(judge: Judge, exchange: Exchange) -> None:
    """Code and message of an enveloped or bare refusal, as texts that say something."""
    found = error_of(exchange)
    if found is None:
        return
    for name in ("code", "message"):
        value = found.get(name)
        said = isinstance(value, str) and bool(value.strip())
        judge.that(said, f"error.{name} is a text", f"it is {value!r}", exchange)


def error_code(judge: Judge, exchange: Exchange) -> None:
    """The code is a word, and not one that belongs to another status."""
    code = (error_of(exchange) or {}).get("code")
    if not isinstance(code, str) or not code.strip():
        return
    fits = _STATUS_OF.get(code, exchange.status) == exchange.status
    expected = f"a word for programs that fits {exchange.status}"
    judge.that(bool(_WORD.fullmatch(code)) and fits, expected, f"error.code is {code!r}", exchange)


def error_place(judge: Judge, exchange: Exchange) -> None:
    """timestamp and path stand beside an error object."""
    if error_of(exchange) is None:
        return
    for name in ("timestamp", "path"):
        value = table(exchange).get(name)
        judge.that(isinstance(value, str) and bool(value), f"{name} beside the error", f"it is {value!r}", exchange)


def status_agrees(judge: Judge, exchange: Exchange) -> None:
    """The member status says the same as the HTTP status."""
    shown = table(exchange).get("status")
    if shown in ("success", "error"):
        wanted = "success" if exchange.ok else "error"
        judge.that(shown == wanted, f"status {wanted} with {exchange.status}", answer(exchange), exchange)
