"""Instants as this API writes and reads them."""

from datetime import UTC, datetime

from bookproof.mock.dialects.calcom_v2.validation import iso_moment
from bookproof.mock.domain.instants import utc_text, zone

# Far enough from the end of the calendar that no length of a booking leads beyond it.
_LATEST = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp())
_EARLIEST = int(datetime(1, 1, 3, tzinfo=UTC).timestamp())


def shown(instant: int) -> str:
    """Epoch seconds as `2026-12-10T09:00:00.000Z`."""
    return utc_text(instant).replace("Z", ".000Z")


def shown_in(instant: int, zone_name: str) -> str:
    """Epoch seconds with the numeric offset of a zone, as `2026-12-10T04:00:00.000-05:00`."""
    return datetime.fromtimestamp(instant, zone(zone_name)).isoformat(timespec="milliseconds")


def instant_of(text: str) -> int | None:
    """Epoch seconds of an ISO-8601 text; without a zone it is read as UTC, a date alone as its first moment.

    None if the text names no moment, or one outside the calendar.
    """
    moment = iso_moment(text)
    if moment is None:
        return None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    seconds = (aware - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
    return int(seconds // 1) if _EARLIEST <= seconds < _LATEST else None


def is_date(text: str) -> bool:
    """Whether the text is a date without a time."""
    return len(text) == len("2026-12-10")
