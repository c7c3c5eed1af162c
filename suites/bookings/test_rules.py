"""Bookings against the rules of an event type: buffers, daily cap, notice, required questions."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.probes.imatic_v1 import rules
from bookproof.probes.imatic_v1.rules import Buffered, Capped, Early, Unanswered
from bookproof.targets.views import utc

#: How a booking against the rules may be refused: as invalid, as a conflict, or as not to be processed.
REFUSED = frozenset({400, 409, 422})


@requirement("bookings.create.buffers", rules.buffers)
def test_a_booking_in_a_buffer_is_refused(seen: Buffered, judge: Judge) -> None:
    """A booking that reaches into the buffers of another is refused, on either side of it."""
    if not seen.stored:
        raise judge.untestable("the booking with the buffers is not stored; see bookings.create.stored")
    for slot, exchange in seen.attempts:
        judge.refused(exchange, REFUSED, f"{slot} reaches into {seen.guarded}, which {seen.slot} and its buffers take")


@requirement("bookings.reschedule.buffers", rules.buffers)
def test_rescheduling_into_a_buffer_is_refused(seen: Buffered, judge: Judge) -> None:
    """A booking cannot be moved into the buffers of another."""
    if not seen.stored:
        raise judge.untestable("the booking with the buffers is not stored; see bookings.create.stored")
    if seen.move is None:
        raise judge.untestable("no second booking could be made to be moved; see bookings.create.answers")
    if seen.move.ok and not seen.moved:
        raise judge.untestable("rescheduling is answered with success and moves nothing; see bookings.reschedule.moves")
    judge.refused(seen.move, REFUSED, f"moving a booking into {seen.guarded}, which {seen.slot} and its buffers take")


@requirement("bookings.create.cap", rules.cap)
def test_a_booking_beyond_the_cap_is_refused(seen: Capped, judge: Judge) -> None:
    """Once as many bookings as the daily cap are made, another on that day is refused."""
    if not seen.stored:
        raise judge.untestable("the bookings that fill the day are not stored; see bookings.create.stored")
    judge.refused(seen.beyond, REFUSED, f"the day takes {seen.rules.daily_cap} bookings and has them")


@requirement("bookings.create.minimum-notice", rules.too_soon)
def test_a_booking_sooner_than_the_minimum_notice_is_refused(seen: Early, judge: Judge) -> None:
    """A booking that starts before the minimum notice has passed is refused."""
    judge.refused(seen.exchange, REFUSED, f"{utc(seen.start)} is sooner than the notice allows, {utc(seen.limit)}")


@requirement("bookings.create.maximum-notice", rules.too_late)
def test_a_booking_later_than_the_maximum_notice_is_refused(seen: Early, judge: Judge) -> None:
    """A booking that starts beyond the maximum notice is refused."""
    judge.refused(seen.exchange, REFUSED, f"{utc(seen.start)} is later than the notice allows, {utc(seen.limit)}")


@requirement("bookings.create.required-answer", rules.unanswered)
def test_a_booking_without_a_required_answer_is_refused(seen: Unanswered, judge: Judge) -> None:
    """A booking that leaves a required question open is refused as invalid."""
    if seen.exchange.status == 409:
        raise judge.untestable(f"the time may have been taken: {utc(seen.start)} was refused as a conflict")
    open_questions = ", ".join(seen.rules.required_answers)
    judge.refused(seen.exchange, REFUSED, f"event type {seen.rules.code} requires an answer to {open_questions}")
