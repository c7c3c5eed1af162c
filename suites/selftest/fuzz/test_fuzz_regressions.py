"""What fuzzing finds is kept in a file of its target, and tried first by the next run, whatever its seed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from selftest_runs import QUIET_MOMENT, run_bookproof

from bookproof.contracts.openapi import Contract
from bookproof.errors import UsageError
from bookproof.fuzz.findings import Fault
from bookproof.fuzz.regressions import Regression, file_of, load, regression_of, save
from bookproof.wire.exchange import Exchange

TARGET = f"mock:defect=wrong-type-accepted,now={QUIET_MOMENT}"
#: A name that is a number, which the defect takes.
BODY = {"eventTypeCode": "x", "start": "2027-01-20T09:00:00Z", "attendee": {"name": 0, "email": "a@example.com"}}
KEPT = Regression(
    "fuzz.invalid.refused",
    "createBooking",
    "a request that breaks the contract is refused",
    "POST",
    "/v1/bookings",
    "",
    {"content-type": "application/json"},
    json.dumps(BODY),
    "full",
    7,
)


def test_what_is_kept_is_tried_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a budget that would find nothing by itself."""
    monkeypatch.chdir(tmp_path)
    save(TARGET, [KEPT])
    wanted = ["--fuzz", "6", "--target", TARGET, "--select", "fuzz.invalid.*", "--", "-k", "createBooking"]
    ran = run_bookproof("run", "-q", *wanted, folder=tmp_path / "reports")
    assert "fuzz.invalid.refused" in ran.broken(TARGET)


def test_one_request_for_each_requirement_and_operation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest; and a file that is not ours is refused by its name."""
    monkeypatch.chdir(tmp_path)
    assert load("t") == []
    save("t", [KEPT])
    save("t", [KEPT])
    assert load("t") == [KEPT]
    file_of("t").write_text('{"requests": [{}]}')
    with pytest.raises(UsageError, match=r"t\.json: not a file of regressions"):
        load("t")


def test_a_request_is_kept_without_its_key_and_its_ids() -> None:
    """The next run has others."""
    headers = {"authorization": "Bearer secret", "content-type": "application/json"}
    url = "http://127.0.0.1:1/v1/bookings/bk_1/cancel?x=1"
    sent = Exchange(1, "fuzz.x", "cancelBooking", "full", "", "POST", url, headers, b"{}", 200, {}, b"", 0.0, 0.0)
    kept = regression_of(Fault("fuzz.invalid.refused", "refused", "200", (sent,)), Contract.load("imatic-v1"), 1)
    assert kept is not None
    assert (kept.path, kept.query, kept.key) == ("/v1/bookings/{bookingCode}/cancel", "x=1", "full")
    assert "secret" not in str(kept)
