"""The grounds of a campaign on Cal.com v2."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import count, cycle
from typing import Any, cast

from bookproof.fuzz.calendar import Entry
from bookproof.fuzz.words import BOOKING, DROP, NOWHERE, WANTED, Grounds, Words, countable, named, one_of
from bookproof.ledger import Thing
from bookproof.probes.calcom_v2 import grounds as own
from bookproof.probes.calcom_v2.booking_reads import evidence_or_none
from bookproof.probes.calcom_v2.permissions import NEEDED_BY
from bookproof.probes.calcom_v2.scope_tokens import Issued, issued
from bookproof.probes.calcom_v2.session import REASON, Session
from bookproof.targets.dialects.calcom_v2 import VERSION_HEADER
from bookproof.targets.views import instant, utc
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange

#: What an operation makes, and the member of its answer that names it.
_MAKES = {
    "createBooking": ("booking", "uid"),
    "rescheduleBooking": ("booking", "uid"),
    "createEventType": ("event-type", "id"),
    "createSchedule": ("schedule", "id"),
    "createWebhook": ("webhook", "id"),
    "reserveSlot": ("reservation", "reservationUid"),
    "createTeam": ("team", "id"),
}
_REMOVES = {
    "cancelBooking": "booking",
    "declineBooking": "booking",
    "deleteEventType": "event-type",
    "deleteSchedule": "schedule",
    "deleteWebhook": "webhook",
    "releaseReservation": "reservation",
    "deleteTeam": "team",
}
_OF_PATH = {
    "bookingUid": "booking",
    "eventTypeId": "event-type",
    "scheduleId": "schedule",
    "webhookId": "webhook",
    "reservationUid": "reservation",
    "teamId": "team",
}
_CHANGES = ("rescheduleBooking", "confirmBooking", "markBookingAbsent")
#: How many of each kind are made for paths to name, before what is over must do.
_ENOUGH = 6
#: Valid calls that are refused for how things stand: only a booking that waits can be confirmed, only one that is over
#: can be marked; a schedule that is deleted already is a bad request; days that a calendar is asked for have an order.
_DEPENDING = (
    *("confirmBooking", "declineBooking", "markBookingAbsent", "updateReservation", "deleteSchedule"),
    "listBusyTimes",
)
#: Whose queries no source says are looked at.
_UNCHECKED = ("listEventTypes", "listWebhooks", "connectCalendar", "listOrganizationUsers", "listBookings")
#: The longest event type that is made, in minutes: a day.
_LONGEST = 1_440


class CalcomGrounds(Grounds):
    """An event type of the campaign's own with its free slots, and things of every kind that it may spoil."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._writes = session.ceiling > 0
        self._main = self._ground() if self._writes else None
        free = self._free() if self._main else []
        # Over and over: those of bookings that are gone are free again.
        self._starts, self._wanted = cycle(free), free[:WANTED]
        self._held: set[datetime] = set()
        self._number = count(1)
        self._zone = session.target.time_zone
        self._tokens: Issued | None = evidence_or_none(session, issued)

    def _ground(self) -> own.Ground:
        return own.make_event_type(self._session, "fuzz")

    def _free(self) -> list[datetime]:
        given = self._session.given
        listed = self._main.free if self._main else []
        length = timedelta(minutes=30)
        free = [at for at in listed if not any(at < end and begin < at + length for begin, end in given)]
        if not free:
            raise Untestable("the event type of the run has no free slot left to fuzz with; see slots.hours.honoured")
        return free

    def _slug(self, _: Any = None) -> str:
        return self._session.unique(f"fuzz-{next(self._number)}")

    def _url(self, _: Any) -> str:
        return f"https://{NOWHERE}/{self._slug()}"

    def _start(self, given: Any) -> Any:
        if self._main is None:
            return given
        if not self.sequences:
            return utc(next(self._starts))
        return given if instant(given) in self._main.free else utc(one_of(self._wanted, given))

    def headers(self, operation: str) -> Mapping[str, str]:
        found = self._session.contract.operations[operation]
        version = found.versions[0] if found.versions else found.documented_version
        return {VERSION_HEADER: version} if version else {}

    def kind_of(self, name: str) -> str:
        return _OF_PATH.get(name, "")

    def path_word(self, operation: str, name: str, value: Any) -> Any:
        if name in ("orgId", "calendar"):
            known = self._session.target.known.get("organization")
            return "google" if name == "calendar" else known if known is not None else value
        kind = _OF_PATH[name]
        if (self.sequences and self.is_ours(name, value)) or not self._writes:
            return value
        odd = self.name_of_nothing(operation, name, value)
        if odd:
            return odd
        if not self._live[kind] and (self.needs_live or len(self._over[kind]) < _ENOUGH):
            self._make(kind)
        return (self._live[kind] or self._over[kind] or [value])[-1]

    def _make(self, kind: str) -> None:
        session, note = self._session, "to be fuzzed with"
        if kind == "booking" and self._main:
            exchange = session.book(self._main.id, next(self._starts), note=note)
        elif kind == "event-type":
            body = {"title": "Bookproof fuzz", "slug": self._slug(), "lengthInMinutes": 30}
            exchange = session.create("createEventType", body=body, note=note)
        elif kind == "schedule":
            body = {"name": self._slug(), "timeZone": self._zone, "isDefault": False}
            exchange = session.create("createSchedule", body=body, note=note)
        elif kind == "webhook":
            url = f"https://{NOWHERE}/{self._slug()}"
            body = {"active": False, "subscriberUrl": url, "triggers": ["BOOKING_CREATED"]}
            exchange = session.create("createWebhook", body=body, note=note)
        elif kind == "reservation" and self._main:
            body = {"eventTypeId": self._main.id, "slotStart": utc(next(self._starts))}
            exchange = session.create("reserveSlot", body=body, note=note)
        else:
            exchange = session.create("createTeam", body={"name": self._slug()}, note=note)
        self._keep(kind, exchange)

    def _keep(self, kind: str, exchange: Exchange) -> list[str]:
        member = next(member for made, member in _MAKES.values() if made == kind)
        made = self._session.api.many(exchange)
        codes = [str(thing[member]) for thing in made if thing.get(member) is not None]
        for thing, code in zip(made, codes, strict=False):
            self.ours.add((kind, code))
            if code not in self._live[kind]:
                self._live[kind].append(code)
            if kind == "booking":
                self._enter(thing, exchange)
            held = instant(thing.get("slotStart")) if kind == "reservation" else None
            if held:
                self._held.add(held)
        return codes

    def _enter(self, booking: Mapping[str, Any], exchange: Exchange) -> None:
        start, end = instant(booking.get("start")), instant(booking.get("end"))
        if start and end:
            entry = Entry(str(booking["uid"]), str(booking.get("eventTypeId")), start, end, exchange)
            self.calendar.booked(entry)

    def query_words(self, operation: str) -> Words:
        first = min(self._main.free) if self._main else self._session.now() + timedelta(days=own.FIRST_DAY)
        span = {"start": utc(first), "end": utc(first + timedelta(days=2))}
        said = _QUERIES.get(operation, lambda _, __: {})(
            self._main.id if self._main else 1, {**span, "zone": self._zone}
        )
        # A team that nobody has may be refused.
        team = self._session.target.known.get("team")
        return {"skip": countable, "take": countable, **said, **({"teamId": team} if "teamId" in said and team else {})}

    def body_words(self, operation: str) -> Words:
        # What is not said is left out: the document has a type for it, and the server has rules.
        return {**dict.fromkeys(self._members(operation), DROP), **self._said(operation)}

    def _members(self, operation: str) -> list[str]:
        from bookproof.fuzz.words import properties

        name = self._session.contract.operations[operation].request_schema
        return list(properties(self._session.contract.schema(name))) if name else []

    def _said(self, operation: str) -> Words:
        main = self._main.id if self._main else 1
        email = self._session.target.attendee_email
        attendee = {"name": named, "email": email, "timeZone": self._zone, "phoneNumber": DROP, "language": "en"}
        event_type = {
            "title": named,
            "slug": self._slug,
            "lengthInMinutes": _short,
            "description": _same,
            "hidden": _same,
        }
        schedule = {"name": named, "timeZone": self._zone, "isDefault": False}
        hold = {"eventTypeId": main, "slotStart": self._start, "reservationDuration": 5}
        webhook = {
            "active": False,
            "subscriberUrl": self._url,
            "triggers": _known_triggers,
        }
        said: dict[str, Words] = {
            "createBooking": {"start": self._start, "eventTypeId": main, "attendee": attendee},
            "rescheduleBooking": {"start": self._start, "reschedulingReason": _same},
            "cancelBooking": {"cancellationReason": _worded},
            "declineBooking": {"reason": _same},
            "markBookingAbsent": {"host": _same},
            "createEventType": event_type,
            "updateEventType": event_type,
            "createSchedule": schedule,
            "updateSchedule": schedule,
            "reserveSlot": hold,
            "updateReservation": hold,
            "createWebhook": webhook,
            "updateWebhook": webhook,
            "createTeam": {"name": self._slug},
            "updateTeam": {"name": self._slug},
        }
        return said.get(operation, {})

    def mended(self, operation: str, given: Mapping[str, Any], body: dict[str, Any]) -> dict[str, Any]:
        by_slug = "eventTypeSlug" in given and "eventTypeSlug" not in body and {"username", "teamSlug"} & given.keys()
        if operation == "createBooking" and "eventTypeId" not in given and self._main and by_slug:
            # The event type was named in another way, by names that the document does not know.
            body["eventTypeId"] = self._main.id
        if operation == "createBooking" and isinstance(given.get("attendee"), dict):
            attendee, before = body.get("attendee"), given["attendee"]
            if (
                isinstance(attendee, dict)
                and "phoneNumber" in before
                and not {"phoneNumber", "email"} & attendee.keys()
            ):
                body["attendee"] = {**attendee, "email": self._session.target.attendee_email}
        if operation == "cancelBooking" and "cancellationReason" not in given:
            body["cancellationReason"] = REASON
        return body

    def depends_on_state(self, exchange: Exchange) -> bool:
        if exchange.operation in _DEPENDING:
            return True
        moves = exchange.operation in ("cancelBooking", "rescheduleBooking")
        if moves and self._code_in(exchange, "booking") not in self._live["booking"]:
            # What is over is a bad request here, as is what is taken.
            return True
        if exchange.operation not in ("createBooking", "rescheduleBooking", "reserveSlot"):
            return False
        try:
            body = cast("dict[str, Any]", json.loads(exchange.request_body))
            start = instant(body.get("start", body.get("slotStart")))
        except (ValueError, AttributeError):
            return False
        return start is not None and self._is_taken(start, start + timedelta(minutes=30))

    def _is_taken(self, start: datetime, end: datetime) -> bool:
        return self.calendar.takes(start, end) or any(
            start < held + (end - start) and held < end for held in self._held
        )

    def tolerates(self, exchange: Exchange) -> bool:
        return exchange.operation in _UNCHECKED and "?" in exchange.url

    def needed_query(self, operation: str) -> Words:
        if operation == "listSlots":
            return {"eventTypeId": self._main.id if self._main else 1}
        return {"timeZone": self._zone} if operation == "listBusyTimes" else {}

    def needed_body(self, operation: str) -> dict[str, Any] | None:
        # Hosts must say why, as the document has it in words only.
        return {"cancellationReason": REASON} if operation == "cancelBooking" else None

    def changes(self, operation: str) -> bool:
        return operation in _REMOVES or operation in _CHANGES or operation.startswith("update")

    def about_to_send(self, operation: str) -> None:
        if operation in _MAKES:
            self._session.ledger.about_to_create(_MAKES[operation][0], self._session.target.attendee_email)

    def answered(self, exchange: Exchange) -> None:
        ledger, operation = self._session.ledger, exchange.operation
        if exchange.ok and (operation in _REMOVES or operation == "rescheduleBooking"):
            gone = _REMOVES.get(operation, "booking")
            self._gone(gone, self._code_in(exchange, gone))
        if operation not in _MAKES:
            return
        kind, _ = _MAKES[operation]
        codes = self._keep(kind, exchange) if exchange.ok else []
        if not codes:
            ledger.refused(kind)
        for number, code in enumerate(codes):
            if number:
                ledger.about_to_create(kind, self._session.target.attendee_email)
            ledger.created(kind, code)

    def remove(self, thing: Thing) -> None:
        # What cannot be removed now is tried again when the run cleans up.
        if self._session.remove(thing.kind, thing.code, note="no longer needed").ok:
            self._gone(thing.kind, thing.code)

    def booked_by(self, exchange: Exchange) -> list[str]:
        made = self._session.api.many(exchange) if exchange.operation in BOOKING else []
        return [str(thing.get("uid")) for thing in made]

    def listed_again(self, exchange: Exchange) -> tuple[Exchange, bool] | None:
        code = self._code_in(exchange, "booking") if exchange.operation == "cancelBooking" else ""
        entry = self.calendar.freed(code)
        if entry is None or self._main is None or entry.start not in self._main.free:
            return None
        listing = own.list_slots(self._session, self._main.id, entry.start, entry.end, note="still free?")
        return (listing, entry.start in own.starts(self._session, listing)) if listing.ok else None

    def page_faults(self, exchange: Exchange) -> Iterator[tuple[str, str, str]]:
        pagination, items = self._session.api.pagination(exchange), self._session.api.many(exchange)
        total, most, skipped = (pagination.get(name) for name in ("totalItems", "itemsPerPage", "skip"))
        if exchange.operation != "listBookings" or not isinstance(most, int):
            return
        if len(items) > most:
            yield "pagination.limit.honoured", f"at most {most} bookings", f"{len(items)} bookings"
        if (
            isinstance(total, int)
            and most > 0
            and skipped is None
            and pagination.get("totalPages") != -(-total // most)
        ):
            wanted = f"totalPages {-(-total // most)} for {total} bookings by {most}"
            yield "pagination.offset.arithmetic", wanted, f"totalPages {pagination.get('totalPages')}"

    def without_scope(self, operation: str) -> tuple[str, str, str] | None:
        # Keys have no scopes here; tokens that have can only be had from a control door.
        permission = next((name for name, operations in NEEDED_BY.items() if operation in operations), "")
        if not permission or self._tokens is None:
            return None
        row = f"scopes.{permission.lower().replace('_', '-')}.required"
        return f"a token without {permission}", row, self._tokens.lacking[permission]


def _same(value: Any) -> Any:
    return value


def _worded(text: Any) -> Any:
    return text if str(text).strip() else REASON


def _short(minutes: Any) -> Any:
    return min(minutes, _LONGEST)


def _filters(statuses: Any) -> Any:
    """An empty list cannot be told from an empty text in a query."""
    return statuses or ["upcoming"]


def _known_triggers(triggers: Any) -> Any:
    """Those that go without further settings."""
    return [trigger for trigger in triggers if trigger.startswith("BOOKING_C")] or ["BOOKING_CREATED"]


#: Other ways to name an event type whose slots are asked for, and what depends on one.
_OTHER_WAYS = (
    *("eventTypeSlug", "username", "teamSlug", "organizationSlug", "usernames", "duration", "bookingUidToReschedule"),
)
_Query = Callable[[int, Mapping[str, str]], Words]
_QUERIES: Mapping[str, _Query] = {
    "listSlots": lambda main, given: {
        "eventTypeId": main,
        "start": given["start"],
        "end": given["end"],
        "timeZone": given["zone"],
        **dict.fromkeys(_OTHER_WAYS, DROP),
    },
    "listBookings": lambda main, given: {
        "eventTypeId": main,
        "status": _filters,
        "eventTypeIds": str(main),
        "teamId": DROP,
        "teamsIds": DROP,
        "limit": DROP,
        "cursor": DROP,
    },
    "listBusyTimes": lambda main, given: {"timeZone": given["zone"], "loggedInUsersTz": DROP},
}
