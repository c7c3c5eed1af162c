"""Text of strangers, made fit for reports: what a target answers must not steer a terminal or break a document."""

from __future__ import annotations

import json
import re

# Control characters, lone surrogates, non-characters, and the marks that turn the direction of writing around.
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
_SPACES = re.compile(r"\s*\n\s*")


def printable(text: str) -> str:
    """A text whose control characters and the like are written out as escapes; newlines and tabs stay."""
    return _UNFIT.sub(lambda match: match[0].encode("unicode_escape").decode(), text.replace("\r\n", "\n"))


def one_line(text: str, limit: int = 400) -> str:
    """A text on one line, cut to a number of characters."""
    flat = _SPACES.sub(" ", printable(text)).strip()
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def cut(text: str, limit: int) -> str:
    """A text cut to a number of characters, saying how much is missing."""
    return text if len(text) <= limit else f"{text[:limit]}\n… {len(text) - limit:,} more characters"


def pretty(body: str, limit: int) -> str:
    """A body for the eye: JSON is indented, and everything cut to a number of characters."""
    try:
        # A body far beyond the limit is not worth parsing.
        shown = json.dumps(json.loads(body), indent=2, ensure_ascii=False) if len(body) <= 50 * limit else body
    except (ValueError, RecursionError):
        shown = body
    return cut(printable(shown), limit)


def counted(number: int, one: str, many: str = "") -> str:
    """``1 request``, ``2 requests``, ``1,000 requests``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def joined(names: list[str]) -> str:
    """All of some names in a sentence: ``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def listed(names: list[str], most: int) -> str:
    """Names with commas, cut to a number of them: ``a, b and 3 more``."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"
