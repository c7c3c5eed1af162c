"""The judgement of a storm, on records and states made by hand: what it accuses of, and whom it must leave alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bookproof.judge.race_model import CANCEL, CREATE, DONE, MOVE, REFUSED, UNKNOWN
from bookproof.storm.calls import StormCall
from bookproof.storm.judgement import Judge, State, Trouble, not_offered_again
from bookproof.storm.plan import Place, StormPlan
from bookproof.storm.statistics import collisions, latencies, statuses
from bookproof.targets.views import Booking

NINE = datetime(2027, 1, 13, 9, tzinfo=UTC)
TEN = NINE + timedelta(hours=1)
HALF = timedelta(minutes=30)
PLAN = StormPlan(
    target="t",
    marker="abc",
    seed=0,
    users=2,
    seconds=1,
    requests=10,
    per_minute=60,
    places=tuple(Place("intro", start.timestamp(), (start + HALF).timestamp()) for start in (NINE, TEN)),
)
ANN, BOB = PLAN.attendee("0-1", 1), PLAN.attendee("1-1", 1)


def call(
    number: int, action: str, outcome: str, who: str = ANN, start: datetime | None = NINE, **more: Any
) -> StormCall:
    """A call that began and was answered in the second of its number."""
    given = {"becomes": f"b-{who[-5:]}" if outcome == DONE and action != CANCEL else "", "ended": number + 0.5} | more
    status = {DONE: 200, REFUSED: 409}.get(outcome, 0)
    wanted = 0.0 if start is None else start.timestamp()
    user = who.split()[3].rpartition("-")[0]
    return StormCall(
        user, number, action, who, "intro", wanted, "", float(number), status=status, outcome=outcome, **given
    )


def booking(who: str = ANN, start: datetime = NINE, status: str = "confirmed", **more: Any) -> Booking:
    """A booking of half an hour as the list shows it."""
    given = {"code": f"b-{who[-5:]}", "event_type_code": "intro", "end": start + HALF, "attendee_name": who} | more
    return Booking(status=status, start=start, attendee_email="a@example.com", raw={}, **given)


def judged(calls: Sequence[StormCall], bookings: Sequence[Booking], **more: Any) -> list[Trouble]:
    """All that is wrong; every booking that the calls name has been read by its code, as the list shows it."""
    read: Mapping[str, Booking | None] = {c.becomes: None for c in calls if c.becomes}
    read = {**read, **{b.code: b for b in bookings if b.code}}
    state = State(bookings, more.pop("gap", ""), more.pop("read", read), more.pop("offered", None))
    return Judge(PLAN, calls, state, {"intro": 30}, frozenset({"intro"}), **more).troubles()


def kinds(*given: Any, **more: Any) -> list[str]:
    """The kinds of what is wrong."""
    return [trouble.kind for trouble in judged(*given, **more)]


def test_what_was_told_and_is_so_is_fine() -> None:
    """Booked and there, refused and not there, cancelled and cancelled, moved and where it was moved to."""
    calls = [
        call(1, CREATE, DONE),
        call(2, CREATE, REFUSED, BOB),
        call(3, MOVE, DONE, start=TEN),
        call(4, CREATE, DONE, PLAN.attendee("0-2", 1)),
        call(5, CANCEL, DONE, PLAN.attendee("0-2", 1), None),
    ]
    stored = [booking(start=TEN), booking(PLAN.attendee("0-2", 1), status="cancelled")]
    assert kinds(calls, stored) == []


def test_two_live_bookings_of_a_host_overlap() -> None:
    """Whatever their starts are; what only touches does not."""
    calls = [call(1, CREATE, UNKNOWN), call(1, CREATE, UNKNOWN, BOB)]
    quarter = timedelta(minutes=15)
    found = judged(calls, [booking(), booking(BOB, NINE + quarter)])
    assert [trouble.kind for trouble in found] == ["overlap"]
    assert found[0].codes == ("b-0-1-1", "b-1-1-1")
    assert kinds(calls, [booking(), booking(BOB, NINE + HALF)]) == []
    assert kinds(calls, [booking(), booking(BOB, code="b-2", status="cancelled")]) == []


def test_other_hosts_and_other_people_are_none_of_its_business() -> None:
    """Bookings of another host may overlap, and those that the storm did not make are not accused."""
    calls = [call(1, CREATE, DONE)]
    other = booking("Somebody", code="x", event_type_code="of-another-host")
    assert kinds(calls, [booking(), other]) == []
    strangers = [booking("Somebody", TEN, code="x"), booking("Somebody else", TEN, code="y")]
    assert kinds(calls, [booking(), *strangers]) == []


def test_a_booking_without_an_end_is_as_long_as_its_event_type() -> None:
    """An API need not show ends."""
    calls = [call(1, CREATE, UNKNOWN), call(1, CREATE, UNKNOWN, BOB)]
    late = booking(BOB, NINE + timedelta(minutes=29), code="b-2", end=None)
    assert kinds(calls, [booking(end=None), late]) == ["overlap"]


def test_what_two_users_held_at_once_was_promised_twice() -> None:
    """Even if one of them has cancelled since; whoever gave it back before has not."""
    first, second = call(1, CREATE, DONE), call(2, CREATE, DONE, BOB, becomes="b-2")
    gone = [booking(status="cancelled"), booking(BOB, status="cancelled", code="b-2")]
    cancels = [call(3, CANCEL, DONE, start=None), call(4, CANCEL, DONE, BOB, None)]
    assert kinds([first, second, *cancels], gone) == ["promised-twice"]
    early = replace(call(2, CANCEL, DONE, start=None), begun=1.7)
    assert kinds([first, early, replace(second, begun=1.6), cancels[1]], gone) == []
    assert kinds([first, second, *cancels], gone, one_clock=False) == [], "clocks of two machines cannot be compared"
    assert kinds([first, second, cancels[1]], gone, lost={0}) == [], "it may have been given back"


def test_an_acknowledged_booking_that_is_not_there_is_lost() -> None:
    """Not stored, or cancelled by nobody."""
    assert kinds([call(1, CREATE, DONE)], []) == ["lost"]
    assert kinds([call(1, CREATE, DONE)], [booking(status="cancelled")]) == ["lost"]
    assert kinds([call(1, CREATE, DONE), call(2, CANCEL, REFUSED, start=None)], []) == ["lost"]


def test_a_booking_that_cannot_be_looked_for_is_not_called_lost() -> None:
    """Not read by its code, or of a user whose record is not complete, or cancelled by a call without an answer."""
    created = call(1, CREATE, DONE)
    assert kinds([created], [], read={}) == []
    assert kinds([created], [], lost={0}) == []
    assert kinds([created, call(2, CANCEL, UNKNOWN, start=None)], []) == []
    assert kinds([created, call(2, MOVE, UNKNOWN, start=TEN)], []) == []


def test_a_booking_whose_code_nobody_knows_is_looked_for_by_its_name() -> None:
    """In a list that is whole and shows the names of the storm; in another one nobody can tell."""
    calls = [call(1, CREATE, DONE, becomes=""), call(1, CREATE, DONE, BOB, TEN)]
    there = booking(BOB, TEN)
    assert kinds(calls, [there]) == ["lost"]
    assert kinds(calls, [there, booking(code="z")]) == []
    assert kinds(calls, [there], gap="there are more") == []
    assert kinds(calls, [replace(there, attendee_name=None)]) == []


def test_a_move_that_makes_a_new_booking_is_followed() -> None:
    """The old one is no longer live and the new one is where it should be; both live is one too many."""
    calls = [call(1, CREATE, DONE), call(2, MOVE, DONE, start=TEN, becomes="new")]
    new = booking(start=TEN, code="new")
    assert kinds(calls, [booking(status="rescheduled"), new]) == []
    assert kinds(calls, [booking(), new]) == ["stored-twice"]


def test_a_booking_is_where_its_owner_was_told() -> None:
    """A refused move changes nothing, and one that was acknowledged does."""
    created = call(1, CREATE, DONE)
    assert kinds([created, call(2, MOVE, REFUSED, start=TEN)], [booking(start=TEN)]) == ["misplaced"]
    assert kinds([created, call(2, MOVE, DONE, start=TEN)], [booking()]) == ["misplaced"]


def test_what_was_refused_or_cancelled_is_not_live() -> None:
    """Found by the attendee's name, which nobody else has."""
    assert kinds([call(1, CREATE, REFUSED)], [booking(code="z")]) == ["refused-yet-stored"]
    assert kinds([call(1, CREATE, REFUSED)], [booking(code="z", status="cancelled")]) == []
    assert kinds([call(1, CREATE, DONE), call(2, CANCEL, DONE, start=None)], [booking()]) == ["cancelled-yet-live"]


