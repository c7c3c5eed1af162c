"""Calls are made in the contract's words and sent in the target's, where its file binds others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from copy import deepcopy
from datetime import datetime
from typing import Any, cast

from bookproof.contracts.openapi import Contract
from bookproof.fuzz.words import properties
from bookproof.targets.binding import MISSING, Binding, Form, dig, plant
from bookproof.targets.target import Target

#: What answers show whose places links name: operation to its kind in the binding.
_SHOWN = {
    "createBooking": "booking",
    "getBooking": "booking",
    "rescheduleBooking": "booking",
    "cancelBooking": "booking",
    "createEventLink": "link",
    "createWebhook": "webhook",
}
_FROM_ANSWER = "$response.body#/"
#: The arguments that are instants.
_TIMES = ("start", "end")
Words = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]


class Renaming:
    """What a target calls what the contract's requests hold.

    Args:
        dialect: one whose names target files bind.
        target: whose names they are.
        words: writes the instants among arguments of an operation as the target takes them.
    """

    def __init__(self, dialect: str, target: Target, words: Words) -> None:
        self._words = words
        self._usual, self._ours = Binding(dialect, {}), Binding(dialect, target.binding)
        self._shows_otherwise = bool(target.binding.get("objects") or target.binding.get("lists"))

    def is_needed(self, operation: str) -> bool:
        """Whether requests of an operation are written otherwise than the contract has them."""
        return self._ours.form(operation) != self._usual.form(operation)

    # The document

    def reduce(self, operation: str, described: dict[str, Any], contract: Contract) -> None:
        """Leave in an operation of a document what the target takes, and let links name what it shows.

        What of a request the binding does not name would be sent to a target that knows nothing of it.
        """
        if self.is_needed(operation):
            form, usual = self._ours.form(operation), self._usual.form(operation)
            resolved = (deepcopy(contract.resolved(each)) for each in described.get("parameters", ()))
            kept = (_placed(each, form) for each in resolved)
            described["parameters"] = [each for each in kept if each is not None]
            taken = {place for name, place in usual.body.items() if form.body.get(name)}
            content = cast("dict[str, Any]", described.get("requestBody", {}).get("content", {}))
            for media in content.values():
                media["schema"] = _reduced(deepcopy(contract.resolved(media["schema"])), taken, contract)
            if not taken:
                described.pop("requestBody", None)
        if self._shows_otherwise:
            self._lead(operation, described, contract)

    def _lead(self, operation: str, described: dict[str, Any], contract: Contract) -> None:
        for status, response in described["responses"].items():
            links = contract.resolved(response).get("links")
            if not links:
                continue
            led = deepcopy(contract.resolved(response))
            # Other names in answers are judged by the passive checks, which know the binding.
            led.pop("content", None)
            for link in led["links"].values():
                for given in (link.get("parameters", {}), link.get("requestBody", {})):
                    given.update({name: self._place(operation, expression) for name, expression in given.items()})
            described["responses"][status] = led

    def _place(self, operation: str, expression: str) -> str:
        """Where the target shows what an expression of the contract names."""
        if not expression.startswith(_FROM_ANSWER):
            return expression
        *_, last = steps = expression.removeprefix(_FROM_ANSWER).split("/")
        if operation in _SHOWN:
            at, field = self._ours.at(operation, _SHOWN[operation]), self._ours.field_path(_SHOWN[operation], last)
            way = [at, field]
        else:
            # One of a list: the list, its number, and the field.
            way = [self._ours.list_path(operation), steps[-2], self._ours.field_path("slot", last)]
        return _FROM_ANSWER + "/".join(step for part in way if part for step in part.split("."))

    # Requests

    def query(self, operation: str, query: Mapping[str, Any]) -> dict[str, Any]:
        """A query as the target takes it."""
        form = self._ours.form(operation)
        written = {form.query.get(name, name): self._word(operation, name, value) for name, value in query.items()}
        return {**form.params, **written}

    def _word(self, operation: str, name: str, value: Any) -> Any:
        if name in _TIMES and isinstance(value, str):
            with suppress(ValueError):
                moment = datetime.fromisoformat(value)
                return self._words(operation, {name: moment})[name] if moment.tzinfo else value
        return self._ours.status_out(value) if name == "status" and self._ours.knows_status(value) else value

    def body(self, operation: str, body: Any) -> Any:
        """A body as the target takes it; one that is no object stays as it is."""
        if not isinstance(body, dict):
            return body
        form, usual = self._ours.form(operation), self._usual.form(operation)
        rest, written = deepcopy(cast("dict[str, Any]", body)), deepcopy(dict(form.constants))
        for name, place in usual.body.items():
            value = _taken(rest, place)
            if value is not MISSING and form.body.get(name):
                plant(written, form.body[name], self._word(operation, name, value))
        for name, value in rest.items():
            # What remains is broken: an object that is none, or a member that nobody knows.
            inside = [form.body[each] for each, place in usual.body.items() if place.startswith(f"{name}.")]
            at = _common([place for place in inside if place]) if inside else name
            if at:
                _add(written, at, value)
        return written

    def parameters(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The query parameters of an operation, by the target's names."""
        form = self._ours.form(operation)
        return {form.query.get(name, name): schema for name, schema in parameters.items()}


def _placed(parameter: dict[str, Any], form: Form) -> dict[str, Any] | None:
    """A parameter where the target takes it; None if it does not."""
    name = parameter["name"]
    if parameter["in"] == "path" and name not in form.in_path:
        parameter |= {"in": "query", "required": True}
    if parameter["in"] == "query" and not form.query.get(name):
        return None
    return parameter


def _reduced(schema: dict[str, Any], taken: set[str], contract: Contract) -> dict[str, Any]:
    """An object schema with the members that are taken, by their dotted paths in the contract."""
    known = properties(schema)
    kept: dict[str, Any] = {}
    for name, member in known.items():
        below = {place.removeprefix(f"{name}.") for place in taken if place.startswith(f"{name}.")}
        if name in taken:
            kept[name] = member
        elif below:
            kept[name] = _reduced(deepcopy(contract.resolved(member)), below, contract)
    required = [name for name in schema.get("required", ()) if name in kept]
    return {**schema, "properties": kept, "required": required}


def _taken(body: dict[str, Any], place: str) -> Any:
    """Take what lies at a dotted path out of a body; MISSING if nothing does."""
    first, _, below = place.partition(".")
    if first not in body:
        return MISSING
    if not below:
        return body.pop(first)
    inner = body[first]
    return _taken(cast("dict[str, Any]", inner), below) if isinstance(inner, dict) else MISSING


def _add(body: dict[str, Any], place: str, value: Any) -> None:
    """Add what is left of an object to what is there already."""
    there = dig(body, place)
    if isinstance(there, dict) and isinstance(value, dict):
        known = cast("dict[str, Any]", there)
        known.update({key: item for key, item in cast("dict[str, Any]", value).items() if key not in known})
    else:
        plant(body, place, value)


def _common(places: list[str]) -> str:
    """The dotted path that all of some paths begin with, their last steps aside."""
    ways = [place.split(".")[:-1] for place in places]
    common: list[str] = []
    for steps in zip(*ways, strict=False):
        if len(set(steps)) > 1:
            break
        common.append(steps[0])
    return ".".join(common)
