"""The form of a booking: its default fields, the owner's own, and what answers to them must be.

Source: Cal.com API v2, Event Types; behaviour of a running server.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from bookproof.mock.dialects.calcom_v2.errors import Refusal, bad_request
from bookproof.mock.dialects.calcom_v2.validation import Member, Shape, filled, flag, is_email, listed, one_of, text

_Field = Mapping[str, Any]

DEFAULT_FIELDS: tuple[_Field, ...] = (
    {"type": "name", "slug": "name", "required": True},
    {"type": "email", "slug": "email", "required": True},
    {"type": "phone", "slug": "attendeePhoneNumber", "required": False, "hidden": True},
    {"type": "radioInput", "slug": "location", "required": False},
    {"type": "text", "slug": "title", "required": True, "hidden": True},
    {"type": "textarea", "slug": "notes", "required": False},
    {"type": "multiemail", "slug": "guests", "required": False},
    {"type": "textarea", "slug": "rescheduleReason", "required": False},
)
_DEFAULT_SLUGS = tuple(str(field["slug"]) for field in DEFAULT_FIELDS)
#: Default fields that are named by their type alone, and the slug they have.
_BY_TYPE = {"name": "name", "splitName": "name", "email": "email"}
# fmt: off
_TYPES = (
    "name", "splitName", "email", "title", "notes", "guests", "rescheduleReason", "phone", "address", "text",
    "number", "textarea", "select", "multiselect", "multiemail", "checkbox", "radio", "boolean", "url", "radioInput",
)
# fmt: on
_CHOICES = ("select", "multiselect", "checkbox", "radio")
#: Never asked for as an answer: they are members of the request, or only asked for when moving.
_ELSEWHERE = ("name", "email", "attendeePhoneNumber", "location", "rescheduleReason", "guests")

_FIELD = Shape(
    {
        "type": Member(one_of(*_TYPES)),
        "slug": Member(text(), filled(), required=False),
        "label": Member(text(), required=False),
        "placeholder": Member(text(), required=False),
        "required": Member(flag(), required=False),
        "hidden": Member(flag(), required=False),
        "options": Member(required=False, items=(text(),)),
    }
)


def checked_fields(fields: Sequence[Any]) -> list[dict[str, Any]]:
    """The fields of a request, each of them checked.

    Raises:
        Refusal: 400.
    """
    return [_checked(field) for field in fields]


def _checked(field: Any) -> dict[str, Any]:
    if not isinstance(field, dict):
        raise bad_request("Each booking field must be an object with a 'type'.")
    problems = _FIELD.problems(field)
    if problems:
        raise listed(problems)
    given = cast("dict[str, Any]", field)
    if slug_of(given) is None:
        raise bad_request(f"Booking field of type {given['type']} must have a 'slug'.")
    if given["type"] in _CHOICES and not given.get("options"):
        raise bad_request(f"Booking field of type {given['type']} must have 'options'.")
    return given


def slug_of(field: _Field) -> str | None:
    """The slug of a field, None if it must have one and has none."""
    kind = str(field["type"])
    return _BY_TYPE.get(kind) or field.get("slug") or (kind if kind in _DEFAULT_SLUGS else None)


def all_fields(own: Sequence[_Field]) -> list[dict[str, Any]]:
    """The whole form: the default fields, changed where the owner says so, and the owner's own."""
    by_slug = {slug_of(field): field for field in own}
    found = [{"isDefault": True, **field, **_kept(by_slug.get(field["slug"], {}))} for field in DEFAULT_FIELDS]
    return found + [
        {"isDefault": False, "required": False, **field, "slug": slug_of(field)}
        for field in own
        if slug_of(field) not in _DEFAULT_SLUGS
    ]


def _kept(field: _Field) -> dict[str, Any]:
    return {name: value for name, value in field.items() if name not in ("slug", "isDefault")}


class FieldRules:
    """Judges the answers of a booking by the form of its event type."""

    def check(self, fields: Sequence[_Field], answers: Mapping[str, Any]) -> None:
        """Refuse answers that leave a required field open, or have a wrong type.

        Raises:
            Refusal: 400 that names the field.
        """
        for field in fields:
            if field["slug"] not in _ELSEWHERE and not field.get("hidden"):
                self.check_answer(field, answers.get(field["slug"]))

    def check_answer(self, field: _Field, value: Any) -> None:
        """Refuse one answer."""
        if value in (None, "", []):
            if self.is_required(field):
                raise self.missing(field)
        elif not self.fits(field, value):
            raise self.wrong(field)

    def is_required(self, field: _Field) -> bool:
        """Whether the field must have an answer."""
        return bool(field.get("required"))

    def missing(self, field: _Field) -> Refusal:
        """The refusal where a required answer is not there."""
        slug = field["slug"]
        return bad_request(
            f"Missing required booking field response: {slug} - it is required by the event type booking fields, but "
            f"missing in the bookingFieldsResponses."
        )

    def wrong(self, field: _Field) -> Refusal:
        """The refusal of an answer that does not fit its field."""
        return bad_request(
            f"Invalid booking field response for {field['slug']}: it does not fit a field of type {field['type']}."
        )

    def fits(self, field: _Field, value: Any) -> bool:
        """Whether an answer fits the type of its field."""
        kind, options = field["type"], field.get("options")
        if kind == "number":
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        if kind == "boolean":
            return isinstance(value, bool)
        if kind in ("checkbox", "multiselect"):
            return isinstance(value, list) and all(item in (options or ()) for item in cast("list[Any]", value))
        if kind in ("select", "radio"):
            return isinstance(value, str) and value in (options or ())
        if kind == "multiemail":
            return isinstance(value, list) and all(is_email(item) for item in cast("list[Any]", value))
        return isinstance(value, str)
