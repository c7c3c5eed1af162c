"""What the users of one process share: their turns, their record, and whether they have ended."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from bookproof.contracts.openapi import Contract
from bookproof.storm.calls import StormCall
from bookproof.storm.life import Life
from bookproof.storm.plan import StormPlan, target_of
from bookproof.storm.turns import Over, Turns
from bookproof.targets.dialects.imatic_v1 import ImaticV1

#: Users that are in the middle of a call when the time is over are given so many seconds for its answer.
GRACE = 5.0


class Engine:
    """The users of one process. All of them run in one thread, and give way to each other only when they wait.

    Args:
        plan: the part of the storm that this process has.
        settings: of the target; see :func:`bookproof.storm.plan.settings_of`.
        key: of the target.

    Attributes:
        finished: set when no call is under way and no further one will be begun.
        begun: how many calls were begun.
    """

    def __init__(self, plan: StormPlan, settings: Mapping[str, Any], key: str) -> None:
        self.plan = plan
        self.target = target_of(settings, key)
        self.turns = Turns(plan.requests, plan.per_minute, plan.seconds, plan.users)
        self.finished = threading.Event()
        self.begun = 0
        self._contract = Contract.load(self.target.dialect)
        self._users = 0
        self._under_way = 0
        self._ended: list[StormCall] = []

    @property
    def longest(self) -> float:
        """Seconds after which the process ends, whatever is still under way."""
        return self.plan.seconds + min(self.target.read_timeout, GRACE)

    def new_life(self, client: Any) -> Life:
        """The life of one more user.

        Args:
            client: the user's own connection; sends as :class:`bookproof.wire.client.Client` does.
        """
        self._users += 1
        api = ImaticV1(self.target, client, self._contract)
        return Life(self.plan, f"{self.plan.worker}-{self._users}", api, self.turns, self._keep)

    def step(self, life: Life) -> bool:
        """Let a user make the next call; returns whether there may be another."""
        try:
            life.step()
        except Over:
            self._look_whether_finished()
            return False
        return True

    def close(self) -> None:
        """Let no further call be begun."""
        self.turns.close()
        self._look_whether_finished()

    def drain(self) -> list[dict[str, Any]]:
        """The calls that have ended since the last time, as plain data."""
        ended, self._ended = self._ended, []
        return [call.as_data() for call in ended]

    def _keep(self, call: StormCall, ended: bool) -> None:
        if not ended:
            self.begun += 1
            self._under_way += 1
            return
        self._under_way -= 1
        self._ended.append(call)
        self._look_whether_finished()

    def _look_whether_finished(self) -> None:
        if self.turns.over and not self._under_way:
            self.finished.set()
