"""Reservations of Cal.com: a hold hides its slot until it is moved, released or booked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.probes.calcom_v2 import reservations
from bookproof.probes.calcom_v2.reservations import FAR_TOO_LONG, LONGER, Booked, Held, Life, Listing, Refused
from bookproof.probes.calcom_v2.shown import Shown
from bookproof.targets.views import instant, utc

#: How a slot that cannot be held is refused; real servers answer 422.
REFUSED = frozenset({400, 403, 409, 422})
#: Two clocks may differ by this, the time of the request included.
TOLERANCE = timedelta(minutes=2)


def _offers(listing: Listing, start: datetime) -> str:
    return f"{utc(start)} is {'' if start in listing.starts else 'not '}among {len(listing.starts)} slots"


def _slot_of(judge: Judge, hold: Shown, start: datetime) -> bool:
    shown = hold.get("slotStart")
    return judge.that(
        instant(shown) == start, f"slotStart {utc(start)}, as asked for", f"slotStart is {shown!r}", hold.exchange
    )


def _changed(seen: Life, judge: Judge) -> None:
    if not seen.change.exchange.ok:
        raise judge.untestable("the hold could not be changed; see reservations.update.moves")


def _released(seen: Life, judge: Judge) -> None:
    if not seen.release.ok or not all(start in seen.freed.starts for start in seen.left):
        raise judge.untestable("the hold was not released; see reservations.release.frees")


@requirement("reservations.create.answers", reservations.held)
def test_answers_the_hold(seen: Held, judge: Judge) -> None:
    """Holding a slot answers a uid, with the event type and the start that were asked for."""
    exchange = seen.hold.exchange
    if not judge.accepted(exchange, "a free slot is held"):
        return
    judge.that(isinstance(seen.uid, str) and bool(seen.uid), "a reservationUid", answer(exchange), exchange)
    shown = seen.hold.get("eventTypeId")
    judge.that(
        shown == seen.event_type, f"eventTypeId {seen.event_type}, as asked for", f"eventTypeId is {shown!r}", exchange
    )
    _slot_of(judge, seen.hold, seen.start)


@requirement("reservations.create.public", reservations.held)
def test_a_slot_is_held_without_credentials(seen: Held, judge: Judge) -> None:
    """Whoever looks at a booking page can hold a slot of it."""
    if not seen.hold.exchange.ok:
        raise judge.untestable("nobody could hold the slot; see reservations.create.answers")
    judge.accepted(seen.anonymous, "no credentials are needed")


@requirement("reservations.create.until", reservations.held)
def test_tells_when_it_ends(seen: Held, judge: Judge) -> None:
    """The end that a hold tells is as many minutes ahead as it says."""
    if not seen.hold.exchange.ok:
        raise judge.untestable("the slot was not held; see reservations.create.answers")
    minutes, until = seen.hold.get("reservationDuration"), instant(seen.hold.get("reservationUntil"))
    told = f"reservationDuration {minutes!r}, reservationUntil {seen.hold.get('reservationUntil')!r}"
    at = seen.hold.exchange
    if judge.that(until is not None, "reservationUntil is an instant", told, at) and until is not None:
        judge.that(until > seen.now - TOLERANCE, f"an end after {utc(seen.now)}", told, at)
        if _is_number(minutes):
            wanted = seen.now + timedelta(minutes=minutes)
            judge.that(abs(until - wanted) <= TOLERANCE, f"about {utc(wanted)}, {minutes} minutes ahead", told, at)


@requirement("reservations.create.hides", reservations.life)
def test_a_held_slot_is_not_offered(seen: Life, judge: Judge) -> None:
    """The slot of a hold is not offered, wherever the hold has been moved to."""
    held = seen.other if seen.change.exchange.ok else seen.held.start
    hidden = any(start not in seen.moved.starts for start in (seen.held.start, seen.other))
    judge.that(hidden, f"no slot at {utc(held)}, which is held", _offers(seen.moved, held), seen.moved.exchange)


@requirement("reservations.create.once", reservations.life)
def test_a_held_slot_is_not_held_again(seen: Life, judge: Judge) -> None:
    """Nobody else gets a slot that is held."""
    judge.refused(seen.again, REFUSED, "the slot is held")


@requirement("reservations.create.booked", reservations.booked)
def test_a_booked_slot_is_not_held(seen: Booked, judge: Judge) -> None:
    """A slot that is booked cannot be held."""
    if seen.over is None:
        raise judge.untestable("the slot was not booked; see reservations.create.bookable")
    judge.refused(seen.over, REFUSED, "the slot is booked")


@requirement("reservations.create.cancelled", reservations.booked)
def test_the_slot_of_a_cancelled_booking_is_held(seen: Booked, judge: Judge) -> None:
    """A booking that was cancelled does not stand in the way of a hold."""
    if seen.after is None or seen.over is None or seen.over.ok:
        raise judge.untestable("no booking was in the way, then cancelled; see reservations.create.booked")
    judge.accepted(seen.after, "the booking in this slot was cancelled")


@requirement("reservations.create.bookable", reservations.booked)
def test_a_held_slot_is_booked(seen: Booked, judge: Judge) -> None:
    """A hold is there so that a booking can be finished: its slot can be booked."""
    if not seen.hold.exchange.ok:
        raise judge.untestable("the slot was not held; see reservations.create.answers")
    judge.accepted(seen.book, "who holds the slot books it")


@requirement("reservations.create.unknown-event-type", reservations.refused)
def test_an_unknown_event_type_is_not_found(seen: Refused, judge: Judge) -> None:
    """A hold of an event type that does not exist is answered with 404."""
    judge.refused(seen.unknown, {404}, "no event type has this id")


@requirement("reservations.create.length-chosen", reservations.refused)
def test_nobody_unknown_holds_a_slot_for_hours(seen: Refused, judge: Judge) -> None:
    """Without credentials a hold for hours is refused, or it is no longer than others."""
    exchange, until = seen.chosen.exchange, instant(seen.chosen.get("reservationUntil"))
    asked = seen.now + timedelta(minutes=FAR_TOO_LONG)
    judge.that(
        exchange.status in {400, 401, 403, 422} or (exchange.ok and until is not None and until < asked - TOLERANCE),
        f"refused, or a hold for less than {FAR_TOO_LONG} minutes",
        answer(exchange),
        exchange,
    )


@requirement("reservations.update.moves", reservations.life)
def test_a_hold_moves(seen: Life, judge: Judge) -> None:
    """Changing a hold by its uid lets it hold another slot, and no longer the first."""
    if not judge.accepted(seen.change.exchange, "a hold is moved to a free slot"):
        return
    _slot_of(judge, seen.change, seen.other)
    if seen.again.ok:
        return  # Somebody else holds the first slot now, which reservations.create.once speaks of.
    judge.that(
        seen.held.start in seen.moved.starts,
        f"{utc(seen.held.start)} is offered, where the hold was before",
        _offers(seen.moved, seen.held.start),
        seen.change.exchange,
        seen.moved.exchange,
    )


@requirement("reservations.update.longer", reservations.life)
def test_the_owner_says_how_long(seen: Life, judge: Judge) -> None:
    """The owner of an event type holds a slot for as long as the request says."""
    _changed(seen, judge)
    told, at = seen.change.get("reservationUntil"), seen.change.exchange
    until, wanted = instant(told), seen.now + timedelta(minutes=LONGER)
    judge.that(
        until is not None and abs(until - wanted) <= TOLERANCE,
        f"held until about {utc(wanted)}, for {LONGER} minutes",
        f"reservationUntil is {told!r}",
        at,
    )


@requirement("reservations.update.unknown", reservations.life)
def test_a_hold_that_is_gone_is_not_changed(seen: Life, judge: Judge) -> None:
    """A hold that was released cannot be changed: it is not found."""
    _released(seen, judge)
    judge.refused(seen.late, {404}, "the hold was released")


@requirement("reservations.release.frees", reservations.life)
def test_a_released_slot_is_offered(seen: Life, judge: Judge) -> None:
    """A slot whose hold was released is offered again."""
    judge.accepted(seen.release, "a hold is released")
    if seen.change.exchange.ok and seen.held.start not in seen.moved.starts:
        raise judge.untestable("the hold did not leave its first slot; see reservations.update.moves")
    for start in seen.left:
        judge.that(
            start in seen.freed.starts,
            f"{utc(start)} is offered, which nobody holds any more",
            _offers(seen.freed, start),
            seen.release,
            seen.freed.exchange,
        )


@requirement("reservations.release.gone", reservations.life)
def test_a_released_hold_is_not_shown(seen: Life, judge: Judge) -> None:
    """Reading a hold that was released shows nothing, or is not found."""
    _released(seen, judge)
    judge.that(seen.null or seen.read.status == 404, "null, or 404", answer(seen.read), seen.read)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
