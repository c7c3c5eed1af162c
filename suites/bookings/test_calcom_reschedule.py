"""Rescheduling bookings of Cal.com: a new booking takes the place of the old one."""

from __future__ import annotations

from typing import Any, cast

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.probes.calcom_v2 import changes
from bookproof.probes.calcom_v2.booking_reads import INVALID, TAKEN, Shown, attendees_of
from bookproof.probes.calcom_v2.changes import MOVE_REASON, Moved, RefusedMoves
from bookproof.targets.views import utc


def _at(booking: Shown) -> str:
    when = utc(booking.start) if booking.start else "a time that is not shown"
    return f"{booking.uid} ({booking.status}) at {when}"


def _arrived(seen: Moved, judge: Judge) -> Shown:
    if seen.arrived is None or len(seen.live) > 1:
        raise judge.untestable("no booking was seen to move; see bookings.reschedule.moves")
    return seen.arrived


@requirement("bookings.reschedule.moves", changes.moved)
def test_moves_the_booking(seen: Moved, judge: Judge) -> None:
    """A moved booking is live at its new time, and nowhere else."""
    at = (seen.move.exchange, *(each.exchange for each in (seen.old_read, seen.new_read) if each))
    judge.accepted(seen.move.exchange, "a booking ahead is moved to a free slot")
    live = ", ".join(map(_at, seen.live)) or "none"
    judge.that(len(seen.live) == 1, "one live booking remains", f"{len(seen.live)}: {live}", *at)
    judge.that(seen.arrived is not None, f"the booking is live at {utc(seen.new.start)}", live, *at)


@requirement("bookings.reschedule.linked", changes.moved)
def test_links_the_two_bookings(seen: Moved, judge: Judge) -> None:
    """The new booking names the old one, which is cancelled and names the new one."""
    arrived = _arrived(seen, judge)
    judge.that(arrived.uid != seen.uid, "a uid of its own", f"the old uid {seen.uid}", seen.move.exchange)
    told = arrived.raw.get("rescheduledFromUid")
    judge.that(told == seen.uid, f"rescheduledFromUid {seen.uid}", f"{told}", seen.move.exchange, arrived.exchange)
    at = (seen.move.exchange, seen.old_read.exchange)
    successor = seen.old_read.raw.get("rescheduledToUid")
    judge.that(successor == arrived.uid, f"rescheduledToUid {arrived.uid}", f"{successor}", *at)
    judge.that(seen.old_read.status == "cancelled", "status cancelled", f"status {seen.old_read.status}", *at)


@requirement("bookings.reschedule.length", changes.moved)
def test_keeps_the_length(seen: Moved, judge: Judge) -> None:
    """A moved booking is as long as before, whatever the event type's own length is."""
    arrived = _arrived(seen, judge)
    if arrived.end is None:
        raise judge.untestable("the moved booking shows no end; see bookings.create.answers")
    judge.that(
        arrived.end == seen.new.end,
        f"from {utc(seen.new.start)} to {utc(seen.new.end)}",
        f"to {utc(arrived.end)}",
        seen.move.exchange,
        arrived.exchange,
    )


@requirement("bookings.reschedule.attendee", changes.moved)
def test_keeps_the_attendee(seen: Moved, judge: Judge) -> None:
    """The attendee of a moved booking has the name, the address and the time zone of before."""
    people = attendees_of(seen.before.raw)
    if not people:
        raise judge.untestable("the booking shows no attendee; see bookings.create.attendee")
    who = people[0]
    for found in _moved(seen, judge):
        same = [each for each in attendees_of(found.raw) if _told(each, "email") == _told(who, "email")]
        at, others = (seen.move.exchange, found.exchange), f"attendees {found.raw.get('attendees')}"
        if judge.that(bool(same), f"the attendee {who.get('email')}", others, *at):
            for name in ("name", "timeZone"):
                told = same[0].get(name)
                judge.that(told == who.get(name), f"{name} {who.get(name)} as before", f"{name} {told}", *at)


@requirement("bookings.reschedule.kept", changes.moved)
def test_keeps_what_was_said(seen: Moved, judge: Judge) -> None:
    """Guests, metadata, answers and the attendee's language are those of before the move."""
    for found in _moved(seen, judge):
        at = (seen.move.exchange, found.exchange)
        for name, before in _said(seen.before).items():
            after = _said(found).get(name)
            judge.that(after == before, f"{name} {before} as before", f"{name} {after}", *at)
    if not judge.judgements:
        raise judge.untestable("the booking has kept nothing when it was made; see bookings.create.kept")


def _moved(seen: Moved, judge: Judge) -> list[Shown]:
    """The moved booking as the move answers it and as it is read then."""
    arrived = _arrived(seen, judge)
    return [seen.move, arrived] if seen.move.uid == arrived.uid and "attendees" in seen.move.raw else [arrived]


def _told(attendee: dict[str, Any], name: str) -> str:
    return str(attendee.get(name)).lower()


