"""The contract as data: the OpenAPI document is valid, complete, and agrees with the default binding."""

from __future__ import annotations

from collections.abc import Iterator
from string import Formatter
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from bookproof.contracts.openapi import Contract
from bookproof.errors import UsageError
from bookproof.targets.binding import default_binding
from bookproof.targets.target import Safety

CONTRACT = Contract.load("imatic-v1")
BINDING = default_binding("imatic-v1")
OPERATIONS = sorted(CONTRACT.operations)
ERRORS = {"400": "Invalid", "401": "Unauthorized", "403": "Forbidden", "404": "NotFound", "409": "Conflict"}


def raw(operation: str) -> dict[str, Any]:
    """An operation as the document writes it, with the parameters of its path."""
    found = CONTRACT.operations[operation]
    item = CONTRACT.document["paths"][found.path]
    method = item[found.method.lower()]
    return {**method, "parameters": [*item.get("parameters", []), *method.get("parameters", [])]}


def named(reference: dict[str, Any]) -> dict[str, Any]:
    """What a reference names, or the thing itself."""
    node: Any = reference
    if "$ref" in reference:
        node = CONTRACT.document
        for step in reference["$ref"].removeprefix("#/").split("/"):
            node = node[step]
    return node


def nodes(value: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every table of the document with its path."""
    if isinstance(value, dict):
        yield path, value
        for key, inner in value.items():
            yield from nodes(inner, f"{path}/{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from nodes(inner, f"{path}/{index}")


def test_document_is_valid_openapi() -> None:
    """openapi-spec-validator finds no fault in it."""
    assert not list(OpenAPIV31SpecValidator(CONTRACT.document).iter_errors())


def test_every_bound_operation_is_in_the_contract_and_back() -> None:
    """The default binding and the contract name the same operations, with the same methods and paths."""
    bound = {name: (table["method"], table["path"]) for name, table in BINDING["operations"].items()}
    assert bound == {op.id: (op.method, op.path) for op in CONTRACT.operations.values()}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_bound_arguments_are_in_the_contract(operation: str) -> None:
    """Every argument of the default binding is a parameter or a member of the request body."""
    described = raw(operation)
    table = BINDING["operations"][operation]
    parameters = [named(parameter) for parameter in described["parameters"]]
    in_path = {parameter["name"] for parameter in parameters if parameter["in"] == "path"}
    assert in_path == {name for _, name, _, _ in Formatter().parse(table["path"]) if name}
    in_query = {parameter["name"] for parameter in parameters if parameter["in"] == "query"}
    assert set(table.get("query", {}).values()) - {""} <= in_query
    for place in filter(None, table.get("body", {}).values()):
        schema = described["requestBody"]["content"]["application/json"]["schema"]
        for step in place.split("."):
            schema = named(named(schema)["properties"][step])


@pytest.mark.parametrize("kind", sorted(set(BINDING["objects"]) - {"me"}))
def test_bound_fields_are_in_the_contract(kind: str) -> None:
    """Every field of the default binding is in the schema of its object."""
    names = {
        "booking": "Booking",
        "eventType": "EventType",
        "slot": "Slot",
        "stats": "BookingStats",
        "link": "EventLink",
        "webhook": "CreatedWebhookSubscription",
    }
    schema = CONTRACT.schema(names[kind])
    properties: dict[str, Any] = schema.get("properties", {})
    for part in schema.get("allOf", []):
        properties = properties | part["properties"]
    for field, place in BINDING["objects"][kind].items():
        if field != "at":
            head, _, tail = place.partition(".")
            assert head in properties, (kind, field)
            assert not tail or tail in properties[head]["properties"], (kind, field)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_operation_is_described(operation: str) -> None:
    """Summary, provenance, safety, statuses with schemas: nothing is left open."""
    described = raw(operation)
    assert described["summary"].endswith(".")
    assert described["x-provenance"] in {"documented", "assumed"}
    assert described["x-scope-provenance"] in {"documented", "assumed"}
    found = CONTRACT.operations[operation]
    assert (found.safety == Safety.READ) == (found.method == "GET")
    assert {200, 400, 401, 403, 429} <= found.statuses
    assert all(200 <= status < 500 for status in found.statuses)
    if "{" in found.path:
        assert 404 in found.statuses
    for status, response in described["responses"].items():
        assert response["$ref"].rsplit("/", 1)[1] == ERRORS.get(status, response["$ref"].rsplit("/", 1)[1])
        content = named(response).get("content")
        assert status == "204" or "schema" in content["application/json"]
        if int(status) >= 400:
            assert content["application/json"]["schema"]["$ref"] == "#/components/schemas/Error"


def test_what_somebody_would_notice_is_marked() -> None:
    """Duplicating and the test action cannot be undone unseen."""
    visible = {op.id for op in CONTRACT.operations.values() if op.safety is Safety.VISIBLE}
    assert visible == {"duplicateEventType", "testWebhook"}


def test_lists_are_told_by_their_pagination() -> None:
    """Slots are not known to be paged, every other list is."""
    lists = {op.id for op in CONTRACT.operations.values() if op.is_list}
    assert lists == set(BINDING["lists"]) - {"listSlots"}


def test_documented_scopes() -> None:
    """What the table of scopes says, and no more, is documented. Source: Authentication & API keys."""
    scopes = {op.id: op.scope for op in CONTRACT.operations.values() if op.scope_provenance == "documented"}
    assert scopes == {
        "listSlots": "slots:read",
        "listBookings": "bookings:read",
        "getBooking": "bookings:read",
        "getBookingStats": "bookings:read",
        "createBooking": "bookings:write",
        "cancelBooking": "bookings:write",
        "rescheduleBooking": "bookings:write",
    }
    assert CONTRACT.operations["getMe"].scope is None


def test_webhooks_are_exactly_the_four_events() -> None:
    """Each with the signature header and the body of event and data. Source: Webhooks."""
    events = ("booking.created", "booking.cancelled", "booking.rescheduled", "booking.no_show")
    assert CONTRACT.webhook_events == events
    assert CONTRACT.schema("WebhookEvent")["enum"] == list(events)
    for event in events:
        call = CONTRACT.document["webhooks"][event]["post"]
        assert [named(parameter)["name"] for parameter in call["parameters"]] == ["X-Imatic-Signature"]
        schema = named(call["requestBody"])["content"]["application/json"]["schema"]
        assert schema["allOf"][0] == {"$ref": "#/components/schemas/Delivery"}
        assert schema["allOf"][1]["properties"]["event"]["const"] == event


def test_references_stand_alone_and_lead_somewhere() -> None:
    """Resolving a reference loses nothing, for nothing stands beside it."""
    references = [(path, node) for path, node in nodes(CONTRACT.document) if "$ref" in node]
    assert references
    for path, node in references:
        assert set(node) == {"$ref"}, path
        assert named(node), path


def test_every_component_is_used() -> None:
    """No schema or response is left over, except those that checks ask for by name."""
    used = {node["$ref"] for _, node in nodes(CONTRACT.document) if "$ref" in node}
    for kind in ("schemas", "responses", "parameters", "requestBodies"):
        left = {name for name in CONTRACT.document["components"][kind] if f"#/components/{kind}/{name}" not in used}
        assert left <= {"Page"}, kind


def test_schemas_are_described() -> None:
    """Every object and every field says what it is; envelopes say it by what they hold."""
    for name, schema in CONTRACT.document["components"]["schemas"].items():
        if not name.endswith("Answer") and not name.startswith("ListOf"):
            assert schema["description"], name
        for field, rules in schema.get("properties", {}).items():
            told = "$ref" in rules or "const" in rules or "description" in rules or name.startswith("ListOf")
            assert told, (name, field)


def test_unknown_dialect_is_a_usage_error() -> None:
    """It names the dialects that there are."""
    with pytest.raises(UsageError, match=r"no dialect 'imatic-v9'.*imatic-v1"):
        Contract.load("imatic-v9")
