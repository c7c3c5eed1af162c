"""The probes of fuzzing, made from a dialect's contract: one for each operation, and one for sequences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bookproof.contracts.openapi import Contract
from bookproof.fuzz.document import SEQUENCE, fuzz_operations, why_left_out
from bookproof.fuzz.findings import PROBE, Fuzzed, fuzzed
from bookproof.probes.base import Probe, probe
from bookproof.verdict import NotApplicable, Untestable

#: What a run says that does not fuzz.
FUZZING_IS_OFF = "fuzzing is off; --fuzz quick"


def probes(
    dialect: str, module: str, grounds: Callable[[Any], Any]
) -> tuple[Probe[Any], dict[str, Probe[Fuzzed]], Any]:
    """The probes of a dialect.

    They cost what ``--fuzz`` says, and are counted apart from the plan; so each of them declares no cost.

    Args:
        dialect: for example ``imatic-v1``.
        module: the module of the dialect's package that holds them.
        grounds: makes what a campaign stands on, out of a session.

    Returns:
        the campaign, operation to its probe, and the probe of sequences.
    """

    def campaign(session: Any) -> Any:
        """What is fuzzed on the target, and the document that it is made from."""
        if session.fuzz is None:
            raise NotApplicable(FUZZING_IS_OFF)
        from bookproof.fuzz.engine import Campaign

        planned = {planned.id for planned in session.plan}
        allowed = [
            name
            for name in fuzz_operations(dialect)
            if not why_left_out(session.contract.operations[name], session.target, session.ceiling, dialect)
        ]
        operations = [name for name in allowed if f"{PROBE}{name}" in planned]
        follow = [name for name in SEQUENCE if name in allowed] if f"{PROBE}sequences" in planned else []
        return Campaign(session, session.fuzz, grounds(session), operations, follow)

    made = _probe(campaign, f"{PROBE}campaign", module)
    contract = Contract.load(dialect)

    def call(identity: str) -> Probe[Fuzzed]:
        def one(session: Any) -> Fuzzed:
            reason = why_left_out(contract.operations[identity], session.target, session.ceiling, dialect)
            if reason:
                raise NotApplicable(reason)
            campaign = session.need(made)
            tried = campaign.try_regressions(identity)
            found = _told(campaign.operation(identity), session, dialect, tried)
            if session.fuzz_save:
                campaign.save(found.faults)
            return found

        return _probe(one, f"{PROBE}{identity}", module, safety=str(contract.operations[identity].safety), shared=True)

    calls = {identity: call(identity) for identity in fuzz_operations(dialect)}

    def sequences(session: Any) -> Fuzzed:
        """Slots are listed, booked, read, moved and cancelled, in sequences that links lead through."""
        return _told(session.need(made).sequences(), session, dialect)

    return made, calls, _probe(sequences, f"{PROBE}sequences", module, safety="write", creates="bookings")


def _told(outcome: Any, session: Any, dialect: str, tried: Any = ()) -> Fuzzed:
    if outcome.errors and not outcome.asked:
        raise Untestable(f"schemathesis could not make requests: {outcome.errors[0]}")
    if not outcome.asked and not tried:
        raise Untestable("the budget of --fuzz was spent before this came up: give it more")
    return fuzzed(outcome, dialect, session.seed, tried)


def _probe(run: Callable[[Any], Any], identity: str, module: str, safety: str = "read", **more: Any) -> Probe[Any]:
    run.__module__ = module
    return probe(identity, safety=safety, cost=0, **more)(run)
