"""Requests that once broke a requirement, kept in a file of their target and tried first by the next runs."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bookproof.errors import UsageError
from bookproof.fuzz.findings import INVALID, VALID, Fault
from bookproof.judge.judge import answer
from bookproof.run_folder import file_name
from bookproof.wire.client import Request

if TYPE_CHECKING:
    from bookproof.contracts.openapi import Contract
    from bookproof.fuzz.words import Grounds
    from bookproof.probes.session import BaseSession
    from bookproof.wire.exchange import Exchange

#: Where the files lie, below the folder that a run is started in.
FOLDER = Path("fixtures/regressions")
#: Requirements that a request can be tried against by itself: its answer alone shows whether they hold.
TRIED = (VALID, INVALID, "auth.key.missing", "auth.key.malformed")


@dataclass(frozen=True)
class Regression:
    """One request.

    Attributes:
        requirement: that it broke.
        operation: whose request it is.
        expected: what the requirement asks for.
        method, path, query: as sent; parameters of the path by their names, for the next run has other ids.
        headers: in addition to the key and those that every request has.
        body: as text, or None.
        key: whether it carried the key.
        seed: that made it.
    """

    requirement: str
    operation: str
    expected: str
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: str | None
    key: str
    seed: int


def file_of(target: str) -> Path:
    """The file of a target."""
    return FOLDER / f"{file_name(target)}.json"


def load(target: str) -> list[Regression]:
    """The requests of a target's file, or none.

    Raises:
        UsageError: the file is not one of ours.
    """
    path = file_of(target)
    if not path.is_file():
        return []
    try:
        return [Regression(**entry) for entry in json.loads(path.read_text("utf-8"))["requests"]]
    except (ValueError, KeyError, TypeError) as why:
        raise UsageError(f"{path}: not a file of regressions ({why}); mend it, or delete it") from why


def save(target: str, found: list[Regression]) -> None:
    """Add requests to a target's file; one that is there already is kept once."""
    entries = list({(one.requirement, one.operation): one for one in [*load(target), *found]}.values())
    path = file_of(target)
    path.parent.mkdir(parents=True, exist_ok=True)
    said = {"target": target, "requests": [asdict(one) for one in entries]}
    path.write_text(json.dumps(said, indent=2, ensure_ascii=False) + "\n", "utf-8")


def regression_of(fault: Fault, contract: Contract, seed: int) -> Regression | None:
    """The request of a fault, to be kept; None where it shows nothing by itself."""
    exchange = fault.at[-1]
    operation = contract.operations.get(exchange.operation)
    if fault.row not in TRIED or operation is None:
        return None
    url = urlsplit(exchange.url)
    kept = {
        name: value
        for name, value in exchange.request_headers.items()
        if name in ("content-type", "cal-api-version", "accept")
    }
    body = exchange.request_body.decode("utf-8", "replace") if exchange.request_body else None
    expected, path = fault.expected, _named(operation.path, url.path)
    return Regression(
        fault.row, operation.id, expected, exchange.method, path, url.query, kept, body, exchange.role, seed
    )


def _named(template: str, path: str) -> str:
    """A path with the names of its parameters in place of their values, where it has as many parts."""
    names, parts = template.split("/"), path.split("/")
    if len(names) != len(parts):
        return path
    return "/".join(name if name.startswith("{") else part for name, part in zip(names, parts, strict=True))


def try_again(one: Regression, session: BaseSession, grounds: Grounds) -> tuple[Exchange, Fault | None]:
    """Send a request again, about things that exist now.

    Returns:
        the exchange, and the fault if the requirement still does not hold.
    """

    def exists(found: re.Match[str]) -> str:
        return str(grounds.path_word(one.operation, found.group(1), found.group(0)))

    grounds.about_to_send(one.operation)
    key = {"full": session.target.credentials["full"], "another key": "not-a-key"}.get(one.key)
    exchange = session.client.send(
        Request(
            one.method,
            re.sub(r"\{(\w+)\}", exists, one.path) + (f"?{one.query}" if one.query else ""),
            headers={**one.headers, **({"authorization": f"Bearer {key}"} if key else {})},
            body=_body(one, grounds),
            operation=one.operation,
            role=one.key,
            note="a regression",
        )
    )
    grounds.answered(exchange)
    holds = _holds(one.requirement, exchange, grounds)
    return exchange, None if holds else Fault(one.requirement, one.expected, answer(exchange), (exchange,))


def _body(one: Regression, grounds: Grounds) -> bytes | None:
    """The body, its valid members about what exists now."""
    if one.body is None:
        return None
    try:
        given: Any = json.loads(one.body)
    except ValueError:
        return one.body.encode()
    return json.dumps(grounds.body(one.operation, given)).encode()


def _holds(requirement: str, exchange: Exchange, grounds: Grounds) -> bool:
    if exchange.status == 429:
        return True
    if requirement == VALID:
        return exchange.status not in (400, 406, 422) or grounds.depends_on_state(exchange)
    if requirement == INVALID:
        return not exchange.ok
    return exchange.status in (401, 403)