def test_what_the_list_says_is_looked_at_again_before_anybody_is_accused() -> None:
    """The booking as read by its code stands against the list's."""
    calls = [call(1, CREATE, DONE), call(2, CANCEL, DONE, start=None)]
    stale = booking()
    assert kinds(calls, [stale], read={"b-0-1-1": replace(stale, status="cancelled")}) == []


@pytest.mark.parametrize("status", [500, 503])
def test_server_errors_and_broken_answers_are_warnings(status: int) -> None:
    """Under load a server may give way; what it has stored is what counts."""
    calls = [call(1, CREATE, UNKNOWN, ended=2.0), call(2, CREATE, REFUSED, BOB, trouble="409 without an error code")]
    calls[0].status = status
    found = judged(calls, [])
    assert [(str(trouble.severity), trouble.kind) for trouble in found] == [
        ("warning", "server-errors"),
        ("warning", "broken-answers"),
    ]


def test_slots_that_say_otherwise_are_warnings() -> None:
    """Taken yet offered, and not offered again; lists of slots may lag behind."""
    offered = frozenset({("intro", NINE.timestamp())})
    assert kinds([call(1, CREATE, DONE)], [booking()], offered=offered) == ["taken-yet-offered"]
    places = [(place.event_type_code, place.start) for place in PLAN.places]
    assert [trouble.kind for trouble in not_offered_again(places, offered)] == ["not-offered-again"]
    assert list(not_offered_again(places[:1], offered)) == []


def test_numbers_for_information() -> None:
    """Conflicts among what was tried, answers by status, and times by percentile."""
    calls = [call(n, CREATE, DONE if n < 2 else REFUSED, seconds=n / 1000) for n in range(1, 101)]
    calls.append(call(101, CANCEL, UNKNOWN, start=None))
    assert collisions(calls) == (99, 100)
    assert statuses(calls) == {"cancel": {0: 1}, "create": {200: 1, 409: 99}}
    assert latencies(calls) == {"create": {"p50": 50.0, "p95": 95.0, "p99": 99.0}}
