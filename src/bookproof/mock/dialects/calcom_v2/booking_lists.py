"""Lists of bookings: filters, orders and the two ways of paging.

Source: Cal.com API v2, Get all bookings; behaviour of a running server.
"""

import base64
import binascii
from typing import Any

from bookproof.mock.dialects.calcom_v2.booking_presenter import BookingPresenter
from bookproof.mock.dialects.calcom_v2.bookings import viewer_of
from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.errors import Refusal, bad_request, coded
from bookproof.mock.dialects.calcom_v2.event_types import event_type_of
from bookproof.mock.dialects.calcom_v2.inputs import whole_parameter
from bookproof.mock.dialects.calcom_v2.moments import instant_of
from bookproof.mock.dialects.calcom_v2.query import first, texts
from bookproof.mock.dialects.calcom_v2.slots import number_of
from bookproof.mock.dialects.calcom_v2.tools import Tools
from bookproof.mock.dialects.calcom_v2.validation import Problem, listed
from bookproof.mock.domain.booking_searches import (
    BY_CREATED,
    BY_END,
    BY_START,
    BY_UPDATED,
    KINDS,
    BookingSearch,
    Order,
)
from bookproof.mock.domain.errors import NotFound
from bookproof.mock.http.exchange import Answer

DEFAULT_TAKE, MOST_TAKE = 100, 250
DEFAULT_LIMIT, MOST_LIMIT = 50, 100
_ORDERS = {"sortStart": BY_START, "sortEnd": BY_END, "sortCreated": BY_CREATED, "sortUpdatedAt": BY_UPDATED}
#: The words that the server uses for some parameters when it refuses them.
_WORDS = {"afterStart": "fromDate", "beforeEnd": "toDate"}
_CURSOR_MARK = "bookings:"


