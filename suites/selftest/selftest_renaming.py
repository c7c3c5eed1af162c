"""A renaming layer: puts the choices of another vendor before the mock; ``selftest_vendor_server`` serves it.

It has no rule of its own about scheduling: whatever is right or wrong behind it is the mock's doing. It shares no code
with the bindings that undo it.
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cached_property
from http.client import HTTPConnection
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit
from zoneinfo import ZoneInfo

from bookproof.mock import MockServer
from bookproof.mock.dialects.imatic_v1.operations import OPERATIONS

#: What the mock calls an operation: id to method and path.
MOCK = {operation.id: (operation.method, operation.path) for operation in OPERATIONS}
#: Headers of the mock's answers that a vendor's have too.
KEPT_HEADERS = ("content-type", "www-authenticate", "retry-after", "allow")
TIMES = ("start", "end", "createdAt", "updatedAt")


@dataclass(frozen=True)
class Route:
    """How a vendor offers one operation.

    Attributes:
        method, path: the vendor's; arguments of the path in braces, named as in the mock's path.
        query: mock's query or path argument to the vendor's query parameter.
        body: dotted path in the mock's body to the vendor's.
        constants: members that a body must have, else nothing of it is understood.
        status: of a success.
        kind: of the object in the answer, or of the items in its list; "" passes them on as they are.
        at: where the object or the list lies in the answer; "" is the answer itself.
        silent: a success has no object in it: no body at all with 204, else ``{"success": true}``.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    kind: str = ""
    at: str = "data"
    silent: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Matches the vendor's path."""
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path))


@dataclass(frozen=True)
class Vendor:
    """What a vendor chose where the documents are silent.

    Attributes:
        name: of its target file.
        routes: operation id to how it is offered; one that is missing is not.
        objects: kind to the mock's dotted path to the vendor's; fields that are missing are not shown.
        status_words: mock's word for a booking's status to the vendor's.
        times_in: how requests write times: ``iso``, ``offset`` (not Z) or ``epoch-seconds``.
        times_out: how answers write them: ``utc``, ``offset`` (of ``zone``), ``milliseconds`` or ``fraction``.
        slots: ``objects``, ``by-day`` (an object of lists by date) or ``starts`` (bare times).
        slots_paged: slots come in pages too.
        zone: of offsets and of dates.
        largest_limit: a larger ``limit`` is refused; None clamps it, as the mock does.
        clamps_to: the page that a larger ``limit`` gives.
        clamps_zero: a ``limit`` of 0 is taken for 1.
        longest_range: days of slots that may be asked for at once.
        cancels_twice: a second cancellation is answered as done.
        conceals_with_403: the foreign account is refused with 403 where another would be answered 404.
        statuses: statuses of errors that it has others for.
        reschedule_mode: of the mock behind it.
    """

    name: str
    routes: Mapping[str, Route]
    objects: Mapping[str, Mapping[str, str]]
    status_words: Mapping[str, str] = field(default_factory=dict)
    times_in: str = "iso"
    times_out: str = "utc"
    slots: str = "objects"
    slots_paged: bool = False
    zone: str = "UTC"
    largest_limit: int | None = None
    clamps_to: int = 100
    clamps_zero: bool = False
    longest_range: int | None = None
    cancels_twice: bool = False
    conceals_with_403: bool = False
    statuses: Mapping[int, int] = field(default_factory=dict)
    reschedule_mode: str = "same-code"


@dataclass(frozen=True)
class Answer:
    """An answer on its way out."""

    status: int
    body: bytes
    headers: Mapping[str, str]


def dig(value: Any, path: str) -> tuple[bool, Any]:
    """Whether there is something at a dotted path, and what."""
    for step in path.split("."):
        if not isinstance(value, dict) or step not in value:
            return False, None
        value = value[step]
    return True, value


def plant(into: dict[str, Any], path: str, value: Any) -> None:
    """Put something at a dotted path."""
    *way, last = path.split(".")
    for step in way:
        into = into.setdefault(step, {})
    into[last] = value


def refusal(status: int, code: str, message: str) -> Answer:
    """An error of the layer's own, in the documented envelope."""
    body = json.dumps({"success": False, "error": code, "message": message}).encode()
    return Answer(status, body, {"content-type": "application/json"})


