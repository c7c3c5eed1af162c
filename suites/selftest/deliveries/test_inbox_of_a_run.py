"""Where a run receives deliveries: by itself, through a tunnel, by an inbox elsewhere, or not at all."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
import tomli_w
from selftest_runs import Ran

from bookproof.errors import UsageError
from bookproof.inbox.server import InboxServer
from bookproof.mock import MockServer, start_mock
from bookproof.plan import plan
from bookproof.sessions import with_inbox
from bookproof.targets.inbox import REMEDY, no_inbox
from bookproof.targets.target import InboxSettings, Safety, Target

Bookproof = Callable[..., Ran]


def target(base_url: str, **inbox: str) -> Target:
    """A target at some address."""
    return Target("t", "imatic-v1", base_url, {"full": "cal_a.b"}, inbox=InboxSettings(**inbox))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.8.7", "[::1]", "localhost", "calendar.localhost"])
def test_a_target_on_this_machine_reaches_the_inbox_of_the_run(host: str) -> None:
    """Nothing need be said."""
    assert no_inbox(target(f"http://{host}:8080")) == ""


def test_any_other_target_needs_an_inbox() -> None:
    """The reason says what would make deliveries testable, and the plan says it before anything is sent."""
    elsewhere = target("https://calendar.example.com")
    assert REMEDY in no_inbox(elsewhere)
    assert no_inbox(target("https://calendar.example.com", url="https://hooks.example.com")) == ""
    planned = dict(plan(elsewhere, Safety.WRITE).untestable)
    assert REMEDY in planned["deliveries.events.pushed"]
    assert REMEDY in planned["parity.deliveries"]


def test_the_flag_names_an_inbox_or_a_tunnel(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a token in the environment an inbox stands there; with a port a tunnel leads here."""
    monkeypatch.setenv("BOOKPROOF_INBOX_TOKEN", "token-of-the-inbox")
    url = "https://hooks.example.com"
    assert with_inbox(target("https://a.example"), url, None).inbox == InboxSettings(url, "token-of-the-inbox")
    assert with_inbox(target("https://a.example"), url, 8099).inbox == InboxSettings(url, "", 8099)
    own = target("https://a.example", url="https://file.example", token="of-the-file")
    assert with_inbox(own, None, None).inbox == own.inbox
    with pytest.raises(UsageError, match="--webhook-url"):
        with_inbox(own, "hooks.example.com", None)


@pytest.fixture
def served(tmp_path: Path):
    """A served mock and the target file that describes it."""
    with start_mock() as server:
        path = tmp_path / "served.toml"
        path.write_text(tomli_w.dumps(server.target_document), encoding="utf-8")
        yield server, str(path)


def _green(ran: Ran) -> None:
    outcomes = {row: outcome for row, outcome in ran.outcomes("mock").items() if row.startswith("deliveries.")}
    assert ran.code == 0, ran.out + ran.err
    assert len(outcomes) > 20
    assert set(outcomes.values()) == {"pass"}


def test_deliveries_are_read_from_an_inbox_elsewhere(bookproof: Bookproof, served: tuple[MockServer, str]) -> None:
    """The token comes from the environment, and is in no report."""
    server, path = served
    with InboxServer(token="token-of-this-inbox") as inbox:
        given = {**server.environment, "BOOKPROOF_INBOX_TOKEN": "token-of-this-inbox"}
        ran = bookproof(
            *("run", "--target", path, "--select", "deliveries.*", "--webhook-url", inbox.base_url), environment=given
        )
    _green(ran)
    assert ran.folder is not None
    assert not [file for file in ran.folder.iterdir() if b"token-of-this-inbox" in file.read_bytes()]


def test_a_tunnel_leads_to_the_inbox_of_the_run(bookproof: Bookproof, served: tuple[MockServer, str]) -> None:
    """Subscribed is the tunnel's address; localhost stands in for one."""
    server, path = served
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    tunnel = ["--webhook-url", f"http://localhost:{port}", "--inbox-port", str(port)]
    ran = bookproof("run", "--target", path, "--select", "deliveries.*", *tunnel, environment=server.environment)
    _green(ran)
    assert ran.folder is not None
    exchanges = next(ran.folder.glob("exchanges-*.jsonl")).read_text("utf-8")
    assert f"http://localhost:{port}/hooks/" in exchanges


def test_a_wrong_token_is_said_once_and_costs_nothing(bookproof: Bookproof, served: tuple[MockServer, str]) -> None:
    """The rows are untestable with what to do; the run goes on."""
    server, path = served
    with InboxServer(token="token-of-this-inbox") as inbox:
        given = {**server.environment, "BOOKPROOF_INBOX_TOKEN": "another-token-altogether"}
        ran = bookproof(
            *("run", "--target", path, "--select", "deliveries.*", "--webhook-url", inbox.base_url), environment=given
        )
    assert set(ran.outcomes("mock").values()) == {"untestable", "not-applicable"}
    reasons = {v["reason"] for v in ran.record["verdicts"] if v["outcome"] == "untestable"}
    assert all("refuses the token" in reason for reason in reasons)
    assert "another-token-altogether" not in ran.out + ran.err


def test_a_target_that_cannot_change_subscriptions_is_not_accused(bookproof: Bookproof, tmp_path: Path) -> None:
    """What needs the change is untestable; all else is judged, and nothing is left behind."""
    with start_mock() as server:
        path = tmp_path / "served.toml"
        other = {"bindings": {"operations": {"updateWebhook": {"method": "PUT"}}}, "name": "without-changes"}
        path.write_text(tomli_w.dumps(server.target_document | other), encoding="utf-8")
        ran = bookproof("run", "--target", str(path), "--select", "deliveries.*", environment=server.environment)
        left = server.mock.domain.webhooks.count("acc_main")
    outcomes = ran.outcomes("without-changes")
    odd = {row: outcome for row, outcome in outcomes.items() if row.startswith("deliveries.") and outcome != "pass"}
    assert odd == {"deliveries.subscription.changed": "untestable"}
    assert not ran.broken("without-changes")
    assert left == 0
