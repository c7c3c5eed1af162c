"""Connected calendars and their busy times. Source: Cal.com API v2, Calendars."""

from typing import Any, cast
from urllib.parse import urlencode

from bookproof.mock.dialects.calcom_v2.calls import LARGEST_NUMBER, Call
from bookproof.mock.dialects.calcom_v2.errors import bad_request, not_found, unauthorized
from bookproof.mock.dialects.calcom_v2.query import first
from bookproof.mock.dialects.calcom_v2.tools import Tools
from bookproof.mock.dialects.calcom_v2.validation import (
    Member,
    Shape,
    checked,
    iso_date,
    iso_moment,
    text,
    whole,
    zone_name,
)
from bookproof.mock.domain.connections import BusyTime, Connection
from bookproof.mock.domain.errors import NotFound
from bookproof.mock.domain.instants import DAY, zone
from bookproof.mock.domain.slots import Slot
from bookproof.mock.http.exchange import Answer

_CONNECTABLE = ("google", "office365")
_DISCONNECTABLE = ("apple", "google", "office365")
_TYPES = {"google": "google_calendar", "office365": "office365_calendar", "apple": "apple_calendar"}
_NAMES = {"google": "Google Calendar", "office365": "Outlook Calendar", "apple": "Apple Calendar"}
_APPS = {"google": "google-calendar", "office365": "office365-calendar", "apple": "apple-calendar"}


