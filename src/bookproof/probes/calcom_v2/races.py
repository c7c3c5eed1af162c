"""Races: calls for one slot, one seat or one decision, released together; what they leave is read once, after all.

Source: Everything an AI agent can do with the Cal.com API, Data model; reports of its users.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from bookproof.judge import race_evidence as kinds
from bookproof.judge.race_evidence import Aftermath, Batch, Found, Place
from bookproof.judge.race_model import CREATE, MOVE, REFUSED, UNKNOWN
from bookproof.judge.races import Judged, moment
from bookproof.probes.base import probe
from bookproof.probes.calcom_v2 import bookings, changes, decisions, seats
from bookproof.probes.calcom_v2.booking_reads import (
    Shown,
    attendees_of,
    evidence_or_none,
    newest,
    read_booking,
    shown,
    slots_around,
    tagged,
    view,
)
from bookproof.probes.calcom_v2.grounds import grounds
from bookproof.probes.calcom_v2.race_calls import NOTE, Line, record_of, run, slot_of
from bookproof.probes.calcom_v2.seats import SEATS
from bookproof.probes.calcom_v2.session import Session
from bookproof.targets.views import Booking, Slot
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange

#: Callers for one slot at first, and later; and how often they race unless the run asks for more.
CALLERS, FEWER, BATCHES = 6, 3, 2
#: Callers for the last seat.
SITTERS = 3


@dataclass(frozen=True)
class Raced:
    """Races for slots, with what was found after them.

    Attributes:
        creates: callers for one slot, each with what was found.
        moves: a move against callers for its slot; None if it could not be run.
        no_moves: why not, or "".
        listed: the slots around the first race, after all.
        offered: their starts.
        held: the slots of the first race that a booking holds in the end.
    """

    creates: list[Judged]
    moves: Judged | None
    no_moves: str
    listed: Exchange
    offered: Sequence[datetime]
    held: Sequence[Slot]

    @property
    def all(self) -> list[Judged]:
        """All of them."""
        return [*self.creates, *([self.moves] if self.moves else [])]


@probe(
    "races.slots",
    safety="visible",
    cost=2 * (CALLERS + FEWER * (BATCHES - 1)) + 10,
    creates="a booking for each race, and what the target lets in beside it",
)
def raced(session: Session) -> Raced:
    """Let callers race for one slot, several times, then with a move, and read what they leave."""
    free, line = session.need(grounds).main, Line(session)
    _need_guarded(session)
    batches: list[Batch] = []
    for number in range(1, max(session.race_batches, BATCHES) + 1):
        start, callers = free.take(), CALLERS if number == 1 else FEWER
        for _ in range(callers):
            line.create(free, start)
        about = f"{callers} callers for {moment(slot_of(free, start))}"
        batches.append(line.release(kinds.ONE_WINNER, f"one slot, race {number}", about))
    moves, no_moves = _moves(session, line, batches[0])
    for wanting, other in ((decision, decision_race), (last_seat, seat_race)):
        if wanting in session.plan:
            # One list shows what all races have left.
            evidence_or_none(session, other)
    after = _look(session, [*batches, *([moves] if moves else [])])
    creates = [Judged(batch, _before_moves(after, moves)) for batch in batches]
    judged = Judged(moves, after) if moves else None
    session.races += [each.record() for each in (*creates, judged) if each]
    last = batches[-1].racers[0].slot
    assert last is not None, "callers for a slot want one"
    listed, offered = slots_around(session, free, last.start, note="after all races")
    live = {found.booking.start for found in after.found.values() if found.booking and found.live}
    return Raced(creates, judged, no_moves, listed, offered, [last] if last.start in live else [])


def _need_guarded(session: Session) -> None:
    """Go on unless bookings are known not to hold their time even for callers one after another."""
    created = session.known(bookings.created)
    if created is None:
        return
    if created.read is not None and not created.stored:
        raise Untestable("bookings are not stored, even one after another; see bookings.create.stored")
    if any(conflict.ok for conflict in created.conflicts):
        raise Untestable("bookings do not hold their time, even one after another; see bookings.create.taken")


def _moves(session: Session, line: Line, first: Batch) -> tuple[Batch | None, str]:
    """Move what the first race was won by, against two callers for its new slot."""
    free, moved, onto = session.need(grounds).main, session.known(changes.moved), session.known(changes.refused_moves)
    if moved and (moved.arrived is None or len(moved.live) > 1):
        return None, "a booking is not moved, even alone; see bookings.reschedule.moves"
    if moved and moved.book_new is not None and moved.book_new.ok:
        return None, "a move does not take its slot, even alone; see bookings.reschedule.takes-new"
    if onto and onto.onto_taken is not None and onto.onto_taken.ok:
        return None, "a move onto a taken slot is not refused, even alone; see bookings.reschedule.taken"
    if onto and not onto.after.live:
        return None, "a refused move harms, even alone; see bookings.reschedule.refused-moves-nothing"
    winner = next((racer for racer in first.winners if racer.code and racer.slot), None)
    if winner is None or winner.slot is None:
        return None, "nobody won the first race; see bookings.race.one-winner"
    start = free.take()
    for _ in range(2):
        line.create(free, start)
    line.move(free, winner.code, start)
    about = f"a booking is moved to {moment(slot_of(free, start))}, two callers want it"
    return line.release(kinds.MOVES, "move against bookings", about, [Place(winner.code, winner.slot)]), ""


def _look(session: Session, batches: Sequence[Batch]) -> Aftermath:
    """Read the bookings: those that callers know, those that nobody should have, and those of others."""
    listed = newest(session, "after the races")
    by_uid = {booking.code: booking for booking in map(view, listed.bookings) if booking.code}
    found: dict[str, Found] = {}
    for uid in sorted({code for batch in batches for code in batch.codes}):
        if uid in by_uid:
            found[uid] = Found(listed.exchange, by_uid[uid])
        else:
            read = read_booking(session, uid, "is it stored?")
            found[uid] = Found(read.exchange, view(read.raw) if read.raw else None)
    ours = {thing.code for thing in session.ledger.left()} | set(found)
    strays: dict[int, str] = {}
    for racer in (racer for batch in batches for racer in batch.racers):
        if racer.action != CREATE or racer.code:
            continue
        stray = next((each for each in by_uid.values() if _is_stray(each, racer.attendee, ours)), None)
        if stray and stray.code:
            strays[racer.exchange.number] = stray.code
            ours.add(stray.code)
            found[stray.code] = Found(listed.exchange, stray)
            session.ledger.created("booking", stray.code)
        elif racer.outcome == UNKNOWN:
            session.ledger.refused("booking")
    email = session.target.attendee_email
    others = [each for each in by_uid.values() if each.live and each.code not in ours and each.attendee_email != email]
    return Aftermath(found, strays, others)


def _before_moves(after: Aftermath, moves: Batch | None) -> Aftermath:
    """What was found, as far as it says something of the races before the move: not where that has led."""
    racers = () if moves is None else moves.racers
    left = {racer.code for racer in racers if racer.action == MOVE and racer.outcome != REFUSED}
    return replace(after, found={uid: found for uid, found in after.found.items() if uid not in left})


def _is_stray(booking: Booking, name: str, known: set[str]) -> bool:
    return booking.live and booking.code not in known and booking.attendee_name == name


# One decision


@dataclass(frozen=True)
class Decided:
    """A booking confirmed and declined at the same time: its uid, and both answers."""

    uid: str
    confirm: Exchange
    decline: Exchange


@dataclass(frozen=True)
class Decision:
    """A booking confirmed and declined at the same time: both answers, and what it is afterwards."""

    confirm: Exchange
    decline: Exchange
    after: Shown


@probe("races.decision-raced", safety="visible", cost=4, creates="a booking", shared=True)
def decision_race(session: Session) -> Decided:
    """Let the host confirm and decline one booking at once."""
    known = session.known(decisions.decided)
    if known and not (known.confirm and known.confirm.exchange.ok and known.decline and known.decline.exchange.ok):
        raise Untestable("a booking is not confirmed, or not declined, even alone; see decisions.*")
    if known and known.decline_late is not None and known.decline_late.ok:
        raise Untestable("an accepted booking is declined, even later; see decisions.decline.accepted")
    if known and known.confirm_late is not None and known.confirm_late.ok:
        raise Untestable("a rejected booking is confirmed, even later; see decisions.decline.final")
    free, ground = session.need(grounds).main, session.need(decisions.confirming)
    asked = shown(session, session.book(ground.id, free.take(), note="to be decided twice at once"))
    if asked.status != "pending":
        raise Untestable("no booking waits for its host; see decisions.pending")
    parameters, call = {"bookingUid": asked.uid}, session.api.call
    calls = (
        lambda: call("confirmBooking", parameters, body={}, note=NOTE),
        lambda: call("declineBooking", parameters, body={}, note=NOTE),
    )
    race, (confirm, decline) = run(session, calls, "confirm against decline")
    about = f"booking {asked.uid} is confirmed and declined"
    session.races.append(record_of(race, (confirm, decline), about, ("confirm", "decline")))
    return Decided(asked.uid, confirm, decline)


@probe("races.decision", safety="visible", cost=2)
def decision(session: Session) -> Decision:
    """What became of a booking that was confirmed and declined at once."""
    raced, listed = session.need(decision_race), newest(session, "what was decided?")
    after = listed.find(raced.uid) or read_booking(session, raced.uid, "what was decided?")
    if after.raw and not after.live:
        session.ledger.gone("booking", raced.uid)
    return Decision(raced.confirm, raced.decline, after)


# The last seat


@dataclass(frozen=True)
class LastSeat:
    """Callers for the last seat of a slot.

    Attributes:
        emails: theirs.
        exchanges: their answers.
        after: the booking as its host reads it afterwards.
        shows_all: whether hosts are known to see every attendee.
    """

    emails: list[str]
    exchanges: list[Exchange]
    after: Shown
    shows_all: bool

    @property
    def seated(self) -> list[str]:
        """The addresses of all who have a seat."""
        return [str(each.get("email")) for each in attendees_of(self.after.raw)]


@dataclass(frozen=True)
class Sat:
    """Callers for the last seat of a slot: the uid of its booking, their addresses, and their answers."""

    uid: str
    emails: list[str]
    exchanges: list[Exchange]


@probe("races.last-seat-raced", safety="visible", cost=2 * SITTERS, creates="seats in a booking", shared=True)
def seat_race(session: Session) -> Sat:
    """Let callers race for the last seat of a slot in which one is taken."""
    found, ground = session.need(seats.seated), session.need(seats.seated_ground)
    taken = found.restart
    if taken is None or not taken.taken:
        raise Untestable("there is no slot with one seat taken; see seats.leave.last")
    if found.full is None or found.full.ok:
        raise Untestable("a full slot is not refused, even to callers one after another; see seats.full.refused")
    emails = [tagged(session, f"sitter-{number}") for number in range(1, SITTERS + 1)]
    bodies = [
        session.booking_body(ground.id, found.start, attendee=session.attendee(name="Bookproof Sitter", email=email))
        for email in emails
    ]
    for _ in bodies:
        session.ledger.about_to_create("booking", session.target.attendee_email)
    call = session.api.call
    calls = [partial(call, "createBooking", body=body, note=NOTE) for body in bodies]
    race, exchanges = run(session, calls, "the last seat")
    for exchange in exchanges:
        made = shown(session, exchange).uid
        if made and made != taken.made.uid:
            session.ledger.created("booking", made)
        else:
            session.ledger.refused("booking")
    about = f"{SITTERS} callers for the last of {SEATS} seats"
    session.races.append(record_of(race, exchanges, about, [f"sit {email}" for email in emails]))
    return Sat(taken.made.uid, emails, exchanges)


@probe("races.last-seat", safety="visible", cost=2)
def last_seat(session: Session) -> LastSeat:
    """Who has a seat after callers have raced for the last one."""
    raced, host = session.need(seat_race), session.need(seats.seated).host
    after = newest(session, "who has a seat?").find(raced.uid)
    told = {each.get("email") for each in attendees_of(after.raw)} if after else set[object]()
    won = [email for email, exchange in zip(raced.emails, raced.exchanges, strict=True) if exchange.ok]
    if after is None or not told.issuperset(won):
        # A list may show less than the booking itself does.
        after = read_booking(session, raced.uid, "who has a seat?")
    shows_all = host is not None and len(attendees_of(host.raw)) == SEATS
    return LastSeat(raced.emails, raced.exchanges, after, shows_all)
