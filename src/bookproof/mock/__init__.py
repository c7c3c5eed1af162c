"""The mock: a real server that speaks imatic Calendar v1 and Cal.com API v2, healthy or with planted defects.

>>> with start_mock() as mock:
...     print(mock.base_url, mock.keys["full"])

It shares no code with the checks that judge it. Importing this package is cheap; the server's parts are loaded by the
first `start_mock`.
"""

from collections.abc import Iterable
from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bookproof.mock.server import MockServer

__all__ = ["MockServer", "start_mock"]


def start_mock(
    *,
    seed: int = 0,
    defects: Iterable[str] = (),
    now: datetime | None = None,
    file: str | PathLike[str] | None = None,
    port: int = 0,
    host: str = "127.0.0.1",
    rate_limit: int = 6_000,
    reschedule_mode: str = "same-code",
    mcp: str = "current",
    threads: bool = False,
) -> "MockServer":
    """Start a mock on a socket and return once it answers.

    Parameters:
        seed: of data, codes and secrets; the same seed and `now` give the same data.
        defects: names of defects to plant.
        now: an instant (with a zone) at which the mock's clock stands still; None for real time.
        file: SQLite file to keep the data in; one that already holds data is reused with the keys of its own seed.
            None keeps the data in memory.
        port: 0 lets the system choose.
        host: a loopback address.
        rate_limit: requests a minute per key.
        reschedule_mode: "same-code" moves a booking in place, "new-code" makes a new one and marks the old
            `rescheduled`.
        mcp: how the MCP server at /mcp speaks: "current" (both generations of the protocol, without sessions, answers
            in JSON), "sessions" (the 2025 generation only, with sessions, answers in event streams) or "stateless-sse"
            (both, without sessions, answers in event streams).
        threads: whether requests are handled on several threads at once, as they always are if `file` is given; else
            each is handled on the event loop, which is quicker, and one after the other.

    Raises:
        bookproof.mock.defects.UnknownDefect: a defect that does not exist.
        ValueError: `now` without a zone, a wrong `reschedule_mode` or `mcp`, or a host that is not loopback.
        OSError: the port is taken.
    """
    from ipaddress import ip_address

    from bookproof.mock.server import start

    if now is not None and now.tzinfo is None:
        raise ValueError("now must have a time zone")
    if not ip_address(host).is_loopback:
        raise ValueError(f"the mock is served on loopback only, not on {host}")
    return start(
        seed=seed,
        defects=tuple(defects),
        now=now,
        file=None if file is None else Path(file),
        port=port,
        host=host,
        rate_limit=rate_limit,
        reschedule_mode=reschedule_mode,
        mcp=mcp,
        threads=threads,
    )


def __getattr__(name: str) -> object:
    if name == "MockServer":
        from bookproof.mock.server import MockServer

        return MockServer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
