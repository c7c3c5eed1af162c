"""Receivers in trouble: what a slow or failing one does to deliveries, to others and to the API."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.probes.imatic_v1 import deliveries, retries
from bookproof.probes.imatic_v1.deliveries import Course
from bookproof.probes.imatic_v1.retries import Late
from bookproof.probes.imatic_v1.subscriptions import ALL, FAILING, SLOW


@requirement("deliveries.retried", retries.retries)
def test_a_failed_delivery_comes_again(seen: Late, judge: Judge) -> None:
    """A delivery that was answered with 500 is sent once more."""
    seen.course.subscription(FAILING)
    if seen.failed is None:
        raise judge.untestable("no delivery came to the subscription whose receiver fails, so none could come again")
    judge.that(
        seen.again is not None,
        "a second attempt after a 500",
        f"none until the end of the run, nor in the {seen.waited:.0f} s after it",
        seen.failed.exchange,
        subject="retry",
    )


@requirement("deliveries.slow-receiver", deliveries.course)
def test_a_slow_receiver_does_not_hold_up_the_call(seen: Course, judge: Judge) -> None:
    """A booking is answered although a receiver has not answered its delivery yet."""
    seen.subscription(SLOW)
    if seen.slow_call is None or not seen.to(SLOW):
        raise judge.untestable("no delivery has come to the slow receiver")
    took = seen.slow_call.elapsed
    judge.that(
        took < seen.held_for * 0.9,
        "an answer while the receiver still holds its own back",
        f"the call took {took:.1f} s, usually it takes {seen.usual:.2f} s",
        seen.to(SLOW)[0].exchange,
        seen.slow_call,
    )


@requirement("deliveries.trouble.contained", deliveries.course)
def test_one_receiver_in_trouble_does_not_keep_events_from_others(seen: Course, judge: Judge) -> None:
    """While one receiver holds its answer back and another has failed, a third still gets its events."""
    seen.subscription(SLOW)
    if not seen.to(SLOW) or not seen.to(ALL):
        raise judge.untestable("no delivery has come to the slow receiver, or none to the others")
    if seen.contained is None:
        raise judge.untestable("the slow receiver was not waited for any more when others were to be told")
    judge.that(
        seen.contained,
        "deliveries to others while one receiver is slow",
        "they came only after the slow receiver had answered",
        seen.to(SLOW)[0].exchange,
        subject=SLOW,
    )
