"""Judges the objects in answers: their fields, their types and the zones of their times."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import jsonschema_rs

from bookproof.targets.binding import MISSING, Binding, default_binding, plant
from bookproof.targets.views import instant, slot_objects, utc
from bookproof.wire.exchange import NOT_JSON, Exchange

if TYPE_CHECKING:
    from bookproof.contracts.openapi import Contract

#: Operation to the kind of object in its answer; slots are found by the views.
KINDS = {
    "getEventType": "eventType",
    "duplicateEventType": "eventType",
    "listEventTypes": "eventType",
    "createBooking": "booking",
    "getBooking": "booking",
    "listBookings": "booking",
    "createEventLink": "link",
    "listEventLinks": "link",
}
SCHEMAS = {"eventType": "EventType", "booking": "Booking", "link": "EventLink", "slot": "Slot"}
TIMES = {"booking": ("start", "end", "createdAt", "updatedAt"), "slot": ("start", "end")}
_ZONED = re.compile(r"(?:[zZ]|[+-]\d\d:?\d\d)$")


def objects_of(binding: Binding, exchange: Exchange) -> Iterator[tuple[str, Any]]:
    """Every object in an answer that the contract describes, with its kind."""
    if not exchange.ok or exchange.json is NOT_JSON:
        return
    if exchange.operation == "listSlots":
        for slot in slot_objects(binding, binding.items("listSlots", exchange.json)):
            yield "slot", slot
    kind = KINDS.get(exchange.operation)
    if kind is None:
        return
    if exchange.operation.startswith("list"):
        found = binding.items(exchange.operation, exchange.json)
    else:
        found = [binding.single(exchange.operation, kind, exchange.json)]
    for item in cast("list[Any]", found) if isinstance(found, list) else ():
        if isinstance(item, dict):
            yield kind, item


def unzoned(binding: Binding, kind: str, obj: Any) -> list[tuple[str, str]]:
    """The times of an object that carry neither zone nor offset: field and text."""
    found: list[tuple[str, str]] = []
    for name in TIMES.get(kind, ()):
        value = obj if isinstance(obj, str) and name == "start" else binding.field(kind, name, obj)
        if isinstance(value, str) and "T" in value and not _ZONED.search(value):
            found.append((name, value))
    return found


class ObjectSchemas:
    """The contract's schemas, for objects as a target's binding shows them.

    An object is put back into the contract's own words first; fields that the binding says are not shown are not asked
    for.
    """

    def __init__(self, contract: Contract, binding: Binding, dialect: str) -> None:
        self._binding = binding
        self._status = default_binding(dialect)["values"]["status"]
        self._places = {
            kind: {name: path for name, path in table.items() if name != "at" and path}
            for kind, table in default_binding(dialect)["objects"].items()
        }
        self._validators = {
            kind: jsonschema_rs.validator_for(self._asked(kind, contract.schema(name)))
            for kind, name in SCHEMAS.items()
        }

        self._as_in_contract = {
            kind
            for kind, places in self._places.items()
            if all(binding.field_path(kind, name) == place for name, place in places.items())
        }

    def _asked(self, kind: str, schema: dict[str, Any]) -> dict[str, Any]:
        hidden = {path.split(".")[0] for name, path in self._places[kind].items() if not self._shown(kind, name)}
        required = [name for name in schema.get("required", ()) if name not in hidden]
        return {**schema, "required": required}

    def _shown(self, kind: str, name: str) -> bool:
        return bool(self._binding.field_path(kind, name))

    def _in_contract_words(self, kind: str, name: str, value: Any) -> Any:
        """A value with the target's words replaced; a time may be a number, and a mark the time of its setting."""
        if kind == "link" and name in ("used", "revoked"):
            return value not in (None, False)
        if kind == "booking" and name == "status" and isinstance(value, str):
            word = self._binding.status_words.get(value.lower())
            return self._status[word][0] if word else value
        moment = instant(value) if name in TIMES.get(kind, ()) and isinstance(value, int | float) else None
        return utc(moment) if moment else value

    def faults(self, kind: str, obj: Any) -> list[str]:
        """What is wrong with an object, one sentence each; empty if nothing is."""
        if not isinstance(obj, dict):
            return []
        validator = self._validators[kind]
        if kind in self._as_in_contract and validator.is_valid(obj):
            return []
        told: dict[str, Any] = {}
        for name, place in self._places[kind].items():
            value = self._binding.field(kind, name, obj)
            if value is not MISSING:
                plant(told, place, self._in_contract_words(kind, name, value))
        if validator.is_valid(told):
            return []
        return [
            f"{'.'.join(map(str, error.instance_path)) or kind}: {error.message}"
            for error in validator.iter_errors(told)
        ]
