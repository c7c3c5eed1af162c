"""Cal.com's webhook deliveries: which triggers are fired, how often, and to whom."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.judge.deliveries import Step, sort, told_for
from bookproof.judge.trigger_deliveries import (
    CANCELLED,
    CREATED,
    REJECTED,
    REQUESTED,
    RESCHEDULED,
    Told,
    shown,
    unlike_move,
)
from bookproof.probes.calcom_v2 import deliveries
from bookproof.probes.calcom_v2.subscribers import FILTERED, INACTIVE, MAIN, PLAIN, TEMPLATED, Course
from bookproof.targets.inbox import Received


def _fired(seen: Course, judge: Judge, steps: list[Step]) -> None:
    pairs = sort(seen.steps, seen.told(MAIN)).pairs
    for step, said in pairs:
        if step in steps:
            nothing = "" if seen.received else f"; nothing at all has come to {seen.address}, which it should reach"
            expected, missing = f"a delivery of {step.event}", f"none came in {seen.waited:.0f} s{nothing}"
            judge.that(said is not None, expected, missing, step.exchange, subject=step.event)


@requirement("deliveries.events.pushed", deliveries.course)
def test_what_happens_is_pushed(seen: Course, judge: Judge) -> None:
    """A booking made, moved or cancelled is delivered to the subscription to all triggers."""
    _fired(seen, judge, [step for step in seen.steps if step.event in (CREATED, RESCHEDULED, CANCELLED)][:3])


@requirement("deliveries.events.requested", deliveries.course)
def test_a_request_is_told_as_one(seen: Course, judge: Judge) -> None:
    """A booking that waits for a decision is told as requested, and not as created before it is decided."""
    requested = [step for step in seen.steps if step.event == REQUESTED]
    _fired(seen, judge, requested)
    for step in requested:
        decided = next(later for later in seen.steps if later.after >= step.after and later is not step)
        early = [
            said
            for said in seen.told(MAIN)
            if said.meant == CREATED and step.after < said.number <= decided.after and said.mentions(step.codes)
        ]
        told = shown(early[0].received) if early else ""
        judge.that(not early, f"{REQUESTED} alone", told, step.exchange, subject=REQUESTED)


@requirement("deliveries.events.rejected", deliveries.course)
def test_a_rejection_is_told(seen: Course, judge: Judge) -> None:
    """A booking that is declined is told as rejected."""
    _fired(seen, judge, [step for step in seen.steps if step.event == REJECTED])


@requirement("deliveries.events.confirmed", deliveries.course)
def test_a_confirmation_is_told_as_creation_or_not_at_all(seen: Course, judge: Judge) -> None:
    """A confirmation fires nothing, or, as real servers do, BOOKING_CREATED; nothing else."""
    for step in seen.by("confirmBooking"):
        told = [said for said in seen.told(MAIN) if said.number > step.after and said.mentions(step.codes)]
        others = [said for said in told if said.meant != CREATED]
        what = shown(others[0].received) if others else ""
        judge.that(not others, f"no delivery, or {CREATED}", what, step.exchange, subject="confirmBooking")


@requirement("deliveries.events.named", deliveries.course)
def test_triggers_exist(seen: Course, judge: Judge) -> None:
    """Every delivery names one of the triggers that exist."""
    for said in seen.told(MAIN, FILTERED):
        if isinstance(said.event, str):
            known = said.event in seen.known_triggers
            at = seen.caused(said.received)
            judge.that(known, "a trigger that exists", f"{said.event!r}", *at, subject=str(said.event))
    if not judge.judgements:
        raise judge.untestable("no delivery named its trigger; see deliveries.body.members")


@requirement("deliveries.events.caused", deliveries.course)
def test_nothing_is_told_that_has_not_happened(seen: Course, judge: Judge) -> None:
    """A delivery about a booking of the run names something that was done to that booking."""
    # The other triggers of requests, confirmations and moves are requirements of their own.
    judged_elsewhere = {
        "createBooking": {CREATED},
        "confirmBooking": seen.known_triggers,
        "rescheduleBooking": {CREATED, REQUESTED, CANCELLED},
    }
    unpaired = {said.number for said in seen.sorted().rest}
    for said in seen.told(MAIN):
        steps = [step for step in seen.steps if said.mentions(step.codes)]
        fine: set[str] = {step.event for step in steps}
        for step in steps:
            fine |= judged_elsewhere.get(step.exchange.operation, set())
        if steps and said.meant in seen.known_triggers:
            strange = said.number in unpaired and said.meant not in fine
            expected = f"no trigger but {', '.join(dict.fromkeys(step.event for step in steps))}"
            judge.that(not strange, expected, shown(said.received), *seen.caused(said.received), subject=said.meant)
    if not judge.judgements:
        raise judge.untestable("no delivery names a booking of the run; see deliveries.data.booking")


@requirement("deliveries.events.once", deliveries.course)
def test_events_are_delivered_once(seen: Course, judge: Judge) -> None:
    """A delivery that was answered with 200 at once does not come again, nor is a cancellation told anew."""
    main = seen.sorted()
    # What tells of a refused call is another requirement's.
    others = [said for refusal in seen.refusals if refusal.exchange.refused for said in told_for(refusal, main)]
    for step in seen.refusals:
        if step.event == CANCELLED and step.exchange.ok:
            told = [said for said in told_for(step, main) if said in main.rest]
            again, at = shown(told[0].received) if told else "", (said.received.exchange for said in told)
            judge.that(not told, "one delivery of a cancellation", again, *at, step.exchange, subject=CANCELLED)
    repeats = {said.number: original for original, said in main.repeated if said not in others}
    for said in seen.told(MAIN):
        original, at = repeats.get(said.number), seen.caused(said.received)
        again = f"the same once more: {shown(said.received)}"
        judge.that(original is None, "one delivery", again, *at, subject=said.meant)


@requirement("deliveries.reschedule.alone", deliveries.course)
def test_a_move_is_told_as_a_move(seen: Course, judge: Judge) -> None:
    """Moving a booking is not told as a request, a cancellation or a new booking."""
    main = seen.sorted()
    for move in seen.by("rescheduleBooking"):
        others = [
            said
            for said in main.rest
            if said.number > move.after and said.meant in (CREATED, REQUESTED, CANCELLED) and said.mentions(move.codes)
        ]
        what = f"also {', '.join(said.meant for said in others)}"
        exchanges = (said.received.exchange for said in others)
        judge.that(not others, f"{RESCHEDULED} alone", what, *exchanges, move.exchange, subject=RESCHEDULED)


@requirement("deliveries.reschedule.both", deliveries.course)
def test_a_move_tells_both_bookings(seen: Course, judge: Judge) -> None:
    """The payload of a move tells the new booking as uid, and the old one with its start in the reschedule members."""
    old_starts = {step.codes[0]: step.start for step in seen.by("createBooking")}
    for step, said in seen.sorted().pairs:
        if step.event == RESCHEDULED and said and isinstance(said.data, dict):
            old, new = step.codes[0], step.codes[-1]
            wrong = unlike_move(said, old, new, old_starts.get(old))
            at = (said.received.exchange, step.exchange)
            expected = f"uid {new} and rescheduleUid {old} with its start"
            judge.that(not wrong, expected, "; ".join(wrong), *at, subject=RESCHEDULED)
    if not judge.judgements:
        raise judge.untestable("no move was delivered with a payload; see deliveries.events.pushed")


@requirement("deliveries.subscription.filter", deliveries.course)
def test_a_subscription_gets_only_what_it_asked_for(seen: Course, judge: Judge) -> None:
    """Subscriptions to a single trigger receive no other."""
    if not seen.received:
        raise judge.untestable("no delivery has come; see deliveries.events.pushed")
    for name in (FILTERED, PLAIN, TEMPLATED):
        if name in seen.subscriptions:
            wanted = seen.subscriptions[name].events
            strange = [said for said in seen.told(name) if said.meant not in ("", *wanted)]
            told, at = ", ".join(said.meant for said in strange), (said.received.exchange for said in strange)
            judge.that(not strange, f"{wanted[0]} alone", told, *at, subject=name)


@requirement("deliveries.subscription.repeated", deliveries.course)
def test_a_repeated_trigger_is_delivered_once(seen: Course, judge: Judge) -> None:
    """A subscription that names a trigger twice gets one delivery of it for each event."""
    subscription = seen.subscription(FILTERED)
    if len(subscription.events) < 2:
        raise judge.not_applicable("the target refuses a subscription that names a trigger twice")
    if seen.sorted().repeated:
        raise judge.untestable("the target delivers events more than once to anybody; see deliveries.events.once")
    found = sort([step for step in seen.steps if step.event == CANCELLED], seen.told(FILTERED))
    if not seen.to(FILTERED):
        raise judge.untestable("no cancellation was delivered to it; see deliveries.events.pushed")
    exchanges = (said.received.exchange for _, said in found.repeated)
    what = f"{1 + len(found.repeated)} of the same"
    judge.that(not found.repeated, "one delivery", what, *exchanges, subscription.exchange, subject=FILTERED)


@requirement("deliveries.refused.silent", deliveries.course)
def test_refused_calls_push_nothing(seen: Course, judge: Judge) -> None:
    """A booking that was refused is announced to nobody."""
    refused = [step for step in seen.refusals if step.exchange.refused]
    if not refused:
        raise judge.untestable("no call was refused that should have been; see bookings.create.taken")
    found = seen.sorted()
    for step in refused:
        told = told_for(step, found)
        what, exchanges = shown(told[0].received) if told else "", (said.received.exchange for said in told)
        judge.that(not told, "no delivery", what, *exchanges, step.exchange)


@requirement("deliveries.inactive.silent", deliveries.course)
def test_an_inactive_subscription_gets_nothing(seen: Course, judge: Judge) -> None:
    """A subscription that was made inactive receives nothing."""
    subscription = seen.subscription(INACTIVE)
    if not seen.received:
        raise judge.untestable("no delivery has come to any subscription, so silence says nothing")
    told = seen.to(INACTIVE)
    exchanges = (*(received.exchange for received in told), subscription.exchange)
    expected, what = "nothing while it is inactive", shown(told[0]) if told else ""
    judge.that(not told, expected, what, *exchanges, subject=INACTIVE)


@requirement("deliveries.deleted.silent", deliveries.course)
def test_deleted_subscriptions_get_nothing(seen: Course, judge: Judge) -> None:
    """What happens after the deletion of a subscription is not delivered to it."""
    if seen.last is None or not seen.last.ok or not seen.to(MAIN):
        raise judge.untestable("nothing happened after the deletion that would have been delivered before")
    late = [new for new in seen.received if new.delivery.number > seen.after_end and _is_about(new, seen)]
    what, exchanges = shown(late[0]) if late else "", (received.exchange for received in late)
    judge.that(not late, "nothing after the deletion", what, *exchanges, seen.last, subject="deleted")


def _is_about(received: Received, seen: Course) -> bool:
    """Whether a delivery tells of what happened last; others may only be late."""
    codes = [code for step in seen.by("confirmBooking") for code in step.codes]
    return Told(received).meant == CANCELLED and Told(received).mentions(codes)
