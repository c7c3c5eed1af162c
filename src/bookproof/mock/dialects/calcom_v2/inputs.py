"""Numbers out of queries, told as the server tells wrong ones."""

import re
from typing import Any

from bookproof.mock.dialects.calcom_v2.query import first
from bookproof.mock.dialects.calcom_v2.validation import Problem, at_least, at_most, listed, number

_NUMBER = re.compile(r"[+-]?(\d{1,15})(\.\d{1,15})?", re.ASCII)


def whole_parameter(query: dict[str, Any], name: str, default: int, least: int, most: int | None = None) -> int:
    """A query parameter that is a number; a fraction is cut off, and the first of repeated values counts.

    Parameters:
        query: of the call.
        name: of the parameter.
        default: its value if it is not there.
        least: smallest.
        most: largest, None for no end.

    Raises:
        Refusal: 400 with `details.errors`.
    """
    if name not in query:
        return default
    given = first(query[name])
    # An empty text is 0 to a JavaScript server, and 0 is refused by most of these parameters.
    value = int(float(given or 0)) if isinstance(given, str) and (not given or _NUMBER.fullmatch(given)) else None
    rules = [number(), at_least(least), *([] if most is None else [at_most(most)])]
    broken = {rule.name: rule.sentence.format(name) for rule in rules if not rule.holds(value)}
    if value is None or broken:
        raise listed([Problem(query, name, value, broken)])
    return value