class Renaming:
    """Translates one vendor's requests for the mock, and the mock's answers for the vendor's clients."""

    def __init__(self, vendor: Vendor, mock: MockServer) -> None:
        self.vendor = vendor
        self.mock = mock
        self.connections = threading.local()
        door = {"authorization": f"Bearer {mock.door_token}"}
        now = json.loads(self.send("GET", f"{urlsplit(mock.door_url).path}/clock", door, b"").body)["data"]["now"]
        #: A server whose clock is set says so in its Date headers too.
        self.date = format_datetime(datetime.fromisoformat(now).astimezone(UTC), usegmt=True)

    # Requests

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer one request."""
        parts = urlsplit(target)
        if parts.path.startswith("/_door/"):
            return self.send(method, target, headers, body)
        operation, found = self.find(method, parts.path)
        if operation is None:
            return self.unknown(method, parts.path, headers, body)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        return self.call(operation, found, query, headers, body)

    def find(self, method: str, path: str) -> tuple[str | None, dict[str, str]]:
        """The operation that a method and a path call, and the arguments in the path."""
        for operation, route in self.vendor.routes.items():
            match = route.pattern.fullmatch(path)
            if match and route.method == method:
                return operation, match.groupdict()
        return None, {}

    def unknown(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """What the vendor does not offer: the mock has the say, so that its defects show here too."""
        for operation, route in self.vendor.routes.items():
            match = route.pattern.fullmatch(path)
            if match:
                return self.restated(self.send(method, self.mock_path(operation, match.groupdict()), headers, body))
        return self.restated(self.send(method, f"/v1/nowhere{path}", headers, body))

    def mock_path(self, operation: str, arguments: Mapping[str, str]) -> str:
        """The mock's path of an operation."""
        return MOCK[operation][1].format(**arguments)

    def call(
        self, operation: str, arguments: dict[str, str], query: dict[str, str], headers: Mapping[str, str], body: bytes
    ) -> Answer:
        """Answer a call of an operation."""
        route = self.vendor.routes[operation]
        in_path = re.findall(r"\{(\w+)\}", MOCK[operation][1])
        known = {vendors: ours for ours, vendors in route.query.items()}
        asked = {known.get(name, name if name not in route.query else ""): text for name, text in query.items()}
        told = self.body_in(route, body)
        for name in in_path:
            if name not in arguments:
                arguments[name] = quote(asked.pop(name, "") or self.from_body(told, name), safe="")
        asked = {name: text for name, text in asked.items() if name and name not in in_path}
        self.read_words(operation, asked)
        problem = self.too_much(asked)
        if problem:
            return problem
        self.clamp(asked)
        paged = {name: asked.pop(name) for name in ("page", "limit") if name in asked and operation == "listSlots"}
        path = self.mock_path(operation, arguments)
        sent = self.send(MOCK[operation][0], path, headers, told, asked)
        if sent.status >= 300:
            return self.refused(operation, sent, headers)
        return self.success(operation, route, sent, paged)

    def read_words(self, operation: str, asked: dict[str, str]) -> None:
        """Write the times and the status of a query as the mock reads them."""
        if "status" in asked:
            ours = {vendors: word for word, vendors in self.vendor.status_words.items()}
            asked["status"] = ours.get(asked["status"], asked["status"])
        for name in ("start", "end"):
            if name in asked and operation == "listSlots":
                asked[name] = self.time_in(int(asked[name]) if asked[name].isdigit() else asked[name])

    def clamp(self, asked: dict[str, str]) -> None:
        """Bring a limit into the vendor's range, where it does so instead of refusing it."""
        limit = asked.get("limit", "")
        if limit.isdigit() and int(limit) > self.vendor.clamps_to:
            asked["limit"] = str(self.vendor.clamps_to)
        if limit == "0" and self.vendor.clamps_zero:
            asked["limit"] = "1"

    def too_much(self, asked: Mapping[str, str]) -> Answer | None:
        """The refusal of a page or a range that is larger than the vendor allows."""
        limit, most = asked.get("limit", ""), self.vendor.largest_limit
        if most and limit.isdigit() and int(limit) > most:
            return refusal(400, "validation_failed", f"At most {most} at a time.")
        with contextlib.suppress(ValueError, TypeError, KeyError):
            span = datetime.fromisoformat(asked["end"]) - datetime.fromisoformat(asked["start"])
            if self.vendor.longest_range and span > timedelta(days=self.vendor.longest_range):
                return refusal(400, "validation_failed", f"At most {self.vendor.longest_range} days at a time.")
        return None

    def time_in(self, value: Any) -> Any:
        """A time of a request for the mock; what is none stays one that the mock refuses."""
        if self.vendor.times_in == "offset" and isinstance(value, str) and value.endswith("Z"):
            return f"not an offset: {value}"
        if self.vendor.times_in != "epoch-seconds":
            return value
        if isinstance(value, bool) or not isinstance(value, int):
            return f"not a number: {value}" if isinstance(value, str) else value
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def body_in(self, route: Route, body: bytes) -> bytes:
        """The mock's body; what is no JSON object is the mock's to refuse."""
        try:
            given = json.loads(body)
        except (ValueError, RecursionError):
            return body
        if not isinstance(given, dict):
            return body
        if any(given.get(name) != value for name, value in route.constants.items()):
            return b"{}"
        told: dict[str, Any] = {}
        for ours, vendors in route.body.items():
            there, value = dig(given, vendors)
            if there:
                plant(told, ours, self.time_in(value) if ours == "start" else value)
            elif "." in ours and "." in vendors:
                # What stands in the place of a whole object is no object for the mock either.
                there, value = dig(given, vendors.rpartition(".")[0])
                if there and not isinstance(value, dict):
                    told[ours.partition(".")[0]] = value
        return json.dumps(told).encode()

    def from_body(self, told: bytes, name: str) -> str:
        """An argument of the mock's path that the vendor takes in the body."""
        with contextlib.suppress(ValueError, RecursionError):
            _, value = dig(json.loads(told), name)
            return str(value)
        return "nothing-given"

    def send(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, str] | None = None
    ) -> Answer:
        """Pass a request on to the mock."""
        passed = {name: headers[name] for name in ("authorization", "content-type") if name in headers}
        if not hasattr(self.connections, "mock"):
            self.connections.mock = HTTPConnection(urlsplit(self.mock.base_url).netloc, timeout=30)
        self.connections.mock.request(method, f"{path}?{urlencode(query)}" if query else path, body or None, passed)
        got = self.connections.mock.getresponse()
        kept = {name: got.headers[name] for name in KEPT_HEADERS if name in got.headers}
        return Answer(got.status, got.read(), kept)

    # Answers

    def refused(self, operation: str, sent: Answer, headers: Mapping[str, str]) -> Answer:
        """An error, as the vendor says it."""
        if operation == "cancelBooking" and self.vendor.cancels_twice and b'"already_cancelled"' in sent.body:
            return self.success(operation, self.vendor.routes[operation], sent, {})
        foreign = headers.get("authorization") == f"Bearer {self.mock.keys['foreign']}"
        if sent.status == 404 and foreign and self.vendor.conceals_with_403:
            return refusal(403, "forbidden", "This key has no access to that.")
        return self.restated(sent)

    def restated(self, sent: Answer) -> Answer:
        """An answer with the vendor's status."""
        return Answer(self.vendor.statuses.get(sent.status, sent.status), sent.body, sent.headers)

    def success(self, operation: str, route: Route, sent: Answer, paged: dict[str, str]) -> Answer:
        """A success, as the vendor says it. A status that the mock should not answer with is not covered up."""
        expected = {"createBooking": 201, "createEventLink": 201, "createWebhook": 201, "duplicateEventType": 201}
        usual = sent.status == expected.get(operation, 202 if operation == "testWebhook" else 200)
        status = route.status if usual or sent.status >= 300 else sent.status
        if route.silent:
            body = b"" if route.status == 204 else b'{"success": true}'
            return Answer(status, body, {"content-type": "application/json"} if body else {})
        try:
            told = json.loads(sent.body)
        except ValueError:
            return Answer(status, sent.body, sent.headers)
        if not isinstance(told, dict) or "data" not in told:
            return Answer(status, sent.body, sent.headers)
        envelope = {name: value for name, value in told.items() if name != "data"}
        data = told["data"]
        if operation == "listSlots":
            data = self.slots(data, envelope, paged)
        elif isinstance(data, list):
            data = [self.renamed(route.kind, item) for item in data]
        else:
            data = self.renamed(route.kind, data)
        if route.at:
            plant(envelope, route.at, data)
        else:
            envelope = data
        return Answer(status, json.dumps(envelope).encode(), sent.headers)

    def renamed(self, kind: str, obj: Any) -> Any:
        """An object with the vendor's names, words and times."""
        if not kind or not isinstance(obj, dict):
            return obj
        told: dict[str, Any] = {}
        for ours, vendors in self.vendor.objects[kind].items():
            there, value = dig(obj, ours)
            if not there:
                continue
            if ours in TIMES:
                value = self.time_out(value)
            elif kind == "booking" and ours == "status":
                value = self.vendor.status_words.get(value, value)
            plant(told, vendors, value)
        return told

    def time_out(self, text: Any) -> Any:
        """A time as the vendor writes it; one without a zone is not given one."""
        if not isinstance(text, str) or not (moment := datetime.fromisoformat(text)).tzinfo:
            return text
        if self.vendor.times_out == "milliseconds":
            return int(moment.timestamp() * 1000)
        if self.vendor.times_out == "offset":
            return moment.astimezone(ZoneInfo(self.vendor.zone)).isoformat(timespec="seconds")
        if self.vendor.times_out == "fraction":
            return moment.astimezone(UTC).isoformat(timespec="milliseconds")
        return text

    def slots(self, slots: Any, envelope: dict[str, Any], paged: dict[str, str]) -> Any:
        """Slots, listed as the vendor lists them."""
        if not isinstance(slots, list):
            return slots
        if self.vendor.slots_paged:
            limit = int(paged.get("limit", 20))
            page, total = int(paged.get("page", 1)), len(slots)
            envelope["pagination"] = {"page": page, "limit": limit, "total": total, "pages": -(-total // limit)}
            slots = slots[(page - 1) * limit : page * limit]
        if self.vendor.slots == "starts":
            return [self.time_out(slot["start"]) for slot in slots]
        told = [self.renamed("slot", slot) for slot in slots]
        if self.vendor.slots == "objects":
            return told
        days: dict[str, list[Any]] = {}
        for slot, shown in zip(slots, told, strict=True):
            local = datetime.fromisoformat(slot["start"]).astimezone(ZoneInfo(self.vendor.zone))
            days.setdefault(local.date().isoformat(), []).append(shown)
        return days
