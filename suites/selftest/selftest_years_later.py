"""Runs the command line seven years later and without a network: ``python selftest_years_later.py judge …``."""

from __future__ import annotations

import datetime as dt
import socket
import sys
import time
from typing import Any

LATER = 7 * 365 * 86_400
_time, _now = time.time, dt.datetime.now


class LaterDatetime(dt.datetime):
    """A datetime whose now is years later."""

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> LaterDatetime:
        moment = _now(tz) + dt.timedelta(seconds=LATER)
        return cls.combine(moment.date(), moment.timetz())


def no_network(*_: Any, **__: Any) -> Any:
    """Let whoever needs a network fail."""
    raise OSError("there is no network")


time.time = lambda: _time() + LATER
dt.datetime = LaterDatetime
socket.socket.connect = no_network
socket.socket.bind = no_network
socket.getaddrinfo = no_network

if __name__ == "__main__":
    from bookproof.cli import main

    assert dt.datetime.now(dt.UTC).timestamp() - _time() > LATER - 60
    sys.exit(main())
