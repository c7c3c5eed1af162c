"""Defects of the Cal.com dialect: what an account is connected to, and how long that lasts."""

# ruff: noqa: ARG001 - what stands in for a method takes what the method takes

from typing import Any

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.defects.calcom_seams import change_data
from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.errors import Refusal
from bookproof.mock.domain.connections import Connection
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.slots import Busy, Slot
from bookproof.mock.domain.tokens import ACCESS, Token
from bookproof.mock.http.exchange import Answer
from bookproof.mock.store import Session

Data = dict[str, Any]

# Calendars


@defect(
    "calcom-calendars-without-address",
    breaks=("calendars.list.connected",),
    story="Nobody can say which calendar is to be looked at.",
)
def calendars_without_address(mock: Mock) -> None:
    def nameless(data: Data) -> None:
        for connection in data["connectedCalendars"]:
            connection["calendars"] = [{**calendar, "externalId": ""} for calendar in connection["calendars"]]

    change_data(mock, "calendars", "index", nameless)


@defect(
    "calcom-busy-times-untold",
    breaks=("calendars.busy.told",),
    story="An assistant believes that a full day is free.",
)
def busy_times_untold(mock: Mock) -> None:
    def nothing(data: list[Any]) -> list[Any]:
        return []

    change_data(mock, "calendars", "busy_times", nothing)


@defect(
    "calcom-busy-zone-guessed",
    breaks=("calendars.busy.zone-required",),
    story="Whoever forgets the zone gets the day of another part of the world.",
)
def busy_zone_guessed(mock: Mock) -> None:
    calendars = mock.calcom.resources.calendars
    busy_times = calendars.busy_times

    def guessed(call: Call) -> Answer:
        if not call.query.keys() & {"timeZone", "loggedInUsersTz"}:
            call.query = {**call.query, "timeZone": "UTC"}
        return busy_times(call)

    calendars.busy_times = guessed


@defect(
    "calcom-busy-times-offered",
    breaks=("calendars.busy.blocks",),
    story="Customers book the hour at the dentist.",
)
def busy_times_offered(mock: Mock) -> None:
    def nothing(session: Session, event_type: EventType, window: Slot) -> list[Busy]:
        return []

    mock.side.connections.blocking = nothing


@defect(
    "calcom-busy-times-of-anybody",
    breaks=("calendars.busy.own-only",),
    story="A stranger learns when somebody is away from home.",
)
def busy_times_of_anybody(mock: Mock) -> None:
    calendars = mock.calcom.resources.calendars
    asked_connection = calendars.asked_connection

    def anybody(item: Any, mine: list[Connection]) -> Connection:
        try:
            return asked_connection(item, mine)
        except Refusal as failure:
            if failure.status != 401:
                raise
            return mock.side.connections.get(int(item["credentialId"]))

    calendars.asked_connection = anybody


@defect(
    "calcom-connect-to-blank-page",
    breaks=("calendars.connect.url",),
    story="The button that connects a calendar opens an empty page.",
)
def connect_to_blank_page(mock: Mock) -> None:
    def blank(data: Data) -> None:
        data["authUrl"] = "about:blank"

    change_data(mock, "calendars", "connect", blank)


@defect(
    "calcom-connect-anything",
    breaks=("calendars.connect.unknown",),
    story="A misspelt calendar leads its user to a page that does not exist.",
)
def connect_anything(mock: Mock) -> None:
    calendars = mock.calcom.resources.calendars

    def any_provider(call: Call, allowed: tuple[str, ...]) -> str:
        return call.params["calendar"]

    calendars.provider = any_provider


@defect(
    "calcom-disconnect-nothing",
    breaks=("calendars.disconnect.unknown",),
    story="A wrong id is thanked for, and the calendar stays connected.",
)
def disconnect_nothing(mock: Mock) -> None:
    calendars = mock.calcom.resources.calendars
    own_connection = calendars.own_connection

    def polite(call: Call, number: int, provider: str) -> Connection:
        try:
            return own_connection(call, number, provider)
        except Refusal as failure:
            if failure.status != 404:
                raise
            return Connection(number, "", provider, "", "")

    calendars.own_connection = polite


@defect(
    "calcom-disconnect-keeps-calendar",
    breaks=("calendars.disconnect.removes",),
    story="A former employer's calendar goes on blocking somebody's days.",
)
def disconnect_keeps_calendar(mock: Mock) -> None:
    def kept(number: int) -> None:
        return

    mock.side.connections.disconnect = kept


@defect(
    "calcom-disconnect-of-anybody",
    breaks=("calendars.disconnect.own-only",),
    story="A stranger disconnects somebody's calendar, and customers book over every private appointment.",
)
def disconnect_of_anybody(mock: Mock) -> None:
    def everybody(call: Call, connection: Connection) -> bool:
        return True

    mock.calcom.resources.calendars.is_own = everybody


# Access tokens, while time passes


@defect(
    "calcom-token-never-ends",
    breaks=("oauth.token.expires",),
    story="A token that was found in an old log opens the account still.",
)
def token_never_ends(mock: Mock) -> None:
    tokens = mock.side.tokens
    is_live = tokens.is_live

    def lasting(token: Token) -> bool:
        return token.kind == ACCESS or is_live(token)

    tokens.is_live = lasting
