"""Creating bookings: what is answered and kept, and that no time is given away twice."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.probes.imatic_v1 import bookings
from bookproof.probes.imatic_v1.bookings import Created, Walk
from bookproof.targets.views import utc
from bookproof.wire.exchange import Exchange


@requirement("bookings.create.answers", bookings.created)
def test_answers_the_booking(seen: Created, judge: Judge) -> None:
    """Creating a booking answers a booking with a code, for the event type and the start that were asked for."""
    made = seen.booking
    if not judge.that(made is not None, "the booking with its code", answer(seen.exchange), seen.exchange) or not made:
        return
    if made.event_type_code is not None:
        judge.that(
            made.event_type_code == seen.rules.code,
            f"a booking of event type {seen.rules.code}",
            f"event type {made.event_type_code}",
            seen.exchange,
        )
    if made.start is not None:
        judge.that(
            made.start == seen.slot.start,
            f"a booking that starts at {utc(seen.slot.start)}",
            f"start {utc(made.start)}",
            seen.exchange,
        )


@requirement("bookings.create.stored", bookings.walk)
def test_stores_the_booking(seen: Walk, judge: Judge) -> None:
    """A booking that was answered can be read by its code and is in the list."""
    made = seen.created
    if made is None or made.booking is None or made.shown is None:
        raise judge.untestable("no booking was created; see bookings.create.answers")
    judge.accepted(made.shown.exchange, "a created booking is read by its code")
    code = made.booking.code or ""
    if made.shown.booking is not None:
        shown = made.shown.booking.code
        judge.that(shown == code, f"the booking {code}", f"the booking {shown}", made.shown.exchange)
    listed = seen.all.find(code) is not None
    if not listed and seen.all.gap:
        raise judge.untestable(seen.all.gap)
    judge.that(
        listed,
        f"the list of bookings has the new one, {code}",
        f"{len(seen.all.bookings)} bookings without it",
        made.exchange,
        seen.all.pages[-1],
    )


@requirement("bookings.create.taken", bookings.created)
def test_refuses_a_taken_slot(seen: Created, judge: Judge) -> None:
    """Booking a slot that was booked just before is refused with 409."""
    judge.refused(_attempt(seen, seen.again, judge), {409}, f"the slot {seen.slot} was booked just before")


@requirement("bookings.create.overlap", bookings.created)
def test_refuses_an_overlap(seen: Created, judge: Judge) -> None:
    """Booking another event type of the same host, over a part of a booking, is refused."""
    if seen.overlap is None:
        raise judge.untestable(seen.no_overlap or "no booking was created; see bookings.create.answers")
    _attempt(seen, seen.overlap.exchange, judge)
    judge.refused(
        seen.overlap.exchange, {400, 409}, f"{seen.overlap.slot} overlaps a booking of the same host, {seen.slot}"
    )


def _attempt(seen: Created, exchange: Exchange | None, judge: Judge) -> Exchange:
    """An attempt to take the time of a booking that is really there."""
    if exchange is None or not seen.stored:
        raise judge.untestable("no created booking could be read, so nothing is taken; see bookings.create.stored")
    return exchange


@requirement("bookings.create.refused-stores-nothing", bookings.walk)
def test_refused_conflicts_are_not_stored(seen: Walk, judge: Judge) -> None:
    """A booking that was refused as a conflict is in no list."""
    made = seen.created
    if made is None or made.booking is None or not any(attempt.refused for attempt in made.conflicts):
        raise judge.untestable("no booking was refused as a conflict; see bookings.create.taken")
    first = seen.all.find(made.booking.code or "")
    if first is None or first.start != made.slot.start or first.event_type_code is None:
        raise judge.untestable(
            "the list does not show the first booking, at its time, so a second could be missed; "
            f"see bookings.create.stored and bookings.read.agrees. {seen.all.gap}".strip()
        )
    for attempt in made.conflicts:
        if attempt.refused:
            judge.that(
                not seen.strays,
                f"no live booking but {first.code} during {made.slot}",
                ", ".join(f"booking {stray.code} ({stray.event_type_code})" for stray in seen.strays),
                attempt,
                seen.all.pages[-1],
            )
