"""The judge: collects single judgements about one requirement and turns them into a verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from bookproof.catalogue import Requirement
from bookproof.verdict import Finding, NotApplicable, Untestable
from bookproof.wire.exchange import Exchange

T = TypeVar("T")


class Judge:
    """Judges one requirement on one target.

    Args:
        requirement: the row; its provenance and level decide how much a finding weighs.
        curl: turns an exchange into a command line.
    """

    def __init__(self, requirement: Requirement, curl: Callable[[Exchange], str]) -> None:
        self.requirement = requirement
        self.judgements = 0
        self.findings: list[Finding] = []
        self._curl = curl

    def that(
        self,
        holds: bool,
        expected: str,
        seen: str,
        *at: Exchange,
        subject: str = "",
    ) -> bool:
        """Judge one thing.

        Args:
            holds: whether it is as the requirement says.
            expected: what the requirement asks, in one sentence.
            seen: what the target did, in one sentence.
            at: the exchanges that show it, the telling one last.
            subject: what it is about; by default the operation of the telling exchange.

        Returns:
            ``holds``, so that later judgements can depend on it.
        """
        self.judgements += 1
        if not holds:
            telling = at[-1] if at else None
            self.findings.append(
                Finding(
                    severity=self.requirement.severity,
                    subject=subject or (telling.operation or telling.url if telling else ""),
                    expected=expected,
                    seen=seen,
                    exchanges=tuple(exchange.number for exchange in at),
                    curl=self._curl(telling) if telling else "",
                )
            )
        return holds

    def each(
        self,
        things: Iterable[T],
        holds: Callable[[T], bool],
        expected: Callable[[T], str] | str,
        seen: Callable[[T], str],
        *at: Exchange,
    ) -> None:
        """Judge many things alike; the sentences are made only for those that are wrong.

        Args:
            things: what is judged, one judgement each.
            holds: whether one of them is as the requirement says.
            expected: see :meth:`that`; a sentence, or what makes one of a thing.
            seen: makes the sentence of a thing.
            at: the exchanges that show it.
        """
        for thing in things:
            if holds(thing):
                self.judgements += 1
            else:
                self.that(False, expected if isinstance(expected, str) else expected(thing), seen(thing), *at)

    def one(
        self, exchange: Exchange, holds: Callable[[Exchange], bool], expected: Callable[[Exchange], str] | str
    ) -> None:
        """Judge one exchange by its answer, which is put into words only if it is wrong; see :meth:`each`."""
        self.each((exchange,), holds, expected, answer, exchange)

    def refused(self, exchange: Exchange, statuses: Iterable[int], why: str) -> bool:
        """Judge that a call was refused with one of some statuses."""
        wanted = sorted(statuses)
        return self.that(
            exchange.status in wanted,
            f"{why}: refused with {' or '.join(map(str, wanted))}",
            answer(exchange),
            exchange,
        )

    def accepted(self, exchange: Exchange, why: str) -> bool:
        """Judge that a call succeeded, with any 2xx status."""
        return self.that(exchange.ok, f"{why}: answered with success", answer(exchange), exchange)

    def untestable(self, reason: str) -> Untestable:
        """To be raised: the requirement cannot be judged, and what would make it testable."""
        return Untestable(reason)

    def not_applicable(self, reason: str) -> NotApplicable:
        """To be raised: the requirement does not concern this target."""
        return NotApplicable(reason)


def answer(exchange: Exchange) -> str:
    """An answer in a few words: its status and the beginning of its body."""
    if not exchange.status:
        return f"no answer ({exchange.failure})"
    body = exchange.text.strip()
    shown = body if len(body) <= 200 else body[:200] + "…"
    return f"{exchange.status} {shown}".strip()
