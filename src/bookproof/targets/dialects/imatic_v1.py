"""The imatic Calendar v1 dialect: operations in the suite's words, sent and read through the target's binding."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from bookproof.contracts.openapi import Contract, Operation
from bookproof.targets.binding import MISSING, Binding
from bookproof.targets.target import Target
from bookproof.targets.views import Booking, Page, Slot, booking_of, instant, page_of, slots_of, utc
from bookproof.wire.client import Client, Request
from bookproof.wire.exchange import NOT_JSON, Exchange

#: A list is followed over at most this many pages when all of it is wanted.
MOST_PAGES = 40
_BY_KEY = "by the role's key"


class ImaticV1:
    """Speaks imatic Calendar v1 with one target.

    Source: Calendar API & MCP, REST API v1; REST API, Authentication. Paths and field names are bindings.
    """

    def __init__(self, target: Target, client: Client, contract: Contract) -> None:
        self.target = target
        self.client = client
        self.contract = contract
        self.binding = Binding(target.dialect, target.binding)

    def operation(self, operation: str) -> Operation:
        """The operation as the contract describes it."""
        return self.contract.operations[operation]

    def call(
        self,
        operation: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        role: str = "full",
        authorization: str | None = _BY_KEY,
        who: str = "",
        note: str = "",
        body: Any = MISSING,
        raw_body: bytes | None = None,
        content_type: str = "",
        method: str = "",
        path_suffix: str = "",
        query: Mapping[str, str] | None = None,
        limited: bool = True,
    ) -> Exchange:
        """Send one call of an operation.

        Args:
            operation: operation id.
            arguments: argument name, in the suite's words, to a JSON value; times as aware datetimes.
            role: whose key it carries.
            authorization: another Authorization header instead; None sends none.
            who: how the record calls such a caller, for example ``wrong secret``.
            note: what the call tries.
            body: a JSON value to send instead of the body that the arguments make.
            raw_body: bytes to send instead of a JSON body.
            content_type: another content type than JSON.
            method: another method than the operation's.
            path_suffix: text behind the operation's path, which makes it a path that the contract does not have.
            query: parameters in the API's own words, in addition.
            limited: False for the rate-limit probe; see :class:`Request`.
        """
        words = {name: self._out(operation, name, value) for name, value in (arguments or {}).items()}
        call = self.binding.call(operation, words)
        content: bytes | None
        if raw_body is not None:
            content = raw_body
        elif body is not MISSING:
            content = json.dumps(body).encode()
        else:
            content = None if call.body is None else json.dumps(call.body, ensure_ascii=False).encode()
        headers = {"content-type": content_type} if content_type else {}
        if authorization is _BY_KEY:
            authorization = f"Bearer {self.target.credentials[role]}"
            who = who or role
        if authorization is not None:
            headers["authorization"] = authorization
        return self.client.send(
            Request(
                method=method or call.method,
                path=call.path + path_suffix,
                query={**call.query, **(query or {})},
                headers=headers,
                body=content,
                # Another method is another operation, which the contract does not have.
                operation="" if method else operation,
                role=who or "no key",
                note=note,
                limited=limited,
            )
        )

    def body_of(self, operation: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The JSON body that the arguments of an operation make, for calls that spoil one part of it."""
        words = {name: self._out(operation, name, value) for name, value in arguments.items()}
        return dict(self.binding.call(operation, words).body or {})

    def _out(self, operation: str, name: str, value: Any) -> Any:
        if not isinstance(value, datetime):
            return value
        style = self.binding.format("time")
        if operation == "listSlots" and self.binding.format("slot_range") == "date":
            return value.date().isoformat()
        if style.startswith("epoch"):
            return int(value.timestamp() * (1000 if style == "epoch-milliseconds" else 1))
        if style == "offset":
            return value.astimezone(ZoneInfo(self.target.time_zone)).isoformat(timespec="seconds")
        return utc(value)

    def single(self, kind: str, exchange: Exchange) -> Any:
        """The object of a kind in an answer, or :data:`MISSING`."""
        return MISSING if exchange.json is NOT_JSON else self.binding.single(kind, exchange.json)

    def field(self, kind: str, name: str, obj: Any) -> Any:
        """A field of an object, in the suite's words, or :data:`MISSING`."""
        return self.binding.field(kind, name, obj)

    def items(self, exchange: Exchange) -> list[Any] | None:
        """The items of a list answer; None if there is no list where the binding says."""
        if exchange.json is NOT_JSON:
            return None
        found = self.binding.items(exchange.operation, exchange.json)
        return cast("list[Any]", found) if isinstance(found, list) else None

    def page(self, exchange: Exchange) -> Page | None:
        """The pagination of a list answer."""
        return None if exchange.json is NOT_JSON else page_of(exchange.json)

    def booking(self, exchange: Exchange) -> Booking | None:
        """The booking of an answer, or None."""
        return booking_of(self.binding, self.single("booking", exchange)) if exchange.ok else None

    def bookings(self, exchange: Exchange) -> list[Booking]:
        """The bookings of a list answer."""
        found = (booking_of(self.binding, item) for item in self.items(exchange) or ())
        return [booking for booking in found if booking is not None]

    def slots(self, exchange: Exchange, minutes: int | None) -> list[Slot] | None:
        """The slots of an answer, sorted; None if the answer holds no list of slots."""
        if not exchange.ok or exchange.json is NOT_JSON:
            return None
        found = slots_of(self.binding, self.binding.items("listSlots", exchange.json), minutes)
        return None if found is None else sorted(found)

    def instant(self, value: Any) -> datetime | None:
        """An instant, however the API writes it."""
        return instant(value)

    def all_pages(self, operation: str, arguments: Mapping[str, Any] | None = None, **call: Any) -> list[Exchange]:
        """Ask for a whole list, page after page; the last exchange is the first that failed or ended it."""
        given = dict(arguments or {})
        if self.binding.takes(operation, "limit"):
            given["limit"] = 100
        exchanges = [self.call(operation, given, **call)]
        while len(exchanges) < MOST_PAGES and self.binding.takes(operation, "page"):
            page = self.page(exchanges[-1])
            if not exchanges[-1].ok or page is None or not page.pages or len(exchanges) >= page.pages:
                break
            exchanges.append(self.call(operation, {**given, "page": len(exchanges) + 1}, **call))
        return exchanges
