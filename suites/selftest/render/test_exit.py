"""Exit codes: which of several troubles decides, and that nothing judged is never success."""

from __future__ import annotations

import pytest
from render.samples import make_record, verdict

from bookproof.errors import ExitCode
from bookproof.render.exit import exit_code
from bookproof.verdict import Outcome, TargetSummary

E, V, U, W = Outcome.ERROR, Outcome.VIOLATION, Outcome.UNTESTABLE, Outcome.WARNING
A, N, P = Outcome.WAIVED, Outcome.NOT_APPLICABLE, Outcome.PASS


def run_of(outcomes: list[Outcome], *, unreachable: str = "", waivers: tuple[str, ...] = ()) -> object:
    target = TargetSummary("mock", "imatic-v1", "http://127.0.0.1:1", unreachable=unreachable)
    verdicts = [verdict(f"area.rule-{number}", outcome) for number, outcome in enumerate(outcomes)]
    return make_record(*verdicts, targets=[target], waiver_problems=list(waivers))


@pytest.mark.parametrize(
    ("outcomes", "more", "code"),
    [
        ([P, P], {}, ExitCode.CONFORMS),
        ([P, W, A, N], {}, ExitCode.CONFORMS),
        ([P, U], {}, ExitCode.CONFORMS),
        ([P, U, U], {}, ExitCode.NOT_JUDGED),
        ([P, N, N, N], {}, ExitCode.CONFORMS),
        ([], {}, ExitCode.NOT_JUDGED),
        ([N, N], {}, ExitCode.NOT_JUDGED),
        ([U], {}, ExitCode.NOT_JUDGED),
        ([P, V, U, U, U], {}, ExitCode.VIOLATIONS),
        ([P, V], {"waivers": ("expired",)}, ExitCode.VIOLATIONS),
        ([P, A], {"waivers": ("expired", "stale")}, ExitCode.WAIVERS),
        ([P, U, U, U], {"waivers": ("expired",)}, ExitCode.WAIVERS),
        ([P, V], {"unreachable": "gone"}, ExitCode.UNREACHABLE),
        ([P, V, E], {"unreachable": "gone"}, ExitCode.OWN_ERROR),
    ],
)
def test_the_worst_decides(outcomes: list[Outcome], more: dict[str, object], code: ExitCode) -> None:
    found, sentence = exit_code(run_of(outcomes, **more))  # type: ignore[arg-type]
    assert found is code
    assert len(sentence) > 10


def test_a_run_that_judged_nothing_never_conforms_even_if_nothing_is_asked_for() -> None:
    assert exit_code(run_of([U]), require_judged=0)[0] is ExitCode.NOT_JUDGED  # type: ignore[arg-type]
    assert exit_code(run_of([P, U, U, U]), require_judged=0)[0] is ExitCode.CONFORMS  # type: ignore[arg-type]


def test_sentences_carry_the_numbers() -> None:
    assert "mock does not conform: 1 violation." in exit_code(run_of([V, P]))[1]  # type: ignore[arg-type]
    assert "2 violations" in exit_code(run_of([V, V]))[1]  # type: ignore[arg-type]
    assert "1 of 4 applicable requirements" in exit_code(run_of([P, U, U, U, N]))[1]  # type: ignore[arg-type]
    assert "gone" in exit_code(run_of([U], unreachable="gone"))[1]  # type: ignore[arg-type]


def test_only_those_that_broke_something_do_not_conform() -> None:
    record = make_record(verdict("auth.key.missing", V), verdict("auth.key.missing", target="imatic"))
    assert record.exit_reason == "mock does not conform: 1 violation; no violation on imatic."
