"""What races have left: the bookings, read in one list for all of them.

The first look comes before moves and cancellations race, which take bookings that earlier races have left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bookproof.judge.race_evidence import Aftermath, Batch, Found, Place, Racer
from bookproof.judge.race_model import CREATE, UNKNOWN
from bookproof.probes.base import Probe, probe
from bookproof.probes.imatic_v1 import openings, races
from bookproof.probes.imatic_v1.booking_reads import evidence_or_none, read_booking, whole_list
from bookproof.probes.imatic_v1.races import Scene
from bookproof.probes.imatic_v1.session import Session
from bookproof.targets.views import Booking
from bookproof.verdict import NotApplicable, Untestable

#: Judged probe to the scenes that it looks at first; those that look at all of them have none of their own.
FIRST: Mapping[str, tuple[Probe[Scene], ...]] = {
    "races.one-winner": (races.same_slot,),
    "races.overlap": (races.overlapping,),
    "races.link-once": (races.link,),
    "races.cap-kept": (races.cap,),
    "races.one-door": (races.doors,),
}
#: Judged probes that look at every scene.
ALL = ("races.stored", "races.refused", "races.slots", "races.announced")
_SCENES = (races.same_slot, races.overlapping, races.link, races.cap, races.doors)


@dataclass(frozen=True)
class Look:
    """Races, and what was found after them.

    Attributes:
        batches: all that were run.
        after: what was found.
        missing: why some could not be run.
    """

    batches: list[Batch]
    after: Aftermath
    missing: tuple[str, ...] = ()


def planned(session: Session, *judged: str) -> bool:
    """Whether some judged probe is in the plan."""
    return any(each.id in judged for each in session.plan)


def scenes(session: Session, wanted: Iterable[Probe[Scene]]) -> tuple[list[Batch], list[str]]:
    """Run scenes: their batches, and why some could not be run."""
    batches: list[Batch] = []
    missing: list[str] = []
    for scene in wanted:
        try:
            found = session.need(scene)
        except Untestable as why:
            missing.append(str(why))
            continue
        except NotApplicable:
            continue
        batches += found.batches
        missing += found.left_out
    return batches, missing


@probe("races.first-look", shared=True, safety="visible", cost=3)
def first(session: Session) -> Look:
    """Run the races that the plan asks for, moves and cancellations aside, and read the bookings."""
    everything = planned(session, *ALL)
    wanted = [
        scene
        for scene in _SCENES
        if everything or planned(session, *(judged for judged, found in FIRST.items() if scene in found))
    ]
    if planned(session, "races.announced"):
        evidence_or_none(session, races.listening)
    batches, missing = scenes(session, wanted)
    return Look(batches, look(session, batches), tuple(missing))


def look(session: Session, batches: list[Batch]) -> Aftermath:
    """Read the bookings: those that callers know, those that nobody should have, and those of others."""
    if not batches:
        return Aftermath({}, {}, [])
    listed = whole_list(session)
    by_code = {booking.code: booking for booking in listed.bookings if booking.code}
    found: dict[str, Found] = {}
    for code in sorted({code for batch in batches if not batch.given_back for code in batch.codes}):
        if code in by_code:
            found[code] = Found(listed.pages[-1], by_code[code])
        else:
            # A list need not show what is cancelled, nor everything at once.
            shown = read_booking(session, code, "is it stored?")
            found[code] = Found(shown.exchange, shown.booking)
    strays: dict[int, str] = {}
    ours = {thing.code for thing in session.ledger.left()} | set(found)
    for racer in (racer for batch in batches for racer in batch.racers):
        stray = _stray(racer, listed.bookings, ours)
        if stray and stray.code:
            strays[racer.exchange.number] = stray.code
            ours.add(stray.code)
            found[stray.code] = Found(listed.pages[-1], stray)
            session.ledger.created("booking", stray.code)
        elif racer.action == CREATE and racer.outcome == UNKNOWN:
            session.ledger.refused("booking")
    others = [
        booking
        for booking in listed.bookings
        if booking.live and booking.code not in ours and booking.attendee_email != session.target.attendee_email
    ]
    return Aftermath(found, strays, others)


def _stray(racer: Racer, bookings: Iterable[Booking], known: set[str]) -> Booking | None:
    """The live booking that a caller left who was not told so."""
    if racer.action != CREATE or racer.code or not racer.slot:
        return None
    for booking in bookings:
        if booking.live and booking.code not in known and booking.start == racer.slot.start:
            if booking.attendee_name == racer.attendee:
                return booking
            if booking.attendee_name is None and booking.event_type_code in (None, racer.event_type_code):
                return booking
    return None


def held(session: Session, number: int) -> list[Place]:
    """Bookings of the main event type: those that races have left, as far as they are found live, and new ones.

    Raises:
        Blocked: a free slot cannot be booked.
    """
    free = session.need(openings.main)
    seen = session.need(first)
    taken = session.race_places
    places = [
        Place(racer.code, racer.slot)
        for batch in seen.batches
        if not batch.given_back
        for racer in batch.winners
        if racer.code and racer.slot and racer.event_type_code == free.rules.code and racer.action == CREATE
        if racer.code not in taken and seen.after.found[racer.code].live
    ]
    # One for each race, in case a race had several winners.
    places = list({place.slot: place for place in reversed(places)}.values())[:number]
    while len(places) < number:
        slot = free.take(close=True)
        _, booking = session.booked(free.rules, slot.start, note="to race with")
        places.append(Place(str(booking.code), slot))
    taken.update(place.code for place in places)
    return places
