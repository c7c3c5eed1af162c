"""JSON Schemas of what the tools take and give. Source: none documented; assumed to be the REST API's fields."""

from typing import Any

from bookproof.mock.domain.booking_records import STATUSES

Schema = dict[str, Any]


def whole(description: str, *, maximum: int | None = None) -> Schema:
    """A whole number from 1."""
    most = {} if maximum is None else {"maximum": maximum}
    return {"type": "integer", "minimum": 1} | most | {"description": description}


def text(description: str, **more: Any) -> Schema:
    """A text; `more` are further keywords."""
    return {"type": "string"} | more | {"description": description}


def code(description: str) -> Schema:
    """A code that names an object."""
    return text(description, minLength=1, maxLength=200)


def time(description: str) -> Schema:
    """A date and time with a zone."""
    return text(description, format="date-time")


def closed(properties: Schema, required: tuple[str, ...] = (), **more: Any) -> Schema:
    """An object that has no other members than these; `more` are further keywords."""
    kind: Schema = {"type": "object", "additionalProperties": False}
    return kind | more | {"properties": properties, "required": list(required)}


def _shown(properties: Schema, *optional: str) -> Schema:
    """An object of an answer: all members but the optional ones are always there."""
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
    }


_TEXT: Schema = {"type": "string"}
_NULLABLE_TEXT: Schema = {"type": ["string", "null"]}
_NUMBER: Schema = {"type": "integer"}
_FLAG: Schema = {"type": "boolean"}
_TIME: Schema = {"type": "string", "format": "date-time"}

EVENT_TYPE = _shown(
    {
        "code": _TEXT,
        "slug": _TEXT,
        "title": _TEXT,
        "description": _TEXT,
        "colour": _TEXT,
        "duration": {"type": "integer", "description": "Minutes; the default where there are several."},
        "durations": {"type": "array", "items": _NUMBER, "description": "All durations on offer, in minutes."},
        "bufferBefore": {"type": "integer", "description": "Minutes kept free before a booking."},
        "bufferAfter": {"type": "integer", "description": "Minutes kept free after a booking."},
        "minimumNotice": {"type": "integer", "description": "Minutes."},
        "maximumNotice": {"type": "integer", "description": "Days."},
        "slotInterval": {"type": "integer", "description": "Minutes from one possible start to the next."},
        "dailyCap": {"type": ["integer", "null"], "description": "Most bookings on one local date; null for none."},
        "requiresConfirmation": _FLAG,
        "questions": {
            "type": "array",
            "items": _shown({"code": _TEXT, "label": _TEXT, "required": _FLAG}),
            "description": "What create_booking takes answers to.",
        },
        "host": _shown({"id": _TEXT, "name": _TEXT}),
    }
)

SLOT = _shown({"start": _TIME, "end": _TIME})

BOOKING = _shown(
    {
        "code": _TEXT,
        "eventTypeCode": _TEXT,
        "status": {"type": "string", "enum": list(STATUSES)},
        "start": _TIME,
        "end": _TIME,
        "attendee": _shown({"name": _TEXT, "email": _TEXT, "timeZone": _TEXT}),
        "answers": {"type": "object", "additionalProperties": _TEXT},
        "notes": _NULLABLE_TEXT,
        "createdAt": _TIME,
        "updatedAt": _TIME,
        "cancelReason": _TEXT,
        "rescheduledFrom": {"type": "string", "description": "Code of the booking that was moved here."},
    },
    "cancelReason",
    "rescheduledFrom",
)

_PAGINATION = _shown({"page": _NUMBER, "limit": _NUMBER, "total": _NUMBER, "pages": _NUMBER})


def result(data: Schema, *, paged: bool = False) -> Schema:
    """The envelope around `data`, as in the REST API. A refusal has error and message instead of data."""
    members: Schema = {"success": _FLAG, "data": data} | ({"pagination": _PAGINATION} if paged else {})
    members |= {"error": _TEXT, "message": _TEXT}
    return {"type": "object", "properties": members, "required": ["success"]}


def listed(item: Schema) -> Schema:
    """A list of `item`."""
    return {"type": "array", "items": item}
