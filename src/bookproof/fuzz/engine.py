"""Runs schemathesis' own engine on one target, within the run's budget and under its record."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast
from zlib import crc32

from bookproof.errors import BookproofError, UsageError
from bookproof.fuzz.cases import edge_of, exchange_of, is_itself, is_valid, operation_id, prepare, what_is_broken
from bookproof.fuzz.document import SEQUENCE, fuzz_document, pinned, query_parameters
from bookproof.fuzz.profiles import Profile
from bookproof.fuzz.regressions import load, regression_of, save, try_again
from bookproof.wire.client import Request
from bookproof.wire.exchange import Exchange

if TYPE_CHECKING:
    from schemathesis.core.failures import Failure
    from schemathesis.core.transport import Response
    from schemathesis.engine.context import EngineContext
    from schemathesis.engine.recorder import ScenarioRecorder
    from schemathesis.generation.case import Case

    from bookproof.fuzz.findings import Fault
    from bookproof.fuzz.words import Grounds
    from bookproof.probes.session import BaseSession

#: The part of a budget that single calls get; sequences get the rest, and what is left of it.
_FOR_CALLS = 0.75
#: About how many values an operation has at the edges of its schema.
_AT_EDGES = 100
#: Headers that belong to a call, whatever key it carries.
_SENT_AGAIN = ("content-type", "cal-api-version", "accept")
#: A 429 asks the next call to wait, up to this many seconds; beyond it fuzzing ends.
_LONGEST_WAIT = 65.0
#: Checks of schemathesis that these APIs make false alarms of.
_CHECKS_OFF = (
    # A cancelled booking is still shown, and a revoked link still listed: removal is not deletion here.
    "use_after_free",
    # Codes are taken from links; an answer of 404 to one is judged by what the sequence did before.
    "ensure_resource_availability",
    # The contracts know 404 for a method that a path lacks; the rows on methods are judged by probes of their own.
    "unsupported_method",
    "allow_header_conformance",
    # It sends past all hooks, so past the budget and the record; ours does the same by the run's own client.
    "ignored_auth",
    # Needs a second identity, which the isolation probes use with more care.
    "object_level_authorization",
    # Headers are optional, but for a version; a request without one is another operation's, not a wrong one.
    "missing_required_header",
)


@dataclass(frozen=True)
class Alarm:
    """A check of schemathesis, or of ours, that failed.

    Attributes:
        check: its name.
        failure: what it raised.
        exchange: the telling one.
        valid: whether the request was a valid one; None where nobody can tell.
        broken: what was wrong with an invalid one, in words, or "".
    """

    check: str
    failure: Failure
    exchange: Exchange
    valid: bool | None
    broken: str = ""


@dataclass
class Outcome:
    """What fuzzing found out.

    Attributes:
        alarms: in the order in which they were raised.
        asked: name of a check to how often it was asked.
        judged: requirement to how often a check of ours has judged it.
        valid, invalid: how many requests were meant to be so.
        errors: what schemathesis could not do, a line each.
    """

    alarms: list[Alarm] = field(default_factory=list[Alarm])
    asked: Counter[str] = field(default_factory=Counter[str])
    judged: Counter[str] = field(default_factory=Counter[str])
    valid: int = 0
    invalid: int = 0
    errors: list[str] = field(default_factory=list[str])


class Campaign:
    """The fuzzing of one target during one run.

    Args:
        session: of the target.
        profile: what it may cost.
        grounds: what it stands on.
        operations: ids of the operations that are fuzzed.
        sequence: ids of those that follow each other in sequences, which get a share of the budget; or none.
    """

    def __init__(
        self,
        session: BaseSession,
        profile: Profile,
        grounds: Grounds,
        operations: Iterable[str],
        sequence: Sequence[str] = SEQUENCE,
    ) -> None:
        self.session = session
        self.profile = profile
        self.grounds = grounds
        self.operations = list(operations)
        self.sent = 0
        self._before = 0
        self._part = _FOR_CALLS if sequence else 1.0
        self._sequence = list(sequence)
        self._began = time.monotonic()
        self._left = list(self.operations)
        self._limit: tuple[int | None, float | None] = (None, None)
        self._context: EngineContext | None = None
        self._trouble: BookproofError | None = None
        self.judged: Counter[str] = Counter()
        self._exchanges: dict[str, Exchange] = {}
        self._tried: set[tuple[str, str]] = set()
        self._parameters: dict[str, dict[str, dict[str, Any]]] = {}
        self._started = 0.0

    @cached_property
    def _engine(self) -> EngineContext:
        return self._engine_for(fuzz_document(self.session.contract, self.session.target, self.operations))

    @cached_property
    def _labels(self) -> dict[str, str]:
        """Operation to what schemathesis calls it."""
        made = (result.ok() for result in cast("Any", self._engine.schema).get_all_operations())
        return {str(one.definition.raw["operationId"]): str(one.label) for one in made}

    def _engine_for(self, document: dict[str, Any]) -> EngineContext:
        import schemathesis
        from schemathesis.config import SchemathesisConfig
        from schemathesis.engine.context import EngineContext

        from bookproof.fuzz import forgiving, hooks, invariants

        # It warns of what it cannot make sense of; whatever matters is in its events.
        logging.getLogger("schemathesis").setLevel(logging.ERROR)
        hooks.watch(self.session.target.base_url, self)
        forgiving.register()
        invariants.register()
        target = self.session.target
        off = _CHECKS_OFF if self.profile.covers else (*_CHECKS_OFF, "bookproof_key", "bookproof_scope")
        checks = {name: {"enabled": False} for name in off}
        quiet = {"extra-data-sources": {"responses": False}, "operation-ordering": "none"}
        config = cast("Any", SchemathesisConfig).from_dict(
            {
                "seed": self.session.seed,
                "base-url": target.base_url,
                # Given at call time, it would stand in for a credential that was left out on purpose.
                "headers": {"Authorization": f"Bearer {target.credentials['full']}", "Accept": "application/json"},
                "workers": 1,
                "request-timeout": target.read_timeout,
                "tls-verify": target.verify_tls,
                "max-redirects": 0,
                "cache": {"enabled": False},
                "generation": {
                    "database": "none",
                    "with-security-parameters": False,
                    "max-examples": self.profile.examples,
                },
                "checks": checks,
                "phases": {
                    "examples": {"enabled": False},
                    "coverage": {**quiet, "unexpected-methods": []},
                    # What was refused before must not decide what is tried next: the seed alone does.
                    "fuzzing": {**quiet, "error-feedback": {"enabled": False}},
                    "stateful": {
                        # Only our links are followed: others would lead to things that the run did not make.
                        "inference": {"algorithms": []},
                        "link-calibration": False,
                        "max-steps": self.profile.steps,
                        # Broken data leads nowhere, and is tried by calls that stand alone.
                        "generation": {"max-examples": self.profile.scenarios, "mode": "positive"},
                    },
                },
            }
        )
        # One for all operations: it keeps what it has worked out.
        schema = cast("Any", schemathesis).openapi.from_dict(document, config=config)
        return EngineContext(schema=schema, stop_event=threading.Event())

    # Regressions

    def try_regressions(self, identity: str) -> list[tuple[str, Fault | None]]:
        """Try what once broke a requirement, before anything new: the requirement, and the fault if it still does."""
        known = [one for one in load(self.session.target.name) if one.operation == identity]
        return [(one.requirement, try_again(one, self.session, self.grounds)[1]) for one in known]

    def save(self, faults: Iterable[Fault]) -> None:
        """Keep the requests that show faults by themselves, for the next runs on this target."""
        made = (regression_of(fault, self.session.contract, self.session.seed) for fault in faults)
        found = [one for one in made if one]
        if found:
            save(self.session.target.name, found)

    # Budget

    def operation(self, identity: str) -> Outcome:
        """Fuzz one operation, within its share of the budget."""
        others = len(self._left)
        if identity in self._left:
            self._left.remove(identity)
        self._start(self._share(self._part, max(others, 1)))
        found = Outcome()
        # What is drawn mixes valid and broken; at the edges most is broken, and there may be more of them than budget.
        phases = ("fuzzing", "coverage") if self.profile.covers else ("fuzzing",)
        for phase in phases:
            if not self._spent():
                # Each value at an edge is tried whatever the others did; what is drawn ends with the first alarm,
                # which is then made as small as can be.
                self._run(self._engine, phase, found, only=self._labels[identity], go_on=phase == "coverage")
        self._finish(spare=1)
        return found

    def sequences(self) -> Outcome:
        """Fuzz sequences of calls that follow each other, with what is left of the budget."""
        self._start(self._share(1.0, 1))
        found = Outcome()
        self.grounds.sequences = True
        try:
            known = self.session.contract
            document = pinned(fuzz_document(known, self.session.target, self._sequence), self.grounds.pins(), known)
            self._run(self._engine_for(document), "stateful", found, go_on=False)
        finally:
            self.grounds.sequences = False
        self._finish(spare=0)
        return found

    def _start(self, limit: tuple[int | None, float | None]) -> None:
        self._limit, self._before = limit, len(self.session.client.exchanges)

    def _finish(self, spare: int) -> None:
        """Remove what was made, so that calendars do not fill up, but for so many things of a kind."""
        try:
            self.grounds.tidy(spare)
        except UsageError:
            # The budget of the run is spent: its own clean-up is not bound by it.
            return
        finally:
            self.sent = self._so_far() - self.grounds.owed()

    def _so_far(self) -> int:
        """How many requests were sent, those that make things included, and those that will remove them."""
        return self.sent + len(self.session.client.exchanges) - self._before + self.grounds.owed()

    def _share(self, part: float, parts: int) -> tuple[int | None, float | None]:
        requests, seconds, passed = self.profile.requests, self.profile.seconds, time.monotonic() - self._began
        until_request = None if requests is None else self.sent + max(1, int((requests * part - self.sent) / parts))
        until_second = None if seconds is None else passed + max(0.01, (seconds * part - passed) / parts)
        return until_request, until_second

    def _spent(self) -> bool:
        requests, seconds = self._limit
        return (requests is not None and self._so_far() >= requests) or (
            seconds is not None and time.monotonic() - self._began >= seconds
        )

    def _drawn(self) -> int:
        """How many requests are drawn for an operation: a part of its share, for those at edges tell more."""
        requests, most = self._limit[0], self.profile.examples
        if requests is None or not self.profile.covers:
            return most
        return max(1, min(most, (requests - self._so_far()) // 4))

    def keeps(self, case: Case[Any]) -> bool:
        """Whether a case is sent: of the values at edges only so many as there is budget for, chosen by the seed."""
        requests = self._limit[0]
        at_edge = case.meta is not None and case.meta.phase.name.value == "coverage"
        if requests is None or not at_edge:
            return True
        text = f"{self.session.seed} {edge_of(case)}"
        return crc32(text.encode("utf-8", "replace")) % _AT_EDGES < max(2, requests - self._so_far())

    # Running

    def _run(self, context: EngineContext, phase: str, found: Outcome, *, only: str = "", go_on: bool) -> None:
        from schemathesis.engine import events, run

        context.config.continue_on_failure = go_on
        context.control.max_time = None
        if phase == "fuzzing":
            context.config.generation.max_examples = self._drawn()
        self._context, self._trouble, self.judged = context, None, found.judged
        operations = frozenset({only}) if only else None
        try:
            # Its phases one by one: those that ask the server what it is like would only cost requests.
            for event in run.execute(context, run.Phase(run.PhaseName(phase)), only=operations):
                if isinstance(event, events.ScenarioFinished):
                    self._read(event.recorder, found)
                elif isinstance(event, events.NonFatalError):
                    found.errors.append(f"{event.label}: {type(event.value).__name__}: {event.value}")
        finally:
            self._context = None
            self._exchanges.clear()
        if self._trouble:
            raise self._trouble

    def _read(self, recorder: ScenarioRecorder, found: Outcome) -> None:
        from schemathesis.engine import Status

        for case_id, checks in recorder.checks.items():
            node = recorder.cases.get(case_id)
            case = cast("Case[Any]", cast("Any", node).value) if node else None
            valid = is_valid(case)
            for check in checks:
                found.asked[check.name] += 1
                if check.status is not Status.FAILURE or check.failure_info is None:
                    continue
                failure = check.failure_info.failure
                exchange = self._exchanges.get(failure.case_id or case_id) or self._exchanges.get(case_id)
                if exchange is not None:
                    found.alarms.append(Alarm(check.name, failure, exchange, valid, what_is_broken(case)))
        for case_id in recorder.interactions:
            node = recorder.cases.get(case_id)
            valid = is_valid(cast("Any", node).value if node else None)
            found.valid += valid is True
            found.invalid += valid is False

    # What the hooks call, in the thread of the engine

    def before(self, case: Case[Any]) -> None:
        """Take a turn, make a request meaningful, and write down what it may create."""
        client = self.session.client
        try:
            client.take_turn("full")
        except UsageError as why:
            self._give_up(why)
        prepare(self.grounds, case)
        if is_itself(case):
            self.grounds.about_to_send(operation_id(case))
        self._started = time.time()

    def after(self, case: Case[Any], request: Any, response: Response | None) -> None:
        """Keep the exchange of a request; ``response`` is None where no answer came."""
        client, key = self.session.client, self.session.target.credentials["full"]
        exchange = exchange_of(case, request, response, probe=client.probe, key=key, started=self._started)
        self._keep(case, exchange)

    def _keep(self, case: Case[Any], exchange: Exchange) -> None:
        self._exchanges[case.id] = exchange
        try:
            self.session.client.add(exchange)
            self.grounds.answered(exchange)
        except BookproofError as why:
            self._give_up(why)
        if exchange.status == 429:
            self._wait_as_told(exchange)
        if self._spent():
            self._stop()

    def _wait_as_told(self, exchange: Exchange) -> None:
        """A 429 is judged like every answer, and not fought: the next call waits as long as it says."""
        asked = exchange.response_headers.get("retry-after", "")
        seconds = float(asked) if asked.isdigit() else 5.0
        if seconds > _LONGEST_WAIT:
            self._give_up(UsageError(f"fuzzing ended: the target asks to wait {seconds:.0f} seconds"))
            return
        time.sleep(seconds)

    def _give_up(self, why: BookproofError) -> None:
        self._trouble = self._trouble or why
        self._stop()

    def _stop(self) -> None:
        """End a phase before its next call; as if its time were up, for then it still tells what it has found."""
        if self._context:
            self._context.control.max_time = 0

    def parameters(self, operation: str) -> dict[str, dict[str, Any]]:
        """The query parameters of an operation as the contract has them: name to schema."""
        if operation not in self._parameters:
            self._parameters[operation] = query_parameters(self.session.contract, operation)
        return self._parameters[operation]

    def sent_for(self, case: Case[Any]) -> Exchange | None:
        """The exchange of a case that was sent in the scenario that goes on."""
        return self._exchanges.get(case.id)

    def try_without_key(self, case: Case[Any]) -> list[tuple[str, Exchange]]:
        """Send a case again without a key and with one that is none, once for each operation: requirement, answer."""
        operation = self.session.contract.operations.get(operation_id(case))
        if operation is None or operation.is_public or not operation.checks_credentials:
            return []
        wrong = {"auth.key.missing": ("no key", None), "auth.key.malformed": ("another key", "not-a-key")}
        sent = ((row, self._again(case, row, role, key)) for row, (role, key) in wrong.items())
        return [(row, exchange) for row, exchange in sent if exchange]

    def try_without_scope(self, case: Case[Any]) -> tuple[str, Exchange] | None:
        """Send a case again with a key that lacks its scope, once for each operation: requirement, answer."""
        other = self.grounds.without_scope(operation_id(case))
        if other is None:
            return None
        role, row = other
        exchange = self._again(case, row, role, self.session.target.credentials[role])
        return (row, exchange) if exchange else None

    def _again(self, case: Case[Any], row: str, role: str, key: str | None) -> Exchange | None:
        """Send a case again with another key, or none; None if that was done for its operation before."""
        identity, exchange = operation_id(case), self._exchanges[case.id]
        if (identity, row) in self._tried or self._spent():
            return None
        self._tried.add((identity, row))
        self.grounds.about_to_send(identity)
        headers = {name: value for name, value in exchange.request_headers.items() if name in _SENT_AGAIN}
        again = self.session.client.send(
            Request(
                exchange.method,
                exchange.url,
                headers={**headers, **({"authorization": f"Bearer {key}"} if key else {})},
                body=exchange.request_body or None,
                operation=identity,
                role=role,
                note=f"fuzzing: {row}",
            )
        )
        self.grounds.answered(again)
        return again
