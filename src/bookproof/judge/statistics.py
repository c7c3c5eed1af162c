"""Judging booking statistics: against the list of bookings, and against what has just been done.

Source: Calendar API & MCP, REST API v1 ("returns aggregate booking counts").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from bookproof.judge.judge import Judge
from bookproof.wire.exchange import Exchange

#: The statuses that bookings may have, in the suite's words.
STATUSES = ("confirmed", "pending", "cancelled", "rescheduled", "no-show")


def agree(judge: Judge, numbers: Mapping[str, int], statuses: Iterable[str | None], *at: Exchange) -> None:
    """Judge statistics against the statuses of all bookings.

    No document says what ``total`` counts: all bookings, those that are not cancelled or moved away, or the live ones.

    Args:
        judge: collects the judgements.
        numbers: status, or ``total``, to the number shown.
        statuses: of every booking in the list.
        at: the exchanges that show it, the statistics last.
    """
    counts = Counter(statuses)
    for status in STATUSES:
        if status in numbers:
            judge.that(
                numbers[status] == counts[status],
                f"as many {status} bookings as the list shows: {counts[status]}",
                f"{numbers[status]} {status}",
                *at,
            )
    if "total" in numbers:
        everything = sum(counts.values())
        standing = everything - counts["cancelled"]
        totals = {everything, standing, standing - counts["rescheduled"], counts["confirmed"] + counts["pending"]}
        judge.that(
            numbers["total"] in totals,
            f"a total of the bookings in the list: {everything}, or fewer where some kinds are left out",
            f"a total of {numbers['total']} where the list shows {dict(counts)}",
            *at,
        )


def follows(
    judge: Judge, before: Mapping[str, int], after: Mapping[str, int], word: str, wanted: int, what: str, at: Exchange
) -> bool:
    """Judge that one number moved as it should; one that moved otherwise tells of other traffic and is not judged.

    Args:
        judge: collects the judgement.
        before: the statistics before.
        after: the statistics afterwards.
        word: status or ``total``.
        wanted: the change, not 0.
        what: what was done, for the message.
        at: the statistics afterwards.

    Returns:
        whether it was judged.
    """
    if word not in before or word not in after:
        return False
    change = after[word] - before[word]
    if change not in (wanted, 0):
        return False
    judge.that(
        change == wanted,
        f"{what} changes the number of {word} bookings by {wanted:+}",
        f"it stayed at {after[word]}",
        at,
    )
    return True
