"""Rules and words that several handlers about people share."""

from typing import Any

from bookproof.mock.dialects.calcom_v2.validation import (
    Member,
    email,
    filled,
    matching,
    one_of,
    record,
    text,
    whole,
    zone_name,
)

WEEK_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LOCALES = """
ar ca de es eu he id ja lv pl ro sr th vi az cs el es-419 fi hr it km nl pt ru sv tr zh-CN bg da en
et fr hu iw ko no pt-BR sk ta uk zh-TW
"""
LOCALES = tuple(_LOCALES.split())
#: Names in requests -> names of `Person`, for what is kept as it is.
PROFILE_NAMES = {
    "timeFormat": "time_format",
    "weekStart": "week_start",
    "locale": "locale",
    "avatarUrl": "avatar_url",
    "bio": "bio",
    "metadata": "metadata",
}


def profile_members() -> dict[str, Member]:
    """The members that say something about a person, all optional."""
    return {
        "name": Member(text(), filled(), required=False),
        "timeFormat": Member(one_of(12, 24), required=False),
        "defaultScheduleId": Member(whole(), required=False),
        "weekStart": Member(one_of(*WEEK_DAYS), required=False),
        "timeZone": Member(zone_name(), required=False),
        "locale": Member(one_of(*LOCALES), required=False),
        "avatarUrl": Member(text(), required=False),
        "bio": Member(text(), required=False),
        "metadata": Member(record(), required=False),
    }


def email_member(*, required: bool) -> Member:
    """An email address."""
    return Member(email(), required=required)


def username_member() -> Member:
    """A username, optional."""
    pattern, sentence = r"[A-Za-z0-9._-]{1,100}", "{} must be made of letters, digits, dots and hyphens"
    return Member(text(), matching(pattern, sentence), required=False)


def profile_of(body: dict[str, Any]) -> dict[str, Any]:
    """The members of a checked body that belong to a profile, in the names of `Person`."""
    return {ours: body[theirs] for theirs, ours in PROFILE_NAMES.items() if body.get(theirs) is not None}
