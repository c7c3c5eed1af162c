"""The capability map: what ``bookproof explain`` says about an API, on the console, in Markdown and as JSON."""

from __future__ import annotations

import json
import re

import click
import pytest
from click.testing import CliRunner, Result

from bookproof.cli import explain, main
from bookproof.contracts.capabilities import CapabilityMap, described_dialect
from bookproof.contracts.openapi import Contract

ROW = "createBooking | POST | /v2/bookings | Book a slot. | write | BOOKING_WRITE (none, public)"


def call(*arguments: str, **environment: str) -> Result:
    """The answer of a command."""
    return CliRunner(env={"NO_COLOR": "1", **environment}).invoke(main, ["explain", *arguments])


def test_name_of_an_api_means_its_newest_dialect() -> None:
    """Vendor and dialect are both good, a requirement is neither."""
    assert described_dialect("calcom") == described_dialect("calcom-v2") == "calcom-v2"
    assert described_dialect("imatic") == "imatic-v1"
    assert described_dialect("bookings.create.taken") is None
    assert described_dialect("cal") is None


def test_totals_are_those_of_the_reference() -> None:
    """41 operations, 15 read, 26 write, 16 permissions, counted from the contract."""
    totals = CapabilityMap.load("calcom-v2").totals
    assert (totals.operations, totals.read, totals.write, totals.permissions, totals.extra) == (41, 15, 26, 16, 5)


def test_totals_follow_the_operations() -> None:
    """A map without some operations counts fewer of everything."""
    whole = CapabilityMap.load("calcom-v2")
    teams = CapabilityMap("calcom-v2", whole.title, whole.groups["Teams"]).totals
    assert (teams.operations, teams.read, teams.write, teams.permissions, teams.extra) == (5, 2, 3, 2, 0)


def test_map_holds_every_operation_in_its_group() -> None:
    """Nothing of the contract is left out, in its order."""
    for dialect in ("calcom-v2", "imatic-v1"):
        found = CapabilityMap.load(dialect)
        assert [capability.operation for capability in found.capabilities] == list(Contract.load(dialect).operations)
        assert sum(map(len, found.groups.values())) == len(found.capabilities)


def test_table_shows_every_operation_and_the_totals() -> None:
    """Without colours; group, call, permission with what was seen beside, version and event."""
    shown = call("calcom").stdout
    assert "\x1b" not in shown
    for operation in Contract.load("calcom-v2").operations.values():
        line = next(line for line in shown.splitlines() if line.lstrip("+").startswith(f"{operation.id} "))
        assert f" {operation.method} " in line
        assert f" {operation.path} " in line
        assert line.startswith("+") == operation.is_extra
    assert re.search(
        r"^createBooking .* BOOKING_WRITE \(none, public\) +2026-02-25, 2024-08-13 +BOOKING_CREATED",
        shown,
        re.MULTILINE,
    )
    assert re.search(r"^confirmBooking .* BOOKING_WRITE  .* none \(BOOKING_CREATED\)", shown, re.MULTILINE)
    assert re.search(r"^connectCalendar .* APPS_READ \(APPS_WRITE\) +any", shown, re.MULTILINE)
    assert re.search(r"^createWebhook .* WEBHOOK_WRITE +2021-10-20 \(any\)", shown, re.MULTILINE)
    assert "\n41 operations, 15 read, 26 write, 16 permissions.\n+ 5 more" in shown
    assert shown == call("calcom-v2").stdout


def test_table_fits_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids stay whole there; what is longer goes on below."""
    monkeypatch.setattr("rich.console.Console.is_terminal", True)
    lines = click.unstyle(call("calcom", COLUMNS="110").stdout).splitlines()
    assert max(map(len, lines)) <= 110
    assert any(line.startswith("deleteOrganizationUser ") for line in lines)


def test_table_leaves_out_what_an_api_has_not() -> None:
    """imatic Calendar has neither versions nor events that its operations name; what is assumed says so."""
    shown = call("imatic").stdout
    assert "version" not in shown
    assert "webhook event" not in shown
    assert re.search(r"^createBooking .* bookings:write *$", shown, re.MULTILINE)
    assert re.search(r"^getEventType .* slots:read \(assumed\)", shown, re.MULTILINE)
    assert "seen on a real server" not in shown


def test_markdown_has_a_table_for_each_group() -> None:
    """Ready to be pasted into a document."""
    shown = call("calcom", "--format", "markdown").stdout
    assert f"\n| {ROW} | 2026-02-25, 2024-08-13 | BOOKING_CREATED |\n" in shown
    for group, capabilities in CapabilityMap.load("calcom-v2").groups.items():
        _, _, section = shown.partition(f"\n## {group}\n")
        table = [line for line in section.partition("\n## ")[0].splitlines() if line.startswith("|")]
        assert len(table) == 2 + len(capabilities)
        assert len({line.count("|") for line in table}) == 1


def test_json_is_the_whole_map() -> None:
    """With the totals, for other programs."""
    shown = json.loads(call("calcom", "--format", "json").stdout)
    assert shown["totals"] == {"operations": 41, "read": 15, "write": 26, "permissions": 16, "extra": 5}
    [teams] = [each for each in shown["operations"] if each["operation"] == "listTeams"]
    assert (teams["permission"], teams["observed_permission"]) == ("TEAM_READ", "TEAM_PROFILE_READ")
    assert (teams["method"], teams["path"], teams["versions"], teams["public"]) == ("GET", "/v2/teams", [], False)


def test_requirement_is_explained_in_words_only() -> None:
    """A format belongs to an API; of a requirement it is a usage error."""
    assert call("links.use.once").stdout.startswith("links.use.once  (imatic-v1)\n")
    refused = call("bookings.create.taken", "--format", "json")
    assert refused.exit_code == 2
    assert "'bookings.create.taken' is no API" in refused.stderr


def test_requirement_of_two_dialects_is_shown_twice() -> None:
    """Each with the dialect that has it."""
    shown = call("bookings.create.taken").stdout
    assert len(explain.find("bookings.create.taken")) == 2
    assert (
        shown.count("bookings.create.taken  (imatic-v1)\n") == shown.count("bookings.create.taken  (calcom-v2)\n") == 1
    )


@pytest.mark.parametrize(
    ("slip", "meant"), [("calcom-v3", "calcom-v2"), ("bookings.create.take", "bookings.create.taken")]
)
def test_slip_of_the_pen_is_answered_with_what_was_meant(slip: str, meant: str) -> None:
    """Names of APIs are among the near matches."""
    refused = call(slip)
    assert refused.exit_code == 2
    assert f"did you mean {meant}" in refused.stderr
