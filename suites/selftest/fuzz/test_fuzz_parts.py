"""The parts of fuzzing that need no server: amounts, documents, words, calendars, and one finding out of many."""

from __future__ import annotations

import importlib
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import hypothesis
import pytest
from hypothesis import strategies
from schemathesis.openapi.checks import RejectedPositiveData

from bookproof.contracts.openapi import Contract
from bookproof.errors import UsageError
from bookproof.fuzz import forgiving
from bookproof.fuzz.calcom import CalcomGrounds
from bookproof.fuzz.calendar import Calendar, Entry
from bookproof.fuzz.configuration import no_constants_of_ours
from bookproof.fuzz.document import fuzz_document, fuzz_operations, why_left_out
from bookproof.fuzz.edges import Edge, Edges, needed
from bookproof.fuzz.findings import distinct
from bookproof.fuzz.profiles import profile_of
from bookproof.fuzz.words import Grounds, harmless, named
from bookproof.ledger import Ledger, Thing
from bookproof.targets.target import Safety, Target
from bookproof.verdict import Finding, Outcome, Severity, Verdict, merged
from bookproof.wire.exchange import Exchange

DIALECTS = ("imatic-v1", "calcom-v2")


def _target(dialect: str, **more: Any) -> Target:
    return Target("t", dialect, "http://127.0.0.1:1", {"full": "key"}, **more)


@pytest.mark.parametrize("word", ["quick", "standard", "deep", "500", "10m"])
def test_amounts(word: str) -> None:
    """A name, a number of requests, a number of minutes."""
    profile = profile_of(word)
    assert profile is not None
    assert (profile.requests is None) == word.endswith("m")
    assert profile_of("off") is None


@pytest.mark.parametrize("word", ["", "0", "0m", "-5", "fast", "10s"])
def test_other_amounts_are_refused(word: str) -> None:
    """With what would be understood."""
    with pytest.raises(UsageError, match="quick, standard, deep"):
        profile_of(word)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_document_of_reads(dialect: str) -> None:
    """Below a ceiling of reads, no operation and no link of the document writes."""
    contract, target = Contract.load(dialect), _target(dialect)
    names = [
        n for n in fuzz_operations(dialect) if not why_left_out(contract.operations[n], target, Safety.READ, dialect)
    ]
    document = fuzz_document(contract, target, names)
    kept = {method for item in document["paths"].values() for method in item if method != "parameters"}
    assert kept == {"get"}
    links = [r.get("links", {}) for r in document["components"]["responses"].values()]
    assert {link["operationId"] for found in links for link in found.values()} <= set(names)
    assert "webhooks" not in document


def test_a_document_speaks_in_the_paths_of_its_target() -> None:
    """As the target file binds them."""
    contract = Contract.load("imatic-v1")
    binding = {"operations": {"cancelBooking": {"method": "DELETE", "path": "/v1/appointments/{bookingCode}"}}}
    document = fuzz_document(contract, _target("imatic-v1", binding=binding), ["cancelBooking"])
    assert list(document["paths"]) == ["/v1/appointments/{bookingCode}"]
    assert "delete" in document["paths"]["/v1/appointments/{bookingCode}"]


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("https://somebody.com/hook?x=1", "https://bookproof.test/hook?x=1"),
        ("ftp://10.0.0.1", "ftp://bookproof.test"),
        ("x@somebody.com", "x@example.com"),
        ({"a": ["http://a.b"]}, {"a": ["http://bookproof.test"]}),
        ("not a url", "not a url"),
        (7, 7),
    ],
)
def test_addresses_belong_to_nobody(value: Any, sent: Any) -> None:
    """Hosts of URLs and domains of e-mail addresses are reserved ones."""
    assert harmless(value) == sent


def test_a_blank_name_is_no_name() -> None:
    """A length alone does not say so."""
    assert named(" \t") == "Zoë Example"
    assert named("Ann") == "Ann"


def _entry(code: str, minutes: int, what: str = "intro") -> Entry:
    start = datetime(2027, 1, 13, 9, tzinfo=UTC) + timedelta(minutes=minutes)
    return Entry(code, what, start, start + timedelta(minutes=30), None)  # type: ignore[arg-type]


def test_a_calendar_sees_rivals_and_what_is_free_again() -> None:
    """Only live bookings of one event type are rivals; a time is free when nobody else has it."""
    calendar = Calendar()
    calendar.booked(_entry("a", 0))
    calendar.booked(_entry("b", 30))
    calendar.booked(_entry("c", 0, "other"))
    assert calendar.rival("b") is None
    calendar.booked(_entry("b", 15))
    assert calendar.rival("b") is not None
    calendar.ended("a")
    assert calendar.rival("b") is None
    assert calendar.freed("a") is None
    calendar.ended("b")
    assert calendar.freed("a") is not None
    calendar.lost("a")
    calendar.lost("c")
    assert calendar.freed("a") is None
    assert not calendar.knows("c")


def _finding(seen: str, number: int) -> Finding:
    return Finding(Severity.VIOLATION, "createBooking", "an answer below 500", seen, (number,))


