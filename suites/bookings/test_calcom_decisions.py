"""What hosts decide in Cal.com: confirming, declining, and who was absent."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.probes.calcom_v2 import decisions
from bookproof.probes.calcom_v2.booking_reads import Shown
from bookproof.probes.calcom_v2.decisions import Decided
from bookproof.wire.exchange import Exchange

_NONE = "no booking was made that waits for its host; see decisions.pending"


def _done(booking: Shown | None, judge: Judge) -> Shown:
    if booking is None or not booking.exchange.ok:
        raise judge.untestable(_NONE if booking is None else f"the host's decision failed: {answer(booking.exchange)}")
    return booking


def _stays(seen: Decided, judge: Judge, booking: Shown | None, status: str, *at: Exchange) -> None:
    """Judge what a booking is at last."""
    found = seen.at_last(booking)
    if found is None:
        raise judge.untestable("the list does not show the booking; see bookings.create.stored")
    judge.that(found.status == status, f"it is still {status}", f"status {found.status}", *at, found.exchange)


def _refused_or_as_before(judge: Judge, exchange: Exchange, why: str) -> None:
    judge.that(exchange.ok or exchange.refused, f"{why}: refused, or as before", answer(exchange), exchange)


@requirement("decisions.pending", decisions.decided)
def test_waits_for_the_host(seen: Decided, judge: Judge) -> None:
    """A booking that the host has to confirm is pending."""
    asked = seen.asked
    if judge.accepted(asked.exchange, "a booking of an event type with confirmation"):
        judge.that(asked.status == "pending", "status pending", f"status {asked.status}", asked.exchange)


@requirement("decisions.confirm.accepts", decisions.decided)
def test_a_confirmed_booking_is_accepted(seen: Decided, judge: Judge) -> None:
    """The host confirms, and the booking is accepted, in the answer and afterwards."""
    if seen.confirm is None:
        raise judge.untestable(_NONE)
    confirm = seen.confirm
    if confirm.exchange.refused and seen.rival is not None and seen.rival.exchange.ok:
        raise judge.untestable("somebody else waits for the same slot; see decisions.confirm.rival")
    if not judge.accepted(confirm.exchange, "the host confirms"):
        return
    judge.that(confirm.status == "accepted", "status accepted", f"status {confirm.status}", confirm.exchange)
    found = seen.at_last(seen.asked)
    if found is not None and found.status == "pending":
        judge.that(False, "it is accepted", f"status {found.status}", confirm.exchange, found.exchange)


@requirement("decisions.confirm.twice", decisions.decided)
def test_confirming_twice_changes_nothing(seen: Decided, judge: Judge) -> None:
    """An accepted booking is not confirmed once more."""
    if seen.again is None:
        raise judge.untestable(_NONE)
    _refused_or_as_before(judge, seen.again, "the booking is accepted")


@requirement("decisions.confirm.plain", decisions.decided)
def test_only_confirms_what_waits(seen: Decided, judge: Judge) -> None:
    """A booking that needs no confirmation is not confirmed."""
    if seen.plain is None:
        raise judge.untestable("there is no booking without confirmation; see bookings.create.stored")
    _refused_or_as_before(judge, seen.plain, "the booking needs no confirmation")


@requirement("decisions.confirm.rival", decisions.decided)
def test_one_slot_is_accepted_once(seen: Decided, judge: Judge) -> None:
    """Two attendees ask for one slot: it is refused to the second, or at most one of them is accepted."""
    if seen.rival is None:
        raise judge.untestable(_NONE)
    if not seen.rival.exchange.ok:
        judge.that(seen.rival.exchange.refused, "refused, or pending", answer(seen.rival.exchange), seen.rival.exchange)
        return
    _done(seen.confirm, judge)
    found = {each.uid: seen.at_last(each) for each in (seen.asked, seen.rival)}
    accepted = [uid for uid, booking in found.items() if booking is not None and booking.status == "accepted"]
    at = [each for each in (seen.rival.exchange, seen.rival_confirm) if each is not None]
    judge.that(len(accepted) <= 1, "one booking of the slot is accepted", f"accepted: {', '.join(accepted)}", *at)


@requirement("decisions.decline.rejects", decisions.decided)
def test_a_declined_booking_is_rejected(seen: Decided, judge: Judge) -> None:
    """The host declines, and the booking is rejected."""
    if seen.decline is None:
        raise judge.untestable(_NONE)
    decline = seen.decline
    if judge.accepted(decline.exchange, "the host declines"):
        judge.that(decline.status == "rejected", "status rejected", f"status {decline.status}", decline.exchange)


@requirement("decisions.decline.frees", decisions.decided)
def test_declining_frees_the_slot(seen: Decided, judge: Judge) -> None:
    """The slot of a declined booking is somebody else's."""
    _done(seen.decline, judge)
    if seen.rebook is None:
        raise judge.untestable(_NONE)
    if seen.confirm_late is not None and seen.confirm_late.ok:
        raise judge.untestable("the declined booking was confirmed; see decisions.decline.final")
    judge.accepted(seen.rebook, "the slot of a declined booking is booked")


@requirement("decisions.decline.final", decisions.decided)
def test_a_declined_booking_stays_rejected(seen: Decided, judge: Judge) -> None:
    """A declined booking is neither declined again nor confirmed."""
    _done(seen.decline, judge)
    if seen.twice is None or seen.confirm_late is None:
        raise judge.untestable(_NONE)
    _refused_or_as_before(judge, seen.twice, "the booking is rejected")
    judge.that(
        not seen.confirm_late.ok, "a rejected booking is not confirmed", answer(seen.confirm_late), seen.confirm_late
    )
    _stays(seen, judge, seen.refused, "rejected", seen.twice, seen.confirm_late)


@requirement("decisions.decline.accepted", decisions.decided)
def test_an_accepted_booking_is_not_declined(seen: Decided, judge: Judge) -> None:
    """A booking that was confirmed cannot be declined, and stays accepted."""
    confirmed = _done(seen.confirm, judge)
    if seen.decline_late is None:
        raise judge.untestable(_NONE)
    judge.refused(seen.decline_late, {400, 409, 422}, "the booking is accepted")
    _stays(seen, judge, seen.asked, "accepted", confirmed.exchange, seen.decline_late)


@requirement("decisions.absent.early", decisions.decided)
def test_nobody_is_absent_before_the_meeting(seen: Decided, judge: Judge) -> None:
    """Absence is refused before the meeting begins."""
    if seen.absent is None:
        raise judge.untestable(_NONE)
    judge.refused(seen.absent, {400, 409, 422}, "the meeting has not begun")
