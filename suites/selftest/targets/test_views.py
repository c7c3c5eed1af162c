"""How answers are read: instants, slots in any shape, times that are none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bookproof.targets.binding import Binding
from bookproof.targets.views import instant, slots_of, unzoned_slots

TEN = datetime(2027, 1, 13, 10, tzinfo=UTC)
BINDING = Binding("imatic-v1", {})


@pytest.mark.parametrize(
    "written",
    ["2027-01-13T10:00:00Z", "2027-01-13T11:00:00+01:00", "2027-01-13T10:00:00.000Z", 1799834400, 1799834400000],
)
def test_an_instant_may_be_written_in_many_ways(written: object) -> None:
    assert instant(written) == TEN


@pytest.mark.parametrize("written", ["2027-01-13T10:00:00", "soon", None, True, {}, float("inf")])
def test_what_is_no_instant(written: object) -> None:
    assert instant(written) is None


@pytest.mark.parametrize(
    "items",
    [
        [{"start": "2027-01-13T10:00:00Z", "end": "2027-01-13T10:30:00Z"}],
        [{"start": "2027-01-13T10:00:00Z"}],
        ["2027-01-13T10:00:00Z"],
        {"2027-01-13": ["2027-01-13T10:00:00Z"]},
        [{"date": "2027-01-13", "slots": [{"start": "2027-01-13T10:00:00Z"}]}],
    ],
)
def test_slots_are_found_in_any_shape(items: object) -> None:
    found = slots_of(BINDING, items, 30)
    assert found is not None
    assert [(slot.start, (slot.end - slot.start).seconds) for slot in found] == [(TEN, 1800)]
    assert not unzoned_slots(BINDING, items)


@pytest.mark.parametrize("items", [[{"start": "2027-01-13T10:00:00"}], {"2027-01-13": ["2027-01-13T10:00:00"]}])
def test_slots_without_a_zone_are_told_from_slots_that_are_none(items: object) -> None:
    assert slots_of(BINDING, items, 30) is None
    assert unzoned_slots(BINDING, items)
    assert not unzoned_slots(BINDING, [{"start": "soon"}])
