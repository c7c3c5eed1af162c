"""Judging booking statistics: against the list of bookings, and against what has just been done.

Source: Calendar API & MCP, REST API v1 ("returns aggregate booking counts").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from bookproof.judge.judge import Judge
from bookproof.targets.views import LIVE
from bookproof.wire.exchange import Exchange

#: The statuses that bookings may have, in the suite's words.
STATUSES = ("confirmed", "pending", "cancelled", "rescheduled", "no-show")
#: Bookings that a list may leave out unless it is asked for them; no document says that it shows them.
MAY_BE_HIDDEN = tuple(status for status in STATUSES if status not in LIVE)


def counted_beyond(numbers: Mapping[str, int], statuses: Iterable[str | None]) -> list[str]:
    """The statuses of which the statistics count bookings that a list does not show.

    Args:
        numbers: status, or ``total``, to the number shown.
        statuses: of every booking in the list.
    """
    counts = Counter(statuses)
    beyond = [status for status in STATUSES if numbers.get(status, 0) > counts[status]]
    if numbers.get("total", 0) > sum((counts | _known(numbers)).values()):
        # Counted in the total, it may be, without a number of their own.
        beyond += [status for status in MAY_BE_HIDDEN if status not in numbers and not counts[status]]
    return beyond


def hidden(numbers: Mapping[str, int], statuses: Iterable[str | None]) -> list[str]:
    """The statuses of which the statistics count bookings and no list shows any: nothing can be said of them."""
    counts = Counter(statuses)
    return [status for status in STATUSES if numbers.get(status, 0) > 0 and not counts[status]]


def agree(
    judge: Judge,
    numbers: Mapping[str, int],
    listed: Iterable[str | None],
    asked_for: Iterable[str | None],
    unseen: Collection[str],
    *at: Exchange,
) -> None:
    """Judge statistics against the statuses of all bookings.

    No document says what ``total`` counts: all bookings, those that are not cancelled or moved away, those that the
    list shows unless asked for others, or the live ones.

    Args:
        judge: collects the judgements.
        numbers: status, or ``total``, to the number shown.
        listed: the status of every booking in the list.
        asked_for: of every further booking, which is listed only when its status is asked for.
        unseen: statuses whose bookings cannot be counted; their numbers are taken as they are.
        at: the exchanges that show it, the statistics last.
    """
    plain = Counter(listed)
    counts = plain + Counter(asked_for)
    for status in STATUSES:
        if status in numbers and status not in unseen:
            judge.that(
                numbers[status] == counts[status],
                f"as many {status} bookings as the list shows: {counts[status]}",
                f"{numbers[status]} {status}",
                *at,
            )
    if "total" not in numbers:
        return
    taken = counts | _known({status: numbers.get(status, 0) for status in unseen})
    totals = {sum(plain.values())} | _totals(counts) | _totals(taken)
    everything = sum(taken.values())
    if numbers["total"] > everything and _may_count_more(numbers, counts):
        return
    judge.that(
        numbers["total"] in totals,
        f"a total of the bookings in the list: {everything}, or fewer where some kinds are left out",
        f"a total of {numbers['total']} where the list shows {dict(counts)}",
        *at,
    )


def _known(numbers: Mapping[str, int]) -> Counter[str | None]:
    return Counter({status: numbers[status] for status in STATUSES if numbers.get(status, 0) > 0})


def _totals(counts: Counter[str | None]) -> set[int]:
    everything = sum(counts.values())
    standing = everything - counts["cancelled"]
    return {everything, standing, standing - counts["rescheduled"], counts["confirmed"] + counts["pending"]}


def _may_count_more(numbers: Mapping[str, int], counts: Counter[str | None]) -> bool:
    """Whether a total may count hidden bookings: no list shows any that may be, and some have no number."""
    return not any(counts[status] for status in MAY_BE_HIDDEN) and any(
        status not in numbers for status in MAY_BE_HIDDEN
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
