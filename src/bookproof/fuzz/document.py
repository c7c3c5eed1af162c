"""The document that is fuzzed: the contract, cut down to what may be sent to one target, in that target's paths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any, cast

from bookproof.contracts.openapi import Contract, Operation
from bookproof.fuzz.renaming import Renaming
from bookproof.targets.target import Safety, Target

_METHODS = ("get", "post", "put", "patch", "delete")
#: Operations that are never fuzzed, by dialect: what they change is what the run, or the account, stands on.
LEFT_OUT: Mapping[str, Mapping[str, str]] = {
    "imatic-v1": {
        "duplicateEventType": "the API cannot delete the copies",
        "testWebhook": "every call is a delivery to somebody",
    },
    "calcom-v2": {
        "updateMe": "it changes the profile that the run stands on",
        "disconnectCalendar": "a calendar that is disconnected must be connected by hand",
        "refreshApiKey": "it ends the key that the run uses",
        "exchangeOAuthToken": "it spends codes that people have granted",
        "createManagedUser": "the API cannot delete users of a platform",
        "createOrganizationUser": "it invites people by mail",
        "updateOrganizationUser": "it changes what people may do",
        "deleteOrganizationUser": "it removes people",
    },
}


#: The operations whose calls follow each other, in both dialects.
SEQUENCE = ("listSlots", "createBooking", "getBooking", "rescheduleBooking", "cancelBooking")


def why_left_out(operation: Operation, target: Target, ceiling: Safety, dialect: str) -> str:
    """Why an operation of the contract is not fuzzed on a target, or ""."""
    reason = LEFT_OUT[dialect].get(operation.id, "")
    if reason:
        return f"not fuzzed: {reason}"
    if operation.safety > ceiling:
        return f"safety: {operation.id} is {operation.safety} and the ceiling is {ceiling}"
    if operation.capability and not target.has(operation.capability):
        return f"capability: the target file says that it has no {operation.capability}"
    return ""


def fuzz_operations(dialect: str) -> list[str]:
    """The operations of a dialect that can be fuzzed at all, in the order of its contract."""
    return [name for name in Contract.load(dialect).operations if name not in LEFT_OUT[dialect]]


def fuzz_document(
    contract: Contract, target: Target, operations: Iterable[str], renaming: Renaming | None = None
) -> dict[str, Any]:
    """The document for schemathesis.

    Args:
        contract: of the target's dialect.
        target: whose paths it gets.
        operations: ids of those that it keeps.
        renaming: what the target calls what they hold, if its file binds that.

    Returns:
        an OpenAPI 3.1 document of its own, which may be changed.
    """
    kept = frozenset(operations)
    document = deepcopy(dict(contract.document))
    document.pop("webhooks", None)
    document["servers"] = [{"url": target.base_url}]
    paths: dict[str, Any] = {}
    bound = target.binding.get("operations", {})
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method not in item or item[method]["operationId"] not in kept:
                continue
            operation = item[method]
            identity, shared = operation["operationId"], item.get("parameters", [])
            operation["parameters"] = [p for p in operation.get("parameters", ()) if not _is_version(contract, p)]
            call = bound.get(identity, {})
            here = paths.setdefault(call.get("path", path), {})
            if renaming and renaming.is_needed(identity):
                # What has left the path is a parameter of this operation alone.
                operation["parameters"] = [*shared, *operation["parameters"]]
            elif shared:
                here["parameters"] = shared
            here[call.get("method", method).lower()] = operation
            _one_way_in(operation)
            if renaming:
                renaming.reduce(identity, operation, contract)
            _add_statuses(operation, call.get("statuses", ()))
    document["paths"] = paths
    if target.binding.get("objects") or target.binding.get("lists"):
        # Other names in answers are judged by the passive checks, which know the binding.
        for response in document["components"]["responses"].values():
            response.pop("content", None)
    _keep_links(document, kept)
    return document


def pinned(document: dict[str, Any], words: Mapping[str, str], contract: Contract) -> dict[str, Any]:
    """A document in whose paths some parameters are said already.

    Sequences begin with calls that need nothing from others; a list of slots is one as soon as its event type is named.
    """
    for name, word in words.items():
        paths = {path.replace("{" + name + "}", word): item for path, item in document["paths"].items()}
        for item in paths.values():
            for holder in (item, *(item[method] for method in _METHODS if method in item)):
                given = holder.get("parameters", ())
                holder["parameters"] = [each for each in given if not _is_in_path(contract.resolved(each), name)]
        document["paths"] = paths
        for response in document["components"]["responses"].values():
            for link in response.get("links", {}).values():
                body = link.get("requestBody", {})
                for member, expression in body.items():
                    body[member] = word if expression == f"$request.path.{name}" else expression
    return document


def _is_in_path(parameter: dict[str, Any], name: str) -> bool:
    return parameter["name"] == name and parameter["in"] == "path"


def _one_way_in(operation: dict[str, Any]) -> None:
    """Leave the key as the only credential: tokens are another probe's, and a run has none to hand out."""
    security = cast("list[dict[str, Any]]", operation.get("security", []))
    operation["security"] = [way for way in security if not way or "apiKey" in way]


def _is_version(contract: Contract, parameter: Any) -> bool:
    """Whether a parameter is the date of the API: another date is another operation, so each call has its own."""
    found = contract.resolved(parameter)
    return found["in"] == "header" and found["name"] == "cal-api-version"


def _add_statuses(operation: dict[str, Any], statuses: Iterable[int]) -> None:
    for status in statuses:
        operation["responses"].setdefault(str(status), {"description": "Bound by the target file."})


def _keep_links(document: dict[str, Any], kept: frozenset[str]) -> None:
    """Take away the links that lead to what is not fuzzed."""
    operations = [item[m] for item in document["paths"].values() for m in _METHODS if m in item]
    inline = [response for operation in operations for response in operation["responses"].values()]
    for response in [*document["components"]["responses"].values(), *inline]:
        links = response.get("links")
        if links:
            response["links"] = {name: link for name, link in links.items() if link["operationId"] in kept}


def query_parameters(contract: Contract, operation: str) -> dict[str, dict[str, Any]]:
    """The query parameters of an operation: name to its schema, without references."""
    document = cast("dict[str, Any]", contract.document)
    found: dict[str, dict[str, Any]] = {}
    for item in document["paths"].values():
        for method in _METHODS:
            if method in item and item[method]["operationId"] == operation:
                for raw in [*item.get("parameters", ()), *item[method].get("parameters", ())]:
                    parameter = contract.resolved(raw)
                    if parameter["in"] == "query":
                        found[parameter["name"]] = parameter["schema"]
    return found
