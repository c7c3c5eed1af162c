"""What a recording is: a header, the exchanges in their order, and what else was read from outside meanwhile."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any

from bookproof.wire.exchange import Exchange

#: Kind of the readings that are secrets.
SECRET = "random secret"  # noqa: S105  a name
#: Written into every recording; a reader refuses a format that it does not know.
FORMAT = 1


class Origin(StrEnum):
    """What answered when a recording was made."""

    MOCK = "mock"
    SELF_HOSTED = "self-hosted"
    LIVE = "live"


@dataclass(frozen=True)
class Header:
    """Where a recording comes from.

    Attributes:
        target: name of the target.
        dialect: for example ``imatic-v1``.
        origin: what answered.
        recorded: ISO-8601 UTC at which the run began.
        suite_version: version of Bookproof.
        api_version: version of the contract that it was judged against.
        seed, race_batches, ceiling: of the run; the ceiling as the word of its safety class.
        document: the target file as data, without any secret; only names of environment variables.
        document_digest: SHA-256 of the target file as it is, in hexadecimal; see :func:`digest_of`.
        environment: environment variable to what stands for its value in this recording.
        plan: ids of the probes that the run had planned, in their order.
        select: patterns of the requirements that the run judged; none for all.
        max_requests: the most requests that the run was allowed, or None.
        zones: name of a time zone to its rules then; see :mod:`bookproof.recording.zones`.
    """

    target: str
    dialect: str
    origin: Origin
    recorded: str
    suite_version: str
    api_version: str
    seed: int
    race_batches: int
    ceiling: str
    document: Mapping[str, Any]
    document_digest: str
    environment: Mapping[str, str]
    plan: Sequence[str] = ()
    select: Sequence[str] = ()
    max_requests: int | None = None
    zones: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def words(self) -> str:
        """When, where and by what it was recorded, in a few words."""
        where = {Origin.MOCK: "from the mock", Origin.SELF_HOSTED: "from a self-hosted server", Origin.LIVE: "live"}
        return f"{self.recorded[:10]} {where[self.origin]} by bookproof {self.suite_version}"


def digest_of(document: Mapping[str, Any]) -> str:
    """The digest of a target file's document, by which it can be told whether it was changed."""
    return sha256(json.dumps(document, sort_keys=True, default=str).encode()).hexdigest()


@dataclass(frozen=True)
class Reading:
    """Something that a probe has read from outside other than by an exchange: a clock, a random value, a measurement.

    Attributes:
        probe: id of the probe that has read it.
        kind: what it is, for example ``clock`` or ``door POST /keys``. The value of :data:`SECRET` is a signing secret
            that the run has thought up; where it is written, what stands for it must be learnt from here.
        value: plain JSON data.
    """

    probe: str
    kind: str
    value: Any


@dataclass
class Recording:
    """One target during one run.

    Attributes:
        header: where it comes from.
        exchanges: in the order of their numbers, deliveries included (``inbound``, with an ``arrival``). A replay hands
            them out with these numbers, so they must be kept as they are; what is missing is missed only where it is
            asked for.
        readings: in the order in which they were read.
        problems: id of a probe to why its part cannot be read: ``<file>:<line>: <what is wrong>``.
    """

    header: Header
    exchanges: list[Exchange] = field(default_factory=list[Exchange])
    readings: list[Reading] = field(default_factory=list[Reading])
    problems: dict[str, str] = field(default_factory=dict[str, str])
