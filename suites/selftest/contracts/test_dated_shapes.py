"""The judge of dated shapes tells the first shape of a thing from that of its own date."""

from __future__ import annotations

from typing import Any

import pytest

from bookproof.judge.dated_shapes import BOOKINGS, EVENT_TYPES, SCHEDULES, Family, Shape

FIRST_BOOKING: dict[str, Any] = {"uid": "a", "startTime": "", "endTime": "", "status": "ACCEPTED"}
OWN_BOOKING: dict[str, Any] = {"uid": "a", "start": "", "end": "", "status": "accepted"}


@pytest.mark.parametrize(
    ("family", "data", "shape"),
    [
        (BOOKINGS, {"bookings": [], "totalCount": 0}, Shape.FIRST),
        (BOOKINGS, [], Shape.OWN),
        (BOOKINGS, [OWN_BOOKING], Shape.OWN),
        (BOOKINGS, FIRST_BOOKING, Shape.FIRST),
        (EVENT_TYPES, {"eventTypeGroups": []}, Shape.FIRST),
        (EVENT_TYPES, [{"lengthInMinutes": 30}], Shape.OWN),
        (SCHEDULES, {"workingHours": [], "dateOverrides": []}, Shape.FIRST),
        (SCHEDULES, [{"availability": [], "overrides": []}], Shape.OWN),
    ],
)
def test_each_shape_is_known(family: Family, data: Any, shape: Shape) -> None:
    """Lists and single things are told apart by container and members."""
    assert family.shape(data) is shape


@pytest.mark.parametrize(
    ("family", "data"),
    [
        (BOOKINGS, [OWN_BOOKING, FIRST_BOOKING]),
        (BOOKINGS, [{**OWN_BOOKING, **FIRST_BOOKING}]),
        (BOOKINGS, [{"uid": "a"}]),
        (BOOKINGS, ["a"]),
        (BOOKINGS, {"bookings": None}),
        (BOOKINGS, "text"),
        (EVENT_TYPES, [{"length": 30, "lengthInMinutes": 30}]),
    ],
)
def test_what_mixes_shapes_is_neither(family: Family, data: Any) -> None:
    """A list with both kinds, a thing with the members of both or of neither, and what is no thing."""
    assert family.shape(data) is Shape.NEITHER


@pytest.mark.parametrize("data", [None, []])
def test_nothing_shows_no_shape_of_a_schedule(data: Any) -> None:
    """No default schedule, or an empty list, which schedules have in both shapes."""
    assert SCHEDULES.shape(data) is Shape.NOTHING
