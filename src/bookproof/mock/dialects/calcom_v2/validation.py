"""Rules for the members of an object, and the two ways in which their breach is told.

Bookings and slots answer with one joined sentence, everything else with `details.errors`. Source: behaviour of a
running server.

>>> shape = Shape({"title": Member(text(), filled()), "lengthInMinutes": Member(number(), at_least(1))})
>>> listed(shape.problems({"title": 7}))
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from bookproof.mock.dialects.calcom_v2.errors import Refusal, bad_request
from bookproof.mock.domain.instants import zone

_EMAIL = re.compile(
    r"[^@\s<>()\[\],;:\\\"]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}"
)
_ISO = re.compile(
    r"[+-]?\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:[Zz]|[+-]\d\d:?\d\d)?)?", re.ASCII
)
LARGEST = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing asked of a value.

    `name` is the constraint's ("isString"), `sentence` a text with `{}` for the property, `holds` the test.
    """

    name: str
    sentence: str
    holds: Callable[[Any], bool]


@dataclass(slots=True)
class Problem:
    """One wrong property: the object it lies in, its value, the constraints broken, and what is wrong inside it."""

    target: Any
    property: str
    value: Any
    constraints: dict[str, str] = field(default_factory=dict[str, str])
    children: list["Problem"] = field(default_factory=list["Problem"])

    def as_json(self) -> dict[str, Any]:
        """As told in `details.errors`; an absent value is left out."""
        told: dict[str, Any] = {"target": self.target}
        if self.value is not _ABSENT:
            told["value"] = self.value
        told |= {"property": self.property, "children": [child.as_json() for child in self.children]}
        return told | ({"constraints": self.constraints} if self.constraints else {})

    def sentences(self) -> list[str]:
        """The broken constraints, those inside included."""
        return [*self.constraints.values(), *(text for child in self.children for text in child.sentences())]


_ABSENT = object()


class Member:
    """The rules of one member.

    Parameters:
        rules: in the order in which they are told.
        required: whether it must be there and not null.
        shape: rules of the object that it is.
        items: rules of each item of the list that it is.
        item_shape: rules of each object in the list that it is.
        nullable: whether null is a value like others and not the same as absent.
    """

    def __init__(
        self,
        *rules: Rule,
        required: bool = True,
        shape: "Shape | None" = None,
        items: Sequence[Rule] = (),
        item_shape: "Shape | None" = None,
        nullable: bool = False,
    ) -> None:
        self.rules = rules
        self.required = required
        self.shape = shape
        self.items = items
        self.item_shape = item_shape
        self.nullable = nullable

    def problem(self, target: Any, name: str, value: Any) -> Problem | None:
        """What is wrong with the value, or None."""
        if value is _ABSENT or value is None:
            if not self.required or (value is None and self.nullable):
                return None
            return Problem(target, name, value, self.broken(name, None) or {"isDefined": f"{name} should be defined"})
        problem = Problem(target, name, value, self.broken(name, value))
        if not problem.constraints:
            problem.children = self.inside(name, value)
        return problem if problem.constraints or problem.children else None

    def broken(self, name: str, value: Any) -> dict[str, str]:
        """The sentences of the broken rules by name."""
        broken = {rule.name: rule.sentence.format(name) for rule in self.rules if not rule.holds(value)}
        if self.shape is not None and not isinstance(value, dict):
            broken["isObject"] = f"{name} must be an object"
        if (self.items or self.item_shape) and not isinstance(value, list):
            broken["isArray"] = f"{name} must be an array"
        elif self.items:
            for rule in self.items:
                if not all(rule.holds(item) for item in cast("list[Any]", value)):
                    broken[rule.name] = f"each value in {rule.sentence.format(name)}"
        return broken

    def inside(self, name: str, value: Any) -> list[Problem]:
        """What is wrong inside the value."""
        if self.shape is not None:
            return self.shape.problems(value)
        children: list[Problem] = []
        if self.item_shape is not None:
            for number, item in enumerate(cast("list[Any]", value)):
                if not isinstance(item, dict):
                    sentence = f"each value in nested property {name} must be either object or array"
                    children.append(Problem(value, str(number), item, {"nestedValidation": sentence}))
                elif inner := self.item_shape.problems(item):
                    children.append(Problem(value, str(number), item, children=inner))
        return children


class Shape:
    """The members of an object.

    Parameters:
        members: by name.
        strict: whether a member that is not named is a mistake; else it is dropped.
    """

    def __init__(self, members: Mapping[str, Member], *, strict: bool = False) -> None:
        self.members = dict(members)
        self.strict = strict

    def problems(self, value: Any) -> list[Problem]:
        """What is wrong with an object.

        Raises:
            Refusal: 400, the value is not an object.
        """
        if not isinstance(value, dict):
            raise bad_request("an unknown value was passed to the validate function")
        given = cast("dict[str, Any]", value)
        found: list[Problem] = []
        if self.strict:
            for name in given:
                if name not in self.members:
                    sentence = f"property {name} should not exist"
                    found.append(Problem(given, name, given[name], {"whitelistValidation": sentence}))
        for name, member in self.members.items():
            problem = member.problem(given, name, given.get(name, _ABSENT))
            if problem is not None:
                found.append(problem)
        return found

    def kept(self, value: Any) -> dict[str, Any]:
        """The members that are named; others are dropped."""
        return {name: item for name, item in cast("dict[str, Any]", value).items() if name in self.members}


