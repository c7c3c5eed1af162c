"""Cal.com's contract as data: valid, complete, and with both readings where document and server disagree."""

from __future__ import annotations

from collections.abc import Iterator
from string import Formatter
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from bookproof.contracts.openapi import BrokenContract, Contract
from bookproof.errors import UsageError
from bookproof.targets.target import Safety

CONTRACT = Contract.load("calcom-v2")
LEGACY = Contract.load("calcom-v2", "legacy.yaml")
OPERATIONS = [(document, name) for document in (CONTRACT, LEGACY) for name in document.operations]
NAMES = [f"{'legacy ' if document is LEGACY else ''}{name}" for document, name in OPERATIONS]
EXTRA = {"getReservation", "getWebhook", "exchangeOAuthToken", "createManagedUser", "refreshApiKey"}
# The reference's groups with the operations that it counts in each, and the date that it names.
GROUPS = {
    "Bookings": (8, "2026-02-25"),
    "Event types": (5, "2024-06-14"),
    "Slots": (4, "2024-09-04"),
    "Schedules": (5, "2024-06-11"),
    "Calendars": (4, None),
    "Me": (2, None),
    "Teams": (5, None),
    "Webhooks": (4, "2021-10-20"),
    "Organizations": (4, None),
}
TRIGGERS = {
    "BOOKING_CREATED",
    "BOOKING_RESCHEDULED",
    "BOOKING_CANCELLED",
    "BOOKING_REQUESTED",
    "BOOKING_REJECTED",
    "BOOKING_NO_SHOW_UPDATED",
    "BOOKING_PAID",
    "MEETING_STARTED",
    "MEETING_ENDED",
    "RECORDING_READY",
    "FORM_SUBMITTED",
    "OOO_CREATED",
}


def raw(contract: Contract, operation: str) -> dict[str, Any]:
    """An operation as the document writes it, with the parameters of its path."""
    found = contract.operations[operation]
    item = contract.document["paths"][found.path]
    method = item[found.method.lower()]
    return {**method, "parameters": [*item.get("parameters", []), *method.get("parameters", [])]}


def named(contract: Contract, node: Any) -> Any:
    """What a reference names, or the thing itself."""
    if "$ref" in node:
        steps = node["$ref"].removeprefix("#/").split("/")
        node = contract.document
        for step in steps:
            node = node[step]
    return node


