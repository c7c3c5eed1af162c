"""The signatures of Cal.com's webhook deliveries, and receivers that fail: each fault is a requirement of its own."""

from __future__ import annotations

from collections.abc import Callable

from bookproof.checks import Judge, requirement
from bookproof.judge.deliveries import sort
from bookproof.judge.signature import NO_SECRET, Examination, Scheme
from bookproof.judge.trigger_deliveries import CREATED, Told, examined
from bookproof.probes.calcom_v2 import deliveries
from bookproof.probes.calcom_v2.subscribers import FILTERED, MAIN, PLAIN, TEMPLATED, Course

HEADER = Scheme.CALCOM.header


def _judge_all(
    seen: Course, judge: Judge, names: tuple[str, ...], expected: str, fault: Callable[[Examination], str | None]
) -> None:
    """Judge one part of the signature of every delivery to some subscriptions; None where it cannot be judged."""
    if not seen.received:
        raise judge.untestable("no delivery has come; see deliveries.events.pushed")
    secrets = seen.secrets
    for received in sorted(seen.to(*names), key=lambda received: received.box):
        others = {box: secret for box, secret in secrets.items() if box != received.box and secret}
        said = fault(examined(received, secrets[received.box], others))
        if said is not None:
            at = seen.caused(received)
            judge.that(not said, expected, said, *at, subject=Told(received).meant or f"delivery to {received.box}")
    if not judge.judgements:
        raise judge.untestable("no delivery is signed in a form that can be read; see deliveries.signature.header")


@requirement("deliveries.signature.header", deliveries.course)
def test_every_delivery_is_signed(seen: Course, judge: Judge) -> None:
    """Every delivery of a subscription with a secret carries the header with a digest, whatever its trigger."""
    _judge_all(seen, judge, (MAIN, FILTERED, TEMPLATED), f"{HEADER}: <digest>", lambda found: found.header_fault)


@requirement("deliveries.signature.hex", deliveries.course)
def test_the_digest_is_lower_case_hexadecimal(seen: Course, judge: Judge) -> None:
    """The digest is written as 64 lower-case hexadecimal digits and nothing else."""

    def fault(found: Examination) -> str | None:
        return None if found.digest is None else found.hex_fault

    _judge_all(seen, judge, (MAIN, FILTERED, TEMPLATED), "64 lower-case hexadecimal digits", fault)


@requirement("deliveries.signature.body", deliveries.course)
def test_the_signature_covers_the_raw_body(seen: Course, judge: Judge) -> None:
    """The digest is the HMAC of the exact raw body with the subscription's secret."""

    def fault(found: Examination) -> str | None:
        return None if found.digest is None else found.match_fault

    _judge_all(seen, judge, (MAIN, FILTERED), "HMAC-SHA256(secret, raw body)", fault)


@requirement("deliveries.signature.none", deliveries.course)
def test_without_a_secret_the_header_says_so(seen: Course, judge: Judge) -> None:
    """A delivery of a subscription without a secret says that there is none."""
    seen.subscription(PLAIN)
    if not seen.to(PLAIN):
        raise judge.untestable("no delivery came to the subscription without a secret; see deliveries.events.pushed")
    for received in seen.to(PLAIN):
        shown = received.delivery.headers.get(HEADER.lower())
        judge.that(shown == NO_SECRET, f"{HEADER}: {NO_SECRET}", f"{shown!r}", *seen.caused(received), subject=PLAIN)


@requirement("deliveries.secret.changed", deliveries.course)
def test_a_new_secret_signs(seen: Course, judge: Judge) -> None:
    """After a subscription got another secret, its deliveries are signed with that one."""
    subscription = seen.subscription(TEMPLATED)
    if TEMPLATED not in seen.old_secrets:
        raise judge.untestable("the secret of a subscription could not be changed; see webhooks.manage.life-cycle")
    for received in seen.to(TEMPLATED):
        by_new = examined(received, subscription.secret)
        by_old = examined(received, seen.old_secrets[TEMPLATED])
        if by_new.digest is not None and (not by_new.match_fault or not by_old.match_fault):
            at = (received.exchange, subscription.exchange)
            judge.that(not by_new.match_fault, "signed with the new secret", "signed with the old one", *at)
    if not judge.judgements:
        raise judge.untestable("no delivery to it is signed with either secret; see deliveries.signature.body")


@requirement("deliveries.trouble.contained", deliveries.course)
def test_a_failing_receiver_harms_nobody_else(seen: Course, judge: Judge) -> None:
    """A booking is told to others although a receiver answers its delivery with 500."""
    seen.subscription(TEMPLATED)
    failed = [said for said in seen.told(TEMPLATED) if said.received.delivery.answered == 500]
    for step, told in sort(seen.steps, seen.told(MAIN)).pairs:
        for said in failed:
            if step.event == CREATED and said.mentions(step.codes):
                at = (said.received.exchange, step.exchange)
                judge.that(told is not None, "others are told all the same", "they were not told", *at, subject=CREATED)
    if not judge.judgements:
        raise judge.untestable("no delivery came to the subscription whose receiver fails")
