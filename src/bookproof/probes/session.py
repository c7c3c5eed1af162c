"""The session: everything that probes need on one target, and the evidence that they have left so far."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar, cast

from bookproof.contracts.openapi import Contract
from bookproof.errors import Unreachable
from bookproof.fuzz.profiles import Profile
from bookproof.ledger import Ledger
from bookproof.options import DEFAULT_RACE_BATCHES
from bookproof.probes.base import Probe, excluded, with_shared
from bookproof.race_record import RaceRecord
from bookproof.recording.tape import TARGET_CLOCK
from bookproof.targets.door import Door, DoorFailed
from bookproof.targets.inbox import TargetInbox
from bookproof.targets.target import Safety, Target
from bookproof.verdict import NotApplicable, Untestable
from bookproof.wire.client import Client
from bookproof.wire.exchange import NOT_JSON, Exchange, describe

T = TypeVar("T")

#: The probe name of the requests that ask whether the target is there.
GREETING = "greeting"
#: The role whose key belongs to another account.
FOREIGN = "foreign"
#: After this many requests in a row without an answer the target counts as gone.
LOST_AFTER = 3


class BaseSession(ABC):
    """One target during one run.

    Args:
        target: the target.
        client: its HTTP client.
        contract: the contract of its dialect.
        ledger: where creations are noted.
        ceiling: the safety ceiling of this run.
        seed: chooses which of the free slots are booked.
        race_batches: how often callers race for one slot.

    Attributes:
        api: speaks the dialect with the target.
        tape: gives what is read from outside other than by a request: clocks, random values, choices.
        races: the races that were run, for the record.
        fuzz: how much is fuzzed, or None.
        fuzz_save: whether what fuzzing finds is kept, to be tried first next time.
        race_places: codes of bookings that a race has been given to move or cancel.
    """

    api: Any

    def __init__(
        self,
        target: Target,
        client: Client,
        contract: Contract,
        ledger: Ledger,
        ceiling: Safety,
        seed: int = 0,
        race_batches: int = DEFAULT_RACE_BATCHES,
    ) -> None:
        self.target = target
        self.client = client
        self.contract = contract
        self.ledger = ledger
        self.ceiling = ceiling
        self.seed = seed
        self.race_batches = race_batches
        self.races: list[RaceRecord] = []
        self.race_places: set[str] = set()
        self.tape = client.tape
        self.door = Door(target.door, target.read_timeout, self.tape) if target.door else None
        self.inbox = TargetInbox(target, client.keep, self.tape)
        self.plan: list[Probe[Any]] = []
        self.fuzz: Profile | None = None
        self.fuzz_save = False
        self.unreachable = ""
        self.left_behind: list[str] = []
        self._evidence: dict[str, Any] = {}
        self._skew: timedelta | None = None

    # Evidence

    def evidence(self, probe: Probe[T]) -> T:
        """What a probe has found; it runs at the first call, after every probe that comes before it in the plan.

        The order of requests is thus the plan's, whatever the order of the checks.

        Raises:
            Untestable, NotApplicable: why there is no evidence.
        """
        for earlier in self.plan:
            if earlier.order >= probe.order:
                break
            self._run(earlier)
        return self._result(probe)

    def need(self, probe: Probe[T]) -> T:
        """The evidence of another probe, for a probe that builds on it."""
        return self._result(probe)

    def known(self, probe: Probe[T]) -> T | None:
        """The evidence of a probe that has run, for one that does without; None if it has not, or left none."""
        found = self._evidence.get(probe.id)
        return None if isinstance(found, Exception) else cast("T | None", found)

    def _result(self, probe: Probe[T]) -> T:
        found = self._run(probe)
        if isinstance(found, Untestable | NotApplicable):
            # A fresh one for every check: a shared one would collect their tracebacks.
            raise (Untestable if isinstance(found, Untestable) else NotApplicable)(str(found))
        if isinstance(found, Exception):
            raise found
        return cast("T", found)

    def _run(self, probe: Probe[Any]) -> Any:
        if probe.id not in self._evidence:
            # Entered first, so that a probe that leads back to itself is seen as such.
            self._evidence[probe.id] = Untestable(f"probe {probe.id} builds on itself")
            self._evidence[probe.id] = self._attempt(probe)
        return self._evidence[probe.id]

    def _attempt(self, probe: Probe[Any]) -> Any:
        reason = excluded(probe, self.target, self.ceiling)
        if reason:
            return NotApplicable(reason)
        if self.unreachable and probe.sends:
            return Untestable(f"the target is unreachable: {self.unreachable}")
        lacking = self.tape.lacks(probe)
        if lacking:
            return Untestable(lacking)
        outer, self.client.probe = self.client.probe, probe.id
        try:
            return self._evidence_of(probe)
        except Exception as why:  # noqa: BLE001  a mistake of ours becomes the verdict of each of its checks
            return why
        finally:
            for exchange in self.tape.sent_beside(probe.id):
                self.client.add(exchange)
            self.client.probe = outer

    def _evidence_of(self, probe: Probe[Any]) -> Any:
        try:
            with self.tape.closed():
                return probe.run(self)
        except DoorFailed as why:
            raise Untestable(str(why)) from why
        except Unreachable as why:
            self.unreachable = str(why)
            raise Untestable(f"the target is unreachable: {why}") from why

    def planned_cost(self) -> int:
        """The most requests that the plan allows for, those of the probes that others build on included."""
        return sum(probe.cost for probe in with_shared(self.plan) if not excluded(probe, self.target, self.ceiling))

    # Reaching the target

    def require_reachable(self) -> None:
        """Go on only if the target was reached.

        Raises:
            Unreachable: it was not.
        """
        if self.unreachable:
            raise Unreachable(self.unreachable)

    # Time

    def now(self) -> datetime:
        """The target's idea of now: its control door's clock, else the Date header of its answers, else ours."""
        return datetime.fromtimestamp(self.tape.moment(TARGET_CLOCK, self._target_clock), UTC)

    def ahead(self) -> float:
        """Seconds by which the target's clock is ahead of ours."""
        return self.now().timestamp() - self.tape.clock()

    def _target_clock(self) -> float:
        if self._skew is None:
            self._skew = self._target_now() - datetime.now(UTC)
        return (datetime.now(UTC) + self._skew).timestamp()

    def forget_time(self) -> None:
        """Ask for the target's time anew when it is needed next: its clock was moved."""
        self._skew = None

    def _target_now(self) -> datetime:
        if self.door and self.door.offers("clock"):
            return self.door.clock()
        for exchange in reversed(self.client.exchanges):
            shown = exchange.response_headers.get("date", "")
            try:
                return parsedate_to_datetime(shown)
            except ValueError:
                continue
        return datetime.now(UTC)

    # What the target file gives

    def role(self, role: str) -> str:
        """A role that there is a key for.

        Raises:
            Untestable: there is none, and what to add.
        """
        if role in self.target.credentials:
            return role
        reason = self.target.missing_credentials.get(role, "the target file names none")
        raise Untestable(f"no key of role {role}: {reason}")

    def has_role(self, role: str) -> bool:
        """Whether there is a key of a role."""
        return role in self.target.credentials

    def control_door(self, operation: str) -> Door:
        """The control door, if it offers an operation.

        Raises:
            Untestable: there is no such door.
        """
        if self.door is None or not self.door.offers(operation):
            raise Untestable(f"needs a control door that offers {operation}: add [door] to the target file")
        return self.door

    # What each dialect does in its own words

    @abstractmethod
    def greet(self) -> None:
        """Ask who the key is, and once more if the answer is odd, before anything is spent.

        Raises:
            Unreachable: nobody answers, what answers is no API, or it refuses the key of role full.
        """

    @abstractmethod
    def clean_up(self) -> None:
        """Cancel, revoke and delete what the run has created; what stays is listed in ``left_behind``."""

    @abstractmethod
    def find_lost(self) -> int:
        """Enter into the ledger every live booking of the suite's attendee that it does not have; how many."""

    @abstractmethod
    def webhook_secret(self, exchange: Exchange) -> str:
        """The secret that an answer shows a new subscription with, which no record may show; or ""."""

    def sent_greeting(self, first: str, second: str) -> None:
        """Greet by two operations that only read; see :meth:`greet`."""
        self.client.probe = GREETING
        one = self.api.call(first, note="is the target there?")
        if not one.status:
            raise Unreachable(f"{self.target.base_url} does not answer ({one.failure})")
        if one.ok and one.json is not NOT_JSON:
            return
        two = self.api.call(second, note="is the target there?")
        if not two.status:
            raise Unreachable(f"{self.target.base_url} does not answer ({two.failure})")
        if one.json is NOT_JSON and two.json is NOT_JSON:
            raise Unreachable(
                f"what answers at {self.target.base_url} is not this API: {describe(one)} "
                f"with {one.media_type or 'no content type'}; is the base URL right?"
            )
        if one.status == two.status == 401:
            raise Unreachable(f"{self.target.base_url} refuses the key of role full with 401; is it valid?")

    def close(self) -> None:
        """Close the connections and the ledger."""
        self.client.close()
        self.ledger.close()
        self.inbox.close()
        if self.door:
            self.door.close()
