"""Judges how a consumer answered: pure functions over the answers to one case."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bookproof.receiver.cases import Case, Expect
from bookproof.verdict import Finding, Outcome, Severity, outcome_of

#: A right delivery that is answered later than this was not answered fast, in seconds.
SLOW = 5.0

_WANTED = {
    Expect.ACCEPT: "accepted with 2xx",
    Expect.REFUSE: "refused with 4xx",
    Expect.EITHER: "accepted or refused, with 2xx or 4xx",
}


@dataclass(frozen=True)
class Answer:
    """How the consumer answered one delivery.

    Attributes:
        status: 0 when no answer came.
        seconds: until its head was there, or until it was given up.
        body: the beginning of it, as text.
        location: where a redirect points to; empty otherwise.
        failure: why no answer came; empty when one did.
    """

    status: int
    seconds: float
    body: str = ""
    location: str = ""
    failure: str = ""

    @property
    def accepted(self) -> bool:
        """Whether it acknowledges the delivery."""
        return 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        """Whether it refuses it as the sender's mistake."""
        return 400 <= self.status < 500

    @property
    def broken(self) -> bool:
        """Whether it is an error of the consumer's, or none at all."""
        return not self.status or self.status >= 500

    def __str__(self) -> str:
        if not self.status:
            return f"no answer ({self.failure})"
        shown = self.location and f"to {self.location}"
        text = " ".join((shown or self.body).split())
        return f"{self.status} {text if len(text) <= 160 else text[:160] + '…'}".strip()


@dataclass(frozen=True)
class Result:
    """What came of one case.

    Attributes:
        case: which.
        answers: one for each time that it was sent; none if it was not.
        findings: what was wrong.
        reason: why it was not sent; empty if it was.
        stopped: whether it was not sent because the trial had ended before.
    """

    case: Case
    answers: tuple[Answer, ...] = ()
    findings: tuple[Finding, ...] = ()
    reason: str = ""
    stopped: bool = False

    @property
    def outcome(self) -> Outcome:
        """The verdict: a violation, a pass (with informations, perhaps), untestable or not applicable."""
        if self.reason:
            return Outcome.UNTESTABLE if self.stopped else Outcome.NOT_APPLICABLE
        return outcome_of(self.findings)


def expected(case: Case) -> str:
    """What a case asks of the consumer, in one sentence."""
    return f"{case.sends}: {_WANTED[case.expect]}; {case.why}"


def judge(case: Case, answers: Sequence[Answer], curl: Callable[[], str]) -> tuple[Finding, ...]:
    """Judge the answers to one case.

    Args:
        case: which.
        answers: one for each time that it was sent.
        curl: makes the command line that repeats it; called only if something was found.
    """
    return tuple(
        Finding(severity, case.id, wanted, seen, curl=curl()) for severity, wanted, seen in _troubles(case, answers)
    )


def _troubles(case: Case, answers: Sequence[Answer]) -> Iterator[tuple[Severity, str, str]]:
    for first in answers[:-1]:
        if not first.accepted:
            yield Severity.VIOLATION, f"{case.sends}: the first is accepted with 2xx", str(first)
            return
    last = answers[-1]
    if last.broken:
        why = "a receiver that fails is sent the same again"
        # Who need not take a delivery may hang up while it is being sent.
        hung_up = not last.status and case.expect is Expect.ACCEPT
        weight = case.weight if hung_up else Severity.VIOLATION
        yield weight, f"{case.sends}: {_WANTED[case.expect]}; {why}", str(last)
    elif case.expect is Expect.ACCEPT and not last.accepted:
        # A 429 says that we were too fast, and nothing about the delivery.
        yield Severity.INFORMATION if last.status == 429 else case.weight, expected(case), str(last)
    elif case.expect is Expect.REFUSE and not last.refused:
        # A redirect acknowledges nothing, so that nothing was accepted.
        yield case.weight if last.accepted else Severity.INFORMATION, expected(case), str(last)
    if case.expect is Expect.ACCEPT and last.accepted and last.seconds > SLOW:
        wanted = f"{case.sends}: acknowledged quickly, and worked on later"
        yield Severity.INFORMATION, wanted, f"{last.status} after {last.seconds:.1f} s"


def hint(answer: Answer) -> str:
    """What to look at when the first right delivery is not accepted."""
    if 300 <= answer.status < 400:
        return "senders do not follow redirects; give --url the address behind it"
    if answer.status in (404, 405, 410):
        return "the URL seems to be another one's: nothing takes a POST there"
    if answer.status == 429:
        return "the consumer says that it was sent too much; wait a while"
    if answer.broken:
        return "look into the consumer's log: it failed while it handled a right delivery"
    return (
        "is the secret in the variable the one that the consumer holds, is --scheme its scheme, does its clock agree "
        "with this one's, and does it take the payload (--event, --body)?"
    )