def joined(problems: Sequence[Problem]) -> Refusal:
    """The 400 of bookings and slots: one sentence."""
    told = (f"{problem.property} property is wrong,{' '.join(problem.sentences())} " for problem in problems)
    return bad_request(", ".join(told))


def listed(problems: Sequence[Problem]) -> Refusal:
    """The 400 of everything else: `details.errors`."""
    return bad_request("Bad Request Exception", {"errors": [problem.as_json() for problem in problems]})


def checked(shape: Shape, value: Any, told: Callable[[Sequence[Problem]], Refusal] = listed) -> dict[str, Any]:
    """The object's known members, or the refusal that `told` makes of its problems.

    Raises:
        Refusal: 400.
    """
    problems = shape.problems(value)
    if problems:
        raise told(problems)
    return shape.kept(value)


# Rules, by what they ask for


def text() -> Rule:
    """A text."""
    return Rule("isString", "{} must be a string", lambda value: isinstance(value, str))


def filled() -> Rule:
    """Not empty."""
    return Rule("isNotEmpty", "{} should not be empty", lambda value: value not in (None, ""))


def number() -> Rule:
    """A number."""
    return Rule("isNumber", "{} must be a number conforming to the specified constraints", _is_number)


def whole() -> Rule:
    """A whole number."""
    return Rule("isInt", "{} must be an integer number", _is_whole)


def flag() -> Rule:
    """True or false."""
    return Rule("isBoolean", "{} must be a boolean value", lambda value: isinstance(value, bool))


def record() -> Rule:
    """An object."""
    return Rule("isObject", "{} must be an object", lambda value: isinstance(value, dict))


def array() -> Rule:
    """A list."""
    return Rule("isArray", "{} must be an array", lambda value: isinstance(value, list))


def at_least(least: int) -> Rule:
    """A number from `least`."""
    return Rule("min", f"{{}} must not be less than {least}", lambda value: _is_number(value) and value >= least)


def at_most(most: int) -> Rule:
    """A number up to `most`."""
    return Rule("max", f"{{}} must not be greater than {most}", lambda value: _is_number(value) and value <= most)


def one_of(*allowed: Any) -> Rule:
    """One of some values."""
    # True equals 1 in Python, so types are compared too.
    return Rule(
        "isEnum",
        f"{{}} must be one of the following values: {', '.join(map(str, allowed))}",
        lambda value: any(type(value) is type(item) and value == item for item in allowed),
    )


def matching(pattern: str, sentence: str) -> Rule:
    """A text that a regular expression matches in full; `sentence` has `{}` for the property."""
    return Rule(
        "matches", sentence, lambda value: isinstance(value, str) and re.fullmatch(pattern, value, re.ASCII) is not None
    )


def zone_name() -> Rule:
    """An IANA time zone."""
    return Rule("isTimeZone", "{} must be a valid IANA time-zone", is_zone)


def email() -> Rule:
    """An email address."""
    return Rule("isEmail", "{} must be an email", is_email)


def iso_date() -> Rule:
    """An ISO-8601 date, or date and time, that exists."""
    return Rule("isISO8601", "{} must be a valid ISO 8601 date string", is_iso)


def web_address() -> Rule:
    """An http or https URL."""
    return Rule("isUrl", "{} must be a URL address", is_web_address)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= LARGEST


def _is_whole(value: Any) -> bool:
    return _is_number(value) and float(value).is_integer()


def is_zone(value: Any) -> bool:
    """Whether the value names an IANA time zone."""
    if not isinstance(value, str):
        return False
    try:
        zone(value)
    except ValueError:
        return False
    return True


def is_email(value: Any) -> bool:
    """Whether the value looks like an email address."""
    return isinstance(value, str) and len(value) <= 254 and _EMAIL.fullmatch(value) is not None


def is_iso(value: Any) -> bool:
    """Whether the value is an ISO-8601 date, or date and time with or without a zone, that exists."""
    return isinstance(value, str) and iso_moment(value) is not None


def iso_moment(value: str) -> datetime | None:
    """The moment that an ISO-8601 text names, without a zone if the text has none; None if it names none."""
    if _ISO.fullmatch(value) is None:
        return None
    try:
        return datetime.fromisoformat(value.upper().replace(" ", "T", 1).replace(",", "."))
    except ValueError:
        return None


def is_web_address(value: Any) -> bool:
    """Whether the value is an absolute http or https URL."""
    from urllib.parse import urlsplit

    if not isinstance(value, str) or not value.isprintable() or " " in value:
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
