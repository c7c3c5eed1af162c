"""Bodies of sample deliveries: our own, or made of a sample payload of the consumer's."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, cast

from bookproof.judge.signature import Scheme

#: Size of a large body, in bytes.
LARGE = 256 * 1024
#: An event that no document names.
UNKNOWN_EVENT = "booking.painted_green"
EVENTS = {Scheme.IMATIC: "booking.created", Scheme.CALCOM: "BOOKING_CREATED"}


@dataclass(frozen=True)
class Samples:
    """Makes bodies; each is bytes, or None where a payload of the consumer's cannot be made into it.

    Args:
        scheme: whose payloads; they differ in the names of their members.
        event: of our own payload.
        own: a payload of the consumer's, which is sent instead of ours, or None.
    """

    scheme: Scheme
    event: str
    own: bytes | None = None

    def body(self, case: str) -> bytes:
        """An ordinary body, as compact as programs write it; ours names the case as the booking's code."""
        return self._payload(case, "Ada Example") if self.own is None else self.own

    def beyond_ascii(self, case: str) -> bytes | None:
        """A body with letters beyond ASCII, not escaped."""
        if self.own is None:
            return self._payload(case, "Zoë Núñez-Åkesson 日本語 🎉")
        return None if self.own.isascii() else self.own

    def spaced(self, case: str) -> bytes | None:
        """The same JSON laid out otherwise: indented, with a newline at its end."""
        value = self._value(case)
        if value is None:
            return None
        return (json.dumps(value, indent=3, ensure_ascii=False) + "\n").encode("utf-8", "surrogatepass")

    def compact(self, case: str) -> bytes | None:
        """The same JSON without spaces, for a signature of what is not sent."""
        value = self._value(case)
        if value is None:
            return None
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")

    def large(self, case: str) -> bytes:
        """The same, filled up with spaces, which mean nothing in JSON."""
        return self.body(case).ljust(LARGE)

    def unknown_event(self, case: str) -> bytes | None:
        """The same with an event that does not exist."""
        value = self._value(case)
        name = "event" if self.scheme is Scheme.IMATIC else "triggerEvent"
        if value is None or name not in value:
            return None
        word = UNKNOWN_EVENT if self.scheme is Scheme.IMATIC else UNKNOWN_EVENT.upper().replace(".", "_")
        return json.dumps({**value, name: word}, separators=(",", ":")).encode()

    def _value(self, case: str) -> dict[str, Any] | None:
        try:
            value: Any = json.loads(self.body(case))
        except (ValueError, RecursionError):
            return None
        return cast("dict[str, Any]", value) if isinstance(value, dict) else None

    def _payload(self, case: str, name: str) -> bytes:
        start, end = "2027-01-18T09:00:00Z", "2027-01-18T09:30:00Z"
        if self.scheme is Scheme.IMATIC:
            booking: dict[str, Any] = {"code": f"bookproof-{case}", "status": "confirmed", "start": start, "end": end}
            booking["attendee"] = {"name": name, "email": "ada@example.com"}
            made: dict[str, Any] = {"event": self.event, "data": booking}
        else:
            booking = {"uid": f"bookproof-{case}", "status": "ACCEPTED", "startTime": start, "endTime": end}
            booking["attendees"] = [{"name": name, "email": "ada@example.com", "timeZone": "UTC"}]
            made = {"triggerEvent": self.event, "createdAt": "2027-01-15T08:00:00.000Z", "payload": booking}
        return json.dumps(made, separators=(",", ":"), ensure_ascii=False).encode()


def tampered(body: bytes) -> bytes:
    """A body with one byte changed, such that JSON stays JSON."""
    places = [found.start() for found in re.finditer(rb"[A-Za-z0-9](?=[A-Za-z0-9 ._-]*\")", body)]
    if not places:
        return body + b" "
    changed = bytearray(body)
    at = places[len(places) // 2]
    changed[at] = ord("7") if changed[at] != ord("7") else ord("8")
    return bytes(changed)