def _said(booking: Shown) -> dict[str, Any]:
    """What was said when a booking was made, as far as it shows it; what is empty is left out."""
    raw, people = booking.raw, attendees_of(booking.raw)
    answers = cast("dict[str, Any]", raw.get("bookingFieldsResponses") or {})
    metadata = cast("dict[str, Any]", raw.get("metadata") or {})
    said = {
        "guests": sorted(str(guest).lower() for guest in raw.get("guests") or ()),
        # A server may add some of its own.
        **{f"metadata {name}": value for name, value in metadata.items()},
        "description": raw.get("description"),
        "notes": answers.get("notes"),
        "language": people[0].get("language") if people else None,
    }
    return {name: value for name, value in said.items() if value}


@requirement("bookings.reschedule.reason-kept", changes.moved)
def test_shows_the_reason(seen: Moved, judge: Judge) -> None:
    """The reason of the move is in the new booking."""
    arrived = _arrived(seen, judge)
    reason = arrived.raw.get("reschedulingReason")
    wanted = f"reschedulingReason {MOVE_REASON!r}"
    judge.that(reason == MOVE_REASON, wanted, f"{reason!r}", seen.move.exchange, arrived.exchange)


@requirement("bookings.reschedule.frees-old", changes.moved)
def test_frees_the_old_slot(seen: Moved, judge: Judge) -> None:
    """The slot that a booking was moved from is offered again and can be booked again."""
    if seen.slots is None or seen.book_old is None:
        raise judge.untestable("no booking was seen to move; see bookings.reschedule.moves")
    judge.that(seen.old_listed, f"the old slot {seen.old} is offered", "it is not", seen.move.exchange, seen.slots)
    judge.accepted(seen.book_old, f"the old slot {seen.old} is booked again")


@requirement("bookings.reschedule.old-reservable", changes.moved)
def test_the_old_slot_can_be_reserved(seen: Moved, judge: Judge) -> None:
    """The slot that a booking was moved from can be held."""
    if seen.hold is None:
        raise judge.untestable("no booking was seen to move; see bookings.reschedule.moves")
    judge.accepted(seen.hold, f"the old slot {seen.old} is reserved")


@requirement("bookings.reschedule.takes-new", changes.moved)
def test_takes_the_new_slot(seen: Moved, judge: Judge) -> None:
    """The slot that a booking was moved to is not offered, and refused to others."""
    if seen.book_new is None:
        raise judge.untestable("no booking was seen to move; see bookings.reschedule.moves")
    if not seen.guarded:
        raise judge.untestable("bookings do not hold their time; see bookings.create.taken")
    if seen.slots is not None and seen.slots.ok:
        offered = f"the new slot {seen.new} is not offered"
        judge.that(not seen.new_listed, offered, "it is", seen.move.exchange, seen.slots)
    judge.refused(seen.book_new, TAKEN, f"a booking was moved to {seen.new}")


@requirement("bookings.reschedule.again", changes.moved)
def test_a_moved_booking_is_not_moved_again(seen: Moved, judge: Judge) -> None:
    """The old uid cannot be moved, and the refusal names the new one."""
    if seen.again is None:
        raise judge.untestable("no booking was seen to move; see bookings.reschedule.moves")
    if not judge.refused(seen.again, {400, 409, 422}, "the booking was moved already"):
        return
    successor = _arrived(seen, judge).uid
    judge.that(successor in seen.again.text, f"a message that names {successor}", answer(seen.again), seen.again)


@requirement("bookings.reschedule.taken", changes.refused_moves)
def test_refuses_a_taken_slot(seen: RefusedMoves, judge: Judge) -> None:
    """Moving a booking onto another one is refused."""
    if seen.onto_taken is None:
        raise judge.untestable("there is no stored booking to be moved onto; see bookings.create.stored")
    judge.refused(seen.onto_taken, TAKEN, "another booking has the slot")


@requirement("bookings.reschedule.unlisted", changes.refused_moves)
def test_refuses_a_time_that_is_not_offered(seen: RefusedMoves, judge: Judge) -> None:
    """Moving a booking into the night is refused."""
    judge.refused(seen.off_hours, INVALID, f"{utc(seen.night)} is outside the hours of the schedule")


@requirement("bookings.reschedule.refused-moves-nothing", changes.refused_moves)
def test_a_refused_move_changes_nothing(seen: RefusedMoves, judge: Judge) -> None:
    """A booking whose moves were refused is live, and where it was."""
    moves = [each for each in (seen.onto_taken, seen.off_hours) if each is not None]
    if not all(each.refused for each in moves):
        raise judge.untestable("a move was not refused; see bookings.reschedule.taken and .unlisted")
    at = (*moves, seen.after.exchange)
    judge.that(seen.after.live, "the booking is still live", answer(seen.after.exchange), *at)
    wanted = f"the booking still starts at {seen.before.raw.get('start')}"
    judge.that(seen.after.start == seen.before.start, wanted, f"it starts at {seen.after.raw.get('start')}", *at)