def test_one_finding_of_many_that_fuzzing_showed() -> None:
    """The last of them, for shrinking ends with the smallest; those of other probes are all kept."""
    many = [_finding("500 a", 1), _finding("500 b", 7), _finding("500 c", 8)]
    assert [one.seen for one in distinct(many, frozenset({7, 8}))] == ["500 a", "500 c"]


def test_verdicts_of_one_row_become_one() -> None:
    """The graver one counts, and what does not apply only by itself."""
    good = Verdict("r", "t", Outcome.PASS, judgements=2, check="own", probe="own")
    bad = Verdict("r", "t", Outcome.VIOLATION, findings=(_finding("500", 3),), judgements=1, probe="fuzz.x")
    none = Verdict("r", "t", Outcome.NOT_APPLICABLE, "safety", probe="fuzz.y")
    both = merged(bad, good)
    assert (both.outcome, both.judgements, both.check) == (Outcome.VIOLATION, 3, "own")
    assert merged(none, good).outcome is Outcome.PASS
    assert merged(none, none).outcome is Outcome.NOT_APPLICABLE


def test_things_of_two_kinds_may_have_one_id() -> None:
    """The event type that a run stands on is not removed because a schedule of the same number was made."""
    ledger, removed = Ledger(None), list[Thing]()

    class Remembering(CalcomGrounds):
        def __init__(self) -> None:
            Grounds.__init__(self, cast("Any", SimpleNamespace(contract=Contract.load("calcom-v2"), ledger=ledger)))

        def remove(self, thing: Thing) -> None:
            removed.append(thing)

    grounds = Remembering()
    for kind in ("event-type", "schedule"):
        ledger.created(kind, "19")
    grounds.ours.add(("schedule", "19"))
    assert (grounds.is_ours("scheduleId", 19), grounds.is_ours("eventTypeId", 19)) == (True, False)
    assert grounds.owed() == 1
    grounds.tidy(0)
    assert removed == [Thing("schedule", "19")]


def test_nothing_is_loaded_until_it_is_asked_for() -> None:
    """Schemathesis and hypothesis cost a run that does not fuzz nothing."""
    code = (
        "import sys, bookproof.plugin, bookproof.probes.base as b; b.all_probes('imatic-v1'); b.all_probes('calcom-v2')"
    )
    loaded = f"{code}; print([name for name in ('schemathesis', 'hypothesis') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_is_loaded_has_no_say_in_what_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hypothesis likes constants of modules that are not installed; workers, runs and wheels have loaded others."""
    odd = 987_654_321_012_345
    (tmp_path / "bookproof_oddities.py").write_text(f"ODD = {odd}\n")
    monkeypatch.syspath_prepend(tmp_path)
    before = _drawn_without_constants()
    importlib.import_module("bookproof_oddities")
    after = _drawn_without_constants()
    assert odd in _drawn()
    assert odd not in after
    assert after == before


def _drawn_without_constants() -> list[int]:
    with no_constants_of_ours():
        return _drawn()


def _drawn() -> list[int]:
    found: list[int] = []

    @hypothesis.seed(1)
    @hypothesis.settings(database=None, max_examples=500, deadline=None, phases=[hypothesis.Phase.generate])
    @hypothesis.given(strategies.integers(min_value=10**14, max_value=10**15))
    def draw(number: int) -> None:
        found.append(number)

    draw()
    return found


def test_one_case_of_each_kind_comes_before_a_second() -> None:
    """Whatever the seed; which of them it is, and which kinds have a second one, the seed says."""
    edges = [Edge(kind, 1) for kind in "aaaabbbcc" for _ in range(2)] + [Edge("d", 2)]

    def sent(requests: int, seed: int) -> list[str]:
        chosen = Edges(edges, requests, seed)
        return [edge.kind for edge in edges if chosen.takes(edge.kind)]

    assert sorted(sent(5, 1)) == sorted(sent(5, 2)) == ["a", "b", "c", "d"]
    assert len(sent(9, 1)) == 8
    assert sent(99, 1) == [edge.kind for edge in edges]
    assert (needed(edges), needed(edges, 5)) == (20, 5 + 5 + 4 + 2)


@pytest.mark.parametrize(
    ("path", "body", "is_fault"),
    [("/x?a=%00", b"", False), ("/x", b'{"a": "\\u0000"}', False), ("/x?a=0", b'{"a": "0"}', True)],
)
def test_a_character_that_stores_cannot_hold_may_be_refused(
    monkeypatch: pytest.MonkeyPatch, path: str, body: bytes, is_fault: bool
) -> None:
    """NUL; no document excludes it from texts."""
    headers: dict[str, str] = {}
    answered = ("createSchedule", "full", "", "POST", f"http://x{path}", headers, body, 400, headers, b"", 0.0, 0.0)
    exchange = Exchange(1, "fuzz", *answered)
    grounds = SimpleNamespace(depends_on_state=lambda _: False, was_asked_in_vain=lambda _: False)
    campaign = SimpleNamespace(sent_for=lambda _: exchange, grounds=grounds)
    monkeypatch.setattr(forgiving, "campaign_of", lambda _: campaign)
    failure: Any = RejectedPositiveData.__new__(RejectedPositiveData)
    nothing: Any = None
    assert forgiving.filter_failure(nothing, failure, nothing, nothing) is is_fault
