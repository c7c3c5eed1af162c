"""Races: of callers for one time, one link or one day, released together, as many succeed as there is room for."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.judge import race_evidence as kinds
from bookproof.judge.judge import answer
from bookproof.probes.imatic_v1 import races_after
from bookproof.probes.imatic_v1.races_after import Announced, Listed, Races


@requirement("bookings.race.one-winner", races_after.one_winner)
def test_one_caller_wins_a_slot(seen: Races, judge: Judge) -> None:
    """Of callers for one slot one is answered with a booking and finds it there; the others are refused."""
    _explained(seen, judge, kinds.ONE_WINNER)


@requirement("bookings.race.overlap", races_after.overlap)
def test_overlapping_times_have_one_winner(seen: Races, judge: Judge) -> None:
    """Two event types of one host, or two lengths of one event type, are not booked over each other."""
    _explained(seen, judge, kinds.OVERLAP)


@requirement("bookings.race.moves", races_after.moves)
def test_moves_race_like_bookings(seen: Races, judge: Judge) -> None:
    """A move takes a slot that nobody else gets at the same time, and a booking that is moved twice stays one."""
    _explained(seen, judge, kinds.MOVES)


@requirement("bookings.race.cancels", races_after.cancels)
def test_cancellations_race_like_bookings(seen: Races, judge: Judge) -> None:
    """A slot that is cancelled and booked at the same time is held by one booking at last, or by none."""
    _explained(seen, judge, kinds.CANCELS)


@requirement("bookings.race.cap", races_after.cap_kept)
def test_the_daily_cap_holds_in_a_race(seen: Races, judge: Judge) -> None:
    """However many callers come at once, a day takes no more bookings than its cap."""
    _explained(seen, judge, kinds.CAP)


@requirement("links.race.once", races_after.link_once)
def test_a_link_admits_one_of_two_at_once(seen: Races, judge: Judge) -> None:
    """A single-use link that is used twice at the same time books once."""
    _explained(seen, judge, kinds.LINK)


@requirement("parity.race.one-winner", races_after.one_door)
def test_agents_and_clients_race_for_one_slot(seen: Races, judge: Judge) -> None:
    """An agent and REST clients do not get the same slot."""
    _explained(seen, judge, kinds.DOORS)


@requirement("bookings.race.stored", races_after.stored)
def test_what_a_race_was_told_is_so(seen: Races, judge: Judge) -> None:
    """Whoever was told of a booking finds it, and whoever was refused has left none."""
    _explained(seen, judge, kinds.STORED)


def _explained(seen: Races, judge: Judge, kind: str) -> None:
    """Judge that an order of the calls explains each race, as far as one kind of contradiction goes."""
    for race in seen.judged:
        told = [found for found in race.contradictions if found.kind == kind]
        for found in told:
            judge.that(
                False,
                f"{race.batch.name} ({race.batch.about}): some order of the calls explains how it ended",
                race.told(found.group),
                *found.exchanges,
            )
        if not told and race in seen.meant and not race.disturbed:
            judge.that(True, "", "")
    if not judge.judgements:
        reasons = [*dict.fromkeys(race.disturbed for race in seen.meant if race.disturbed), *seen.missing]
        raise judge.untestable("; ".join(reasons) or "no race could be run")


@requirement("bookings.race.refused", races_after.refused)
def test_losers_are_refused_as_conflicts(seen: Races, judge: Judge) -> None:
    """Whoever comes too late is answered with 409 and an error of the documented form, not with a failure."""
    for race in seen.judged:
        for racer, allowed in race.losers(seen.refused_with):
            exchange = racer.exchange
            judge.that(
                exchange.status in allowed,
                f"{racer.what}, too late: refused with {' or '.join(map(str, sorted(allowed)))}",
                answer(exchange),
                exchange,
            )
    if not judge.judgements:
        raise judge.untestable("nobody lost a race")


@requirement("bookings.race.slots", races_after.slots)
def test_slots_agree_after_races(seen: Listed, judge: Judge) -> None:
    """A slot that was raced for is listed if nobody holds it in the end, and is not if somebody does."""
    judge.each(
        seen.held,
        lambda slot: slot.start not in seen.starts,
        lambda slot: f"{slot} is booked: not listed",
        lambda _: "it is listed",
        seen.exchange,
    )
    judge.each(
        seen.free,
        lambda slot: slot.start in seen.starts,
        lambda slot: f"{slot} was raced for and is free again, or still: listed",
        lambda _: "it is not listed",
        seen.exchange,
    )


@requirement("deliveries.race.once", races_after.announced)
def test_a_race_is_announced_as_it_ended(seen: Announced, judge: Judge) -> None:
    """Each booking that a race has made or cancelled is announced once; whoever was refused is not announced."""
    if not seen.said:
        raise judge.untestable(f"no new booking was announced in {seen.waited:.0f} s; see deliveries.events.pushed")
    for racer in seen.winners():
        told = [said for said in seen.said if said.mentions([racer.code])]
        at = (racer.exchange, *(said.received.exchange for said in told))
        judge.that(len(told) == 1, f"booking {racer.code} is announced once", f"{len(told)} deliveries tell of it", *at)
    for racer in seen.cancelled():
        told = [said for said in seen.regrets if said.mentions([racer.code])]
        at = (racer.exchange, *(said.received.exchange for said in told))
        seen_of_it = f"{len(told)} deliveries tell of it"
        judge.that(len(told) <= 1, f"that booking {racer.code} is cancelled is announced once", seen_of_it, *at)
    for racer in seen.losers():
        told = [said for said in seen.said if said.mentions([racer.attendee])]
        at = (racer.exchange, *(said.received.exchange for said in told))
        judge.that(not told, f"{racer.attendee} was refused: nothing is announced", "a booking is announced", *at)
