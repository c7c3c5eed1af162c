"""What the tools do: each call is handled as the REST request that it stands beside, over the same domain.

The handlers are objects of their own, of the same classes as those of the REST API: a fault planted at one door does
not show at the other.
"""

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any, cast

from bookproof.mock.dialects.imatic_v1.errors import translated
from bookproof.mock.dialects.imatic_v1.mcp.schemas import Schema
from bookproof.mock.dialects.imatic_v1.mcp.tools import Catalogue
from bookproof.mock.dialects.imatic_v1.paging import LARGEST_LIMIT
from bookproof.mock.dialects.imatic_v1.resources import Resources
from bookproof.mock.domain.errors import DomainError
from bookproof.mock.http import validation
from bookproof.mock.http.errors import ApiError, invalid
from bookproof.mock.http.exchange import Answer, Call
from bookproof.mock.http.validation import Fields

_LOG = logging.getLogger("bookproof.mock")

Performer = Callable[[Call, Fields], Answer]


class ToolCalls:
    """Answers calls of tools; `answer` never raises.

    Parameters:
        catalogue: whose schemas say which arguments there are.
        resources: the handlers behind the tools.
    """

    def __init__(self, catalogue: Catalogue, resources: Resources) -> None:
        self.catalogue = catalogue
        self.resources = resources
        self.performers: dict[str, Performer] = {
            "list_event_types": self.list_event_types,
            "list_slots": self.list_slots,
            "create_booking": self.create_booking,
            "cancel_booking": self.cancel_booking,
            "reschedule_booking": self.reschedule_booking,
            "list_bookings": self.list_bookings,
            "get_booking": self.get_booking,
        }

    def answer(self, name: str, call: Call, arguments: Mapping[str, object]) -> Answer:
        """The answer that the REST API would give.

        Parameters:
            name: of the tool.
            call: the HTTP request that carried the call, its key proven.
            arguments: of the tool.
        """
        envelopes = self.resources.tools.envelopes
        try:
            return self.perform(name, call, arguments)
        except ApiError as failure:
            return envelopes.error(call, failure)
        except DomainError as failure:
            return envelopes.error(call, translated(failure))
        except Exception:  # noqa: BLE001 - a fault of ours must become an answer that tells nothing of it
            _LOG.exception("tool %s failed", name)
            return envelopes.error(call, ApiError(500, "internal_error", "Something went wrong on our side."))

    def perform(self, name: str, call: Call, arguments: Mapping[str, object]) -> Answer:
        """What the tool answers.

        Raises:
            ApiError, DomainError: it refuses.
        """
        perform, tool = self.performers.get(name), self.catalogue.find(name)
        if perform is None or tool is None:
            return self.unknown(name, call)
        self.check_names(tool.takes, arguments)
        return perform(call, Fields(arguments))

    def unknown(self, name: str, call: Call) -> Answer:  # noqa: ARG002 - told so that an answer can depend on them
        """The answer to a call of a tool that does not exist."""
        raise ApiError(404, "unknown_tool", "There is no such tool.")

    def check_names(self, schema: Schema, given: Mapping[str, object], path: str = "") -> None:
        """Refuse arguments that the schema does not know: a misspelt optional one must not be overlooked."""
        properties: Schema = schema["properties"]
        for name, value in given.items():
            if name not in properties:
                raise invalid(f"{path}{name[:40]} is not an argument of the tool.")
            inner: Schema = properties[name]
            if inner.get("additionalProperties") is False and isinstance(value, dict):
                self.check_names(inner, cast("dict[str, object]", value), f"{path}{name}.")

    # The tools

    def list_event_types(self, call: Call, given: Fields) -> Answer:
        """List the account's event types."""
        return self.resources.event_types.index(self.request(call, query=self.page(given)))

    def list_slots(self, call: Call, given: Fields) -> Answer:
        """List the open slots of an event type."""
        params = {"eventTypeCode": given.text("eventTypeCode", 200)}
        query = {"start": self.time(given, "start"), "end": self.time(given, "end")}
        zone_name, duration = given.optional_text("timeZone", 100), self.number(given, "duration")
        query |= {} if zone_name is None else {"timeZone": zone_name}
        query |= {} if duration is None else {"duration": str(duration)}
        return self.resources.slots.index(self.request(call, params=params, query=query))

    def create_booking(self, call: Call, given: Fields) -> Answer:
        """Book a slot."""
        self.number(given, "duration")
        if given.has("linkCode"):
            given.text("linkCode", 200)
        return self.resources.bookings.create(self.request(call, body=given.members))

    def cancel_booking(self, call: Call, given: Fields) -> Answer:
        """Cancel a booking."""
        reason = given.optional_text("reason")
        return self.resources.bookings.cancel(self.request(call, params=self.code(given), body={"reason": reason}))

    def reschedule_booking(self, call: Call, given: Fields) -> Answer:
        """Move a booking."""
        start = self.time(given, "start")
        return self.resources.bookings.reschedule(self.request(call, params=self.code(given), body={"start": start}))

    def list_bookings(self, call: Call, given: Fields) -> Answer:
        """List the account's bookings."""
        status = given.optional_text("status")
        query = self.page(given) | ({} if status is None else {"status": status})
        return self.resources.bookings.index(self.request(call, query=query))

    def get_booking(self, call: Call, given: Fields) -> Answer:
        """Read one booking."""
        return self.resources.bookings.show(self.request(call, params=self.code(given)))

    # From arguments to requests

    def request(
        self,
        call: Call,
        *,
        params: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Call:
        """A request of the same caller as handlers read it."""
        return Call(
            method=call.method,
            path=call.path,
            params=params or {},
            query=query or {},
            headers=call.headers,
            body=b"" if body is None else json.dumps(body).encode(),
            client=call.client,
            key=call.key,
        )

    def code(self, given: Fields) -> dict[str, str]:
        """The booking that the arguments name, as the path parameter."""
        return {"bookingCode": given.text("bookingCode", 200)}

    def time(self, given: Fields, name: str) -> str:
        """A required time, as it was written."""
        value = given.require(name)
        validation.instant(value, name)
        return cast("str", value)

    def number(self, given: Fields, name: str, most: int | None = None) -> int | None:
        """A whole number from 1 to `most`, or None if absent."""
        value = given.optional_whole(name)
        if value is not None and (value < 1 or (most is not None and value > most)):
            raise invalid(f"{name} must be a whole number from 1{'' if most is None else f' to {most}'}.")
        return value

    def page(self, given: Fields) -> dict[str, str]:
        """Which page is asked for, as query parameters."""
        asked = {"page": self.number(given, "page", 10**12), "limit": self.number(given, "limit", LARGEST_LIMIT)}
        return {name: str(value) for name, value in asked.items() if value is not None}
