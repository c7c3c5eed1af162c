"""What every exchange of a run on Cal.com must keep, whatever it was sent for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, cast

from bookproof.checks import Judge, requirement
from bookproof.judge.traces import stack_trace
from bookproof.probes.calcom_v2 import exchanges
from bookproof.probes.calcom_v2.exchanges import Traffic
from bookproof.wire.exchange import Exchange

#: The groups whose answers are about time.
TIMED = ("Bookings", "Slots")
#: What callers have written themselves is not the server's to zone.
OF_CALLERS = ("metadata", "bookingFieldsResponses", "title", "description")
_UNZONED = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?")
_MAY_BE_UNZONED = re.compile(rf'"{_UNZONED.pattern}"')
#: Stands in place of an id where the request could not be read.
UNKNOWN_ID = "unknown-request-id"
#: Bodies are refused by their size or encoding before they get an id.
UNREAD = (413, 415)


@requirement("exchange.json", exchanges.traffic)
def test_json(seen: Traffic, judge: Judge) -> None:
    """Every answer with a body is JSON and says so."""
    for exchange in seen.heard:
        if exchange.response_body:
            declared = exchange.media_type == "application/json" or exchange.media_type.endswith("+json")
            judge.that(declared, "Content-Type: application/json", exchange.media_type or "no content type", exchange)
            judge.one(exchange, lambda exchange: exchange.is_json, "a JSON body")


@requirement("exchange.no-server-error", exchanges.traffic)
def test_no_server_error(seen: Traffic, judge: Judge) -> None:
    """Nothing that the suite sends brings the server down: no 5xx, and no connection without an answer."""
    for exchange in seen.all:
        judge.one(exchange, lambda exchange: 0 < exchange.status < 500, "an answer below 500")


@requirement("exchange.no-secret", exchanges.traffic)
def test_no_secret(seen: Traffic, judge: Judge) -> None:
    """No answer shows a key of the run or a client's secret, unless the request itself had it in its URL or body."""
    target = seen.session.target
    known = [key.removeprefix("cal_").removeprefix("live_") for key in target.credentials.values()]
    known += [client.client_secret for client in (target.platform, target.oauth) if client]
    secrets = {secret for secret in known if len(secret) >= 8}

    def told(exchange: Exchange) -> bool:
        # Refusals repeat the path with its query, and the fields that they are about.
        sent = exchange.url + exchange.request_body.decode("utf-8", "replace")
        return any(secret in exchange.text and secret not in sent for secret in secrets)

    for exchange in seen.heard:
        judge.that(not told(exchange), "no secret in the answer", "a key or a client's secret", exchange)


@requirement("exchange.no-stack-trace", exchanges.traffic)
def test_no_stack_trace(seen: Traffic, judge: Judge) -> None:
    """No answer shows the inside of the server."""
    for exchange in seen.heard:
        shown = stack_trace(exchange.text)
        judge.that(not shown, "no stack trace", shown, exchange)


def unzoned(value: Any, name: str = "") -> Iterator[str]:
    """The instants in an answer that have neither zone nor offset, with the names of their members."""
    if isinstance(value, dict):
        for key, item in cast("dict[str, Any]", value).items():
            if key not in OF_CALLERS:
                yield from unzoned(item, key)
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from unzoned(item, name)
    elif isinstance(value, str) and _UNZONED.fullmatch(value):
        yield f"{name} {value}"


@requirement("exchange.times-zoned", exchanges.traffic)
def test_times_zoned(seen: Traffic, judge: Judge) -> None:
    """Every time in bookings, slots and reservations carries a zone or an offset."""
    operations = seen.session.contract.operations
    for exchange in seen.answered:
        if exchange.ok and operations[exchange.operation].tag in TIMED:
            # Looking through the text is far cheaper than through all that it says.
            may_be = _MAY_BE_UNZONED.search(exchange.text)
            judge.each(
                (seen.session.api.data(exchange),),
                lambda data: not may_be or not any(unzoned(data)),
                "times with a zone",
                lambda data: ", ".join(unzoned(data)),
                exchange,
            )
    if not judge.judgements:
        raise judge.untestable("the run saw neither bookings nor slots")


@requirement("exchange.documented-status", exchanges.traffic)
def test_documented_status(seen: Traffic, judge: Judge) -> None:
    """Every status is one that the contract lists for the operation."""
    operations = seen.session.contract.operations
    for exchange in seen.answered:
        if exchange.status < 500:
            judge.one(
                exchange,
                lambda exchange: exchange.status in operations[exchange.operation].statuses,
                lambda exchange: f"one of {', '.join(map(str, sorted(operations[exchange.operation].statuses)))}",
            )


@requirement("exchange.object-schema", exchanges.traffic)
def test_object_schema(seen: Traffic, judge: Judge) -> None:
    """What is answered has the members and types of the contract."""
    contract = seen.session.contract
    for exchange in seen.answered:
        name = contract.operations[exchange.operation].responses.get(exchange.status, "")
        # An answer without data has no members to judge; that it has none is another requirement's.
        if not exchange.ok or not name or "data" not in exchange.text:
            continue
        judge.each(
            (exchange.json,),
            lambda body: contract.validator(name).is_valid(body),
            f"an answer as {name} of the contract",
            lambda body: "; ".join(contract.explain(name, body)[:3]),
            exchange,
        )
    if not judge.judgements:
        raise judge.untestable("the run saw no answer that the contract describes")


@requirement("exchange.request-id", exchanges.traffic)
def test_request_id(seen: Traffic, judge: Judge) -> None:
    """Every answer bears a request id, and no two the same."""
    numbered = [exchange for exchange in seen.answered if exchange.status not in UNREAD]
    ids = Counter(exchange.response_headers.get("x-request-id", "") for exchange in numbered)
    for exchange in numbered:
        shown = exchange.response_headers.get("x-request-id", "")
        judge.that(bool(shown), "an X-Request-Id", "none", exchange)
        if shown and shown != UNKNOWN_ID:
            judge.that(ids[shown] == 1, "an id of its own", f"{shown} is that of {ids[shown]} answers", exchange)
