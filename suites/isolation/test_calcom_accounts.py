"""Isolation on Cal.com: an account sees and changes only what is its own.

The document says 403 for whoever is not permitted and 404 for what is not visible; servers say 401 where a booking is
to be decided. Whoever knows the uid of a booking may read, move and cancel it, so that is not judged here.
"""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.probes.calcom_v2 import isolation
from bookproof.probes.calcom_v2.isolation import Closed, Lists

HIDDEN = {403, 404}


@requirement("isolation.bookings.untouchable", isolation.booking)
def test_foreign_booking_is_untouchable(seen: Closed, judge: Judge) -> None:
    """Another account's booking can be neither confirmed nor declined, nor marked, and waits as before."""
    absence, *decisions = seen.attempts
    # A meeting that has not begun has no absence, so why that is refused does not matter.
    judge.that(not absence.ok, "the booking is another account's: refused", answer(absence), absence)
    for attempt in decisions:
        judge.refused(attempt, HIDDEN | {401}, "the booking is another account's")
    _unchanged(seen, judge)


@requirement("isolation.event-types.closed", isolation.event_type)
def test_foreign_event_type_is_closed(seen: Closed, judge: Judge) -> None:
    """Another account's event type can be neither read, changed nor deleted."""
    _closed(seen, judge, "event type")


@requirement("isolation.schedules.closed", isolation.schedule)
def test_foreign_schedule_is_closed(seen: Closed, judge: Judge) -> None:
    """Another account's schedule can be neither read, changed nor deleted."""
    _closed(seen, judge, "schedule")


@requirement("isolation.webhooks.closed", isolation.webhook)
def test_foreign_webhook_is_closed_to_strangers(seen: Closed, judge: Judge) -> None:
    """Another account's webhook can be neither read, changed nor deleted."""
    _closed(seen, judge, "webhook")


@requirement("isolation.lists.own-only", isolation.lists)
def test_lists_show_own_things_only(seen: Lists, judge: Judge) -> None:
    """What belongs to one account is in none of another account's lists."""
    for operation, name in seen.ours.items():
        exchange = seen.shown[operation]
        judge.that(
            name not in seen.names[operation],
            "the list shows only the account's own",
            f"it shows {name} of another account",
            exchange,
        )
    if not any(exchange.ok for exchange in seen.shown.values()):
        raise judge.untestable("no list was answered to the foreign key")


def _closed(seen: Closed, judge: Judge, kind: str) -> None:
    for attempt in seen.attempts:
        judge.refused(attempt, HIDDEN, f"the {kind} is another account's")
    _unchanged(seen, judge)


def _unchanged(seen: Closed, judge: Judge) -> None:
    exchange = seen.after.exchange
    if exchange.status == 404:
        judge.that(False, "its owner still finds it", "it is gone", *seen.attempts, exchange)
    for name, value in seen.before.items() if exchange.ok else ():
        shown = seen.after.get(name)
        judge.that(shown == value, f"{name} is still {value!r}", f"{name} is {shown!r}", *seen.attempts, exchange)
