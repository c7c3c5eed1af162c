"""Every flawed consumer is found out, with exactly the findings that its flaw deserves; healthy ones are left alone."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from receiver import consumers
from receiver.consumers import SECRET, Handle, serving

from bookproof.judge.signature import Scheme
from bookproof.receiver.cases import Expect, cases_of
from bookproof.receiver.samples import EVENTS, Samples
from bookproof.receiver.session import Trial
from bookproof.verdict import Outcome, Severity

#: What is no fault of a consumer that acknowledges a delivery a second time.
TWICE = {"replayed"}


def tried(handle: Handle, scheme: Scheme = Scheme.IMATIC, own: bytes | None = None) -> Trial:
    """A consumer, tried with every case of a scheme."""
    with serving(handle) as url:
        trial = Trial(url, scheme, SECRET, Samples(scheme, EVENTS[scheme], own))
        trial.run(cases_of(scheme))
    return trial


def found(trial: Trial, severity: Severity) -> set[str]:
    """The cases that something of a severity was found in."""
    return {result.case.id for result in trial.results for item in result.findings if item.severity is severity}


def refusals(scheme: Scheme, weight: Severity) -> set[str]:
    """The cases that a consumer should refuse."""
    return {case.id for case in cases_of(scheme) if case.expect is Expect.REFUSE and case.weight is weight}


MUST = refusals(Scheme.IMATIC, Severity.VIOLATION)
MAY = refusals(Scheme.IMATIC, Severity.INFORMATION)


@pytest.mark.parametrize(
    ("handle", "violations", "informations"),
    [
        (consumers.strict(), set[str](), set[str]()),
        (consumers.correct, set[str](), TWICE),
        (consumers.lenient, set[str](), TWICE | {"stale", "future"}),
        (consumers.never_checks_t, set[str](), TWICE | {"stale", "future"}),
        (consumers.small_bodies, set[str](), TWICE | {"valid-large"}),
        (consumers.to_the_login, set[str](), MUST | MAY),
        (consumers.accepts_everything, MUST, MAY),
        (consumers.verifies_too_late, MUST, MAY),
        (consumers.body_too, {"body-only"}, TWICE),
        (
            consumers.re_serialises,
            {"valid-spaced", "re-serialised", "not-json", "empty-body"},
            TWICE | {"valid-large"},
        ),
        (consumers.compares_a_prefix, {"truncated", "empty-v1", "missing-v1"}, TWICE),
        (consumers.compares_the_beginning, {"extended"}, TWICE),
        (consumers.signs_its_own_t, {"tampered-t"}, TWICE),
        (consumers.refuses_beyond_ascii, {"valid-beyond-ascii"}, TWICE),
        (consumers.unsigned_is_fine, {"unsigned", "empty-header", "other-scheme"}, TWICE),
        (consumers.any_scheme, {"other-scheme"}, TWICE),
        (consumers.exact_name, {"valid-header-case"}, TWICE),
        (consumers.secret_not_set, {"no-key"}, TWICE),
        (consumers.for_json_only, {"not-json", "empty-body"}, TWICE),
        (consumers.first_only, {"replayed"}, set[str]()),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_findings_are_exactly_those_of_the_flaw(handle: Handle, violations: set[str], informations: set[str]) -> None:
    """No flaw escapes, nothing else is blamed, and each finding can be repeated."""
    trial = tried(handle)
    assert found(trial, Severity.VIOLATION) == violations
    assert found(trial, Severity.INFORMATION) == informations
    assert not trial.stopped
    for result in trial.results:
        for finding in result.findings:
            assert finding.expected
            assert finding.seen
            assert finding.curl.find("curl ") >= 0
            assert SECRET not in repr(finding)


def test_a_consumer_that_crashes_is_told_so() -> None:
    """A 500 for a malformed header is a violation, because a sender tries again; so is a hung-up connection."""
    crashed = tried(consumers.crashes)
    assert found(crashed, Severity.VIOLATION) == {
        "unsigned", "empty-header", "garbage-header", "header-beyond-ascii", "missing-t", "missing-v1", "bare-digest",
        "other-scheme", "text-as-t", "spaces-in-header", "base64",
    }  # fmt: skip
    assert found(crashed, Severity.INFORMATION) == TWICE
    hung_up = found(tried(consumers.hangs_up), Severity.VIOLATION)
    assert hung_up >= MUST
    assert not any(case.startswith("valid") for case in hung_up)


def test_a_consumer_that_raises_fails_in_every_case_but_the_right_ones() -> None:
    """No case is there that cannot be failed: with the table above each of them is failed once."""
    raising = tried(consumers.raises_instead)
    wrong = {case.id for case in cases_of(Scheme.IMATIC) if case.expect is not Expect.ACCEPT}
    assert found(raising, Severity.VIOLATION) == wrong - TWICE


def test_without_a_first_success_nothing_else_is_sent() -> None:
    """A consumer that verifies something else refuses the ordinary delivery; the others would tell nothing."""
    trial = tried(consumers.body_only)
    assert found(trial, Severity.VIOLATION) == {"valid"}
    assert "--scheme" in trial.stopped
    assert {result.outcome for result in trial.results[1:]} == {Outcome.UNTESTABLE}
    assert not any(result.answers for result in trial.results[1:])


def test_a_consumer_that_goes_away_is_not_tried_further() -> None:
    """What a delivery has brought down is named, and the rest is untestable."""
    with ExitStack() as alive:
        url = alive.enter_context(serving(consumers.correct))
        trial = Trial(url, Scheme.IMATIC, SECRET, Samples(Scheme.IMATIC, "booking.created"))
        trial.run(cases_of(Scheme.IMATIC), lambda result: alive.close() if result.case.id == "unsigned" else None)
    assert found(trial, Severity.VIOLATION) == {"empty-header"}
    assert trial.stopped == "the consumer has gone away after case unsigned"
    assert trial.results[-1].outcome is Outcome.UNTESTABLE


def test_calcom_consumers() -> None:
    """The other scheme has cases of its own."""
    right = tried(consumers.calcom, Scheme.CALCOM)
    assert found(right, Severity.VIOLATION) == set()
    assert found(right, Severity.INFORMATION) == TWICE
    flawed = tried(consumers.calcom_without_secret, Scheme.CALCOM)
    assert found(flawed, Severity.VIOLATION) == {"no-secret-provided"}
    everything = tried(consumers.accepts_everything, Scheme.CALCOM)
    assert found(everything, Severity.VIOLATION) == refusals(Scheme.CALCOM, Severity.VIOLATION)


@pytest.mark.parametrize(
    ("own", "left_out"),
    [
        (b'{"event":"booking.created","data":{}}', {"valid-beyond-ascii"}),
        ('{"kind":"Zoë"}'.encode(), {"unknown-event"}),
        (b"a=1&b=2", {"valid-beyond-ascii", "valid-spaced", "re-serialised", "unknown-event"}),
        (b"\xff\xfe", {"valid-spaced", "re-serialised", "unknown-event"}),
        (b"{}", {"valid-beyond-ascii", "unknown-event"}),
    ],
)
def test_what_a_payload_does_not_allow_is_left_out(own: bytes, left_out: set[str]) -> None:
    """A payload of the consumer's is sent as it is, and cases that it cannot be made into say what they need."""
    trial = tried(consumers.correct, own=own)
    assert found(trial, Severity.VIOLATION) == set()
    skipped = {result.case.id: result for result in trial.results if result.reason}
    assert set(skipped) == left_out
    for result in skipped.values():
        assert result.outcome is Outcome.NOT_APPLICABLE
        assert result.case.needs in result.reason


def test_a_flaw_shows_with_a_payload_of_the_consumers_too() -> None:
    """Whatever is sent, a changed byte is noticed only by who verifies."""
    for own in (b'{"event":"booking.created"}', b"123", b"\xff"):
        assert found(tried(consumers.accepts_everything, own=own), Severity.VIOLATION) >= MUST - {"re-serialised"}
