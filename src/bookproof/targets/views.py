"""What an answer means, in the suite's words: bookings, slots, pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from bookproof.targets.binding import MISSING, Binding

#: A booking in one of these statuses holds its slot.
LIVE = frozenset({"confirmed", "pending"})


@dataclass(frozen=True, order=True)
class Slot:
    """An opening: start and end as instants."""

    start: datetime
    end: datetime

    def overlaps(self, other: Slot) -> bool:
        """Whether the two share any time."""
        return self.start < other.end and other.start < self.end

    def __str__(self) -> str:
        return f"{utc(self.start)}/{utc(self.end)}"


@dataclass(frozen=True)
class Booking:
    """A booking as an answer shows it; None where the answer does not show a field.

    ``status`` is in the suite's words (confirmed, pending, cancelled, rescheduled, no-show), or as the API wrote it.
    """

    code: str | None
    event_type_code: str | None
    status: str | None
    start: datetime | None
    end: datetime | None
    attendee_name: str | None
    attendee_email: str | None
    raw: Any

    @property
    def live(self) -> bool:
        """Whether it holds its slot. A status that is not shown counts as live."""
        return self.status is None or self.status in LIVE


@dataclass(frozen=True)
class Page:
    """The pagination of a list, as shown: whole numbers, or None where they are missing or something else."""

    page: int | None
    limit: int | None
    total: int | None
    pages: int | None


def utc(moment: datetime) -> str:
    """An instant as ``2027-01-13T09:00:00Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def instant(value: Any) -> datetime | None:
    """An instant from ISO-8601 text or an epoch number (seconds or milliseconds); None if it is neither.

    A time without a zone is no instant; a passive check speaks of the missing zone.
    """
    if isinstance(value, bool) or value is MISSING:
        return None
    if isinstance(value, int | float):
        try:
            return datetime.fromtimestamp(value / 1000 if abs(value) > 1e11 else value, UTC)
        except (ValueError, OverflowError, OSError):
            return None
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return None if moment.tzinfo is None else moment.astimezone(UTC)


def booking_of(binding: Binding, obj: Any) -> Booking | None:
    """Read an object of an answer as a booking; None if it is no object."""
    if not isinstance(obj, dict):
        return None

    def text(name: str) -> str | None:
        value = binding.field("booking", name, obj)
        return None if value is MISSING or value is None else str(value)

    status = text("status")
    return Booking(
        code=text("code"),
        event_type_code=text("eventTypeCode"),
        status=None if status is None else binding.status_words.get(status.lower(), status),
        start=instant(binding.field("booking", "start", obj)),
        end=instant(binding.field("booking", "end", obj)),
        attendee_name=text("attendeeName"),
        attendee_email=text("attendeeEmail"),
        raw=cast("Any", obj),
    )


def slots_of(binding: Binding, items: Any, minutes: int | None) -> list[Slot] | None:
    """Read the slots of an answer, flat or grouped; None if there is no list of slots in it.

    Args:
        binding: of the target.
        items: what lies where the binding says that slots are.
        minutes: the length of a slot whose end is not shown.
    """
    if not isinstance(items, dict | list):
        return None
    slots: list[Slot] = []
    for leaf in _leaves(binding, items):
        start = instant(leaf if isinstance(leaf, str | int | float) else binding.field("slot", "start", leaf))
        end = None if isinstance(leaf, str | int | float) else instant(binding.field("slot", "end", leaf))
        if start is None:
            return None
        if end is None:
            end = start + timedelta(minutes=minutes or 0)
        slots.append(Slot(start, end))
    return slots


def slot_objects(binding: Binding, items: Any) -> Iterator[Any]:
    """Each slot of an answer as it was written, flat or grouped."""
    if isinstance(items, dict | list):
        yield from _leaves(binding, items)


def unzoned_slots(binding: Binding, items: Any) -> bool:
    """Whether slots begin at a time without a zone, which could be any of many instants."""
    for leaf in slot_objects(binding, items):
        start = leaf if isinstance(leaf, str) else binding.field("slot", "start", leaf)
        if isinstance(start, str) and instant(start) is None and instant(f"{start}Z") is not None:
            return True
    return False


def _leaves(binding: Binding, node: Any) -> Iterator[Any]:
    if isinstance(node, list):
        for element in cast("list[Any]", node):
            yield from _leaves(binding, element)
    elif isinstance(node, dict):
        group = cast("dict[str, Any]", node)
        if binding.field("slot", "start", group) is not MISSING:
            yield group
        else:
            for value in group.values():
                if isinstance(value, list | dict):
                    yield from _leaves(binding, value)
    else:
        yield node


def page_of(answer: Any) -> Page | None:
    """The pagination of a list answer (Source: REST API, Pagination); None if it has none."""
    if not isinstance(answer, dict):
        return None
    shown = cast("dict[str, Any]", answer).get("pagination")
    if not isinstance(shown, dict):
        return None
    table = cast("dict[str, Any]", shown)

    def whole(name: str) -> int | None:
        value = table.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    return Page(whole("page"), whole("limit"), whole("total"), whole("pages"))