class CalendarHandlers:
    """Handlers of /v2/calendars."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self.busy_shape = Shape(
            {
                "dateFrom": Member(text(), iso_date()),
                "dateTo": Member(text(), iso_date()),
                "timeZone": Member(zone_name(), required=False),
                "loggedInUsersTz": Member(zone_name(), required=False),
            }
        )
        self.disconnect_shape = Shape({"id": Member(whole())})

    def index(self, call: Call) -> Answer:
        """listCalendars"""
        connections = self.tools.side.connections.find(call.account_id)
        data = {
            "connectedCalendars": [self.connected(item) for item in connections],
            "destinationCalendar": self.destination(call, connections[0]) if connections else {},
        }
        return self.tools.envelopes.success(call, data)

    def connected(self, connection: Connection) -> dict[str, Any]:
        """A connection with its one calendar."""
        calendar = self.calendar(connection)
        integration = {
            "name": _NAMES[connection.provider],
            "type": _TYPES[connection.provider],
            "slug": _APPS[connection.provider],
            "variant": "calendar",
        }
        return {
            "integration": integration,
            "credentialId": connection.number,
            "delegationCredentialId": None,
            "primary": calendar,
            "calendars": [calendar],
        }

    def calendar(self, connection: Connection) -> dict[str, Any]:
        """The calendar of a connection."""
        return {
            "externalId": connection.email,
            "integration": _TYPES[connection.provider],
            "name": connection.name,
            "primary": True,
            "readOnly": False,
            "email": connection.email,
            "isSelected": True,
            "credentialId": connection.number,
        }

    def destination(self, call: Call, connection: Connection) -> dict[str, Any]:
        """Where new bookings are written."""
        return {
            "id": connection.number,
            "integration": _TYPES[connection.provider],
            "externalId": connection.email,
            "primaryEmail": connection.email,
            "userId": self.tools.domain.people.of_account(call.account_id).number,
            "eventTypeId": None,
            "credentialId": connection.number,
        }

    # Busy times

    def busy_times(self, call: Call) -> Answer:
        """listBusyTimes"""
        query = {name: first(value) for name, value in call.query.items() if name != "calendarsToLoad"}
        asked = checked(self.busy_shape, query)
        zone_text = asked.get("timeZone") or asked.get("loggedInUsersTz")
        if zone_text is None:
            raise bad_request("Either timeZone or loggedInUsersTz must be provided")
        window = Slot(
            self.boundary(asked["dateFrom"], zone_text, closing=False),
            self.boundary(asked["dateTo"], zone_text, closing=True),
        )
        times = [
            time
            for connection in self.asked_connections(call)
            for time in self.tools.side.connections.busy_times(connection, window)
        ]
        return self.tools.envelopes.success(call, [self.busy(time) for time in sorted(times, key=lambda t: t.start)])

    def boundary(self, value: str, zone_text: str, *, closing: bool) -> int:
        """One end of the range; a date alone is a whole local day."""
        moment = iso_moment(value)
        assert moment is not None, "checked before"
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone(zone_text))
        whole_day = closing and len(value) <= len("2000-01-01")
        try:
            return int(moment.timestamp()) + (DAY if whole_day else 0)
        except (OverflowError, ValueError) as failure:
            raise bad_request("The range is not one that can be asked for.") from failure

    def asked_connections(self, call: Call) -> list[Connection]:
        """The connections that the query names, else all of the caller's.

        Raises:
            Refusal: 401 for one that is not the caller's, 400 for one that is no number.
        """
        asked = call.query.get("calendarsToLoad")
        mine = self.tools.side.connections.find(call.account_id)
        if asked is None:
            return mine
        items = cast("list[Any]", asked) if isinstance(asked, list) else [asked]
        return [self.asked_connection(item, mine) for item in items]

    def asked_connection(self, item: Any, mine: list[Connection]) -> Connection:
        """One of the caller's connections, as the query names it."""
        given = cast("dict[str, Any]", item) if isinstance(item, dict) else {}
        number = first(given.get("credentialId"))
        if not (isinstance(number, str) and number.isascii() and number.isdigit()):
            raise bad_request("calendarsToLoad must name calendars by credentialId and externalId")
        external = first(given.get("externalId"))
        for connection in mine:
            if number == str(connection.number) and external in (None, connection.email):
                return connection
        raise unauthorized("These credentials do not belong to you")

    def busy(self, time: BusyTime) -> dict[str, Any]:
        """One busy time, in UTC."""
        return {
            "start": self.tools.envelopes.instant(time.start),
            "end": self.tools.envelopes.instant(time.end),
            "source": str(time.connection),
        }

    # Connecting

    def connect(self, call: Call) -> Answer:
        """connectCalendar: where to go in a browser."""
        provider = self.provider(call, _CONNECTABLE)
        query = {"client_id": "bookproof-mock", "redirect_uri": f"{self.tools.base_url}/v2/calendars/{provider}/save"}
        url = f"{self.tools.base_url}/connect/{provider}?{urlencode(query)}"
        return self.tools.envelopes.success(call, {"authUrl": url})

    def provider(self, call: Call, allowed: tuple[str, ...]) -> str:
        """The calendar that the path names.

        Raises:
            Refusal: 400, none of the allowed.
        """
        name = call.params["calendar"]
        if name not in allowed:
            raise bad_request(f"Invalid calendar type, available calendars are: {', '.join(allowed)}")
        return name

    def disconnect(self, call: Call) -> Answer:
        """disconnectCalendar"""
        provider = self.provider(call, _DISCONNECTABLE)
        number = checked(self.disconnect_shape, call.body)["id"]
        connection = self.own_connection(call, int(number), provider)
        self.tools.side.connections.disconnect(connection.number)
        data = {
            "id": connection.number,
            "type": _TYPES[provider],
            "userId": self.tools.domain.people.of_account(call.account_id).number,
            "teamId": None,
            "appId": _APPS[provider],
            "invalid": False,
        }
        return self.tools.envelopes.success(call, data)

    def own_connection(self, call: Call, number: int, provider: str) -> Connection:
        """The caller's connection of this kind.

        Raises:
            Refusal: 404 there is none, 401 it is somebody else's.
        """
        missing = not_found(f"Credentials with id {number} not found")
        try:
            connection = self.tools.side.connections.get(number if 0 < number <= LARGEST_NUMBER else -1)
        except NotFound:
            raise missing from None
        if not self.is_own(call, connection):
            raise unauthorized("These credentials do not belong to you")
        if connection.provider != provider:
            raise missing
        return connection

    def is_own(self, call: Call, connection: Connection) -> bool:
        """Whether the connection is the caller's."""
        return call.is_by(connection.account_id)
