"""Where bookings take place: what event types offer, and what bookings choose. Source: Cal.com API v2, Event Types."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from bookproof.mock.dialects.calcom_v2.errors import Refusal, bad_request
from bookproof.mock.dialects.calcom_v2.validation import is_web_address

VIDEO = "integrations:daily"
DEFAULT_LOCATIONS: tuple[Mapping[str, Any], ...] = ({"type": "integration", "integration": "cal-video"},)
_INTEGRATIONS = ("cal-video", "google-meet", "office365-video", "zoom", "webex-video", "jitsi", "whereby-video")
#: Types that an event type can offer -> the text that comes with them, if any.
_OFFERED = {
    "address": "address",
    "link": "link",
    "phone": "phone",
    "integration": "integration",
    "organizersDefaultApp": None,
    "attendeeAddress": None,
    "attendeePhone": None,
    "attendeeDefined": None,
}
#: Types for which the attendee says where -> the member that says it.
_ASKED = {"attendeeAddress": "address", "attendeePhone": "phone", "attendeeDefined": "location"}


def check_locations(locations: Sequence[Any]) -> None:
    """Refuse locations of which one has an unknown type, or lacks what belongs to its type.

    Raises:
        Refusal: 400.
    """
    for location in locations:
        given = cast("dict[str, Any]", location) if isinstance(location, dict) else {}
        kind = given.get("type")
        if not isinstance(kind, str) or kind not in _OFFERED:
            raise bad_request(f"Each location must have a 'type', one of: {', '.join(_OFFERED)}")
        _check_told(kind, given)


def _check_told(kind: str, location: Mapping[str, Any]) -> None:
    name = _OFFERED[kind]
    if name is None:
        return
    value = location.get(name)
    if not isinstance(value, str) or not value:
        raise _wrong(kind, f"{name} must be a string")
    if kind == "link" and not is_web_address(value):
        raise _wrong(kind, "link must be a URL address")
    if kind == "integration" and value not in _INTEGRATIONS:
        raise _wrong(kind, f"integration must be one of the following values: {', '.join(_INTEGRATIONS)}")


def _wrong(kind: str, sentence: str) -> Refusal:
    return bad_request(f"Validation failed for {kind} location: {sentence}")


def chosen_location(offered: Sequence[Mapping[str, Any]], choice: Any) -> str | None:
    """Where a booking takes place.

    Parameters:
        offered: locations of the event type.
        choice: what the request says: an object with a type, a text, or None for the first that is offered.

    Raises:
        Refusal: 400, the event type does not offer it, or the attendee's part is missing.
    """
    if isinstance(choice, str):
        return choice
    if choice is None:
        return _place(offered[0], {}) if offered else VIDEO
    kind = choice.get("type")
    for location in offered:
        if location["type"] == kind and choice.get("integration") in (None, location.get("integration")):
            return _place(location, _answered(kind, choice))
    allowed = ", ".join(str(location["type"]) for location in offered)
    raise bad_request(
        f"Booking location with type {kind} not valid for event type. The event type has following location types: "
        f"{allowed}."
    )


def _answered(kind: str, choice: Mapping[str, Any]) -> Mapping[str, Any]:
    name = _ASKED.get(kind)
    if name is not None and not (isinstance(choice.get(name), str) and choice[name].strip()):
        raise bad_request(f"location property is wrong,{name} must be a string ")
    return choice


def _place(location: Mapping[str, Any], answer: Mapping[str, Any]) -> str | None:
    kind = location["type"]
    if kind in _ASKED:
        return answer.get(_ASKED[kind])
    if kind == "integration" and location["integration"] != "cal-video":
        return f"integrations:{location['integration']}"
    if kind in ("integration", "organizersDefaultApp"):
        return VIDEO
    return location[_OFFERED[kind] or kind]
