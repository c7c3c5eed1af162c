"""A dialect's contract, read from its OpenAPI 3.1 document: operations, schemas, webhook events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, cast

from bookproof.contracts.documents import document_path, read_yaml
from bookproof.errors import BookproofError
from bookproof.targets.target import Safety

if TYPE_CHECKING:
    from jsonschema_rs import Validator

Provenance = Literal["documented", "assumed"]

_METHODS = ("get", "post", "put", "patch", "delete")


class BrokenContract(BookproofError):
    """An OpenAPI document of ours is wrong."""


@dataclass(frozen=True)
class Operation:
    """One operation of the contract.

    Attributes:
        id: operationId, for example ``createBooking``.
        method: in capitals.
        path: template, for example ``/v1/bookings/{bookingCode}``.
        scope: the scope that a key needs, or None where any valid key will do.
        scope_provenance: whether a source document names that scope.
        statuses: every status that the contract lists.
        safety: what a call does to the target.
        is_list: whether its answer is a list with pagination.
        capability: what a target must have to offer it, or None.
        tag: the resource it belongs to.
        provenance: whether a source document names the operation with its method and path.
        summary: what it does, in one sentence.
    """

    id: str
    method: str
    path: str
    scope: str | None
    scope_provenance: Provenance
    statuses: frozenset[int]
    safety: Safety
    is_list: bool
    capability: str | None
    tag: str
    provenance: Provenance = "assumed"
    summary: str = ""


class Contract:
    """The contract of one dialect. Use :meth:`load`.

    Attributes:
        dialect: for example ``imatic-v1``.
        document: the OpenAPI document as read.
        operations: operation by its id, in the order of the document.
        webhook_events: names of the events that the API pushes.
    """

    def __init__(self, dialect: str, document: Mapping[str, Any]) -> None:
        self.dialect = dialect
        self.document = document
        self.operations: Mapping[str, Operation] = {op.id: op for op in _operations(document)}
        self.webhook_events: tuple[str, ...] = tuple(document.get("webhooks", {}))
        self._schemas: dict[str, dict[str, Any]] = {}
        self._validators: dict[str, Validator] = {}

    @classmethod
    def load(cls, dialect: str) -> Contract:
        """The contract of a dialect; it is read once.

        Raises:
            UsageError: there is no such dialect.
        """
        return _load(dialect)

    def schema(self, name: str) -> dict[str, Any]:
        """A schema of the components, for example ``Booking``, with every reference replaced by what it names.

        Raises:
            KeyError: there is no such schema.
        """
        if name not in self._schemas:
            self._schemas[name] = _resolved(self.document, self.document["components"]["schemas"][name])
        return self._schemas[name]

    def validator(self, name: str) -> Validator:
        """A compiled validator of a schema; ``.is_valid(instance)`` is quick. Formats are checked."""
        if name not in self._validators:
            import jsonschema_rs

            self._validators[name] = jsonschema_rs.Draft202012Validator(self.schema(name), validate_formats=True)
        return self._validators[name]

    def explain(self, name: str, instance: Any) -> list[str]:
        """What is wrong with an instance, a line for each fault: ``<where>: <what>``; empty if nothing is."""
        from jsonschema import Draft202012Validator

        checker = Draft202012Validator(self.schema(name), format_checker=Draft202012Validator.FORMAT_CHECKER)
        faults = cast("Any", checker).iter_errors(instance)
        ordered = sorted(faults, key=lambda fault: [str(step) for step in fault.absolute_path])
        return [f"{_where(fault.absolute_path)}: {_short(fault.message)}" for fault in ordered]


@cache
def _load(dialect: str) -> Contract:
    return Contract(dialect, read_yaml(document_path(dialect, "openapi.yaml")))


def _operations(document: Mapping[str, Any]) -> list[Operation]:
    found: list[Operation] = []
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                try:
                    found.append(_operation(document, path, method, item[method]))
                except (KeyError, ValueError) as error:
                    raise BrokenContract(f"openapi.yaml: {method.upper()} {path}: {error}") from error
    return found


def _operation(document: Mapping[str, Any], path: str, method: str, raw: Mapping[str, Any]) -> Operation:
    scopes = [scope for requirement in raw["security"] for scope in requirement["apiKey"]]
    return Operation(
        id=raw["operationId"],
        method=method.upper(),
        path=path,
        scope=scopes[0] if scopes else None,
        scope_provenance=raw["x-scope-provenance"],
        statuses=frozenset(int(status) for status in raw["responses"]),
        safety=Safety.parse(raw["x-safety"]),
        is_list=_is_list(document, raw["responses"].get("200")),
        capability=raw.get("x-capability"),
        tag=raw["tags"][0],
        provenance=raw["x-provenance"],
        summary=raw["summary"],
    )


def _is_list(document: Mapping[str, Any], response: Any) -> bool:
    if response is None:
        return False
    content = _target(document, response).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    return "pagination" in _target(document, schema).get("required", ())


def _target(document: Mapping[str, Any], node: Any) -> Any:
    """The node itself, or what its ``$ref`` names."""
    while "$ref" in node:
        reference = cast("str", node["$ref"])
        node = document
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]
    return node


def _resolved(document: Mapping[str, Any], node: Any) -> Any:
    if isinstance(node, dict):
        table = cast("dict[str, Any]", _target(document, node))
        return {key: _resolved(document, value) for key, value in table.items()}
    if isinstance(node, list):
        return [_resolved(document, value) for value in cast("list[Any]", node)]
    return node


def _where(path: Any) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".") or "the answer"


def _short(message: str) -> str:
    return message if len(message) <= 300 else f"{message[:300]}…"
