"""The signatures of webhook deliveries: each fault is a requirement of its own."""

from __future__ import annotations

from collections.abc import Callable

from bookproof.checks import Judge, requirement
from bookproof.judge.deliveries import Examined, examine_all
from bookproof.probes.imatic_v1 import deliveries, retries
from bookproof.probes.imatic_v1.deliveries import Course, SampleEvent
from bookproof.probes.imatic_v1.retries import Late
from bookproof.probes.imatic_v1.subscriptions import OTHER_ACCOUNT


def _judge_all(
    seen: Late, judge: Judge, expected: str, fault: Callable[[Examined], str], applies: Callable[[Examined], bool]
) -> None:
    """Judge one part of the signature of every delivery that has it, subscription by subscription."""
    course = seen.course
    if not course.received:
        raise judge.untestable("no delivery has come; see deliveries.events.pushed")
    in_order = sorted(course.received, key=lambda received: received.box)
    for examined in examine_all(course.binding, in_order, course.secrets, course.skew):
        if applies(examined):
            said, received = fault(examined), examined.received
            judge.that(not said, expected, said, *course.caused(received), subject=f"delivery to {received.box}")
    if not judge.judgements:
        raise judge.untestable("no delivery is signed in a form that can be read; see deliveries.signature.header")


@requirement("deliveries.signature.header", retries.retries)
def test_every_delivery_is_signed(seen: Late, judge: Judge) -> None:
    """Every delivery carries the signature header with t and v1."""
    expected = f"{seen.course.binding.delivery('signature')}: t=<unix seconds>,v1=<hex HMAC-SHA256>"
    _judge_all(seen, judge, expected, lambda examined: examined.result.header_fault, lambda _: True)


@requirement("deliveries.signature.seconds", retries.retries)
def test_the_time_is_in_seconds(seen: Late, judge: Judge) -> None:
    """t is a whole number of unix seconds."""
    _judge_all(
        seen,
        judge,
        "t in unix seconds",
        lambda examined: examined.result.seconds_fault,
        lambda examined: examined.result.seconds is not None,
    )


@requirement("deliveries.signature.hex", retries.retries)
def test_the_digest_is_lower_case_hexadecimal(seen: Late, judge: Judge) -> None:
    """v1 is written as 64 lower-case hexadecimal digits."""
    _judge_all(
        seen,
        judge,
        "64 lower-case hexadecimal digits",
        lambda examined: examined.result.hex_fault,
        lambda examined: examined.result.digest is not None,
    )


@requirement("deliveries.signature.body", retries.retries)
def test_the_signature_covers_time_and_raw_body(seen: Late, judge: Judge) -> None:
    """v1 is the HMAC of the time, a dot and the exact raw body, with the subscription's secret."""
    if seen.course.received and not any(seen.course.secrets.values()):
        raise judge.untestable(
            "no answer has shown a signing secret: name it in [bindings.objects.webhook] secret, or give "
            "signing_secret_env under [inbox]"
        )
    _judge_all(
        seen,
        judge,
        'HMAC-SHA256(secret, "<t>.<raw body>")',
        lambda examined: examined.result.match_fault,
        lambda examined: (
            examined.secret_known and examined.result.digest is not None and examined.result.seconds is not None
        ),
    )


@requirement("deliveries.signature.fresh", retries.retries)
def test_the_time_is_that_of_sending(seen: Late, judge: Judge) -> None:
    """t is the time of sending, within two minutes of the arrival."""
    _judge_all(
        seen,
        judge,
        "the time of sending",
        lambda examined: examined.result.age_fault,
        lambda examined: examined.result.seconds is not None and not examined.result.seconds_fault,
    )


@requirement("webhooks.secret.own", deliveries.course)
def test_accounts_have_secrets_of_their_own(seen: Course, judge: Judge) -> None:
    """The secret of another account's subscription is none of this account's."""
    other = seen.subscription(OTHER_ACCOUNT)
    ours = {made.secret for name, made in seen.subscriptions.items() if name != OTHER_ACCOUNT and made.shows_secret}
    if not ours or not other.shows_secret:
        raise judge.untestable("no answer has shown a signing secret: name it in [bindings.objects.webhook] secret")
    judge.that(other.secret not in ours, "another secret for another account", "the same", other.exchange)


@requirement("deliveries.test-action", deliveries.test_action)
def test_the_test_action_sends_a_sample(seen: SampleEvent, judge: Judge) -> None:
    """The test action sends a sample event to the subscription."""
    if not seen.exchange.ok:
        raise judge.untestable(
            f"the test action was answered with {seen.exchange.status}: name the call in operations.testWebhook"
        )
    judge.that(bool(seen.received), "a sample event", "nothing came", seen.exchange)
    judge.that(
        not seen.elsewhere,
        "a sample event to the tested subscription alone",
        f"the same came to {', '.join(received.box for received in seen.elsewhere)}",
        *(received.exchange for received in seen.elsewhere),
        seen.exchange,
    )


@requirement("deliveries.test-action.signed", deliveries.test_action)
def test_the_sample_is_signed(seen: SampleEvent, judge: Judge) -> None:
    """The sample event is signed like any delivery."""
    if not seen.received:
        raise judge.untestable("no sample event has come; see deliveries.test-action")
    secrets = {seen.subscription.name: seen.subscription.secret}
    for examined in examine_all(seen.binding, seen.received, secrets, seen.skew):
        faults = list(examined.result.faults)
        if not examined.secret_known:
            faults = [fault for fault in faults if fault != examined.result.match_fault]
        at = (examined.received.exchange, seen.exchange)
        expected = "a signature as every delivery has it"
        judge.that(not faults, expected, "; ".join(faults), *at, subject="sample event")
