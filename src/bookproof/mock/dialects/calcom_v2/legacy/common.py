"""What the legacy handlers share: instants and numbers of requests, and refusals of the legacy kind."""

from typing import Any

from bookproof.mock.components import Domain
from bookproof.mock.dialects.calcom_v2.errors import A, Refusal, bad_request, not_found
from bookproof.mock.dialects.calcom_v2.moments import instant_of, shown
from bookproof.mock.dialects.calcom_v2.query import first
from bookproof.mock.domain.errors import NotFound
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.instants import DAY, MINUTE
from bookproof.mock.domain.people import Person

_LARGEST = 2**31 - 1
HTTP_EXCEPTION = "HttpException"


def seconds_of(value: str) -> int:
    """Epoch seconds of an ISO-8601 text that was checked; without a zone it is UTC.

    Raises:
        Refusal: 400, the moment is outside the calendar.
    """
    seconds = instant_of(value)
    if seconds is None:
        raise bad_request("Invalid time value")
    return seconds


def now_text(seconds: int, minute: int) -> str:
    """The instant of a minute of the UTC day of `seconds`."""
    return shown(seconds - seconds % DAY + minute * MINUTE)


def exception(status: int, message: str) -> Refusal:
    """How refusals of bookings are told here: the message is an internal word, and the details are the same."""
    return Refusal(status, A, HTTP_EXCEPTION, message, message)


def number_in(query: dict[str, Any], name: str) -> int | None:
    """A query parameter that is a whole number, None if it is not there; one too large becomes -1.

    Raises:
        Refusal: 400.
    """
    given = first(query.get(name))
    if given is None:
        return None
    if not isinstance(given, str) or not (given.isascii() and given.isdigit()):
        raise bad_request(f"{name} must be a number")
    return int(given) if len(given) <= 10 and int(given) <= _LARGEST else -1


def numbered(domain: Domain, number: int) -> EventType:
    """The event type with this number, if it is a person's.

    Raises:
        Refusal: 404.
    """
    try:
        event_type = domain.event_types.numbered(number)
        domain.people.of_account(event_type.account_id)
    except (NotFound, OverflowError) as failure:
        raise not_found(f"Event type with id {number} not found.") from failure
    return event_type


def as_user(person: Person) -> dict[str, Any]:
    """A person as bookings and profiles show them."""
    return {
        "id": person.number,
        "name": person.name,
        "email": person.email,
        "username": person.username,
        "timeZone": person.time_zone,
    }
