"""Races in Cal.com: of callers for one slot, one seat or one decision, as many succeed as there is room for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from bookproof.checks import Judge, requirement
from bookproof.judge import race_evidence as kinds
from bookproof.judge.judge import answer
from bookproof.judge.race_model import CREATE, REFUSED, UNKNOWN
from bookproof.judge.races import Judged
from bookproof.probes.calcom_v2 import races
from bookproof.probes.calcom_v2.booking_reads import TAKEN
from bookproof.probes.calcom_v2.races import Decision, LastSeat, Raced
from bookproof.probes.calcom_v2.seats import SEATS


@requirement("bookings.race.one-winner", races.raced)
def test_one_caller_wins_a_slot(seen: Raced, judge: Judge) -> None:
    """Of callers for one slot one is answered with a booking and finds it there; the others are refused."""
    _explained(seen.all, seen.creates, judge, kinds.ONE_WINNER)


@requirement("bookings.race.moves", races.raced)
def test_moves_race_like_bookings(seen: Raced, judge: Judge) -> None:
    """A move takes a slot that nobody else gets at the same time."""
    if seen.moves is None:
        raise judge.untestable(seen.no_moves)
    _explained(seen.all, [seen.moves], judge, kinds.MOVES)


@requirement("bookings.race.stored", races.raced)
def test_what_a_race_was_told_is_so(seen: Raced, judge: Judge) -> None:
    """Whoever was told of a booking finds it, and whoever was refused has left none."""
    _explained(seen.all, seen.all, judge, kinds.STORED)


def _explained(all_of_them: Iterable[Judged], meant: Iterable[Judged], judge: Judge, kind: str) -> None:
    """Judge that an order of the calls explains each race, as far as one kind of contradiction goes."""
    wanted = list(meant)
    for race in all_of_them:
        told = [found for found in race.contradictions if found.kind == kind]
        for found in told:
            judge.that(
                False,
                f"{race.batch.name} ({race.batch.about}): some order of the calls explains how it ended",
                race.told(found.group),
                *found.exchanges,
            )
        if not told and race in wanted and not race.disturbed:
            judge.that(True, "", "")
    if not judge.judgements:
        raise judge.untestable("; ".join({race.disturbed for race in wanted}))


@requirement("bookings.race.refused", races.raced)
def test_losers_are_refused_as_conflicts(seen: Raced, judge: Judge) -> None:
    """Whoever comes too late is refused as one after another, and not with a failure."""
    for race in seen.creates:
        for racer in race.batch.racers:
            if racer.action == CREATE and racer.outcome in (REFUSED, UNKNOWN):
                judge.refused(racer.exchange, TAKEN, f"{racer.what}, too late")
    if not judge.judgements:
        raise judge.untestable("nobody lost a race")


@requirement("bookings.race.slots", races.raced)
def test_a_slot_that_was_won_is_not_offered(seen: Raced, judge: Judge) -> None:
    """What somebody holds after a race is not offered."""
    if not seen.held or not seen.listed.ok:
        raise judge.untestable("nobody holds the slot of the last race, or slots cannot be listed")
    for slot in seen.held:
        judge.that(slot.start not in seen.offered, f"{slot} is booked: not offered", "it is offered", seen.listed)


@requirement("decisions.race.one", races.decision)
def test_one_decision_holds(seen: Decision, judge: Judge) -> None:
    """A booking that is confirmed and declined at once is what one caller was told, and the other was refused."""
    told = {"accepted": seen.confirm, "rejected": seen.decline}
    done = [status for status, exchange in told.items() if exchange.ok]
    at = (seen.confirm, seen.decline, seen.after.exchange)
    answers = f"confirm {seen.confirm.status}, decline {seen.decline.status}"
    judge.that(len(done) == 1, "one of both is done, the other refused", answers, *at)
    if len(done) == 1 and seen.after.raw:
        judge.that(seen.after.status == done[0], f"status {done[0]}", f"status {seen.after.status}", *at)


@requirement("seats.race.last", races.last_seat)
def test_the_last_seat_is_taken_once(seen: LastSeat, judge: Judge) -> None:
    """Of callers for the last seat one gets it, and no more sit there than there are seats."""
    done = [email for email, exchange in zip(seen.emails, seen.exchanges, strict=True) if exchange.ok]
    told = ", ".join(f"{times} times {status}" for status, times in Counter(e.status for e in seen.exchanges).items())
    judge.that(len(done) == 1, "one caller gets the last seat", told, *seen.exchanges)
    if not seen.after.raw:
        raise judge.untestable(f"the booking cannot be read: {answer(seen.after.exchange)}")
    at = (*seen.exchanges, seen.after.exchange)
    taken = len(seen.seated)
    judge.that(taken <= SEATS, f"{SEATS} attendees at most", f"{taken} attendees", *at)
    for email in done if len(done) == 1 and seen.shows_all else []:
        judge.that(email in seen.seated, f"{email} has a seat", ", ".join(seen.seated), *at)
