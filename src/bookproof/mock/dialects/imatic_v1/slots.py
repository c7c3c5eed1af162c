"""Slots of an event type."""

from collections.abc import Mapping

from bookproof.mock.dialects.imatic_v1.tools import Tools
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.instants import DAY
from bookproof.mock.domain.slots import Slot
from bookproof.mock.http import validation
from bookproof.mock.http.errors import invalid
from bookproof.mock.http.exchange import Answer, Call

LONGEST_RANGE_DAYS = 92


class SlotHandlers:
    """Handlers of /v1/event-types/{eventTypeCode}/slots."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools

    def index(self, call: Call) -> Answer:
        """listSlots: a flat list, in UTC unless a zone is asked for."""
        domain = self.tools.domain
        event_type = domain.event_types.get(call.account_id, call.params["eventTypeCode"])
        zone_name = self.zone_name(call.query)
        window = self.window(call.query, zone_name or event_type.rules.time_zone)
        minutes = self.minutes(call.query)
        slots = self.open_slots(event_type, minutes, window)
        return self.tools.envelopes.success(call, self.tools.presenter.slots(slots, zone_name))

    def open_slots(self, event_type: EventType, minutes: int | None, window: Slot) -> list[Slot]:
        """The open slots as the domain knows them."""
        with self.tools.domain.store.read() as session:
            return self.tools.domain.availability.open_slots(session, event_type, minutes, window)

    def zone_name(self, query: Mapping[str, str]) -> str | None:
        """The asked zone, if any."""
        return validation.zone_name(query["timeZone"]) if "timeZone" in query else None

    def minutes(self, query: Mapping[str, str]) -> int | None:
        """The asked duration, if any."""
        text = query.get("duration")
        if text is None:
            return None
        if not (text.isascii() and text.isdigit() and len(text) <= 6):
            raise invalid("duration must be a whole number of minutes.")
        return int(text)

    def window(self, query: Mapping[str, str], zone_name: str) -> Slot:
        """The asked range; dates alone are whole local days of the zone, the last one included."""
        start = self.boundary(query, "start", zone_name, closing=False)
        end = self.boundary(query, "end", zone_name, closing=True)
        if end <= start:
            raise invalid("end must be later than start.")
        # Ninety-two local days are an hour longer where a clock goes back in between.
        if end - start > LONGEST_RANGE_DAYS * DAY + 3_600:
            raise invalid(f"The range must not be longer than {LONGEST_RANGE_DAYS} days.")
        return Slot(start, end)

    def boundary(self, query: Mapping[str, str], name: str, zone_name: str, *, closing: bool) -> int:
        """One end of the range in epoch seconds, fractions rounded inwards."""
        text = query.get(name)
        if text is None:
            raise invalid(f"{name} is required.")
        if validation.is_date(text):
            return validation.local_midnight(text, name, zone_name, after=closing)
        value = validation.instant(text, name)
        return validation.floor_seconds(value) if closing else validation.ceiling_seconds(value)