def nodes(value: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every table of a document with its path."""
    if isinstance(value, dict):
        yield path, value
        for key, inner in value.items():
            yield from nodes(inner, f"{path}/{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from nodes(inner, f"{path}/{index}")


@pytest.mark.parametrize("contract", [CONTRACT, LEGACY], ids=["modern", "legacy"])
def test_document_is_valid_openapi(contract: Contract) -> None:
    """openapi-spec-validator finds no fault in it."""
    assert not list(OpenAPIV31SpecValidator(contract.document).iter_errors())


@pytest.mark.parametrize("contract", [CONTRACT, LEGACY], ids=["modern", "legacy"])
def test_references_stand_alone_and_lead_somewhere(contract: Contract) -> None:
    """Resolving a reference loses nothing, and no component is left over but those that checks ask for by name."""
    used: set[str] = set()
    for path, node in nodes(contract.document):
        if "$ref" in node:
            assert set(node) == {"$ref"}, path
            assert named(contract, node), path
            used.add(node["$ref"])
    by_name = {"SingleBooking", "SeatedBooking", "ErrorWithDetails", "ErrorWithoutDetails"}
    for kind in set(contract.document["components"]) - {"securitySchemes"}:
        left = {name for name in contract.document["components"][kind] if f"#/components/{kind}/{name}" not in used}
        assert left == (by_name if kind == "schemas" and contract is CONTRACT else set()), kind


def test_operations_are_those_of_the_reference_and_five_more() -> None:
    """Each group has as many as the reference counts, each under the date that it names."""
    counted = [op for op in CONTRACT.operations.values() if not op.is_extra]
    assert {op.id for op in CONTRACT.operations.values() if op.is_extra} == EXTRA
    for group, (number, date) in GROUPS.items():
        members = [op for op in counted if op.group == group]
        assert len(members) == number, group
        assert {op.documented_version for op in members} == {date}, group
    assert {op.group for op in counted} == set(GROUPS)


@pytest.mark.parametrize(("contract", "operation"), OPERATIONS, ids=NAMES)
def test_operation_is_described(contract: Contract, operation: str) -> None:
    """Summary, marks, permission, statuses with schemas: nothing is left open."""
    described, found = raw(contract, operation), contract.operations[operation]
    assert described["summary"].endswith(".")
    assert {described["x-provenance"], described["x-scope-provenance"]} <= {"documented", "observed", "assumed"}
    assert described["x-access"] == found.access == ("read" if found.method == "GET" else "write")
    assert (found.safety is Safety.READ) == (found.access == "read")
    assert described["x-permission"] == (found.permission or "none")
    assert found.group in {tag["name"] for tag in contract.document["tags"]}
    assert len(found.success_statuses) == 1
    assert {400, 404, 429} <= found.statuses
    assert found.id == "listSlots" or 401 in found.statuses
    assert all(200 <= status < 500 for status in found.statuses)
    assert set(found.responses) == found.statuses
    assert set(found.responses.values()) <= set(contract.document["components"]["schemas"])
    in_path = {p["name"] for p in (named(contract, p) for p in described["parameters"]) if p["in"] == "path"}
    assert in_path == {name for _, name, _, _ in Formatter().parse(found.path) if name}


@pytest.mark.parametrize(("contract", "operation"), OPERATIONS, ids=NAMES)
def test_version_header_takes_the_dates_of_the_operation(contract: Contract, operation: str) -> None:
    """The parameter and the mark say the same; where any date will do, the parameter takes any."""
    parameters = [named(contract, parameter) for parameter in raw(contract, operation)["parameters"]]
    [header] = [parameter for parameter in parameters if parameter["in"] == "header"]
    assert header["name"] == "cal-api-version"
    if contract is CONTRACT:
        assert tuple(header["schema"].get("enum", ())) == contract.operations[operation].versions


@pytest.mark.parametrize(("contract", "operation"), OPERATIONS, ids=NAMES)
def test_example_of_a_body_is_valid(contract: Contract, operation: str) -> None:
    """Whatever has a body shows one, and the one shown keeps to its schema."""
    body, schema = raw(contract, operation).get("requestBody"), contract.operations[operation].request_schema
    assert (body is None) == (schema is None)
    if body:
        for media in body["content"].values():
            assert contract.explain(str(schema), media["example"]) == []


def test_schemas_are_described_and_well_formed() -> None:
    """Every object and every field says what it is; envelopes say it by what they hold."""
    for contract in (CONTRACT, LEGACY):
        for name, schema in contract.document["components"]["schemas"].items():
            Draft202012Validator.check_schema(contract.schema(name))
            assert name.endswith("Answer") or schema["description"].endswith("."), name
            for field, rules in schema.get("properties", {}).items():
                told = name.endswith("Answer") or {"$ref", "const", "description"} & set(rules)
                assert told, (name, field)


def test_permissions_that_a_real_server_asks_for() -> None:
    """Where they differ from the reference's, and nowhere else."""
    differ = {
        op.id: (op.permission, op.observed_permission)
        for op in CONTRACT.operations.values()
        if op.observed_permission != op.permission
    }
    assert differ == {
        "createBooking": ("BOOKING_WRITE", None),
        "getBooking": ("BOOKING_READ", None),
        "cancelBooking": ("BOOKING_WRITE", None),
        "rescheduleBooking": ("BOOKING_WRITE", None),
        "connectCalendar": ("APPS_READ", "APPS_WRITE"),
        "listTeams": ("TEAM_READ", "TEAM_PROFILE_READ"),
        "getTeam": ("TEAM_READ", "TEAM_PROFILE_READ"),
        "createTeam": ("TEAM_WRITE", "TEAM_PROFILE_WRITE"),
        "updateTeam": ("TEAM_WRITE", "TEAM_PROFILE_WRITE"),
        "deleteTeam": ("TEAM_WRITE", "TEAM_PROFILE_WRITE"),
    }


def test_public_operations() -> None:
    """What answers without credentials, and what takes no notice of them at all."""
    bookings = {"createBooking", "getBooking", "cancelBooking", "rescheduleBooking"}
    holds = {"reserveSlot", "getReservation", "updateReservation", "releaseReservation"}
    blind = {"listSlots", "exchangeOAuthToken"}
    public = {op.id for op in CONTRACT.operations.values() if op.is_public}
    assert public == bookings | holds | blind | {"listEventTypes"}
    assert {op.id for op in CONTRACT.operations.values() if not op.checks_credentials} == blind


def test_webhook_events_of_operations() -> None:
    """The reference names one for five of them; confirming fires one that it does not name."""
    events = {op.id: op.webhook_event for op in CONTRACT.operations.values() if op.webhook_event}
    assert events == {
        "createBooking": "BOOKING_CREATED",
        "cancelBooking": "BOOKING_CANCELLED",
        "rescheduleBooking": "BOOKING_RESCHEDULED",
        "declineBooking": "BOOKING_REJECTED",
        "markBookingAbsent": "BOOKING_NO_SHOW_UPDATED",
    }
    differ = {op.id for op in CONTRACT.operations.values() if op.observed_webhook_event != op.webhook_event}
    assert differ == {"confirmBooking"}
    assert CONTRACT.operations["confirmBooking"].observed_webhook_event == "BOOKING_CREATED"


def test_webhooks_are_the_twelve_of_the_reference_and_more() -> None:
    """Each with both headers and a body that bears its own name."""
    webhooks = CONTRACT.document["webhooks"]
    assert {name for name, item in webhooks.items() if not item["post"].get("x-extra")} == TRIGGERS
    assert set(webhooks) <= set(CONTRACT.schema("WebhookTrigger")["enum"])
    for trigger, item in webhooks.items():
        headers = [named(CONTRACT, parameter)["name"] for parameter in item["post"]["parameters"]]
        assert headers == ["X-Cal-Signature-256", "X-Cal-Webhook-Version"]
        body = named(CONTRACT, item["post"]["requestBody"])["content"]["application/json"]["schema"]
        own = named(CONTRACT, body)["allOf"][1]["properties"]["triggerEvent"]
        assert own == {"const": trigger}


def test_only_bookings_are_listed_with_pagination() -> None:
    """Event types, schedules, teams, subscriptions and users come as plain lists."""
    assert {op.id for op in CONTRACT.operations.values() if op.is_list} == {"listBookings"}


def test_legacy_operations_keep_their_ids() -> None:
    """An id means the same operation in both documents; dates of the two surfaces of one family never overlap."""
    for name in set(CONTRACT.operations) & set(LEGACY.operations):
        modern, legacy = CONTRACT.operations[name], LEGACY.operations[name]
        assert modern.group == legacy.group
        assert legacy.versions[0] == "2024-04-15"
        assert not set(modern.versions) & set(legacy.versions)


def test_imatic_has_no_versions_and_nothing_public() -> None:
    """What only Cal.com has stays empty there."""
    for op in Contract.load("imatic-v1").operations.values():
        assert (op.versions, op.is_public, op.is_extra, op.webhook_event) == ((), False, False, None)
        assert op.checks_credentials
        assert op.observed_permission == op.permission == op.scope
        assert op.access == ("read" if op.safety is Safety.READ else "write")
    create = Contract.load("imatic-v1").operations["createBooking"]
    assert (create.responses[201], create.request_schema) == ("BookingAnswer", "BookingRequest")


def test_missing_document_is_a_usage_error() -> None:
    """It names the dialects that have it."""
    with pytest.raises(UsageError, match=r"no dialect 'imatic-v1' with legacy\.yaml; there is calcom-v2"):
        Contract.load("imatic-v1", "legacy.yaml")


def test_broken_operation_is_named() -> None:
    """A mistake of ours says where it is."""
    with pytest.raises(BrokenContract, match="GET /v2/me: 'x-safety'"):
        Contract("calcom-v2", {"paths": {"/v2/me": {"get": {"operationId": "getMe", "security": [{}]}}}})
