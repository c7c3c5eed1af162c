"""What a delivery says, and which step it belongs to, is told in whatever form it comes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from bookproof.inbox import Delivery
from bookproof.judge.deliveries import (
    CANCELLED,
    CREATED,
    RESCHEDULED,
    Said,
    Step,
    disagreements,
    examine_all,
    shape_faults,
    sort,
)
from bookproof.judge.signature import sign
from bookproof.targets.binding import Binding
from bookproof.targets.inbox import Received
from bookproof.targets.views import Booking, instant
from bookproof.wire.exchange import Exchange

BINDING = Binding("imatic-v1", {})
NINE, TEN = instant("2027-01-13T09:00:00Z"), instant("2027-01-13T10:00:00Z")
JSON = {"content-type": "application/json"}


def exchange(number: int = 1) -> Exchange:
    """Any exchange."""
    return Exchange(number, "", "createBooking", "full", "", "POST", "/", {}, b"", 201, {}, b"", 0.0, 0.0)


def received(
    number: int, body: Any, method: str = "POST", headers: Mapping[str, str] = JSON, box: str = "all"
) -> Received:
    """A delivery of a JSON value, or of bytes as they are."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Received(Delivery(number, box, 1_800_000_000.0, method, "/", headers, raw), exchange(number))


def said(number: int, body: Any, **more: Any) -> Said:
    """What such a delivery says."""
    return Said(BINDING, received(number, body, **more))


def delivered(number: int, event: str, code: str = "bk_one234", **data: Any) -> Said:
    """A delivery as the documents suggest it."""
    return said(number, {"event": event, "data": {"code": code, **data}})


def step(event: str, after: int, *codes: str, **more: Any) -> Step:
    """A step that should push an event."""
    return Step(event, exchange(), after, codes or ("bk_one234",), **more)


@pytest.mark.parametrize(
    "body",
    [
        {"event": CREATED, "data": {"booking": {"id": "bk_one234"}}},
        {"event": CREATED, "data": json.dumps({"code": "bk_one234"})},
        {"event": CREATED, "code": "bk_one234"},
        f"payload=%7B%22event%22%3A%22{CREATED}%22%2C%22code%22%3A%22bk_one234%22%7D".encode(),
        f"<event>{CREATED}</event><code>bk_one234</code>".encode(),
    ],
)
def test_event_and_booking_are_found_in_any_form(body: Any) -> None:
    """A delivery of a wrong form is told by its shape alone, not also as an event that never came."""
    found = said(1, body)
    assert found.meant == CREATED
    assert found.mentions(["bk_one234"])
    assert not found.mentions(["bk_other99"])


def test_short_codes_are_not_found_by_chance() -> None:
    """A code such as 12 is one only where it stands for itself."""
    assert said(1, {"event": CREATED, "data": {"id": 12}}).mentions(["12"])
    assert not said(1, {"event": CREATED, "data": {"id": 7, "start": "2012-01-12T12:00:00Z"}}).mentions(["12"])


@pytest.mark.parametrize(
    ("faults", "body", "more"),
    [
        ([], {"event": CREATED, "data": {}}, {}),
        ([], {"event": CREATED, "data": [], "id": 1}, {"headers": {"content-type": "application/cloudevents+json"}}),
        (["method GET"], {"event": CREATED, "data": {}}, {"method": "GET"}),
        (["content type missing"], {"event": CREATED, "data": {}}, {"headers": {}}),
        (["no event"], {"data": {}}, {}),
        (["no data"], {"event": CREATED}, {}),
        (['data that are no object: "{}"'], {"event": CREATED, "data": "{}"}, {}),
        (["a body that is no JSON object"], [CREATED], {}),
        (["a body that is no JSON object"], b"\xff\x00", {}),
    ],
)
def test_shape(faults: list[str], body: Any, more: dict[str, Any]) -> None:
    """Each part of the form is judged."""
    assert shape_faults(said(1, body, **more)) == faults


