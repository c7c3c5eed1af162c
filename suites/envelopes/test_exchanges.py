"""What every exchange of the run must keep, whatever it was sent for."""

from __future__ import annotations

from typing import Any

from bookproof.checks import Judge, requirement
from bookproof.judge import objects
from bookproof.judge.traces import stack_trace
from bookproof.probes.imatic_v1 import exchanges
from bookproof.probes.imatic_v1.exchanges import Traffic


@requirement("exchange.json", exchanges.traffic)
def test_json(seen: Traffic, judge: Judge) -> None:
    """Every answer with a body is JSON and says so."""
    for exchange in seen.answered:
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
    """No answer repeats the secret of a key."""
    secrets = {key.rpartition(".")[2] for key in seen.session.target.credentials.values()}
    secrets = {secret for secret in secrets if len(secret) >= 8}
    for exchange in seen.heard:
        shown = exchange.text
        judge.that(not any(s in shown for s in secrets), "no secret in the answer", "a key's secret", exchange)


@requirement("exchange.no-stack-trace", exchanges.traffic)
def test_no_stack_trace(seen: Traffic, judge: Judge) -> None:
    """No answer shows the inside of the server."""
    for exchange in seen.heard:
        shown = stack_trace(exchange.text)
        judge.that(not shown, "no stack trace", shown, exchange)


@requirement("exchange.times-zoned", exchanges.traffic)
def test_times_zoned(seen: Traffic, judge: Judge) -> None:
    """Every time in bookings and slots carries a zone or an offset."""
    binding = seen.session.api.binding

    def bare(thing: tuple[str, Any]) -> list[tuple[str, str]]:
        return objects.unzoned(binding, *thing)

    for exchange, found in seen.objects:
        judge.each(
            (thing for thing in found if thing[0] in objects.TIMES),
            lambda thing: not bare(thing),
            "times with a zone",
            lambda thing: ", ".join(f"{name} {text}" for name, text in bare(thing)),
            exchange,
        )
    if not judge.judgements:
        raise judge.untestable("the run saw neither bookings nor slots")


@requirement("exchange.documented-status", exchanges.traffic)
def test_documented_status(seen: Traffic, judge: Judge) -> None:
    """Every status is one that the contract, or the target file, lists for the operation."""
    api = seen.session.api
    known = {
        name: operation.statuses | api.binding.statuses(name)
        for name, operation in seen.session.contract.operations.items()
    }
    for exchange in seen.answered:
        if exchange.status < 500:
            judge.one(
                exchange,
                lambda exchange: exchange.status in known[exchange.operation],
                lambda exchange: f"one of {', '.join(map(str, sorted(known[exchange.operation])))}",
            )


@requirement("exchange.object-schema", exchanges.traffic)
def test_object_schema(seen: Traffic, judge: Judge) -> None:
    """Bookings, event types, slots and links have the fields and types of the contract."""
    session = seen.session
    schemas = objects.ObjectSchemas(session.contract, session.api.binding, session.target.dialect)
    for exchange, found in seen.objects:
        judge.each(
            found,
            lambda thing: not schemas.faults(*thing),
            lambda thing: f"a {thing[0]} as the contract has it",
            lambda thing: "; ".join(schemas.faults(*thing)),
            exchange,
        )
    if not judge.judgements:
        raise judge.untestable("the run saw no object that the contract describes")
