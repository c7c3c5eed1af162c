"""Runs that fuzz: no finding on a healthy server, nothing sent to anybody, nothing left, the same again by a seed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from selftest_judged_again import judge_later
from selftest_runs import QUIET_MOMENT, Ran, run_bookproof

TARGETS = (f"mock-imatic:now={QUIET_MOMENT}", f"mock-calcom:now={QUIET_MOMENT}")
_ADDRESS = re.compile(r"[a-z]+:/{1,3}([^/\"?#\\]+)")


def _fuzzed(folder: Any, *more: str, names: tuple[str, ...] = TARGETS) -> Ran:
    targets = [word for target in names for word in ("--target", target)]
    # Rows that judge all traffic, and one probe that is not of fuzzing.
    rows = [word for row in ("fuzz.*", "exchange.*", "me.*") for word in ("--select", row)]
    wanted = [*targets, *rows, "--format", "json"]
    return run_bookproof("run", "-q", "--fuzz", "140", "--seed", "3", *wanted, *more, folder=folder)


def _sent(ran: Ran, of: str = "mock") -> list[dict[str, Any]]:
    assert ran.folder is not None
    lines = [
        line
        for path in ran.folder.glob(f"exchanges-*{of}*.jsonl")
        for line in path.read_text("utf-8").split("\n")
        if line
    ]
    return [found for line in lines if str((found := json.loads(line)).get("probe", "")).startswith("fuzz.")]


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """A run on the healthy mock, in both dialects, over two workers."""
    return _fuzzed(tmp_path_factory.mktemp("fuzz-once"), "-n", "2")


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The same again in one process, on one of the targets."""
    return _fuzzed(tmp_path_factory.mktemp("fuzz-again"), names=TARGETS[:1])


def test_a_healthy_server_has_no_finding(once: Ran) -> None:
    """Soft cancellation, repeated removals and ids used again are no alarms: a cancelled booking is still shown."""
    assert once.code == 0, once.out + once.err
    assert not [verdict for verdict in once.record["verdicts"] if verdict["findings"]]
    assert {v["outcome"] for v in once.record["verdicts"] if v["requirement"].startswith("fuzz.")} == {"pass"}
    reads = [one for one in _sent(once) if one["operation"] == "getBooking" and one["status"] == 200]
    assert any('"cancelled"' in one["response"]["body"] for one in reads)


def test_the_budget_is_kept_and_counted_apart(once: Ran) -> None:
    """A few requests may be under way when it is spent."""
    for target in once.record["targets"]:
        assert 80 < target["fuzz_requests"] <= 145
        assert target["requests"] < 20


def test_nothing_is_left(once: Ran) -> None:
    """What was made is removed, by the ledger."""
    assert all(target["left_behind"] == [] for target in once.record["targets"])
    assert once.folder is not None
    for path in once.folder.glob("ledger-*.jsonl"):
        lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        assert {line["code"] for line in lines if "created" in line} == {
            line["code"] for line in lines if "gone" in line
        }


def test_the_key_is_left_out_on_purpose_only(once: Ran) -> None:
    """A key that is given at call time would stand in for one that was left out, and make false alarms."""
    for one in _sent(once):
        carried = "authorization" in one["request"]["headers"]
        assert carried == (one["role"] != "no key")
        # Slots are public on Cal.com.
        assert carried or one["status"] in (401, 403) or one["operation"] == "listSlots"


def test_nothing_is_sent_to_anybody(once: Ran) -> None:
    """Generated webhook URLs make a server call out: their hosts have names that nobody has."""
    bodies = [one["request"].get("body", "") for one in _sent(once) if "ebhook" in one["operation"]]
    hosts = {host for body in bodies for host in _ADDRESS.findall(body)}
    assert hosts == {"bookproof.test"}


def test_a_seed_makes_the_same_requests_again(once: Ran, again: Ran) -> None:
    """To the letter, in a worker and in one process; hypothesis draws no constants out of what is loaded in either."""
    first, second = _told(once), _told(again)
    assert len(first) > 80
    assert first == second


def _told(ran: Ran) -> list[tuple[Any, ...]]:
    """What was sent to imatic Calendar and what came of it; codes by their numbers, for servers make new ones."""
    assert ran.folder is not None
    ledger = next(ran.folder.glob("ledger-*imatic*.jsonl")).read_text("utf-8").splitlines()
    codes = {line["code"]: f"<{at}>" for at, line in enumerate(map(json.loads, ledger)) if "created" in line}
    known = re.compile("|".join(map(re.escape, codes)))

    def said(text: str) -> str:
        return known.sub(lambda found: codes[found.group()], re.sub(r"127\.0\.0\.1:\d+", "host", text))

    told: list[tuple[Any, ...]] = []
    for one in _sent(ran, "imatic"):
        # Keys are replaced by others in each record; the role says which one it was.
        one["request"]["headers"].pop("authorization", None)
        names = (one[name] for name in ("probe", "operation", "note", "role", "method", "status"))
        told.append((*names, said(one["url"]), said(json.dumps(one["request"]))))
    return told


def test_a_run_that_fuzzed_is_judged_again(again: Ran, tmp_path: Path) -> None:
    """By the rows that judge all traffic, too; what was fuzzed is not fuzzed again."""
    assert again.folder is not None
    judged = judge_later(again.folder, tmp_path)
    assert judged.code == 0, judged.out + judged.err
    assert "no verdict differs" in judged.out
    was, now = (ran.outcomes(TARGETS[0]) for ran in (again, judged))
    assert {row: now[row] for row in now if not row.startswith("fuzz.")} == {
        row: was[row] for row in was if not row.startswith("fuzz.")
    }
    assert judged.verdicts[TARGETS[0], "exchange.no-server-error"]["judgements"] >= len(_sent(again))


def test_ids_of_tests_are_their_operations(once: Ran) -> None:
    """On the newest pytest, those of schemathesis itself are all alike."""
    from bookproof.fuzz.document import fuzz_operations

    probes = {one["probe"] for one in _sent(once)}
    wanted = {f"fuzz.{name}" for dialect in ("imatic-v1", "calcom-v2") for name in fuzz_operations(dialect)}
    assert probes <= wanted | {"fuzz.sequences", "fuzz.campaign"}
    assert len(probes) > 40


def test_only_reads_below_a_ceiling_of_reads(bookproof: Callable[..., Ran]) -> None:
    """Nothing is made or changed, and sequences do not apply."""
    ran = bookproof("run", "-q", "--fuzz", "60", "--allow", "read", "--target", "mock-imatic", "--select", "fuzz.*")
    assert {one["method"] for one in _sent(ran)} == {"GET"}
    outcomes = ran.outcomes()
    assert outcomes["fuzz.invalid.refused"] == "pass"
    assert outcomes["fuzz.sequences.no-overlap"] == "not-applicable"


def test_without_fuzzing_its_rows_do_not_apply(bookproof: Callable[..., Ran]) -> None:
    """And the tests of it are not collected."""
    ran = bookproof("run", "-q", "--fuzz", "off", "--target", "mock-imatic", "--select", "me.*", "--select", "fuzz.*")
    verdict = ran.verdicts["mock-imatic", "fuzz.valid.accepted"]
    assert (verdict["outcome"], verdict["reason"]) == ("not-applicable", "fuzzing is off; --fuzz quick")


def test_an_unknown_amount_is_refused(bookproof: Callable[..., Ran]) -> None:
    """Before anything is sent."""
    ran = bookproof("run", "--fuzz", "much")
    assert ran.code == 2
    assert "--fuzz much: unknown; give off, quick, standard, deep" in ran.err