class BookingListHandlers:
    """Handlers of GET /v2/bookings."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self.presenter = BookingPresenter(tools.domain)

    # Pages by offset

    def index(self, call: Call) -> Answer:
        """listBookings by `take` and `skip`."""
        take = whole_parameter(call.query, "take", DEFAULT_TAKE, 1, MOST_TAKE)
        skip = whole_parameter(call.query, "skip", 0, 0)
        search = self.search(call, self.kinds(call))
        total = self.total(search)
        skip = min(skip, total)
        data = self.page(call, search, skip, take)
        return self.tools.envelopes.page(call, data, self.pagination(total, skip, take))

    def total(self, search: BookingSearch) -> int:
        """How many bookings there are."""
        return self.tools.domain.searches.count(search)

    def page(self, call: Call, search: BookingSearch, skip: int, take: int) -> list[dict[str, Any]]:
        """One page of bookings."""
        viewer = viewer_of(call)
        return [self.presenter.booking(item, viewer) for item in self.tools.domain.searches.find(search, skip, take)]

    def pagination(self, total: int, skip: int, take: int) -> dict[str, Any]:
        """Where the page is in the list."""
        pages = -(-total // take)
        return {
            "returnedItems": min(take, total - skip),
            "totalItems": total,
            "itemsPerPage": take,
            "remainingItems": max(0, total - (skip + take)),
            "currentPage": self.current_page(pages, skip, take),
            "totalPages": pages,
            "hasNextPage": skip + take < total,
            "hasPreviousPage": skip > 0,
        }

    def current_page(self, pages: int, skip: int, take: int) -> int:
        """The number of the page, from 1; 0 if there are none."""
        return min(skip // take + 1, pages)

    # Pages by cursor

    def cursor_index(self, call: Call) -> Answer:
        """listBookings by `limit` and `cursor`."""
        limit = whole_parameter(call.query, "limit", DEFAULT_LIMIT, 1, MOST_LIMIT)
        offset = self.offset(first(call.query.get("cursor")))
        search = self.search(call, self.kind(call))
        data = self.page(call, search, offset, limit)
        following = offset + limit
        has_more = following < self.total(search)
        pagination = {"nextCursor": self.cursor(following) if has_more else None, "hasMore": has_more}
        return self.tools.envelopes.page(call, data, pagination)

    def cursor(self, offset: int) -> str:
        """The word that leads to the page which begins at an offset."""
        return base64.urlsafe_b64encode(f"{_CURSOR_MARK}{offset}".encode()).decode().rstrip("=")

    def offset(self, cursor: Any) -> int:
        """Where a cursor leads; 0 without one.

        Raises:
            Refusal: 400, not a cursor.
        """
        if cursor is None:
            return 0
        try:
            told = base64.urlsafe_b64decode(f"{cursor}{'=' * (-len(cursor) % 4)}").decode()
        except (binascii.Error, ValueError, TypeError) as failure:
            raise self.no_cursor() from failure
        digits = told.removeprefix(_CURSOR_MARK)
        if not (told.startswith(_CURSOR_MARK) and digits.isascii() and digits.isdigit() and len(digits) <= 9):
            raise self.no_cursor()
        return int(digits)

    def no_cursor(self) -> Refusal:
        """The refusal of a text that is not a cursor."""
        return bad_request("cursor property is wrong,cursor must be one that an earlier answer gave ")

    # Filters

    def search(self, call: Call, kinds: tuple[str, ...]) -> BookingSearch:
        """What is searched for.

        Raises:
            Refusal: 400.
        """
        return BookingSearch(
            account_id=self.account(call),
            kinds=kinds,
            event_type_numbers=self.event_types(call),
            attendee_email=self.attendee_email(call),
            attendee_name=self.text(call, "attendeeName"),
            code=self.text(call, "bookingUid"),
            after_start=self.bound(call, "afterStart"),
            before_end=self.bound(call, "beforeEnd"),
            after_created=self.bound(call, "afterCreatedAt"),
            before_created=self.bound(call, "beforeCreatedAt"),
            after_updated=self.bound(call, "afterUpdatedAt"),
            before_updated=self.bound(call, "beforeUpdatedAt"),
            orders=self.orders(call),
        )

    def account(self, call: Call) -> str | None:
        """Whose bookings are listed."""
        return call.account_id

    def kinds(self, call: Call) -> tuple[str, ...]:
        """Any number of kinds, by commas."""
        if "status" not in call.query:
            return ()
        kinds = texts(call.query["status"])
        if not kinds or not set(kinds) <= set(KINDS):
            raise self.wrong(call, "status", "isEnum", f"Invalid status. Allowed are {', '.join(KINDS)}")
        return tuple(kinds)

    def kind(self, call: Call) -> tuple[str, ...]:
        """One kind, as the newer date has it."""
        status = call.query.get("status")
        if status is None:
            return ()
        if status not in KINDS:
            raise self.wrong(call, "status", "isEnum", f"status must be one of {', '.join(KINDS)}")
        return (status,)

    def text(self, call: Call, name: str) -> str | None:
        """A parameter that is a text."""
        value = first(call.query.get(name))
        return value if isinstance(value, str) else None

    def attendee_email(self, call: Call) -> str | None:
        """An address; a plus sign that arrives as a space is put back."""
        address = self.text(call, "attendeeEmail")
        return None if address is None else address.replace(" ", "+")

    def event_types(self, call: Call) -> tuple[int, ...] | None:
        """Ids of event types, None for all. No event type is a team's, so a team has none.

        Raises:
            Refusal: 400, not ids, or not all of them known.
        """
        if "teamId" in call.query or "teamsIds" in call.query:
            self.ids(call, "teamId" if "teamId" in call.query else "teamsIds")
            return ()
        name = "eventTypeId" if "eventTypeId" in call.query else "eventTypeIds"
        if name not in call.query:
            return None
        numbers = self.ids(call, name)
        for number in numbers:
            self.check_event_type(number)
        return numbers

    def ids(self, call: Call, name: str) -> tuple[int, ...]:
        """The numbers of a parameter.

        Raises:
            Refusal: 400.
        """
        numbers = [number_of(item) for item in texts(call.query[name])]
        if not numbers or not all(isinstance(number, int) for number in numbers):
            raise self.wrong(call, name, "isNumber", f"{name} must be a number")
        return tuple(numbers)

    def check_event_type(self, number: int) -> None:
        """Refuse an event type that does not exist.

        Raises:
            Refusal: 400 without details.
        """
        try:
            event_type_of(self.tools, number)
        except NotFound:
            raise coded(400, "TRPCError", "The requested event-types do not exist.") from None

    def bound(self, call: Call, name: str) -> int | None:
        """One bound in epoch seconds.

        Raises:
            Refusal: 400.
        """
        if name not in call.query:
            return None
        given = first(call.query[name])
        instant = instant_of(given) if isinstance(given, str) else None
        if instant is None:
            word = _WORDS.get(name, name)
            raise self.wrong(call, name, "isISO8601", f"{word} must be a valid ISO 8601 date string")
        return instant

    def orders(self, call: Call) -> tuple[Order, ...]:
        """The orders that are asked for; by start if none is.

        Raises:
            Refusal: 400.
        """
        found: list[Order] = []
        for name, column in _ORDERS.items():
            if name in call.query:
                way = first(call.query[name])
                if way not in ("asc", "desc"):
                    raise self.wrong(call, name, "isEnum", f"{name} must be either 'asc' or 'desc'")
                found.append(Order(column, descending=way == "desc"))
        return tuple(found) or (Order(BY_START),)

    def wrong(self, call: Call, name: str, rule: str, sentence: str) -> Refusal:
        """The refusal of one parameter."""
        return listed([Problem(call.query, name, call.query.get(name), {rule: sentence})])
