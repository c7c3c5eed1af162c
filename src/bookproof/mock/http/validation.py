"""Reading values out of requests: every wrong one is a 400 that names the field."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NoReturn, cast

from bookproof.mock.domain.instants import wall_instant, zone
from bookproof.mock.http.errors import ApiError, invalid

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_NAIVE = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d+)?)?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_SURROGATE = re.compile("[\ud800-\udfff]")

LONGEST_NAME = 200
LONGEST_EMAIL = 254
LONGEST_TEXT = 2_000


def json_value(body: bytes) -> Any:
    """The JSON value in `body`.

    Raises:
        ApiError: 400 `malformed_json`; also for what Python reads but JSON forbids (NaN) and for nesting too deep.
    """
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as failure:
        raise ApiError(400, "malformed_json", "The body is not JSON.") from failure


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


class Fields:
    """The members of a JSON object, read by type. A member that is null counts as absent.

    Parameters:
        members: the object.
        path: where it lies, for messages ("attendee.").
    """

    def __init__(self, members: Mapping[str, object], path: str = "") -> None:
        self.members = members
        self.path = path

    @classmethod
    def of(cls, value: object, path: str = "") -> "Fields":
        """Raises ApiError 400 if `value` is not an object."""
        if not isinstance(value, dict):
            raise invalid(f"{path.rstrip('.') or 'The body'} must be an object.")
        return cls(cast("dict[str, object]", value), path)

    def has(self, name: str) -> bool:
        """Whether the member is there and not null."""
        return self.members.get(name) is not None

    def require(self, name: str) -> object:
        """The member, or ApiError 400 if it is absent."""
        value = self.members.get(name)
        if value is None:
            raise invalid(f"{self.path}{name} is required.")
        return value

    def object(self, name: str) -> "Fields":
        """A required object."""
        return Fields.of(self.require(name), f"{self.path}{name}.")

    def text(self, name: str, longest: int = LONGEST_TEXT) -> str:
        """A required text that is not blank."""
        value = checked_text(self.require(name), f"{self.path}{name}", longest)
        if not value.strip():
            raise invalid(f"{self.path}{name} must not be blank.")
        return value

    def optional_text(self, name: str, longest: int = LONGEST_TEXT) -> str | None:
        """A text, or None if absent."""
        return checked_text(self.require(name), f"{self.path}{name}", longest) if self.has(name) else None

    def optional_whole(self, name: str) -> int | None:
        """A whole number, or None if absent."""
        if not self.has(name):
            return None
        value = self.members[name]
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise invalid(f"{self.path}{name} must be a whole number.")
        return value

    def optional_flag(self, name: str) -> bool | None:
        """True, false, or None if absent."""
        if not self.has(name):
            return None
        value = self.members[name]
        if not isinstance(value, bool):
            raise invalid(f"{self.path}{name} must be true or false.")
        return value

    def texts(self, name: str) -> dict[str, str]:
        """An object of texts; empty if absent."""
        if not self.has(name):
            return {}
        given = self.object(name)
        return {
            checked_text(key, f"A key of {self.path}{name}", 200): checked_text(value, f"{given.path}{key[:40]}")
            for key, value in given.members.items()
        }


def checked_text(value: object, name: str, longest: int = LONGEST_TEXT) -> str:
    """`value` if it is a text of characters that can be stored and sent again."""
    if not isinstance(value, str):
        raise invalid(f"{name} must be a text.")
    if len(value) > longest:
        raise invalid(f"{name} must not be longer than {longest} characters.")
    if _SURROGATE.search(value):
        raise invalid(f"{name} holds half a character.")
    return value


def email(value: str, name: str) -> str:
    """`value` if it looks like an address."""
    if len(value) > LONGEST_EMAIL or not _EMAIL.fullmatch(value):
        raise invalid(f"{name} must be an email address.")
    return value


def zone_name(value: str, name: str = "timeZone") -> str:
    """`value` if it is an IANA zone."""
    try:
        zone(value)
    except ValueError as failure:
        raise invalid(f"{name} must be an IANA time zone.") from failure
    return value


def instant(value: object, name: str) -> datetime:
    """The instant that an ISO-8601 text with a zone names, in UTC."""
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        try:
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError) as failure:
            raise invalid(f"{name} is not a date and time that exists.") from failure
    if isinstance(value, str) and _NAIVE.fullmatch(value):
        raise invalid(f"{name} must have a zone: Z or an offset.")
    raise invalid(f"{name} must be an ISO-8601 date and time with a zone.")


def whole_seconds(value: datetime, name: str) -> int:
    """Epoch seconds of an instant that has no fraction."""
    if value.microsecond:
        raise invalid(f"{name} must be a whole second.")
    return int(value.timestamp())


def floor_seconds(value: datetime) -> int:
    """Epoch seconds, rounded down."""
    return int(value.replace(microsecond=0).timestamp())


def ceiling_seconds(value: datetime) -> int:
    """Epoch seconds, rounded up."""
    return floor_seconds(value) + bool(value.microsecond)


def is_date(value: str) -> bool:
    """Whether the text has the form of a date alone."""
    return _DATE.fullmatch(value) is not None


def local_midnight(value: str, name: str, zone_text: str, *, after: bool) -> int:
    """The beginning of a date in a zone, or with `after` of the date that follows, in epoch seconds."""
    try:
        return wall_instant(zone_text, date.fromisoformat(value) + timedelta(days=after), 0, False)
    except (ValueError, OverflowError) as failure:
        raise invalid(f"{name} is not a date that exists.") from failure
