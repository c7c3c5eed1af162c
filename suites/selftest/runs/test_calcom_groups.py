"""Teams, organizations and limits of Cal.com on servers that are made otherwise, or known less: nobody is accused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import tomli_w
from selftest_runs import Ran

from bookproof.mock import MockServer, start_mock
from bookproof.mock.domain.errors import NotFound

GIVEN = """\
name = "given"
dialect = "calcom-v2"
base_url = "{url}"
safety = "destructive"

[credentials]
full = "GIVEN_FULL"
{keys}

[limits]
requests_per_minute = 6000
{limits}

[capabilities]
oauth = false
platform = false
"""
RATE_LIMITED = 'rate-limited = "GIVEN_RATE_LIMITED"'
TEN_A_MINUTE = "roles = { rate-limited = 10 }"

Judged = Callable[..., Ran]


@pytest.fixture
def mock() -> Iterator[MockServer]:
    """A mock whose parts a test may change."""
    with start_mock() as started:
        yield started


@pytest.fixture
def judged(mock: MockServer, bookproof: Callable[..., Ran], tmp_path: Path) -> Judged:
    """``judged("limits.*", keys=…, limits=…)``: a run on the mock with what a target file gives."""

    def run(*selected: str, keys: str = "", limits: str = "") -> Ran:
        file = tmp_path / "given.toml"
        file.write_text(GIVEN.format(url=mock.base_url, keys=keys, limits=limits), "utf-8")
        names = {"GIVEN_FULL": "full", "GIVEN_RATE_LIMITED": "rate-limited"}
        environment = {name: mock.calcom_keys[role] for name, role in names.items()}
        chosen = [word for pattern in selected for word in ("--select", pattern)]
        return bookproof(
            "run", "--target", str(file), "--require-judged", "0", *chosen, environment=environment, timeout=60
        )

    return run


def outcome(ran: Ran, row: str) -> str:
    """What a run came to for one requirement."""
    return ran.outcomes("given")[row]


def reason(ran: Ran, row: str) -> str:
    """Why one requirement was not judged."""
    return ran.verdicts["given", row]["reason"]


def test_one_key_is_no_reason_for_findings(judged: Judged) -> None:
    """What needs other keys and ids is untestable, and says what to add; a team of one's own is judged."""
    ran = judged("teams.*", "organizations.*", "limits.*")
    assert not ran.broken("given")
    assert outcome(ran, "teams.manage.life-cycle") == outcome(ran, "teams.update.keeps") == "pass"
    for row, wanted in (
        ("teams.read.stranger", "role foreign"),
        ("teams.read.member", "role member"),
        ("organizations.users.life-cycle", "organization under [data]"),
        ("organizations.users.foreign", "foreign_organization under [data]"),
        ("limits.enforced", "role rate-limited"),
    ):
        assert outcome(ran, row) == "untestable"
        assert wanted in reason(ran, row)


def test_a_team_that_must_be_paid_for_is_no_finding(mock: MockServer, judged: Judged) -> None:
    """A server that answers with where to pay for a team cannot be judged, and is not accused."""
    handlers = mock.mock.calcom.resources.teams
    handlers.shown = lambda team: {"message": "Pay", "paymentLink": "https://pay.example", "pendingTeam": {}}
    ran = judged("teams.*")
    assert not ran.broken("given")
    assert "costs money" in reason(ran, "teams.manage.life-cycle")


def test_the_headers_tell_a_limit_that_the_file_does_not(judged: Judged) -> None:
    """Without a figure in the file the server's own is taken."""
    ran = judged("limits.*", keys=RATE_LIMITED)
    assert not ran.broken("given")
    assert outcome(ran, "limits.enforced") == outcome(ran, "limits.served") == "pass"


def test_a_limit_that_nobody_tells_is_not_guessed(mock: MockServer, judged: Judged) -> None:
    """Neither file nor header: the limit is not looked for."""
    mock.mock.calcom.throttle.headers = lambda spent: {}
    ran = judged("limits.*", keys=RATE_LIMITED)
    assert not ran.broken("given")
    assert "under [limits] roles" in reason(ran, "limits.enforced")


def test_a_server_without_the_headers_is_warned_at_most(mock: MockServer, judged: Judged) -> None:
    """A limit that is kept but not told is one warning, and no violation."""
    mock.mock.calcom.throttle.headers = lambda spent: {}
    ran = judged("limits.*", keys=RATE_LIMITED, limits=TEN_A_MINUTE)
    assert ran.code == 0, ran.out
    assert ran.broken("given") == {"limits.headers.present"}
    assert outcome(ran, "limits.headers.present") == "warning"
    assert outcome(ran, "limits.enforced") == outcome(ran, "limits.per-key") == "pass"


def test_a_key_that_was_used_before_is_not_judged_by_its_count(judged: Judged) -> None:
    """A second run within the minute finds the key refused from the start, which is no broken promise."""
    first, second = (judged("limits.*", keys=RATE_LIMITED, limits=TEN_A_MINUTE) for _ in range(2))
    assert outcome(first, "limits.served") == "pass"
    assert not second.broken("given")
    assert "used in the minute before" in reason(second, "limits.served")


def test_limits_of_another_name_count_as_well(mock: MockServer, judged: Judged) -> None:
    """A key whose limit has a name of its own tells it under that name."""
    throttle = mock.mock.calcom.throttle
    headers = throttle.headers
    throttle.headers = lambda spent: {
        name.replace("-Default", "-Burst"): value for name, value in headers(spent).items()
    }
    ran = judged("limits.*", keys=RATE_LIMITED, limits=TEN_A_MINUTE)
    assert not ran.broken("given")
    assert outcome(ran, "limits.headers.arithmetic") == "pass"


@pytest.mark.parametrize("is_known", [True, False])
def test_permissions_are_tried_by_consent_where_the_door_issues_no_tokens(
    mock: MockServer, bookproof: Callable[..., Ran], tmp_path: Path, is_known: bool
) -> None:
    """Tokens that lack a few permissions each take their place, whether the target file knows of it or not."""
    if is_known:
        mock.calcom_document["door"]["supports"].remove("issue-tokens")

    def refuse(*_: object) -> list[str]:
        raise NotFound("There is no such door.")

    mock.mock.side.oauth.issue = refuse
    file = tmp_path / "consent.toml"
    file.write_text(tomli_w.dumps(mock.calcom_document), "utf-8")
    ran = bookproof("run", "--target", str(file), "--select", "scopes.*", environment=mock.environment, timeout=60)
    assert set(ran.outcomes("mock-calcom").values()) <= {"pass", "excluded", "not-applicable"}
