"""The grounds of a campaign on imatic Calendar v1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bookproof.fuzz.calendar import Entry
from bookproof.fuzz.words import BOOKING, DROP, NOWHERE, WANTED, Grounds, Words, countable, named, one_of
from bookproof.ledger import Thing
from bookproof.probes.imatic_v1 import openings
from bookproof.probes.imatic_v1.session import Session
from bookproof.targets.views import Slot, utc
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange

_MAKES = {"createBooking": "booking", "createEventLink": "link", "createWebhook": "webhook"}
_REMOVES = {
    "cancelBooking": ("booking", "bookingCode"),
    "revokeEventLink": ("link", "linkCode"),
    "deleteWebhook": ("webhook", "webhookId"),
}
_OF_PATH = {"bookingCode": "booking", "linkCode": "link", "webhookId": "webhook"}
#: Roles that have scopes of their own, and which.
_SCOPES = {"slots-read": ("slots:read",), "bookings-read": ("bookings:read",)}
#: How many of each kind are made for paths to name, before what is over must do.
_ENOUGH = 6
#: So many items any API gives on a page.
_SURE_PAGE = 20


class ImaticGrounds(Grounds):
    """The main event type with its free slots, and bookings, links and subscriptions of the campaign's own."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._writes = session.ceiling > 0
        self._openings = session.need(openings.main)
        self.code = self._openings.rules.code
        free = self._free()
        # Over and over: those of bookings that are gone are free again.
        self._starts, self._wanted = cycle(free), free[:WANTED]

    def _free(self) -> list[datetime]:
        """Starts that no other probe was given."""
        free = [slot.start for slot in self._openings.slots if self._openings.clear(slot, close=True)]
        if not free:
            raise Untestable(f"event type {self.code} has no free slot left to fuzz with: give it more hours")
        return free

    def kind_of(self, name: str) -> str:
        return _OF_PATH.get(name, "")

    def path_word(self, operation: str, name: str, value: Any) -> Any:
        if name == "eventTypeCode":
            return self.code
        kind = _OF_PATH[name]
        if self.sequences and self.is_ours(name, value):
            return value
        if not self._writes:
            return value
        odd = self.name_of_nothing(operation, name, value)
        if odd:
            return odd
        if self._live[kind]:
            return self._live[kind][-1]
        if self.needs_live or len(self._over[kind]) < _ENOUGH:
            self._make(kind)
        return (self._live[kind] or self._over[kind] or [value])[-1]

    def _make(self, kind: str) -> None:
        session = self._session
        if kind == "booking":
            exchange = session.book(self._openings.rules, next(self._starts), note="to be fuzzed with")
        elif kind == "link":
            exchange = session.create("createEventLink", {"eventTypeCode": self.code}, note="to be fuzzed with")
        else:
            arguments = {"url": f"https://{NOWHERE}/hook", "events": ["booking.no_show"]}
            exchange = session.create("createWebhook", arguments, note="to be fuzzed with")
        self._keep(kind, exchange)

    def _keep(self, kind: str, exchange: Exchange) -> str:
        session = self._session
        code = session.api.field(kind, "id" if kind == "webhook" else "code", session.api.single(kind, exchange))
        if not exchange.ok or not isinstance(code, str | int):
            return ""
        self.ours.add((kind, str(code)))
        self._live[kind].append(str(code))
        if kind == "booking":
            self._enter(exchange)
        return str(code)

    def _enter(self, exchange: Exchange, instead_of: str = "") -> None:
        shown = self._session.api.booking(exchange)
        # An answer to a move need not show where the booking is now.
        self.calendar.lost(instead_of)
        if shown and shown.code and shown.start:
            what, end = shown.event_type_code or self.code, shown.end or self._end_of(shown.start)
            self.calendar.booked(Entry(shown.code, what, shown.start, end, exchange))

    def _end_of(self, start: datetime) -> datetime:
        """The end of a booking that is not shown: that of its slot, or so early that it can only be later."""
        ends = (slot.end for slot in self._openings.slots if slot.start == start)
        return next(ends, start + timedelta(minutes=1))

    def pins(self) -> Mapping[str, str]:
        return {"eventTypeCode": self.code}

    def query_words(self, operation: str) -> Words:
        if operation == "listSlots":
            first = self._openings.start
            window: Words = {"start": utc(first), "end": utc(first + timedelta(days=2))}
            # Some targets take the event type in the query.
            ground: Words = {"eventTypeCode": self.code, "timeZone": self._session.target.time_zone}
            return {**window, **ground, "duration": DROP, "page": DROP}
        words: Words = {"page": countable}
        if operation == "listBookings":
            words = {
                **words,
                "eventTypeCode": self.code,
                "from": utc(self._openings.start),
                "to": utc(self._openings.end),
            }
        return words

    def body_words(self, operation: str) -> Words:
        target = self._session.target
        if operation == "createBooking":
            answers = self._openings.rules.required_answers
            return {
                "eventTypeCode": self.code,
                "start": self._start,
                "duration": DROP,
                "attendee": {"name": named, "email": target.attendee_email, "timeZone": target.time_zone},
                "answers": dict(answers) if answers else DROP,
                "linkCode": DROP,
            }
        if operation == "rescheduleBooking":
            return {"start": self._start}
        if operation in ("createWebhook", "updateWebhook"):
            return {"url": f"https://{NOWHERE}/hook"}
        return {}

    def _start(self, given: Any) -> Any:
        if not self.sequences:
            return utc(next(self._starts))
        return given if given in self._listed() else utc(one_of(self._wanted, given))

    def _listed(self) -> set[str]:
        return {utc(slot.start) for slot in self._openings.slots}

    def changes(self, operation: str) -> bool:
        return operation in (*_REMOVES, "rescheduleBooking", "updateWebhook", "testWebhook")

    def about_to_send(self, operation: str) -> None:
        if operation in _MAKES:
            self._session.ledger.about_to_create(_MAKES[operation], self._session.target.attendee_email)

    def answered(self, exchange: Exchange) -> None:
        session = self._session
        kind = _MAKES.get(exchange.operation)
        if kind:
            code = self._keep(kind, exchange)
            if code:
                session.ledger.created(kind, code)
            else:
                session.ledger.refused(kind)
        elif exchange.ok and exchange.operation == "rescheduleBooking":
            moved = session.api.booking(exchange)
            if moved and moved.code and ("booking", moved.code) not in self.ours:
                session.ledger.created("booking", self._keep("booking", exchange))
            self._enter(exchange, self._code_in(exchange, "booking"))
        elif exchange.ok and exchange.operation in _REMOVES:
            gone, _ = _REMOVES[exchange.operation]
            self._gone(gone, self._code_in(exchange, gone))

    def remove(self, thing: Thing) -> None:
        operation, argument = next((name, of) for name, (kind, of) in _REMOVES.items() if kind == thing.kind)
        # What cannot be removed now is tried again when the run cleans up.
        if self._session.api.call(operation, {argument: thing.code}, note="no longer needed").ok:
            self._gone(thing.kind, thing.code)

    def booked_by(self, exchange: Exchange) -> list[str]:
        shown = self._session.api.booking(exchange) if exchange.operation in BOOKING else None
        return [shown.code] if shown and shown.code else []

    def listed_again(self, exchange: Exchange) -> tuple[Exchange, bool] | None:
        code = self._code_in(exchange, "booking") if exchange.operation == "cancelBooking" else ""
        entry = self.calendar.freed(code)
        if entry is None or entry.start not in {slot.start for slot in self._openings.slots}:
            return None
        listing, free = openings.still_listed(self._session, self._openings.rules, Slot(entry.start, entry.end))
        return None if free is None else (listing, free)

    def depends_on_state(self, exchange: Exchange) -> bool:
        # No document says how large a page may be.
        asked = self._asked(exchange, "limit")
        return asked.isdecimal() and int(asked) > (self._session.api.known_page_size or _SURE_PAGE)

    def tolerates(self, exchange: Exchange) -> bool:
        # Where times are numbers, a number is a time; and a page of next to nothing may be read as one of one item.
        limit = self._asked(exchange, "limit")
        if _is_number(limit) and int(limit) < 1:
            return True
        epoch = self._session.api.binding.format("time").startswith("epoch")
        return epoch and any(_is_number(self._asked(exchange, name)) for name in ("start", "end"))

    def _asked(self, exchange: Exchange, argument: str) -> str:
        """What a query says of an argument, "" for nothing."""
        name = self._session.api.binding.form(exchange.operation).query.get(argument, argument)
        return parse_qs(urlsplit(exchange.url).query).get(name, [""])[0]

    def page_faults(self, exchange: Exchange) -> Iterator[tuple[str, str, str]]:
        operation = self._session.contract.operations.get(exchange.operation)
        if operation is None or not operation.is_list:
            return
        page, items = self._session.api.page(exchange), self._session.api.items(exchange)
        if page is None or items is None:
            return
        if page.limit is not None and len(items) > page.limit:
            yield "pagination.limit.honoured", f"at most {page.limit} items", f"{len(items)} items"
        if page.total is not None and page.limit and page.pages != -(-page.total // page.limit):
            wanted = f"{-(-page.total // page.limit)} pages for {page.total} items by {page.limit}"
            yield "pagination.pages.arithmetic", wanted, f"pages {page.pages}"

    def without_scope(self, operation: str) -> tuple[str, str, str] | None:
        scope = self._session.contract.operations[operation].scope
        role = next((role for role, scopes in _SCOPES.items() if scope not in scopes), "")
        known = scope and self._session.contract.operations[operation].scope_provenance == "documented"
        if not known or not scope or not self._session.has_role(role):
            return None
        return role, f"scopes.{scope.replace(':', '-')}.required", self._session.target.credentials[role]


def _is_number(word: str) -> bool:
    return word.removeprefix("-").isdecimal()
