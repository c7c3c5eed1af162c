"""Runs on Cal.com targets: what they cost, what they need, what they leave, and that other servers are not accused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from selftest_runs import Ran, run_bookproof

from bookproof.mock import MockServer, start_mock

#: What somebody writes who has a self-hosted server and a key of it: no teams, no organizations, no OAuth.
SELF_HOSTED = """\
name = "self-hosted"
dialect = "calcom-v2"
base_url = "{url}"
safety = "write"

[credentials]
full = "CAL_API_KEY"

[limits]
requests_per_minute = 6000

[capabilities]
teams = false
organizations = false
oauth = false
platform = false
"""


@pytest.fixture(scope="module")
def calcom(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """One run on the healthy mock as Cal.com v2."""
    return run_bookproof("run", "--target", "mock-calcom", folder=tmp_path_factory.mktemp("calcom"))


@pytest.fixture(scope="module")
def self_hosted(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """One run with nothing but a URL and a key."""
    folder: Path = tmp_path_factory.mktemp("self-hosted")
    with start_mock() as mock:
        file = folder / "self-hosted.toml"
        file.write_text(SELF_HOSTED.format(url=mock.base_url), "utf-8")
        environment = {"CAL_API_KEY": mock.calcom_keys["full"]}
        ran = run_bookproof("run", "--target", str(file), folder=folder / "reports", environment=environment)
        assert not left_on(mock)
        return ran


def left_on(mock: MockServer) -> list[str]:
    """What a run has left behind on a mock: things that bear its mark."""
    with mock.mock.domain.store.read() as session:
        named = session.all("SELECT title AS name FROM event_types WHERE slug LIKE 'bookproof-%' AND deleted = 0")
        named += session.all("SELECT name FROM schedules WHERE name LIKE 'bookproof-%'")
        named += session.all("SELECT url AS name FROM webhooks WHERE url LIKE 'http://127.%' OR url LIKE '%bookproof%'")
        live = "status IN ('confirmed', 'pending')"
        named += session.all(f"SELECT code AS name FROM bookings WHERE attendee_name LIKE 'Bookproof%' AND {live}")
    return [row["name"] for row in named]


def target_of(ran: Ran) -> dict[str, Any]:
    """The only target of a run."""
    [target] = ran.record["targets"]
    return target


def test_everything_is_judged_and_passes(calcom: Ran) -> None:
    """The healthy mock conforms, and nothing stays untestable; this run does not fuzz."""
    assert calcom.code == 0, calcom.out
    judged = [v for v in calcom.record["verdicts"] if not v["requirement"].startswith("fuzz.")]
    assert {v["outcome"] for v in judged} == {"pass"}, [
        (v["requirement"], v["outcome"], v["reason"]) for v in judged if v["outcome"] != "pass"
    ]


def test_cost_is_bounded(calcom: Ran) -> None:
    """At most 420 requests, no more than planned, and at least five judgements for each."""
    target = target_of(calcom)
    assert target["requests"] <= min(420, target["planned"] + 2)
    assert sum(v["judgements"] for v in calcom.record["verdicts"]) >= 5 * target["requests"]
    assert target["left_behind"] == []


def test_url_and_key_are_enough(self_hosted: Ran) -> None:
    """A target file of fifteen lines, without a false alarm; what cannot be judged says why."""
    lines = [line for line in SELF_HOSTED.splitlines() if line.strip()]
    assert len(lines) <= 15
    assert self_hosted.code == 0, self_hosted.out
    assert not [v for v in self_hosted.record["verdicts"] if v["findings"] or v["outcome"] == "error"]
    assert all(v["reason"] for v in self_hosted.record["verdicts"] if v["outcome"] != "pass")
    judged = sum(v["outcome"] == "pass" for v in self_hosted.record["verdicts"])
    assert judged > len(self_hosted.record["verdicts"]) / 2


@pytest.mark.parametrize(
    "options",
    ["seed=3", "now=2027-03-25T22:30:00Z", "now=2027-10-29T06:10:00Z", "now=2027-02-26T23:55:00Z", "threads=yes"],
)
def test_no_moment_and_no_data_make_a_finding(bookproof: Callable[..., Ran], options: str) -> None:
    """Around changes of clocks, at the ends of days and months, and with other data."""
    ran = bookproof("run", "--target", f"mock-calcom:{options}", "-q")
    assert ran.code == 0, ran.out
    assert not [v for v in ran.record["verdicts"] if v["findings"]]
