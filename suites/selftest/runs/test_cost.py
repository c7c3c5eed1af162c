"""What a run costs is known beforehand, bounded, and cleaned up after."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import tomli_w
from selftest_runs import Ran

from bookproof.mock import MockServer, start_mock

#: The tools that change something.
WRITING = ("create_booking", "cancel_booking", "reschedule_booking")


def _mock(ran: Ran) -> dict[str, object]:
    return next(target for target in ran.record["targets"] if target["name"] == "mock-imatic")


def test_at_most_420_requests(healthy: Ran) -> None:
    """The rate-limit probe and the races aside; of them at most 120 for webhooks, MCP and both doors."""
    sent = _sent(healthy)
    added = [exchange for exchange in sent if exchange["probe"].startswith(("deliveries.", "mcp.", "parity."))]
    assert int(str(_mock(healthy)["requests"])) - len(_raced(sent)) <= 420
    assert 60 < len(added) <= 120


def test_races_cost_at_most_60_requests(healthy: Ran) -> None:
    """What they read, and the cancellation of what they have booked, included."""
    assert 45 < len(_raced(_sent(healthy))) <= 60


def _sent(ran: Ran) -> list[dict[str, Any]]:
    exchanges = [json.loads(line) for line in _exchanges(ran)]
    return [exchange for exchange in exchanges if not exchange["inbound"]]


def _raced(sent: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the races have sent, and what has removed that again."""
    raced = [exchange for exchange in sent if exchange["probe"].startswith("races.")]
    cleaned = [
        exchange
        for exchange in sent
        if exchange["probe"] == "clean-up" and any(code in exchange["url"] for code in _booked(raced))
    ]
    return raced + cleaned


def _booked(raced: list[dict[str, Any]]) -> set[str]:
    """The codes of bookings in the answers to what booked or moved them, by either door."""
    making = ("createBooking", "rescheduleBooking", "mcp.create_booking")
    answers = [exchange["response"].get("body", "") for exchange in raced if exchange["operation"] in making]
    return {code for answer in answers for code in re.findall(r"\bbk_\w+", answer)}


def test_at_least_five_judgements_a_request(healthy: Ran) -> None:
    """Requests are the cost; judgements are free."""
    judgements = sum(verdict["judgements"] for verdict in healthy.record["verdicts"])
    assert judgements >= 5 * int(str(_mock(healthy)["requests"]))


def test_cost_stays_within_the_plan(healthy: Ran) -> None:
    """No probe sends more than it declares; the plan is the promise that doctor makes."""
    mock = _mock(healthy)
    assert int(str(mock["requests"])) <= int(str(mock["planned"])) + 2, "two requests greet the target"


def test_summary_names_the_cost(healthy: Ran) -> None:
    """Requests, judgements, and the minutes at 120 requests a minute."""
    assert f"{sum(target['requests'] for target in healthy.record['targets'])} requests" in healthy.out
    assert "120" in healthy.out


def test_budget_is_kept(bookproof: Callable[..., Ran]) -> None:
    """--max-requests stops spending; what could not be judged is said to be untestable, never passed."""
    ran = bookproof("run", "--target", "mock-imatic", "--max-requests", "40")
    assert "untestable" in set(ran.outcomes().values())
    assert ran.code == 4


def test_nothing_is_left_behind(bookproof: Callable[..., Ran], tmp_path: Path) -> None:
    """After a run, no booking, link, webhook or event type of the suite is live on the target."""
    with start_mock() as server:
        before = _state(server)
        file = tmp_path / "served.toml"
        file.write_text(tomli_w.dumps(server.target_document), encoding="utf-8")
        ran = bookproof("run", "--target", str(file), environment=dict(server.environment))
        assert ran.code == 0, ran.out + ran.err
        after = _state(server)
    assert after == before


def _state(server: MockServer) -> dict[str, set[str]]:
    """What is live on the server; what is cancelled or marked as no-show stays on record and holds nothing."""

    def codes(path: str, name: str, role: str = "full", **wanted: str) -> set[str]:
        headers = {"authorization": f"Bearer {server.keys[role]}"}
        items = httpx.get(f"{server.base_url}/v1/{path}?limit=100", headers=headers).json()["data"]
        return {item[name] for item in items if all(item[key] == value for key, value in wanted.items())}

    return {
        "bookings": codes("bookings", "code", status="confirmed") | codes("bookings", "code", status="pending"),
        "webhooks": codes("webhooks", "id"),
        "webhooks of the foreign account": codes("webhooks", "id", "foreign"),
        "event types": codes("event-types", "code"),
    }


def test_read_ceiling_writes_nothing(bookproof: Callable[..., Ran]) -> None:
    """--allow read sends nothing that could change the target."""
    ran = bookproof("run", "--allow", "read", "--require-judged", "10")
    assert ran.code == 0, ran.out
    assert ran.folder is not None
    exchanges = [json.loads(line) for line in _exchanges(ran)]
    methods = {exchange["method"] for exchange in exchanges if not exchange["operation"].startswith("mcp.")}
    assert methods <= {"GET", "PUT"}, "PUT is the method that users/me does not offer"
    calls = {exchange["operation"] for exchange in exchanges} & {f"mcp.{tool}" for tool in WRITING}
    assert not calls
    left_out = [v for v in ran.record["verdicts"] if v["outcome"] == "not-applicable"]
    others = {v["requirement"] for v in left_out if "safety" not in v["reason"] and "fuzzing is off" not in v["reason"]}
    assert others <= {"mcp.session.not-a-key"}


def _exchanges(ran: Ran) -> list[str]:
    assert ran.folder is not None
    return (ran.folder / "exchanges-mock-imatic.jsonl").read_text("utf-8").splitlines()
