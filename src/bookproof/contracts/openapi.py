"""A dialect's contract, read from its OpenAPI 3.1 document: operations, schemas, webhook events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, cast

from bookproof.contracts.documents import document_path, read_yaml
from bookproof.errors import BookproofError
from bookproof.targets.target import Safety

if TYPE_CHECKING:
    from jsonschema_rs import Validator

Provenance = Literal["documented", "observed", "assumed"]
Access = Literal["read", "write"]

_METHODS = ("get", "post", "put", "patch", "delete")
_NONE = "none"
_ANY = "any"


class BrokenContract(BookproofError):
    """An OpenAPI document of ours is wrong."""


@dataclass(frozen=True)
class Operation:
    """One operation of the contract.

    Attributes:
        id: operationId, for example ``createBooking``.
        method: in capitals.
        path: template, for example ``/v1/bookings/{bookingCode}``.
        scope: the scope that a key or token needs, or None where any valid one will do.
        scope_provenance: whether a source document names that scope.
        statuses: every status that the contract lists.
        safety: what a call does to the target.
        is_list: whether its answer is a list with pagination.
        capability: what a target must have to offer it, or None.
        tag: the resource it belongs to.
        provenance: whether a source document names the operation with its method and path.
        summary: what it does, in one sentence.
        access: whether the source documents count it among what reads or what writes.
        observed_permission: the scope that a real server asks for; the documented one unless it was seen to differ.
        versions: values of the version header that reach it in the shapes of this document, the documented one first;
            empty where every value will do, or where the API has no such header.
        documented_version: what the source documents send in that header; None where they send nothing.
        webhook_event: the event that the source documents name for it, or None.
        observed_webhook_event: the event that a real server pushes; the documented one unless it was seen to differ.
        is_public: whether it answers callers without credentials.
        checks_credentials: whether it takes notice of credentials at all.
        is_extra: whether it stands beside those that the source documents count.
        responses: status to the name of the schema of its body; a status without a body is left out.
        request_schema: name of the schema of its request body, or None where it has none.
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
    access: Access = "read"
    observed_permission: str | None = None
    versions: tuple[str, ...] = ()
    documented_version: str | None = None
    webhook_event: str | None = None
    observed_webhook_event: str | None = None
    is_public: bool = False
    checks_credentials: bool = True
    is_extra: bool = False
    responses: Mapping[int, str] = field(default_factory=dict[int, str], repr=False)
    request_schema: str | None = None

    @property
    def group(self) -> str:
        """The resource it belongs to, as the capability map calls it."""
        return self.tag

    @property
    def permission(self) -> str | None:
        """The scope that it needs, as the source documents say it."""
        return self.scope

    @property
    def success_statuses(self) -> frozenset[int]:
        """The statuses of successes."""
        return frozenset(status for status in self.statuses if 200 <= status < 300)


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
    def load(cls, dialect: str, document: str = "openapi.yaml") -> Contract:
        """The contract of a dialect; it is read once.

        Args:
            dialect: for example ``imatic-v1``.
            document: file of the contract; a dialect that keeps an older surface has it in another one.

        Raises:
            UsageError: there is no such dialect, or it has no such document.
        """
        return _load(dialect, document)

    def schema(self, name: str) -> dict[str, Any]:
        """A schema of the components, for example ``Booking``, with every reference replaced by what it names.

        Raises:
            KeyError: there is no such schema.
        """
        if name not in self._schemas:
            self._schemas[name] = _resolved(self.document, self.document["components"]["schemas"][name])
        return self._schemas[name]

    def resolved(self, node: Any) -> Any:
        """A part of the document with every reference replaced by what it names."""
        return _resolved(self.document, node)

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
def _load(dialect: str, document: str) -> Contract:
    try:
        return Contract(dialect, read_yaml(document_path(dialect, document)))
    except BrokenContract as error:
        raise BrokenContract(f"{document}: {error}") from error


def _operations(document: Mapping[str, Any]) -> list[Operation]:
    found: list[Operation] = []
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                try:
                    found.append(_operation(document, path, method, item[method]))
                except (KeyError, ValueError) as error:
                    raise BrokenContract(f"{method.upper()} {path}: {error}") from error
    return found


def _operation(document: Mapping[str, Any], path: str, method: str, raw: Mapping[str, Any]) -> Operation:
    security = cast("list[dict[str, list[str]]]", raw["security"])
    scope = next((scope for requirement in security for scopes in requirement.values() for scope in scopes), None)
    safety = Safety.parse(raw["x-safety"])
    versions, event = _versions(raw), raw.get("x-webhook-event")
    observed = raw.get("x-permission-observed", scope)
    return Operation(
        id=raw["operationId"],
        method=method.upper(),
        path=path,
        scope=scope,
        scope_provenance=raw["x-scope-provenance"],
        statuses=frozenset(int(status) for status in raw["responses"]),
        safety=safety,
        is_list=_is_list(document, raw["responses"].get("200")),
        capability=raw.get("x-capability"),
        tag=raw["tags"][0],
        provenance=raw["x-provenance"],
        summary=raw["summary"],
        access=raw.get("x-access") or ("read" if safety is Safety.READ else "write"),
        observed_permission=None if observed == _NONE else observed,
        versions=versions,
        documented_version=raw.get("x-api-version-documented") or next(iter(versions), None),
        webhook_event=event,
        observed_webhook_event=raw.get("x-webhook-event-observed", event),
        is_public={} in security,
        checks_credentials=any(security),
        is_extra=raw.get("x-extra", False),
        responses=_responses(document, raw["responses"]),
        request_schema=_body_schema(document, raw.get("requestBody")),
    )


def _versions(raw: Mapping[str, Any]) -> tuple[str, ...]:
    versions = raw.get("x-api-version", _ANY)
    return () if versions == _ANY else tuple(versions)


def _responses(document: Mapping[str, Any], responses: Mapping[str, Any]) -> dict[int, str]:
    named = ((int(status), _body_schema(document, response)) for status, response in responses.items())
    return {status: name for status, name in named if name}


def _body_schema(document: Mapping[str, Any], body: Any) -> str | None:
    """The name of the schema of a response or request body; None where it has none, or none with a name."""
    if body is None:
        return None
    content = _target(document, body).get("content", {})
    reference = cast("str", content.get("application/json", {}).get("schema", {}).get("$ref", ""))
    return reference.rpartition("/")[2] or None


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
