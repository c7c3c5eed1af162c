"""Isolation: an account sees and touches only what is its own.

The platform page says 403 for a key that lacks access to the organisation and 404 for what is not visible to it, so
either refuses here; only telling the two apart is asked about, and that as a warning.
"""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.judge.writes import left_untouched
from bookproof.probes.imatic_v1 import isolation
from bookproof.probes.imatic_v1.isolation import Closed, Lists, Pair, Touched
from bookproof.wire.exchange import Exchange

HIDDEN = {403, 404}


@requirement("isolation.bookings.invisible", isolation.booking)
def test_foreign_booking_is_invisible(seen: Pair, judge: Judge) -> None:
    """Another account's booking cannot be read."""
    judge.refused(seen.foreign, HIDDEN, "the booking is another account's")


@requirement("isolation.existence.hidden", isolation.booking)
def test_existence_is_hidden(seen: Pair, judge: Judge) -> None:
    """Whether another account has a booking of some code cannot be found out."""
    if not (seen.foreign.refused and seen.unknown.refused):
        raise judge.untestable("one of the two reads was not refused; see isolation.bookings.invisible")
    judge.that(
        seen.foreign.status == seen.unknown.status,
        f"another account's booking is answered like one that does not exist, with {seen.unknown.status}",
        f"answered {seen.foreign.status}",
        seen.unknown,
        seen.foreign,
    )


@requirement("isolation.bookings.untouchable", isolation.touch_booking)
def test_foreign_booking_is_untouchable(seen: Touched, judge: Judge) -> None:
    """Another account's booking can be neither moved nor cancelled, and is as it was afterwards."""
    for attempt in seen.attempts:
        judge.refused(attempt, HIDDEN, "the booking is another account's")
    if seen.after.attempts:
        left_untouched(judge, seen.after)


@requirement("isolation.event-types.closed", isolation.event_type)
def test_foreign_event_type_is_closed(seen: list[Exchange], judge: Judge) -> None:
    """Another account's event type can be neither read, queried, booked nor linked."""
    if not seen:
        raise judge.untestable("no operation on event types could be called")
    for attempt in seen:
        # The code of the event type stands in the body of a booking, where not to know it may be a mistake of the body.
        allowed = HIDDEN | {400} if attempt.operation == "createBooking" else HIDDEN
        judge.refused(attempt, allowed, "the event type is another account's")


@requirement("isolation.lists.own-only", isolation.lists)
def test_lists_show_own_things(seen: Lists, judge: Judge) -> None:
    """What belongs to one account is in none of another account's lists."""
    for operation, ours in seen.ours.items():
        leaked = ours & seen.codes[operation]
        judge.that(
            not leaked,
            "the list shows only the account's own",
            f"it shows {', '.join(sorted(leaked))} of another account",
            *seen.shown[operation],
        )


@requirement("isolation.links.closed", isolation.link)
def test_foreign_link_is_closed(seen: Closed, judge: Judge) -> None:
    """Another account's links can be neither listed nor revoked."""
    listed, revoked = seen.attempts
    if not seen.nothing_shown:
        judge.refused(listed, HIDDEN, "the links are another account's")
    judge.refused(revoked, HIDDEN, "the link is another account's")
    _still_there(seen, judge, "link")


@requirement("isolation.webhooks.closed", isolation.webhook)
def test_foreign_webhook_is_closed(seen: Closed, judge: Judge) -> None:
    """Another account's webhooks can be neither read nor deleted."""
    for attempt in seen.attempts:
        judge.refused(attempt, HIDDEN, "the webhook is another account's")
    _still_there(seen, judge, "webhook")


def _still_there(seen: Closed, judge: Judge, kind: str) -> None:
    if seen.still_there is not None:
        judge.that(
            seen.still_there, f"the {kind} is still there", f"the {kind} is gone", seen.attempts[-1], seen.afterwards
        )