def test_each_step_finds_its_delivery() -> None:
    """By event and code; what came before the step is not its delivery."""
    steps = [step(CREATED, 0), step(CREATED, 0, "bk_two345"), step(CANCELLED, 2)]
    early, late = delivered(1, CANCELLED), delivered(5, CANCELLED)
    two, one = delivered(3, CREATED, "bk_two345"), delivered(4, CREATED)
    found = sort(steps, [early, two, one, late])
    assert [said for _, said in found.pairs] == [one, two, late]
    assert found.rest == [early]


def test_a_delivery_with_a_wrong_booking_counts_as_pushed() -> None:
    """Its data are another requirement's."""
    wrong = delivered(1, CREATED, "bk_foreign")
    assert sort([step(CREATED, 0)], [wrong]).pairs[0][1] is wrong


def test_a_missing_delivery_stays_missing() -> None:
    """Neither another event nor an earlier delivery stands in for it."""
    assert sort([step(CANCELLED, 1)], [delivered(1, CANCELLED), delivered(2, CREATED)]).pairs[0][1] is None


def test_the_same_once_more_is_a_repetition() -> None:
    """The same body twice is one delivery too many; another body of the same event is not."""
    first, again, other = delivered(1, CREATED), delivered(2, CREATED), delivered(3, CREATED, start="later")
    found = sort([step(CREATED, 0)], [first, again, other])
    assert found.repeated == [(first, again)]
    assert found.rest == [other]


def booking(**fields: Any) -> Booking:
    """A booking as an answer shows it."""
    empty = dict.fromkeys(("event_type_code", "status", "end", "attendee_name", "attendee_email"))
    return Booking(**{"code": "bk_one234", "start": NINE, **empty, "raw": {}, **fields})


@pytest.mark.parametrize(
    ("wrong", "event", "data"),
    [
        (0, CREATED, {"start": "2027-01-13T09:00:00Z", "status": "confirmed"}),
        (0, CREATED, {"start": "2027-01-13T10:00:00+01:00", "status": "some other word"}),
        (0, CREATED, {"attendee": {"email": "A@Example.com"}}),
        (1, CREATED, {"start": "2027-01-13T10:00:00Z"}),
        (1, CREATED, {"status": "cancelled"}),
        (1, CANCELLED, {"status": "confirmed"}),
        (2, RESCHEDULED, {"status": "cancelled", "start": "2027-01-13T10:00:00Z"}),
        (1, CREATED, {"attendee": {"email": "b@example.com"}}),
    ],
)
def test_disagreements(wrong: int, event: str, data: dict[str, Any]) -> None:
    """Start, status and attendee are compared, however they are written."""
    told = step(event, 0, start=NINE, booking=booking(attendee_email="a@example.com"))
    assert len(disagreements(told, delivered(1, event, **data))) == wrong


def test_a_payload_may_show_before_and_after() -> None:
    """A move may be told with the booking as it was and as it is."""
    both = said(
        1,
        {
            "event": RESCHEDULED,
            "data": {
                "old": {"code": "bk_one234", "start": "2027-01-13T09:00:00Z"},
                "new": {"code": "bk_one234", "start": "2027-01-13T10:00:00Z"},
            },
        },
    )
    assert not disagreements(step(RESCHEDULED, 0, start=TEN), both)


def test_signatures_are_examined_with_the_secret_of_their_box() -> None:
    """By the clock of the target: it may be years ahead of ours."""
    raw = b'{"event":"booking.created","data":{}}'
    ahead = 50_000_000
    moment = 1_800_000_000 + ahead
    sent = [
        received(1, raw, headers={"x-imatic-signature": sign(raw, "whsec_one", moment)}, box="one"),
        received(2, raw, headers={"x-imatic-signature": sign(raw, "whsec_one", moment)}, box="two"),
        received(3, raw, headers={"x-imatic-signature": sign(raw, "whsec_one", moment - ahead)}, box="one"),
    ]
    secrets = {"one": "whsec_one", "two": "whsec_two"}
    good, other, stale = examine_all(BINDING, sent, secrets, float(ahead))
    assert good.result.right
    assert "subscription one" in other.result.match_fault
    assert not other.result.age_fault
    assert stale.result.age_fault
    assert not stale.result.match_fault
