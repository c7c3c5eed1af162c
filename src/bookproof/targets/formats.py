"""Formats of single values in our own files: time zones, ranges of local time, base URLs."""

from __future__ import annotations

import re
from difflib import get_close_matches
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

_RANGE = re.compile(r"((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d|24:00)", re.ASCII)


def is_time_zone(text: str) -> bool:
    """Whether a text names an IANA time zone."""
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        return False
    return True


def zones_like(text: object) -> list[str]:
    """Names of time zones that resemble a text."""
    return get_close_matches(str(text), available_timezones(), n=2, cutoff=0.6)


def is_range(text: str) -> bool:
    """Whether a text is a range of local time such as ``09:00-17:00``, its end after its start."""
    match = _RANGE.fullmatch(text)
    return match is not None and match[1] < match[2]


def parse_range(text: str) -> tuple[str, str]:
    """``09:00-17:00`` as ``("09:00", "17:00")``."""
    start, _, end = text.partition("-")
    return start, end


def is_base_url(text: str) -> bool:
    """Whether a text is an http or https URL of a server: no user, no query, no fragment."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    plain = text.isascii() and text.isprintable() and not any(char in text for char in " ?#@")
    return parts.scheme in ("http", "https") and bool(parts.hostname) and port != 0 and plain


#: The formats that our schemas name beside the standard ones.
FORMATS = {"iana-time-zone": is_time_zone, "local-time-range": is_range, "base-url": is_base_url}
