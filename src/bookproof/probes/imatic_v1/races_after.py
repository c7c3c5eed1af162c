"""What the checks of races judge: each race with what was found after it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from bookproof.judge.deliveries import CANCELLED, CREATED, Said
from bookproof.judge.race_evidence import Racer
from bookproof.judge.race_model import CANCEL, CREATE, REFUSED
from bookproof.judge.races import Judged
from bookproof.probes.base import Probe, probe
from bookproof.probes.imatic_v1 import bookings, openings, race_changes, race_looks, races, reschedule, rules
from bookproof.probes.imatic_v1.booking_reads import starts_listed
from bookproof.probes.imatic_v1.race_looks import ALL, look, planned, scenes
from bookproof.probes.imatic_v1.races import RACES, Scene
from bookproof.probes.imatic_v1.session import Session
from bookproof.probes.imatic_v1.subscriptions import unsubscribe
from bookproof.targets.views import Slot
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange

CONFLICT = 409
_CHANGES = {"races.moves": race_changes.moves, "races.cancels": race_changes.cancels}


@dataclass(frozen=True)
class Races:
    """Races, each with what was found after it.

    Attributes:
        judged: all races of the run.
        missing: why some of those that are meant could not be run.
        meant: the races that a requirement is about; what speaks against it may come up in others, too.
        refused_with: how a booking of a taken slot may be refused: as a conflict, and as the API does it anyway where
            that is known, which another requirement judges.
    """

    judged: list[Judged]
    missing: tuple[str, ...] = ()
    meant: tuple[Judged, ...] = ()
    refused_with: frozenset[int] = frozenset({CONFLICT})


@probe("races.last-look", shared=True, safety="visible", cost=3)
def last(session: Session) -> Races:
    """Run all races that the plan asks for, and read what they have left."""
    before = session.need(race_looks.first)
    wanted = [scene for judged, scene in _CHANGES.items() if planned(session, judged, *ALL)]
    batches, missing = scenes(session, wanted)
    after = look(session, batches)
    judged = [Judged(batch, before.after) for batch in before.batches]
    judged += [Judged(batch, after) for batch in batches]
    session.races += [each.record() for each in judged]
    return Races(judged, (*before.missing, *missing))


def _of(session: Session, scene: Probe[Scene]) -> Races:
    """All races, those of one scene being meant.

    Raises:
        Untestable, NotApplicable: why there are none of that scene.
    """
    everything, own = session.need(last).judged, session.need(scene)
    batches = {id(batch) for batch in own.batches}
    return Races(everything, own.left_out, tuple(each for each in everything if id(each.batch) in batches))


def _all(session: Session) -> Races:
    """All races.

    Raises:
        Untestable: none could be run.
    """
    found = session.need(last)
    if not found.judged:
        raise Untestable("; ".join(dict.fromkeys(found.missing)) or "no race could be run")
    return replace(found, meant=tuple(found.judged))


@probe("races.one-winner", safety="visible", cost=0)
def one_winner(session: Session) -> Races:
    """Callers for one slot."""
    return _of(session, races.same_slot)


@probe("races.overlap", safety="visible", cost=0)
def overlap(session: Session) -> Races:
    """Callers for overlapping times."""
    return _of(session, races.overlapping)


@probe("races.link-once", safety="visible", cost=0, capability="links")
def link_once(session: Session) -> Races:
    """Callers with one link."""
    return _of(session, races.link)


@probe("races.cap-kept", safety="visible", cost=0)
def cap_kept(session: Session) -> Races:
    """Callers for the last places of a day."""
    return _of(session, races.cap)


@probe("races.one-door", safety="visible", cost=0, capability="mcp")
def one_door(session: Session) -> Races:
    """An agent and REST clients."""
    return _of(session, races.doors)


@probe("races.moves", safety="visible", cost=0)
def moves(session: Session) -> Races:
    """Moves."""
    return _of(session, race_changes.moves)


@probe("races.cancels", safety="visible", cost=0)
def cancels(session: Session) -> Races:
    """Cancellations."""
    return _of(session, race_changes.cancels)


@probe("races.stored", safety="visible", cost=0)
def stored(session: Session) -> Races:
    """All races."""
    return _all(session)


@probe("races.refused", safety="visible", cost=0)
def refused(session: Session) -> Races:
    """All races, and how whoever comes later is refused."""
    created = session.known(bookings.created)
    usual = {conflict.status for conflict in created.conflicts if conflict.refused} if created else set[int]()
    return replace(_all(session), refused_with=frozenset({CONFLICT, *usual}))


@dataclass(frozen=True)
class Listed:
    """The slots that are listed after all races.

    Attributes:
        exchange: the answer.
        free: slots of the main event type that were raced for, and that no booking holds.
        held: those that a booking holds.
        starts: what is listed.
    """

    exchange: Exchange
    free: list[Slot]
    held: list[Slot]
    starts: set[datetime]


@probe("races.slots", safety="visible", cost=2)
def slots(session: Session) -> Listed:
    """The slots of the main event type, after all races.

    Raises:
        Blocked: they cannot be listed.
    """
    found, opened = _all(session).judged, session.need(openings.main)
    wanted = {
        racer.slot: None
        for each in found
        for racer in each.batch.racers
        if racer.slot and racer.event_type_code == opened.rules.code
    }
    changed = {place.slot: None for each in found for place in each.batch.before}
    changed |= {racer.slot: None for each in found if each.batch.before for racer in each.batch.racers if racer.slot}
    raced = [slot for slot in [*wanted, *changed] if _is_sound(session, changed=slot in changed)]
    if not raced:
        raise Untestable("booking, moving and cancelling do not change what is listed; see slots.booked.disappears")
    exchange, starts = starts_listed(
        session, opened.rules, Slot(min(raced).start, max(raced).start), note="after all races"
    )
    held, unclear = _held(found)
    taken = [slot for slot in raced if slot in held]
    unclear += [Slot(other.start, other.end) for other in found[-1].after.others if other.start and other.end]
    # Where a day takes so many bookings only, a free slot may be hidden for that.
    capped = opened.rules.daily_cap is not None
    free = [slot for slot in raced if not capped and not any(slot.overlaps(other) for other in [*held, *unclear])]
    return Listed(exchange, free, taken, starts)


def _is_sound(session: Session, *, changed: bool) -> bool:
    """Whether, as far as is known, callers one after another see bookings (or changes of them) in the slots.

    What does not even work for them says nothing of races, and is another requirement's.
    """
    taken, cancelled = session.known(rules.taken), session.known(bookings.cancelled)
    moved = session.known(reschedule.moved)
    if taken and taken.after and any(map(taken.overlapping, taken.after.slots)):
        return False
    if not changed:
        return True
    cancels = cancelled is None or (cancelled.listed and not cancelled.shown.live)
    return cancels and (moved is None or (moved.old_listed and not moved.new_listed))


def _held(judged: Iterable[Judged]) -> tuple[list[Slot], list[Slot]]:
    """The slots that bookings hold, as they were found last; and those of bookings of which that is not clear."""
    found = {code: seen for each in judged for code, seen in each.after.found.items()}
    held: list[Slot] = []
    unclear: list[Slot] = []
    for code, seen in found.items():
        if not seen.booking or not seen.booking.live:
            continue
        places = [slot for each in judged for slot in each.places(code)]
        there = [slot for slot in places if slot.start == seen.booking.start]
        held += there[:1]
        unclear += [] if there else places
    return held, unclear


@dataclass(frozen=True)
class Announced:
    """What was delivered of the races.

    Attributes:
        races: all of them.
        said: deliveries of new bookings to the subscription that listened.
        regrets: those of cancelled ones.
        waited: seconds for which it was waited.
    """

    races: Races
    said: list[Said]
    regrets: list[Said]
    waited: float

    def winners(self) -> list[Racer]:
        """Those who made a booking that was found afterwards, and left where it was.

        Of two who were told of the same booking, one. What later races move or cancel is told of in other words.
        """
        changed = {place.code for each in self.races.judged for place in each.batch.before}
        return list({r.code: r for r in _made(self.races.judged) if r.code not in changed}.values())

    def cancelled(self) -> list[Racer]:
        """Those who cancelled a booking that was gone afterwards; of two who cancelled the same one, one."""
        found = {
            racer.code: racer
            for each in self.races.judged
            for racer in each.batch.racers
            if racer.action == CANCEL and racer.done and racer.code in each.after.found
            if not each.after.found[racer.code].live
        }
        return list(found.values())

    def losers(self) -> list[Racer]:
        """Those who were refused a booking, and left none."""
        winners = {racer.attendee for racer in _made(self.races.judged)}
        return [
            racer
            for each in self.races.judged
            for racer in each.batch.racers
            if racer.action == CREATE and racer.outcome == REFUSED and racer.attendee not in winners
            if racer.exchange.number not in each.after.strays
        ]


@probe("races.announced", safety="visible", cost=1, capability="webhooks")
def announced(session: Session) -> Announced:
    """Wait until every booking that was made is announced, and end the subscription."""
    found, subscription = _all(session), session.need(races.listening)
    binding, wait = session.api.binding, session.inbox.settings.wait
    made = {racer.code for racer in _made(found.judged)}
    gone = {racer.code for each in found.judged for racer in each.batch.winners if racer.action == CANCEL}

    def told_of(event: str) -> list[Said]:
        said = [Said(binding, new) for new in session.inbox.received if new.box == RACES]
        return [each for each in said if each.meant == event]

    def all_told(event: str, codes: set[str]) -> bool:
        said = told_of(event)
        return all(any(each.mentions([code]) for each in said) for code in codes)

    session.inbox.wait(lambda _: all_told(CREATED, made) and all_told(CANCELLED, gone), wait)
    unsubscribe(session, subscription)
    session.inbox.look()
    return Announced(found, told_of(CREATED), told_of(CANCELLED), wait)


def _made(judged: Iterable[Judged]) -> Iterable[Racer]:
    """The callers who made a booking that was found, or taken back, afterwards."""
    for each in judged:
        for racer in each.batch.racers:
            found = each.after.found.get(racer.code)
            if racer.action == CREATE and racer.code and (each.batch.given_back or (found and found.booking)):
                yield racer
