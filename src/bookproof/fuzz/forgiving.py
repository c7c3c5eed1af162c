"""Alarms of schemathesis that are none: what correct servers differ in, and documents cannot say."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, urlsplit

import schemathesis
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.openapi.checks import RejectedPositiveData

from bookproof.fuzz.hooks import campaign_of
from bookproof.fuzz.words import properties

if TYPE_CHECKING:
    from schemathesis.core.transport import Response
    from schemathesis.generation.case import Case
    from schemathesis.hooks import HookContext

    from bookproof.wire.exchange import Exchange

_WHOLE = re.compile(r"-?\d+")
#: What may be wrong with a value that a server reads all the same; "" is a value that is right.
_KINDLY = frozenset({"", "maximum", "maxLength"})
_ADDRESS = re.compile(r"[^@\s<>\"(),:;\\[\]]+@example\.com")
#: How far bodies are looked into.
_DEEP = 6


def filter_failure(_ctx: HookContext, failure: Failure, case: Case[Any], _response: Response) -> bool:
    """Whether a failure is one."""
    campaign = campaign_of(case)
    exchange = campaign.sent_for(case) if campaign else None
    if campaign is None or exchange is None:
        return True
    if isinstance(failure, RejectedPositiveData):
        grounds = campaign.grounds
        return not (_has_nul(exchange) or grounds.was_asked_in_vain(exchange) or grounds.depends_on_state(exchange))
    if not isinstance(failure, AcceptedNegativeData):
        return True
    # A limit that holds requests back is judged by rows of its own; so is a server that fails.
    if exchange.status == 429 or exchange.status >= 500:
        return False
    document = campaign.session.contract
    operation = document.operations.get(exchange.operation)
    if operation is None:
        return False
    return not (
        campaign.grounds.tolerates(exchange)
        or _changes_nothing(exchange)
        or _is_read_kindly(campaign.parameters(exchange.operation), exchange)
        or (operation.request_schema and _is_taken_kindly(document.schema(operation.request_schema), case))
    )


def _has_nul(exchange: Exchange) -> bool:
    """The character that no document excludes, and that many stores cannot hold."""
    return "%00" in exchange.url or b"\\u0000" in exchange.request_body or b"\0" in exchange.request_body


def _changes_nothing(exchange: Exchange) -> bool:
    """A change without a body: it may as well be one of nothing as none."""
    return exchange.method == "PATCH" and not exchange.request_body


def _is_taken_kindly(schema: dict[str, Any], case: Case[Any]) -> bool:
    """A body that is right but for what many servers take.

    That is null for a member that need not be there, and letters of any alphabet in a local part (RFC 6531).
    """
    if not isinstance(case.body, dict):
        return False
    rest = _kindly(cast("dict[str, Any]", case.body), schema)
    if rest == case.body:
        return False
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True).is_valid(rest)


def _kindly(body: dict[str, Any], schema: dict[str, Any], depth: int = 0) -> dict[str, Any]:
    known, required = properties(schema), _required(schema)
    rest: dict[str, Any] = {}
    for name, value in body.items():
        if value is None and name not in required:
            continue
        deeper = isinstance(value, dict) and name in known and depth < _DEEP
        rest[name] = _kindly(cast("dict[str, Any]", value), known[name], depth + 1) if deeper else _plain(value)
    return rest


def _plain(value: Any) -> Any:
    """An address in letters of ASCII, for one in others."""
    return "visitor@example.com" if isinstance(value, str) and _ADDRESS.fullmatch(value) else value


def _required(schema: dict[str, Any]) -> set[str]:
    parts = [part for name in ("allOf",) for part in schema.get(name, ())]
    return set(schema.get("required", ())).union(*map(_required, parts)) if parts else set(schema.get("required", ()))


def _is_read_kindly(parameters: dict[str, dict[str, Any]], exchange: Exchange) -> bool:
    """A query that is wrong in nothing but what servers may read kindly.

    A page larger than the largest is answered with the largest; a filter that is too long for a code matches nothing;
    of a parameter that is given several times, one is taken.
    """
    wrong = False
    for name, values in parse_qs(urlsplit(exchange.url).query, keep_blank_values=True).items():
        if name in parameters:
            faults = {_fault(parameters[name], value) for value in values}
            wrong |= faults != {""}
            if not faults & _KINDLY:
                return False
    return wrong and not exchange.request_body


def _fault(schema: dict[str, Any], value: Any) -> str:
    """What is wrong with a query value: the keyword that it breaks, "" if none, or "another" one."""
    import jsonschema_rs

    read = int(value) if schema.get("type") == "integer" and _WHOLE.fullmatch(str(value)) else value
    found = next(iter(jsonschema_rs.Draft202012Validator(schema, validate_formats=True).iter_errors(read)), None)
    return "" if found is None else str(found.schema_path[-1])


@cache
def register() -> None:
    """Let schemathesis ask whether a failure is one; it keeps that for the whole process."""
    cast("Any", schemathesis).hook(filter_failure)
