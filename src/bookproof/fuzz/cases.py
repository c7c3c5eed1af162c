"""Generated cases: what they are about, how they are made meaningful, and the exchanges that they become."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from bookproof.fuzz.words import DROP, NOBODY, said
from bookproof.wire.exchange import Exchange

if TYPE_CHECKING:
    from schemathesis.core.transport import Response
    from schemathesis.generation.case import Case

    from bookproof.fuzz.words import Grounds


def operation_id(case: Case[Any]) -> str:
    """The id that the contract has for the operation of a case."""
    return str(case.operation.definition.raw.get("operationId", ""))


def is_itself(case: Case[Any]) -> bool:
    """Whether a case calls its operation, and not the same path with a method that is none of it."""
    return case.method.upper() == str(case.operation.method).upper()


def is_valid(case: Case[Any] | None) -> bool | None:
    """Whether a case is meant to be valid; None where nothing says so."""
    if case is None or case.meta is None:
        return None
    return case.meta.generation.mode.is_positive


def what_is_broken(case: Case[Any] | None) -> str:
    """What is wrong with a case, in a few words; "" for a valid one."""
    if case is None or case.meta is None or case.meta.generation.mode.is_positive:
        return ""
    return (case.meta.phase.data.description or "").split("\n")[0][:120]


@dataclass(frozen=True)
class Meant:
    """A case in the contract's words, by which it is checked and links are followed, while it is sent in others.

    Attributes:
        query, body: of the case.
        mode, components: whether it is valid, as a whole and in parts.
    """

    query: Any
    body: Any
    mode: Any
    components: dict[Any, Any]

    @classmethod
    def by(cls, case: Case[Any]) -> Meant:
        """What a case is."""
        meta = case.meta
        return cls(case.query, case.body, meta and meta.generation.mode, dict(meta.components) if meta else {})

    def restore(self, case: Case[Any]) -> None:
        """Make the case that again; schemathesis has looked at it in the other words meanwhile."""
        case.query, case.body = self.query, self.body
        if case.meta:
            case.meta.generation.mode = self.mode
            case.meta.components.update(self.components)


def edge_of(case: Case[Any]) -> str:
    """Which edge of a schema a case is at, in words that do not depend on its values."""
    data = case.meta.phase.data if case.meta else None
    return f"{getattr(data, 'location', '')} {getattr(data, 'parameter', '')} {getattr(data, 'description', '')}"


def prepare(grounds: Grounds, case: Case[Any]) -> None:
    """Make a generated request meaningful; see :mod:`bookproof.fuzz.words`."""
    from schemathesis.core.parameters import ParameterLocation

    identity, meta = operation_id(case), case.meta
    headers = cast("dict[str, str]", cast("Any", case).headers)
    headers.update(grounds.headers(identity))
    broken = {place for place in ParameterLocation if meta is not None and meta.is_negative_at(place)}
    grounds.needs_live = bool(broken - {ParameterLocation.PATH})
    _prepare_path(grounds, identity, case.path_parameters, broken=ParameterLocation.PATH in broken)
    if ParameterLocation.QUERY not in broken:
        _prepare_query(grounds, identity, case.query)
    if isinstance(case.body, dict | list | str):
        case.body = grounds.body(identity, case.body)
    elif meta is not None and ParameterLocation.BODY not in broken:
        needed = grounds.needed_body(identity)
        if needed is not None:
            case.body, case.media_type = needed, "application/json"


def _prepare_path(grounds: Grounds, identity: str, parameters: dict[str, Any], *, broken: bool) -> None:
    for name, value in list(parameters.items()):
        if not broken:
            parameters[name] = grounds.path_word(identity, name, value)
        elif grounds.changes(identity) and not grounds.is_ours(name, value) and _could_be_an_id(value):
            # By no chance may it name what the run did not make.
            parameters[name] = NOBODY


def _could_be_an_id(value: Any) -> bool:
    return isinstance(value, int) or (isinstance(value, str) and value.isalnum())


def _prepare_query(grounds: Grounds, identity: str, query: dict[str, Any]) -> None:
    for name, word in grounds.query_words(identity).items():
        if name in query and word is DROP:
            del query[name]
        elif name in query:
            query[name] = said(word, query[name])
    for name, word in grounds.needed_query(identity).items():
        query.setdefault(name, word)


def exchange_of(
    case: Case[Any], request: Any, response: Response | None, *, probe: str, key: str, started: float
) -> Exchange:
    """What was sent for a case, and what was answered.

    Args:
        case: the case.
        request: as ``requests`` prepared it.
        response: the answer, or None where none came.
        probe: id of the probe that sends.
        key: the key of role full, to know it by.
        started: unix time in seconds at which it was sent.
    """
    headers = {name.lower(): _text(value) for name, value in request.headers.items()}
    # The tool's own mark: it is not a part of the call, and is another one in each.
    headers.pop("x-schemathesis-testcaseid", None)
    authorization = headers.get("authorization", "")
    role = "full" if authorization == f"Bearer {key}" else "another key" if authorization else "no key"
    valid = is_valid(case)
    tried = "valid" if valid else what_is_broken(case) or "invalid"
    answered: Mapping[str, Any] = response.headers if response else {}
    return Exchange(
        number=0,
        probe=probe,
        operation=operation_id(case) if is_itself(case) else "",
        role=role,
        note="fuzzing" if valid is None or role != "full" else f"fuzzing: {tried}",
        method=str(request.method),
        url=str(request.url),
        request_headers=headers,
        request_body=_bytes(request.body),
        status=response.status_code if response else 0,
        response_headers={name.lower(): ", ".join(values) for name, values in answered.items()},
        response_body=(response.content or b"") if response else b"",
        started=started,
        elapsed=response.elapsed if response else time.time() - started,
        failure="" if response else "the connection ended without an answer",
    )


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _bytes(body: Any) -> bytes:
    if body is None:
        return b""
    return body if isinstance(body, bytes) else str(body).encode("utf-8", "replace")
