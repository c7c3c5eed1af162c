"""Event types of Cal.com with seats: several attendees share a slot."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.probes.calcom_v2 import seats
from bookproof.probes.calcom_v2.booking_reads import TAKEN, attendees_of
from bookproof.probes.calcom_v2.seats import COUNTS, SEATS, Seat, Seated
from bookproof.targets.views import utc


def _both(seen: Seated, judge: Judge) -> None:
    """Go on if both seats were taken."""
    if not (seen.first.taken and seen.second.taken):
        raise judge.untestable("the seats of a slot were not taken; see seats.take.named")


@requirement("seats.take.named", seats.seated)
def test_names_the_seats(seen: Seated, judge: Judge) -> None:
    """Every attendee of a slot is told a seat, and all of them share one booking."""
    for seat in (seen.first, seen.second):
        exchange = seat.made.exchange
        judge.accepted(exchange, f"a slot with {SEATS} seats takes {seat.email}")
        judge.that(not exchange.ok or bool(seat.uid), "the uid of the seat", answer(exchange), exchange)
    one, other = seen.first.made, seen.second.made
    judge.that(seen.first.uid != seen.second.uid or not one.uid, "two seats", "one seat", one.exchange, other.exchange)
    if one.uid and other.uid:
        judge.that(one.uid == other.uid, f"the booking {one.uid}", f"{other.uid}", one.exchange, other.exchange)


@requirement("seats.full.refused", seats.seated)
def test_refuses_whoever_comes_after_the_last_seat(seen: Seated, judge: Judge) -> None:
    """A slot whose seats are all taken takes nobody."""
    _both(seen, judge)
    assert seen.full is not None, "asked for wherever both seats are taken"
    judge.refused(seen.full, TAKEN, f"all {SEATS} seats are taken")


@requirement("seats.full.unlisted", seats.seated)
def test_a_full_slot_is_not_offered(seen: Seated, judge: Judge) -> None:
    """A slot whose seats are all taken is not offered."""
    _both(seen, judge)
    if seen.full_slots is None or not seen.full_slots.ok:
        raise judge.untestable("slots could not be listed")
    judge.that(not seen.full_listed, "a full slot is not offered", "it is", seen.full_slots)


@requirement("seats.strangers.hidden", seats.seated)
def test_strangers_do_not_see_who_comes(seen: Seated, judge: Judge) -> None:
    """Whoever reads the booking without a key sees no attendee of an event type that shows none."""
    _both(seen, judge)
    if seen.stranger is None or not seen.stranger.exchange.ok:
        raise judge.untestable("the booking cannot be read without a key")
    text = seen.stranger.exchange.text
    told = [seat.email for seat in (seen.first, seen.second) if seat.email in text]
    judge.that(not told, "no attendee's address", f"it tells {', '.join(told)}", seen.stranger.exchange)


@requirement("seats.host.sees", seats.seated)
def test_the_host_sees_who_comes(seen: Seated, judge: Judge) -> None:
    """The host reads every attendee with the seat."""
    _both(seen, judge)
    if seen.host is None or not seen.host.exchange.ok:
        raise judge.untestable("the booking cannot be read; see bookings.create.stored")
    shown = {str(each.get("seatUid")): each.get("email") for each in attendees_of(seen.host.raw)}
    for seat in (seen.first, seen.second):
        found = shown.get(seat.uid)
        judge.that(found == seat.email, f"seat {seat.uid}: {seat.email}", f"{shown}", seen.host.exchange)


@requirement("seats.leave.frees", seats.seated)
def test_a_seat_that_was_left_is_taken_again(seen: Seated, judge: Judge) -> None:
    """Whoever leaves makes room for somebody else: the slot is offered, and the seat can be taken."""
    _both(seen, judge)
    assert seen.left is not None, "left wherever both seats are taken"
    assert seen.refill is not None, "taken again wherever both seats are taken"
    if judge.accepted(seen.left, "an attendee leaves by the uid of the seat"):
        if seen.partly is not None and seen.partly.ok and seen.full is not None and seen.full.refused:
            judge.that(seen.partly_listed, "the slot is offered again", "it is not", seen.left, seen.partly)
        judge.accepted(seen.refill.made.exchange, "the seat is taken by somebody else")


@requirement("seats.leave.others", seats.seated)
def test_whoever_leaves_takes_nobody_along(seen: Seated, judge: Judge) -> None:
    """When one attendee has left, the other one still has a seat in the same booking, and can leave it."""
    refill = _refilled(seen, judge)
    assert seen.left is not None, "left before its seat is taken again"
    at, kept = (seen.left, refill.made.exchange), seen.second.made.uid
    joined = refill.made.uid == kept
    judge.that(joined, f"the booking {kept}, which goes on", f"a new one, {refill.made.uid}", *at)
    told = attendees_of(refill.made.raw)
    if joined and told:
        shown = [each.get("seatUid") for each in told]
        judge.that(seen.second.uid in shown, f"seat {seen.second.uid} is still taken", f"the seats {shown}", *at)
    judge.accepted(seen.emptied[0], "whoever has stayed leaves by the uid of the seat")


@requirement("seats.slots.counts", seats.seated)
def test_slots_tell_how_many_seats_are_free(seen: Seated, judge: Judge) -> None:
    """A slot with one of its seats taken says so, and a slot without a booking says that all are free."""
    refill = _refilled(seen, judge)
    if seen.full is None or not seen.full.refused:
        raise judge.untestable("a full slot took somebody else; see seats.full.refused")
    if refill.made.uid != seen.second.made.uid:
        raise judge.untestable("whoever left has taken others along; see seats.leave.others")
    if not seen.counts or seen.partly is None:
        raise judge.not_applicable("slots do not say how many of their seats are taken")
    for start, counts in seen.counts.items():
        booked = 1 if start == seen.start else 0
        wanted = dict(zip(COUNTS, (booked, SEATS - booked, SEATS), strict=True))
        wrong = {name: told for name, told in counts.items() if told != wanted[name]}
        judge.that(not wrong, f"{utc(start)}: {wanted}", f"{wrong}", seen.partly)


def _refilled(seen: Seated, judge: Judge) -> Seat:
    """Whoever took the seat that was left, the other one being taken all the while."""
    _both(seen, judge)
    if seen.left is None or not seen.left.ok or seen.refill is None or not seen.refill.taken:
        raise judge.untestable("a seat that was left was not taken again; see seats.leave.frees")
    return seen.refill


@requirement("seats.leave.last", seats.seated)
def test_an_empty_slot_is_offered_again(seen: Seated, judge: Judge) -> None:
    """When everybody has left, the slot is as free as before."""
    _both(seen, judge)
    if seen.refill is None or not seen.refill.made.exchange.ok:
        raise judge.untestable("a seat that was left was not taken again; see seats.leave.frees")
    if not seen.emptied or not all(exchange.ok for exchange in seen.emptied) or seen.empty_slots is None:
        raise judge.untestable("the seats could not all be left; see seats.leave.frees")
    at = (*seen.emptied, seen.empty_slots)
    judge.that(seen.empty_listed, "the empty slot is offered", "it is not", *at)
    assert seen.restart is not None, "taken again wherever all seats are left"
    judge.accepted(seen.restart.made.exchange, "the empty slot is booked")
