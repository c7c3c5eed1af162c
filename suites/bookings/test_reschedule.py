"""Moving bookings to another time."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.probes.imatic_v1 import reschedule
from bookproof.probes.imatic_v1.reschedule import Moved, OffHours, OntoTaken, Revival
from bookproof.targets.views import Booking, utc

#: How a time that is not offered may be refused: as invalid, as a conflict, or as not to be processed.
REFUSED = frozenset({400, 409, 422})


def _at(booking: Booking) -> str:
    when = utc(booking.start) if booking.start else "a time that is not shown"
    return f"{booking.code} ({booking.status}) at {when}"


@requirement("bookings.reschedule.moves", reschedule.moved)
def test_moves_the_booking(seen: Moved, judge: Judge) -> None:
    """A moved booking is live at its new time and nowhere else, under its old code or a new one."""
    if not seen.move.ok and not seen.live:
        raise judge.untestable(f"the booking to be moved is not there; see bookings.create.stored: {answer(seen.move)}")
    if not seen.live and seen.gap:
        raise judge.untestable(f"the moved booking was not found, and {seen.gap}")
    if seen.live and all(booking.start is None for booking in seen.live):
        raise judge.untestable("the moved booking shows no start that can be read; see exchange.times-zoned")
    at = (seen.move, *(shown.exchange for shown in seen.readings))
    judge.accepted(seen.move, "a booking ahead is moved to a free slot")
    judge.that(
        len(seen.live) == 1,
        "one live booking remains",
        f"{len(seen.live)}: {', '.join(map(_at, seen.live)) or 'none'}",
        *at,
    )
    judge.that(
        seen.arrived is not None,
        f"the booking is live at its new time, {utc(seen.new.start)}",
        ", ".join(map(_at, seen.live)) or "no live booking",
        *at,
    )


@requirement("bookings.reschedule.frees-old", reschedule.moved)
def test_frees_the_old_slot(seen: Moved, judge: Judge) -> None:
    """The slot that a booking was moved from is listed again and can be booked again."""
    if seen.slots is None or seen.book_old is None:
        raise judge.untestable("no booking was seen to move; see bookings.reschedule.moves")
    judge.that(seen.old_listed, f"the old slot {seen.old} is listed", "it is not listed", seen.move, seen.slots)
    judge.accepted(seen.book_old, f"the old slot {seen.old} is booked again")


@requirement("bookings.reschedule.takes-new", reschedule.moved)
def test_takes_the_new_slot(seen: Moved, judge: Judge) -> None:
    """The slot that a booking was moved to is taken: not offered any more, and refused to others."""
    if seen.slots is None or seen.book_new is None:
        raise judge.untestable("no booking was seen to move; see bookings.reschedule.moves")
    # An API that offers, or gives away, every booked slot does not do so because of the move.
    if seen.booked_are_guarded:
        judge.that(
            not seen.book_new.ok,
            f"the new slot {seen.new} is refused to another booking",
            answer(seen.book_new),
            seen.move,
            seen.book_new,
        )
    if seen.booked_are_listed is False:
        judge.that(
            not seen.new_listed, f"the new slot {seen.new} is not listed as free", "it is", seen.move, seen.slots
        )
    judge.that(
        not (seen.new_listed and seen.book_new.ok),
        f"the new slot {seen.new} is not free",
        f"it is listed as free and was booked: {answer(seen.book_new)}",
        seen.move,
        seen.book_new,
    )


@requirement("bookings.reschedule.taken", reschedule.onto_taken)
def test_refuses_a_taken_slot(seen: OntoTaken, judge: Judge) -> None:
    """Moving a booking onto another's slot is refused with 409."""
    judge.refused(seen.move, {409}, "another booking has the slot")


@requirement("bookings.reschedule.refused-moves-nothing", reschedule.onto_taken)
def test_a_refused_move_changes_nothing(seen: OntoTaken, judge: Judge) -> None:
    """A booking whose move was refused is still live, and where it was."""
    if not seen.move.refused:
        raise judge.untestable("no move was refused; see bookings.reschedule.taken")
    at = (seen.move, seen.shown.exchange)
    judge.that(seen.shown.live, "the booking is still live", answer(seen.shown.exchange), *at)
    if seen.shown.live and seen.before.start is not None and seen.shown.start is not None:
        judge.that(
            seen.shown.start == seen.before.start,
            f"the booking still starts at {utc(seen.before.start)}",
            f"it starts at {utc(seen.shown.start)}",
            *at,
        )


@requirement("bookings.reschedule.unlisted", reschedule.unlisted)
def test_refuses_a_time_that_is_not_offered(seen: OffHours, judge: Judge) -> None:
    """A booking cannot be moved outside all hours: that is refused, and it stays where it was."""
    judge.refused(seen.move, REFUSED, f"{utc(seen.start)} is outside all hours of event type {seen.rules.code}")
    if seen.shown.booking is None:
        return
    at = (seen.move, seen.shown.exchange)
    judge.that(seen.shown.live, "the booking is still live", answer(seen.shown.exchange), *at)
    if seen.shown.live and seen.before.start is not None and seen.shown.start is not None:
        judge.that(
            seen.shown.start == seen.before.start,
            f"the booking still starts at {utc(seen.before.start)}",
            f"it starts at {utc(seen.shown.start)}",
            *at,
        )


@requirement("bookings.reschedule.cancelled", reschedule.revival)
def test_does_not_bring_back_a_cancelled_booking(seen: Revival, judge: Judge) -> None:
    """A cancelled booking is not live again after an attempt to move it."""
    judge.that(
        not seen.shown.live,
        "the booking stays cancelled",
        answer(seen.shown.exchange),
        seen.move,
        seen.shown.exchange,
    )
    if seen.answered is not None and seen.answered.status is not None:
        judge.that(not seen.answered.live, "the answer shows no live booking", _at(seen.answered), seen.move)
