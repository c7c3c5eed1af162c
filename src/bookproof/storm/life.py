"""The life of one user: looks for slots, books one that others want too, reads, moves and cancels it; then anew."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, cast

from bookproof.judge.race_model import CANCEL, CREATE, DONE, MOVE, REFUSED, UNKNOWN
from bookproof.judge.races import says_error
from bookproof.storm.calls import LOOK, READ, StormCall
from bookproof.storm.plan import Place, StormPlan
from bookproof.storm.turns import Turns
from bookproof.targets.dialects.imatic_v1 import ImaticV1
from bookproof.targets.target import EventTypeRules
from bookproof.verdict import Untestable
from bookproof.wire.client import LONGEST_WAIT
from bookproof.wire.exchange import NOT_JSON, Exchange

#: For so long everybody wants the same place, in seconds; then the next one.
HOT_SECONDS = 0.25
#: Seconds to hold back after a 429 that does not say how long.
_UNASKED_WAIT = 5.0
#: Answers that a booking is not there.
_GONE = (404, 410)
#: A client error that does not say that nothing has happened.
_TIMED_OUT = 408

_OPERATIONS = {
    LOOK: "listSlots",
    READ: "getBooking",
    CREATE: "createBooking",
    MOVE: "rescheduleBooking",
    CANCEL: "cancelBooking",
}


#: What to add to the machine's monotonic clock to get unix time.
_EPOCH = time.time() - time.monotonic()


def steady_time() -> float:
    """Unix time in seconds by a clock that never goes back; processes of one machine agree on it."""
    return _EPOCH + time.monotonic()


class Life:
    """One user, who makes one call after the other. Nobody else ever touches the bookings that this user makes.

    Args:
        plan: of the process.
        user: process and user in it: ``0-7``.
        api: the target, spoken to by this user's own connection.
        turns: of the process.
        keep: takes every call, before it is sent and again when it has ended.
        clock: unix time in seconds, which never goes back; for tests.
    """

    def __init__(
        self,
        plan: StormPlan,
        user: str,
        api: ImaticV1,
        turns: Turns,
        keep: Callable[[StormCall, bool], None],
        clock: Callable[[], float] = steady_time,
    ) -> None:
        self._plan = plan
        self._user = user
        self._api = api
        self._turns = turns
        self._keep = keep
        self._clock = clock
        self._random = random.Random(f"{plan.seed}/{user}")  # noqa: S311  chooses, and keeps no secret
        self._rules = {rules.code: rules for rules in api.target.event_types.values()}
        self._calls = 0
        self._bookings = 0
        self._held: StormCall | None = None
        self._free: list[Place] = []

    def step(self) -> None:
        """Make the next call.

        Raises:
            Over: no further request may be begun.
        """
        dice = self._random.random()
        if self._held is None:
            if dice < 0.15:
                self._look()
            else:
                self._create(self._wanted())
        elif dice < 0.4:
            self._move(self._wanted(self._held.event_type_code))
        elif dice < 0.85:
            self._cancel()
        else:
            self._read()

    # Which place

    def _wanted(self, event_type_code: str = "") -> Place:
        """The place that everybody wants at this moment, mostly; sometimes one that was seen free, or any."""
        places = [p for p in self._plan.places if not event_type_code or p.event_type_code == event_type_code]
        dice = self._random.random()
        if dice < 0.7:
            return places[int(self._clock() / HOT_SECONDS) % len(places)]
        seen = [place for place in self._free if place in places] if dice < 0.85 else []
        return self._random.choice(seen or places)

    # The calls

    def _look(self) -> None:
        place = self._random.choice(self._plan.places)
        code = place.event_type_code
        start, end = _moment(place.start), _moment(place.end + 3600)
        with self._call(LOOK, event_type_code=code) as call:
            exchange = self._answered(call, {"eventTypeCode": code, "start": start, "end": end})
            try:
                slots = self._api.slots(exchange, _minutes(self._rules.get(code))) if exchange.ok else []
            except Untestable:
                slots = None
            if slots is None:
                call.trouble = "no list of slots where the bindings say"
            starts = {slot.start.timestamp() for slot in slots or ()}
            self._free = [p for p in self._plan.places if p.event_type_code == code and p.start in starts]

    def _create(self, place: Place) -> None:
        self._bookings += 1
        attendee = self._plan.attendee(self._user, self._bookings)
        code = place.event_type_code
        with self._call(CREATE, attendee=attendee, event_type_code=code, wanted=place.start) as call:
            target, rules = self._api.target, self._rules.get(code)
            arguments: dict[str, Any] = {
                "eventTypeCode": code,
                "start": _moment(place.start),
                "attendeeName": attendee,
                "attendeeEmail": target.attendee_email,
                "attendeeTimeZone": target.time_zone,
            }
            if rules and rules.required_answers:
                arguments["answers"] = dict(rules.required_answers)
            exchange = self._answered(call, arguments)
            if call.outcome == DONE:
                call.becomes = self._code_in(exchange, call)
                if call.becomes:
                    self._held = call

    def _move(self, place: Place) -> None:
        held = self._holding
        with self._call(MOVE, about=held, wanted=place.start) as call:
            arguments = {"bookingCode": held.becomes, "start": _moment(place.start)}
            exchange = self._answered(call, arguments)
            if call.outcome == DONE:
                call.becomes = self._code_in(exchange, call)
            # Whoever does not know where a booking is leaves it alone.
            if call.outcome == UNKNOWN or (call.outcome == DONE and not call.becomes) or call.status in _GONE:
                self._held = None
            elif call.outcome == DONE:
                self._held = call

    def _cancel(self) -> None:
        held = self._holding
        with self._call(CANCEL, about=held) as call:
            self._answered(call, {"bookingCode": held.becomes})
            if call.outcome != REFUSED or call.status in _GONE:
                self._held = None

    def _read(self) -> None:
        held = self._holding
        with self._call(READ, about=held) as call:
            exchange = self._answered(call, {"bookingCode": held.becomes})
            if call.outcome == DONE and self._api.booking(exchange) is None:
                call.trouble = "no booking where the bindings say"
            if call.status in _GONE:
                self._held = None

    @property
    def _holding(self) -> StormCall:
        assert self._held is not None, "only who holds a booking moves it"
        return self._held

    @contextmanager
    def _call(
        self,
        action: str,
        *,
        about: StormCall | None = None,
        attendee: str = "",
        event_type_code: str = "",
        wanted: float = 0.0,
    ) -> Generator[StormCall]:
        """A call that has its turn: written down before it is sent, and again when it has ended, however it ends."""
        self._turns.take()
        self._calls += 1
        call = StormCall(
            user=self._user,
            number=self._calls,
            action=action,
            attendee=about.attendee if about else attendee,
            event_type_code=about.event_type_code if about else event_type_code,
            wanted=wanted,
            code=about.becomes if about else "",
            begun=self._clock(),
        )
        self._keep(call, False)
        try:
            yield call
        finally:
            self._keep(call, True)

    def _answered(self, call: StormCall, arguments: Mapping[str, Any]) -> Exchange:
        """Send a call and note how it was answered."""
        exchange = self._api.call(_OPERATIONS[call.action], arguments)
        call.status, call.failure = exchange.status, exchange.failure
        if exchange.status:
            call.ended, call.seconds = self._clock(), round(exchange.elapsed, 6)
        call.outcome = _outcome(exchange)
        call.error = _error_code(exchange)
        call.trouble = _trouble(exchange, call.error)
        if exchange.status == 429:
            asked = exchange.response_headers.get("retry-after", "")
            self._turns.pause(min(float(asked), LONGEST_WAIT) if asked.isdigit() else _UNASKED_WAIT)
        return exchange

    def _code_in(self, exchange: Exchange, call: StormCall) -> str:
        booking = self._api.booking(exchange)
        code = booking.code if booking and booking.code else ""
        if not code and call.action == CREATE:
            call.trouble = call.trouble or "no code of a booking where the bindings say"
        return code


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _minutes(rules: EventTypeRules | None) -> int | None:
    return rules.durations[0] if rules and rules.durations else None


def _outcome(exchange: Exchange) -> str:
    if exchange.ok:
        return REFUSED if says_error(exchange.json) else DONE
    return REFUSED if exchange.refused and exchange.status != _TIMED_OUT else UNKNOWN


def _error_code(exchange: Exchange) -> str:
    answer: Any = exchange.json
    code = cast("dict[str, Any]", answer).get("error") if isinstance(answer, dict) else None
    return code[:80] if isinstance(code, str) else ""


def _trouble(exchange: Exchange, error: str) -> str:
    """What is wrong with the form of an answer (Source: REST API, Error handling)."""
    if not exchange.status or exchange.status == 204:
        return ""
    if exchange.json is NOT_JSON:
        return f"{exchange.status} without JSON"
    if exchange.status >= 400 and not error:
        return f"{exchange.status} without an error code"
    return ""
