"""The imatic Calendar v1 dialect: operations in the suite's words, sent and read through the target's binding."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, cast
from zoneinfo import ZoneInfo

from bookproof.contracts.openapi import Contract, Operation
from bookproof.targets.binding import MISSING, Binding
from bookproof.targets.target import Target
from bookproof.targets.views import Booking, Page, Slot, booking_of, instant, page_of, slots_of, unzoned_slots, utc
from bookproof.verdict import Untestable
from bookproof.wire.client import Client, Request
from bookproof.wire.exchange import NOT_JSON, Exchange

#: A list is followed over at most this many pages when all of it is wanted.
MOST_PAGES = 40
#: Page sizes to ask for, the next where one is refused; after the last, whatever the API gives by itself.
PAGE_SIZES = (100, 50, 20, 10)
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
        self._page_sizes: dict[str, int] = {}
        self._more_slots: dict[int, list[Exchange]] = {}

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
        words = self.words(operation, arguments or {})
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
        return dict(self.binding.call(operation, self.words(operation, arguments)).body or {})

    def words(self, operation: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Arguments with their times written as the API takes them."""
        by_date = operation == "listSlots" and self.binding.format("slot_range") == "date"
        zone = self._zone_of(arguments.get("eventTypeCode"))
        words = dict(arguments)
        for name, value in arguments.items():
            if isinstance(value, datetime):
                words[name] = _date(value, zone, last=name == "end") if by_date else self._time(value, zone)
        return words

    def _zone_of(self, event_type_code: Any) -> ZoneInfo:
        stated = [*self.target.event_types.values(), *self.target.zones]
        zones = (rules.time_zone for rules in stated if rules.code == event_type_code)
        return ZoneInfo(next(zones, self.target.time_zone))

    def _time(self, moment: datetime, zone: ZoneInfo) -> str | int:
        style = self.binding.format("time")
        if style.startswith("epoch"):
            return int(moment.timestamp() * (1000 if style == "epoch-milliseconds" else 1))
        if style == "offset":
            return moment.astimezone(zone).isoformat(timespec="seconds")
        return utc(moment)

    def single(self, kind: str, exchange: Exchange) -> Any:
        """The object of a kind in an answer, or :data:`MISSING`."""
        return MISSING if exchange.json is NOT_JSON else self.binding.single(exchange.operation, kind, exchange.json)

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
        """The slots of an answer, sorted; None if the answer holds no list of slots.

        Raises:
            Untestable: their times carry no zone, so nobody can tell which instants they are.
        """
        slots: list[Slot] = []
        for page in (exchange, *self._more_slots.get(exchange.number, ())):
            if not page.ok or page.json is NOT_JSON:
                return None
            found = slots_of(self.binding, self.binding.items("listSlots", page.json), minutes)
            if found is None:
                if unzoned_slots(self.binding, self.binding.items("listSlots", page.json)):
                    raise Untestable("slots carry times without a zone or offset; see exchange.times-zoned")
                return None
            slots += found
        return sorted(slots)

    def instant(self, value: Any) -> datetime | None:
        """An instant, however the API writes it."""
        return instant(value)

    def all_pages(self, operation: str, arguments: Mapping[str, Any] | None = None, **call: Any) -> list[Exchange]:
        """Ask for a whole list, page after page; the last exchange is the first that failed or ended it."""
        given = dict(arguments or {})
        exchanges = [self._largest_page(operation, given, **call)]
        while len(exchanges) < MOST_PAGES and self.binding.takes(operation, "page"):
            page = self.page(exchanges[-1])
            if not exchanges[-1].ok or page is None or not page.pages or len(exchanges) >= page.pages:
                break
            exchanges.append(self.call(operation, {**given, "page": len(exchanges) + 1}, **call))
        return exchanges

    def list_slots(self, arguments: Mapping[str, Any], **call: Any) -> Exchange:
        """Ask for slots; where the API lists them in pages, :meth:`slots` reads the later ones with this first one."""
        first, *more = self.all_pages("listSlots", arguments, **call)
        if more:
            self._more_slots[first.number] = more
        return first

    def page_size(self) -> int:
        """The largest page of bookings that the API gives when asked for; no document says it, so it is tried."""
        if "listBookings" not in self._page_sizes:
            self._largest_page("listBookings", {}, note="how large may a page be?")
        return self._page_sizes.get("listBookings") or PAGE_SIZES[-1]

    @property
    def known_page_size(self) -> int | None:
        """The largest page that the API is known to give, of any list; None where nobody has asked."""
        return min((size for size in self._page_sizes.values() if size), default=None)

    def _largest_page(self, operation: str, given: dict[str, Any], **call: Any) -> Exchange:
        """Ask for a first page as large as it may be; ``given`` is told the limit, for the next pages."""
        if not self.binding.takes(operation, "limit"):
            return self.call(operation, given, **call)
        known = self._page_sizes.get(operation)
        most = min(self._page_sizes.values(), default=PAGE_SIZES[0])
        sizes = [*(size for size in PAGE_SIZES if size <= most), 0] if known is None else [known]
        exchange = self._page(operation, given, sizes[0], call)
        for size in sizes[1:]:
            if exchange.status != HTTPStatus.BAD_REQUEST:
                break
            exchange = self._page(operation, given, size, call)
        if exchange.ok:
            self._page_sizes[operation] = given.get("limit", 0)
        return exchange

    def _page(self, operation: str, given: dict[str, Any], size: int, call: dict[str, Any]) -> Exchange:
        given.pop("limit", None)
        if size:
            given["limit"] = size
        return self.call(operation, given, **call)


def _date(moment: datetime, zone: ZoneInfo, *, last: bool) -> str:
    """The local date of an instant; of the end of a range the date of its last moment, for dates are inclusive."""
    return (moment - timedelta(microseconds=last)).astimezone(zone).date().isoformat()
