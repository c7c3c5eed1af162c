"""Absence from meetings that have begun."""

from __future__ import annotations

from typing import Any

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.probes.calcom_v2 import absences
from bookproof.probes.calcom_v2.subscribers import Course


@requirement("decisions.absent.marked", absences.marked)
def test_an_absent_attendee_is_shown_as_absent(seen: Course, judge: Judge) -> None:
    """Once the meeting has begun its attendee can be marked as absent, and is shown as such."""
    exchange = seen.steps[0].exchange
    if judge.accepted(exchange, "the attendee is marked as absent") and seen.steps[0].booking:
        attendees: list[Any] = seen.steps[0].booking.raw.get("attendees") or []
        shown = [attendee.get("absent") for attendee in attendees if isinstance(attendee, dict)]
        judge.that(True in shown, "an attendee who is absent", answer(exchange), exchange)
