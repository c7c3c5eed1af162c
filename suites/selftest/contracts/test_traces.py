"""Stack traces are recognised in the usual languages, and prose is none."""

from __future__ import annotations

import json

import pytest

from bookproof.judge.traces import stack_trace


@pytest.mark.parametrize(
    "trace",
    [
        "Traceback (most recent call last):",
        '  File "/srv/app/bookings.py", line 12, in create',
        "TypeError: x is undefined\n    at Bookings.create (/srv/dist/bookings.js:12:7)",
        "goroutine 17 [running]:",
        "at com.example.Bookings.create(Bookings.java:12)",
        "bookings.rb:12:in `create'",
        "#0 /srv/app/Bookings.php(12): create()",
    ],
)
def test_traces_are_seen(trace: str) -> None:
    """As they stand, and as a member of an answer."""
    assert stack_trace(trace)
    assert stack_trace(json.dumps({"message": trace}))


@pytest.mark.parametrize("text", ["", "Look at line 12 (of 30).", "No slot at 09:00 (UTC), line up at the door."])
def test_prose_is_none(text: str) -> None:
    """Words that traces have too."""
    assert not stack_trace(text)
