"""Webhook deliveries: which events are pushed, to whom, how often, and what they say."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.judge.deliveries import (
    CANCELLED,
    CREATED,
    EVENTS,
    NO_SHOW,
    RESCHEDULED,
    Said,
    Sorted,
    disagreements,
    shape_faults,
    sort,
    told_for,
)
from bookproof.probes.imatic_v1 import deliveries
from bookproof.probes.imatic_v1.deliveries import Course
from bookproof.probes.imatic_v1.subscriptions import (
    ALL,
    CHANGED,
    DELETED,
    FAILING,
    FILTERED,
    INACTIVE,
    OTHER_ACCOUNT,
    SLOW,
)
from bookproof.targets.inbox import Received

#: The subscriptions that receive what they asked for.
SERVED = (ALL, FILTERED, FAILING, SLOW)


def said_to(seen: Course, *boxes: str) -> list[Said]:
    """What was delivered to some subscriptions."""
    return [Said(seen.binding, received) for received in seen.to(*boxes)]


def sorted_out(seen: Course, judge: Judge) -> Sorted:
    """The deliveries to the main subscription by the steps that pushed them.

    Raises:
        Untestable: nothing was delivered at all.
    """
    if not seen.to(ALL):
        raise judge.untestable("no delivery came to the subscription to all events; see deliveries.events.pushed")
    return sort(seen.steps, said_to(seen, ALL))


def shown(received: Received) -> str:
    """A delivery in a few words."""
    delivery = received.delivery
    body = delivery.body.decode("utf-8", "replace")
    return f"exchange {received.exchange.number} to {received.box}: {body if len(body) <= 200 else body[:200] + '…'}"


@requirement("deliveries.events.pushed", deliveries.course)
def test_what_happens_is_pushed(seen: Course, judge: Judge) -> None:
    """A booking made, moved or cancelled is delivered to the subscription that asked for all events."""
    _pushed(seen, judge, [CREATED, RESCHEDULED, CANCELLED])


@requirement("deliveries.events.no-show", deliveries.course)
def test_a_no_show_is_pushed(seen: Course, judge: Judge) -> None:
    """A booking that the host marks as missed is delivered to the subscription that asked for all events."""
    _pushed(seen, judge, [NO_SHOW])
    if not judge.judgements:
        raise judge.untestable("needs a control door that offers mark-no-show: add [door] to the target file")


def _pushed(seen: Course, judge: Judge, events: list[str]) -> None:
    for step, said in sort(seen.steps, said_to(seen, ALL)).pairs:
        if step.event not in events:
            continue
        nothing = "" if seen.received else f"; nothing at all has come to {seen.address}, which it should reach"
        judge.that(
            said is not None,
            f"a delivery of {step.event}",
            f"none came in {seen.waited:.0f} s{nothing}",
            step.exchange,
            subject=step.event,
        )


@requirement("deliveries.events.named", deliveries.course)
def test_events_have_documented_names(seen: Course, judge: Judge) -> None:
    """Every delivery names one of the four events."""
    named = [said for said in said_to(seen, *SERVED) if isinstance(said.event, str)]
    for said in named:
        expected = f"one of {', '.join(EVENTS)}"
        at = seen.caused(said.received)
        judge.that(said.event in EVENTS, expected, f"{said.event!r}", *at, subject=str(said.event))
    if not named:
        raise judge.untestable("no delivery named its event; see deliveries.body.shape")


@requirement("deliveries.events.once", deliveries.course)
def test_events_are_delivered_once(seen: Course, judge: Judge) -> None:
    """A delivery that was answered with 200 at once does not come again."""
    main = sorted_out(seen, judge)
    # What tells of a refused call is another requirement's.
    others = [said for refusal in seen.refusals for said in told_for(refusal, main)]
    elsewhere = [] if others else sort([], said_to(seen, FILTERED)).repeated
    repeats = {said.number: original for original, said in [*main.repeated, *elsewhere] if said not in others}
    for said in said_to(seen, ALL, FILTERED):
        original, at = repeats.get(said.number), seen.caused(said.received)
        at = (original.received.exchange, *at) if original else at
        seen_again = f"the same once more: {shown(said.received)}"
        judge.that(original is None, "one delivery", seen_again, *at, subject=said.meant)


@requirement("deliveries.reschedule.alone", deliveries.course)
def test_a_move_pushes_nothing_else(seen: Course, judge: Judge) -> None:
    """Moving a booking is told as booking.rescheduled, not as a cancellation or a new booking."""
    rest = sorted_out(seen, judge).rest
    move = next((step for step in seen.steps if step.event == RESCHEDULED), None)
    if move is None:
        raise judge.untestable("no booking was moved")
    others = [
        said
        for said in rest
        if said.number > move.after and said.meant in (CREATED, CANCELLED) and said.mentions(move.codes)
    ]
    judge.that(
        not others,
        f"{RESCHEDULED} alone",
        f"also {', '.join(said.meant for said in others)}",
        *(said.received.exchange for said in others),
        move.exchange,
        subject=RESCHEDULED,
    )


@requirement("deliveries.body.shape", deliveries.course)
def test_deliveries_are_posts_of_event_and_data(seen: Course, judge: Judge) -> None:
    """A delivery is a POST of a JSON object with event and data."""
    if not seen.received:
        raise judge.untestable("no delivery has come; see deliveries.events.pushed")
    for said in said_to(seen, *SERVED):
        faults = shape_faults(said)
        judge.that(
            not faults,
            "a POST of a JSON object with event and data",
            f"{', '.join(faults)}: {shown(said.received)}",
            *seen.caused(said.received),
            subject=said.meant,
        )


@requirement("deliveries.data.booking", deliveries.course)
def test_data_tell_the_booking(seen: Course, judge: Judge) -> None:
    """The data of a delivery hold the code of the booking that it is about."""
    for step, said in sorted_out(seen, judge).pairs:
        if said is None or not isinstance(said.data, dict | list | str):
            continue
        judge.that(
            said.data_mention(step.codes),
            f"the booking's code {' or '.join(step.codes)} in the data",
            shown(said.received),
            said.received.exchange,
            step.exchange,
            subject=step.event,
        )
    if not judge.judgements:
        raise judge.untestable("no delivery has data; see deliveries.body.shape")


@requirement("deliveries.data.agrees", deliveries.course)
def test_data_agree_with_the_api(seen: Course, judge: Judge) -> None:
    """Start, status and attendee of a delivered booking are those that the API shows."""
    for step, said in sorted_out(seen, judge).pairs:
        if said is None or not said.bookings(step.codes):
            continue
        wrong = disagreements(step, said)
        judge.that(
            not wrong,
            "the booking as the API shows it",
            f"{', '.join(wrong)}: {shown(said.received)}",
            said.received.exchange,
            step.exchange,
            subject=step.event,
        )
    if not judge.judgements:
        raise judge.untestable(
            "no delivery shows a booking in the fields of the API: name its place in [bindings.deliveries] booking"
        )


@requirement("deliveries.no-secret", deliveries.course)
def test_deliveries_hold_no_secret(seen: Course, judge: Judge) -> None:
    """No header and no body of a delivery holds a signing secret or the secret of a key."""
    if not seen.received:
        raise judge.untestable("no delivery has come; see deliveries.events.pushed")
    secrets = {secret for secret in seen.secrets.values() if len(secret) >= 8} | seen.key_secrets
    for received in seen.received:
        sent = [*received.delivery.headers.values(), received.delivery.body.decode("utf-8", "replace")]
        leaked = any(secret in text for text in sent for secret in secrets)
        at = seen.caused(received)
        judge.that(not leaked, "no secret in a delivery", "it holds one", *at, subject=f"delivery to {received.box}")


@requirement("deliveries.subscription.filter", deliveries.course)
def test_a_subscription_gets_only_what_it_asked_for(seen: Course, judge: Judge) -> None:
    """A subscription to cancellations receives no other event."""
    subscription = seen.subscription(FILTERED)
    if not subscription.chosen:
        raise judge.untestable("the target does not show that a subscription is to booking.cancelled alone")
    if not seen.received:
        raise judge.untestable("no delivery has come; see deliveries.events.pushed")
    strange = [said for said in said_to(seen, FILTERED) if said.meant not in ("", CANCELLED)]
    at = seen.caused(strange[0].received) if strange else ()
    told = ", ".join(said.meant for said in strange)
    judge.that(not strange, f"{CANCELLED} alone", told, *at, subscription.exchange, subject=FILTERED)


@requirement("deliveries.subscription.changed", deliveries.course)
def test_a_changed_subscription_gets_what_it_asks_for_now(seen: Course, judge: Judge) -> None:
    """A subscription changed from new bookings to cancellations receives these, and no new booking."""
    subscription = seen.subscription(CHANGED)
    if not subscription.chosen:
        raise judge.untestable("the target does not show that the subscription is to booking.cancelled alone now")
    if not any(said.meant == CANCELLED for said in said_to(seen, ALL)):
        raise judge.untestable("no cancellation was delivered to any subscription")
    got = [said.meant for said in said_to(seen, CHANGED)]
    exchanges = [said.received.exchange for said in said_to(seen, CHANGED)]
    judge.that(
        CANCELLED in got and CREATED not in got,
        f"{CANCELLED} alone",
        ", ".join(got) or "nothing",
        *exchanges,
        subscription.exchange,
    )


@requirement("deliveries.refused.silent", deliveries.course)
def test_refused_calls_push_nothing(seen: Course, judge: Judge) -> None:
    """A booking that was refused is announced to nobody."""
    refused = [step for step in seen.refusals if step.exchange.refused]
    if not refused:
        raise judge.untestable("no call was refused that should have been")
    if not seen.received:
        raise judge.untestable("no delivery has come; see deliveries.events.pushed")
    found = sorted_out(seen, judge)
    for step in refused:
        told = told_for(step, found)
        judge.that(
            not told,
            "no delivery",
            shown(told[0].received) if told else "",
            *(said.received.exchange for said in told),
            step.exchange,
        )


@requirement("deliveries.deleted.silent", deliveries.course)
def test_a_deleted_subscription_gets_nothing(seen: Course, judge: Judge) -> None:
    """After its deletion a subscription receives nothing."""
    _silent(seen, judge, DELETED, "nothing after its deletion")


@requirement("deliveries.inactive.silent", deliveries.course)
def test_an_inactive_subscription_gets_nothing(seen: Course, judge: Judge) -> None:
    """A subscription that was made inactive receives nothing."""
    _silent(seen, judge, INACTIVE, "nothing while it is inactive")


def _silent(seen: Course, judge: Judge, box: str, expected: str) -> None:
    subscription = seen.subscription(box)
    if not seen.received:
        raise judge.untestable("no delivery has come to any subscription, so silence says nothing")
    told = [received for received in seen.to(box) if received.delivery.number > seen.after_deletion]
    exchanges = (*(received.exchange for received in told), subscription.exchange)
    judge.that(not told, expected, shown(told[0]) if told else "", *exchanges, subject=box)


@requirement("deliveries.account.own", deliveries.course)
def test_events_stay_in_their_account(seen: Course, judge: Judge) -> None:
    """A subscription of another account receives nothing of this account's bookings."""
    subscription = seen.subscription(OTHER_ACCOUNT)
    codes = [code for step in seen.steps for code in step.codes]
    if not any(said.mentions(codes) for said in said_to(seen, ALL)):
        raise judge.untestable("deliveries do not tell which booking they are about, so nobody knows whose they are")
    told = [said.received for said in said_to(seen, OTHER_ACCOUNT) if said.mentions(codes)]
    exchanges = (*(received.exchange for received in told), subscription.exchange)
    judge.that(
        not told, "nothing of another account", shown(told[0]) if told else "", *exchanges, subject=OTHER_ACCOUNT
    )
