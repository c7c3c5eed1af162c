"""Runs schemathesis' own engine on one target, within the run's budget and under its record."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from bookproof.errors import BookproofError, UsageError
from bookproof.fuzz.cases import Meant, exchange_of, is_itself, is_valid, operation_id, prepare, what_is_broken
from bookproof.fuzz.configuration import engine_for, no_constants_of_ours
from bookproof.fuzz.document import SEQUENCE, fuzz_document, pinned, query_parameters
from bookproof.fuzz.edges import Edge, Edges, edges_of, needed
from bookproof.fuzz.findings import Alarm, Outcome
from bookproof.fuzz.profiles import Profile
from bookproof.fuzz.regressions import load, regression_of, save, try_again
from bookproof.fuzz.renaming import Renaming
from bookproof.targets.binding import has_binding
from bookproof.wire.client import Request
from bookproof.wire.exchange import Exchange

if TYPE_CHECKING:
    from schemathesis.core.transport import Response
    from schemathesis.engine.context import EngineContext
    from schemathesis.engine.recorder import ScenarioRecorder
    from schemathesis.generation.case import Case

    from bookproof.fuzz.findings import Fault
    from bookproof.fuzz.words import Grounds
    from bookproof.probes.session import BaseSession

#: The part of a budget that single calls get; sequences get the rest, and what is left of it.
_FOR_CALLS = 0.8
#: What an operation gets of a budget, if there is so much, before the rest is shared by their edges.
_AT_LEAST = 6
#: As many cases of a kind count, when budgets are shared: more of them tell little.
_TELLING = 5
#: The part of its share that an operation draws in any case.
_FOR_DRAWN = 1 / 8
#: Headers that belong to a call, whatever key it carries.
_SENT_AGAIN = ("content-type", "cal-api-version", "accept")
#: A 429 asks the next call to wait, up to this many seconds; beyond it fuzzing ends.
_LONGEST_WAIT = 65.0


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
        self._left = set(self.operations)
        self._chosen: Edges | None = None
        self._limit: tuple[int | None, float | None] = (None, None)
        self._context: EngineContext | None = None
        self._trouble: BookproofError | None = None
        self.judged: Counter[str] = Counter()
        self._exchanges: dict[str, Exchange] = {}
        self._tried: set[tuple[str, str]] = set()
        self._parameters: dict[str, dict[str, dict[str, Any]]] = {}
        self._started = 0.0
        self._meant: Meant | None = None

    @cached_property
    def _engine(self) -> EngineContext:
        return self._engine_for(self._document(self.operations))

    @cached_property
    def _renaming(self) -> Renaming | None:
        target = self.session.target
        is_bound = has_binding(target.dialect) and target.binding
        return Renaming(target.dialect, target, self.session.api.words) if is_bound else None

    def _document(self, operations: Iterable[str]) -> dict[str, Any]:
        return fuzz_document(self.session.contract, self.session.target, operations, self._renaming)

    @cached_property
    def _labels(self) -> dict[str, str]:
        """Operation to what schemathesis calls it."""
        made = (result.ok() for result in cast("Any", self._engine.schema).get_all_operations())
        return {str(one.definition.raw["operationId"]): str(one.label) for one in made}

    @cached_property
    def _edges(self) -> dict[str, list[Edge]]:
        """Operation to the edges of its schema; empty where they are not tried, or all are until the time is up."""
        if not self.profile.covers or self.profile.requests is None:
            return {}
        with no_constants_of_ours():
            return edges_of(self._engine)

    def _engine_for(self, document: dict[str, Any]) -> EngineContext:
        from bookproof.fuzz import hooks

        hooks.watch(self.session.target.base_url, self)
        return engine_for(document, self.session.target, self.profile, self.session.seed)

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
        self._left.discard(identity)
        others = [self._weight(one) for one in self._left]
        self._start(self._share(self._part, self._weight(identity), others))
        found = Outcome()
        # What is drawn mixes valid and broken; at the edges most is broken, and there may be more of them than budget.
        phases = ("fuzzing", "coverage") if self.profile.covers else ("fuzzing",)
        for phase in phases:
            if not self._spent():
                if phase == "coverage":
                    self._choose_edges(identity)
                else:
                    self._engine.config.generation.max_examples = self._drawn(identity)
                # Each value at an edge is tried whatever the others did; what is drawn ends with the first alarm,
                # which is then made as small as can be.
                self._run(self._engine, phase, found, only=self._labels[identity], go_on=phase == "coverage")
        self._finish(spare=1)
        return found

    def sequences(self) -> Outcome:
        """Fuzz sequences of calls that follow each other, with what is left of the budget."""
        self._start(self._share(1.0, 1, ()))
        found = Outcome()
        self.grounds.sequences = True
        try:
            known = self.session.contract
            document = pinned(self._document(self._sequence), self.grounds.pins(), known)
            context, drawn = self._engine_for(document), 0
            # Hypothesis ends a pass early when a server does not answer twice alike, as when a slot is taken the second
            # time; the next pass goes on with a seed of its own.
            while drawn < self.profile.scenarios and not self._spent() and not found.alarms:
                scenarios = self._run(context, "stateful", found, go_on=False)
                if not scenarios:
                    break
                drawn += scenarios
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

    def _weight(self, identity: str) -> int:
        """How much of a budget an operation needs, next to others: those with more to go wrong need more."""
        return needed(self._edges.get(identity, ()), _TELLING) + 1

    def _share(self, part: float, weight: int, others: Sequence[int]) -> tuple[int | None, float | None]:
        """Where to end, in requests and in seconds: a share of what is left of a part of the budget."""
        requests, seconds, passed = self.profile.requests, self.profile.seconds, time.monotonic() - self._began
        of_rest, until_request, until_second = weight / (weight + sum(others)), None, None
        if requests is not None:
            so_far = self.sent + self.grounds.owed()
            rest = max(requests * part - so_far, 0)
            each = min(_AT_LEAST, rest / (1 + len(others)))
            until_request = so_far + max(1, int(each + (rest - each * (1 + len(others))) * of_rest))
        if seconds is not None:
            until_second = passed + max(0.01, (seconds * part - passed) * of_rest)
        return until_request, until_second

    def _spent(self) -> bool:
        requests, seconds = self._limit
        return (requests is not None and self._so_far() >= requests) or (
            seconds is not None and time.monotonic() - self._began >= seconds
        )

    def _drawn(self, identity: str) -> int:
        """How many requests are drawn for an operation: what its edges leave of its share, for those tell more."""
        requests, most = self._limit[0], self.profile.examples
        if requests is None or not self.profile.covers:
            return most
        share, edges = requests - self._so_far(), self._edges.get(identity, ())
        # What a call makes is removed again.
        each = max((edge.cost for edge in edges), default=1)
        return max(1, min(most, int(max(share - needed(edges), share * _FOR_DRAWN)) // each))

    def _choose_edges(self, identity: str) -> None:
        """Choose those of its edges that there is budget for."""
        requests, edges = self._limit[0], self._edges.get(identity)
        self._chosen = Edges(edges, requests - self._so_far(), self.session.seed) if edges and requests else None

    def keeps(self, case: Case[Any]) -> bool:
        """Whether a case is sent: of the values at edges only those that were chosen."""
        at_edge = case.meta is not None and case.meta.phase.name.value == "coverage"
        return not at_edge or self._chosen is None or self._chosen.keeps(case)

    # Running

    def _run(self, context: EngineContext, phase: str, found: Outcome, *, only: str = "", go_on: bool) -> int:
        """Run a phase, and say how many scenarios it had."""
        from schemathesis.engine import events, run

        if isinstance(self._trouble, UsageError):
            # The budget of the run is spent, or the target wants to be left alone.
            raise self._trouble
        context.config.continue_on_failure = go_on
        context.control.max_time = None
        self._context, self._trouble, self.judged = context, None, found.judged
        operations, scenarios = frozenset({only}) if only else None, 0
        try:
            with no_constants_of_ours():
                # Its phases one by one: those that ask the server what it is like would only cost requests.
                for event in run.execute(context, run.Phase(run.PhaseName(phase)), only=operations):
                    if isinstance(event, events.ScenarioFinished):
                        self._read(event.recorder, found)
                        scenarios += 1
                    elif isinstance(event, events.NonFatalError):
                        found.errors.append(f"{event.label}: {type(event.value).__name__}: {event.value}")
        finally:
            self._context = None
            self._exchanges.clear()
        if self._trouble:
            raise self._trouble
        return scenarios

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
        if self._renaming:
            identity, self._meant = operation_id(case), Meant.by(case)
            case.query, case.body = self._renaming.query(identity, case.query), self._renaming.body(identity, case.body)
        self._started = time.time()

    def after(self, case: Case[Any], request: Any, response: Response | None) -> None:
        """Keep the exchange of a request; ``response`` is None where no answer came."""
        if self._meant:
            self._meant.restore(case)
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
        if self._spent():
            self._stop()
        elif exchange.status == 429:
            self._wait_as_told(exchange)

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
            known = query_parameters(self.session.contract, operation)
            self._parameters[operation] = self._renaming.parameters(operation, known) if self._renaming else known
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
        """Send a case again with a key or token that lacks its scope, once for each operation: requirement, answer."""
        other = self.grounds.without_scope(operation_id(case))
        if other is None:
            return None
        role, row, key = other
        exchange = self._again(case, row, role, key)
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
