"""A storm from its plan to its verdict: many users for a bounded while, then the state is read, judged, cleaned up."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bookproof.errors import BookproofError, ExitCode, Unreachable, UsageError
from bookproof.judge.race_model import CREATE, DONE
from bookproof.probes.imatic_v1.session import Session
from bookproof.run_folder import new_run_folder
from bookproof.sessions import OpenTarget, load_target
from bookproof.storm import judgement, reading, statistics
from bookproof.storm.judgement import Judge, Trouble
from bookproof.storm.permission import per_minute, require_permission
from bookproof.storm.plan import ROLE, StormPlan, settings_of
from bookproof.storm.processes import Outcome, Storm, raise_failure, require_locust
from bookproof.targets.specs import TargetSpec, resolve_targets
from bookproof.targets.target import Target
from bookproof.verdict import Severity, Untestable
from bookproof.wire.exchange import Exchange

#: The file in which a storm's calls are written down as they are reported.
CALLS_FILE = "storm-calls.jsonl"
#: Requests that reading and cleaning up may need at once; they are not begun while the last minute was too full.
_AFTERWARDS = 60
_LOOPBACK = "127.0.0.1"

#: Called with every message of the processes, and with what happens in between.
OnMessage = Callable[[dict[str, Any]], None]


class NothingJudged(BookproofError):
    """A storm in which nothing happened that could be judged."""

    exit_code = ExitCode.NOT_JUDGED


@dataclass(frozen=True)
class StormOptions:
    """What a storm is asked to be.

    Attributes:
        target: a target name, file or ``mock:…`` specification.
        users: how many, of all processes together.
        seconds: for how long calls are begun.
        requests: how many calls at most.
        seed: chooses slots and what users do.
        processes: how many on this machine.
        reports: the folder in which the storm's folder is made.
        keep: whether what is left when the storm is over stays on the target, to be looked at.
        bind: host and port to listen at for workers on other machines, or None.
        workers: how many of them to wait for.
        patience: seconds to wait for them.
    """

    target: str
    users: int = 20
    seconds: float = 20.0
    requests: int = 2000
    seed: int = 0
    processes: int = 1
    reports: Path = field(default_factory=lambda: Path("reports"))
    keep: bool = False
    bind: tuple[str, int] | None = None
    workers: int = 0
    patience: float = 60.0


@dataclass
class Result:
    """What came of a storm.

    Attributes:
        plan: what it was.
        target: on what.
        folder: where its files are.
        outcome: what users did.
        troubles: what is wrong, violations first.
        curls: one for each trouble: command lines that show it, or "".
        notes: what could not be judged and why, and what else a reader must know.
        live: how many bookings were live when it was over.
        requests_around: requests before and after it.
        left_behind: what could not be cleaned up, one line each.
    """

    plan: StormPlan
    target: Target
    folder: Path
    outcome: Outcome
    troubles: list[Trouble] = field(default_factory=list[Trouble])
    curls: list[str] = field(default_factory=list[str])
    notes: list[str] = field(default_factory=list[str])
    live: int = 0
    requests_around: int = 0
    left_behind: list[str] = field(default_factory=list[str])

    @property
    def violations(self) -> int:
        """How many there are."""
        return sum(trouble.severity is Severity.VIOLATION for trouble in self.troubles)

    @property
    def booked(self) -> int:
        """How many creates were acknowledged."""
        return sum(call.action == CREATE and call.outcome == DONE for call in self.outcome.calls)

    @property
    def exit_code(self) -> ExitCode:
        """What the process says when it ends."""
        if self.violations:
            return ExitCode.VIOLATIONS
        if self.outcome.crashed:
            return ExitCode.OWN_ERROR
        return ExitCode.CONFORMS if self.booked else ExitCode.NOT_JUDGED


def storm(options: StormOptions, on_message: OnMessage) -> Result:
    """Make a storm, judge what it has left, and clean up.

    Raises:
        UsageError: the target does not allow it, Locust is missing, or workers did not come.
        Unreachable: the target does not answer.
        NothingJudged: it has no slot that could be booked.
    """
    require_locust()
    spec = one_target(options.target)
    if spec.embedded and options.bind:
        raise UsageError(f"--master: workers cannot reach the embedded {spec.name}; name a target file")
    if not spec.embedded:
        require_permission(spec, load_target(spec)[0], options.users)
    folder = new_run_folder(options.reports, spec.name)
    opened = OpenTarget(spec, folder, seed=options.seed)
    try:
        result = _storm(options, opened, folder, on_message)
    finally:
        opened.close()
    if not options.keep:
        result.left_behind = list(opened.session.left_behind)
    return result


def one_target(text: str) -> TargetSpec:
    """The one target that a specification names.

    Raises:
        UsageError: it names several, or none.
    """
    specs = resolve_targets([text])
    if len(specs) != 1:
        raise UsageError(f"{text} names {len(specs)} targets; storm one at a time")
    return specs[0]


def _session(opened: OpenTarget) -> Session:
    """The session of a target whose dialect a storm can speak.

    Raises:
        UsageError: it cannot.
    """
    if not isinstance(opened.session, Session):
        raise UsageError(f"a storm speaks imatic-v1 only, and {opened.target.name} is {opened.target.dialect}")
    return opened.session


def _storm(options: StormOptions, opened: OpenTarget, folder: Path, on_message: OnMessage) -> Result:
    session, target = _session(opened), opened.target
    session.require_reachable()
    try:
        plan = reading.make_plan(
            session,
            users=options.users,
            seconds=options.seconds,
            requests=options.requests,
            per_minute=per_minute(target),
        )
    except Untestable as why:
        raise NothingJudged(f"there is nothing to storm: {why}") from why
    # One line stands for all that the storm may create, on whatever machine: whoever sweeps looks for its attendees.
    session.ledger.about_to_create("booking", target.attendee_email)
    on_message({"message": "plan", "plan": plan, "target": target})
    with (folder / CALLS_FILE).open("w", encoding="utf-8") as record:

        def take(message: dict[str, Any]) -> None:
            for call in message.get("calls", ()) if message["message"] == "calls" else ():
                record.write(json.dumps(call) + "\n")
            on_message(message)

        outcome = _run(options, plan, target, take)
    result = Result(plan, target, folder, outcome)
    if outcome.failed and not outcome.calls:
        session.ledger.refused("booking")
        raise_failure(outcome)
    on_message({"message": "judging"})
    _wait_for_room(outcome, plan.per_minute, on_message)
    try:
        judge = _judge(result, opened, one_clock=options.bind is None)
    except (Unreachable, Untestable) as why:
        if isinstance(why, Unreachable) or not session.client.exchanges[-1].status:
            sweep = f"bookproof sweep {folder} --target …"
            raise Unreachable(f"after the storm: {why}; once it answers, `{sweep}` cancels what is left") from why
        if not options.keep:
            _note_all(Judge(plan, outcome.calls, judgement.State(()), {}, frozenset()), opened)
        raise NothingJudged(f"what the storm has left cannot be judged: {why}") from why
    if options.keep:
        result.left_behind = [f"{result.live} bookings, kept as asked"] if result.live else []
    else:
        on_message({"message": "cleaning"})
        _note_all(judge, opened)
        _clean_up(result, opened)
    result.requests_around = len(session.client.exchanges)
    return result


def _run(options: StormOptions, plan: StormPlan, target: Target, take: OnMessage) -> Outcome:
    """Let the users loose, in one process or in several."""
    engine = Storm(target.credentials[ROLE], take)
    settings = settings_of(target)
    if options.processes == 1 and options.bind is None:
        outcome = engine.run({"role": "alone", "settings": settings, "plan": plan.as_data()}, plan.seconds)
        return _with_lost(outcome, 1)
    workers = options.workers if options.bind else options.processes
    bind = options.bind or (_LOOPBACK, 0)
    orders = {
        "role": "master",
        "settings": settings,
        "plan": plan.as_data(),
        "bind": list(bind),
        "workers": workers,
        "patience": options.patience,
    }

    def start_workers(port: int) -> None:
        if options.bind is None:
            for _ in range(workers):
                engine.start(worker_orders(target, _LOOPBACK, port, options.patience))

    return _with_lost(engine.run(orders, plan.seconds + 2 * options.patience, start_workers), workers)


def _with_lost(outcome: Outcome, processes: int) -> Outcome:
    """An outcome in which no record counts as complete if the process that gathers them broke off."""
    if outcome.crashed:
        outcome.lost = frozenset(range(processes))
    return outcome


def worker_orders(target: Target, host: str, port: int, patience: float) -> dict[str, Any]:
    """The orders of a process whose users a master starts and stops.

    Args:
        target: as this machine's file describes it.
        host: of the master.
        port: of the master.
        patience: seconds to look for it.
    """
    return {
        "role": "worker",
        "settings": settings_of(target),
        "master": [host, port],
        "max_users": target.storm.max_users,
        "per_minute": per_minute(target),
        "patience": patience,
    }


def work(options: StormOptions, master: tuple[str, int], on_message: OnMessage) -> Outcome:
    """Be a worker of a storm that a master on another machine leads; it judges and cleans up.

    Args:
        options: only target, users and patience count; the plan comes from the master.
        master: host and port.
        on_message: called with what happens.

    Raises:
        UsageError: the target does not allow it, Locust is missing, or no master answers or fits.
    """
    require_locust()
    spec = one_target(options.target)
    if spec.embedded:
        raise UsageError(f"--worker: the embedded {spec.name} is out of the master's reach; name a target file")
    target, _ = load_target(spec)
    require_permission(spec, target, 1)
    # The plan says how long; a worker ends when its master does.
    outcome = Storm(target.credentials[ROLE], on_message).run(worker_orders(target, *master, options.patience), None)
    raise_failure(outcome)
    return outcome


def _wait_for_room(outcome: Outcome, allowed: float, on_message: OnMessage) -> None:
    """Keep to the rate limit: the client that reads does not know what the users have sent in the last minute."""
    since = time.time() - 60
    recent = sum(call.begun > since for call in outcome.calls)
    if recent + _AFTERWARDS > allowed:
        seconds = max(0.0, min(60.0, 60 - (time.monotonic() - outcome.arrived)))
        on_message({"message": "waiting", "seconds": seconds})
        time.sleep(seconds)


def _judge(result: Result, opened: OpenTarget, *, one_clock: bool) -> Judge:
    session, outcome = _session(opened), result.outcome
    session.client.probe = reading.AFTER
    minutes = {rules.code: rules.durations[0] for rules in opened.target.event_types.values() if rules.durations}
    hosts, lost = reading.hosts_of(session), outcome.lost

    def judge(state: judgement.State) -> Judge:
        return Judge(result.plan, outcome.calls, state, minutes, hosts, lost, one_clock=one_clock)

    state = reading.read_state(session, result.plan)
    # What seems to be wrong is looked at once more, by its code, before anybody is accused.
    suspects = list(dict.fromkeys(code for found in judge(state).troubles() for code in found.codes))
    state, shown = reading.read_by_code(session, state, suspects)
    last = judge(state)
    result.troubles = last.troubles()
    result.curls = [_curls(opened, trouble, shown) for trouble in result.troubles]
    result.live = len(last.ours())
    result.notes += _notes(result, state)
    if len(suspects) > reading.MOST_READS:
        left = len(suspects) - reading.MOST_READS
        result.notes.append(f"{left} more bookings seemed wrong and were not looked at one by one")
    return last


def _note_all(judge: Judge, opened: OpenTarget) -> None:
    """Enter everything that is left of the storm into the ledger, for the clean-up."""
    for booking in judge.ours():
        _note_created(opened, booking.code)
    # What is not listed can be live all the same.
    for owner in judge.owned.values():
        if owner.live is not False and owner.codes:
            _note_created(opened, owner.codes[-1])


def _note_created(opened: OpenTarget, code: str | None) -> None:
    """Enter a booking of the storm into the ledger, once."""
    ledger = opened.session.ledger
    if code and all(thing.code != code for thing in ledger.left()):
        ledger.about_to_create("booking", opened.target.attendee_email)
        ledger.created("booking", code)


def _curls(opened: OpenTarget, trouble: Trouble, shown: dict[str, Exchange]) -> str:
    lines = [opened.curl(shown[code]) for code in trouble.codes if code in shown]
    return "\n".join(lines[:2])


def _notes(result: Result, state: judgement.State) -> Iterable[str]:
    outcome = result.outcome
    if outcome.stopped:
        yield "it was ended early; what was done until then is judged"
    if outcome.failed:
        yield outcome.failed
    if outcome.lost:
        numbers = ", ".join(map(str, sorted(outcome.lost)))
        yield f"the record of process {numbers} is not complete: its users' bookings are judged for overlaps only"
    if state.gap:
        yield f"not all bookings were seen ({state.gap}): what was refused yet stored may have been missed"
    if unknown := statistics.unknown(outcome.calls):
        yield f"nobody knows what came of {unknown} calls that were not answered, or with a server error"
    refused, tried = statistics.collisions(outcome.calls)
    if tried and not refused:
        yield "nobody was ever refused a slot: either users did not collide, or nothing is refused; try more --users"


def _clean_up(result: Result, opened: OpenTarget) -> None:
    """Cancel what is left, look once more where answers were missing, and see that the slots are free again."""
    session, plan = _session(opened), result.plan
    session.clean_up()
    if statistics.unknown(result.outcome.calls) or result.outcome.lost or result.outcome.failed:
        state = reading.read_state(session, plan)
        for booking in state.bookings:
            if booking.live and (booking.attendee_name or "").startswith(plan.prefix):
                _note_created(opened, booking.code)
        session.clean_up()
    if session.left_behind:
        return
    # Everything is gone that the first line of the ledger stands for.
    session.ledger.refused("booking")
    with suppress(Unreachable):
        offered = reading.read_offered(session, plan)
        if offered is not None and result.booked:
            wanted = ((place.event_type_code, place.start) for place in plan.places)
            late = list(judgement.not_offered_again(wanted, offered))
            result.troubles += late
            result.curls += ["" for _ in late]
