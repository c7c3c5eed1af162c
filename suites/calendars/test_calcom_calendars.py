"""Calendars of Cal.com: connected ones are listed, their busy times are told and not offered."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlsplit

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.probes.calcom_v2 import calendars
from bookproof.probes.calcom_v2.calendars import Busy, Connected, Connecting, Disconnected, Offered
from bookproof.targets.views import Slot, instant
from bookproof.wire.exchange import Exchange

#: How it is told that a calendar is not one's own; real servers answer 401.
NOT_ONES_OWN = frozenset({401, 403, 404})


def _table(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


@requirement("calendars.list.connected", calendars.connected)
def test_connected_calendars_are_listed(seen: Connected, judge: Judge) -> None:
    """Every connection in the list has its credentialId and a list of calendars with their externalId."""
    shown = judge.that(
        seen.connections is not None, "a list under connectedCalendars", answer(seen.exchange), seen.exchange
    )
    for connection in map(_table, seen.connections or () if shown else ()):
        within = connection.get("calendars")
        items = cast("list[Any]", within) if isinstance(within, list) else [None]
        judge.that(
            isinstance(connection.get("credentialId"), int) and all(_table(item).get("externalId") for item in items),
            "a connection with a credentialId, and calendars with an externalId",
            f"a connection with credentialId {connection.get('credentialId')!r} and calendars {within!r}",
            seen.exchange,
        )


@requirement("calendars.busy.told", calendars.busy)
def test_busy_times_are_told(seen: Busy, judge: Judge) -> None:
    """Busy times are intervals on the day that was asked for; where the target file promises some, there are some."""
    judge.accepted(seen.exchange, f"busy times of {seen.day} are asked for")
    judge.that(seen.items is not None, "a list under data", answer(seen.exchange), seen.exchange)
    for item in map(_table, seen.items or ()):
        start, end = instant(item.get("start")), instant(item.get("end"))
        told = f"from {item.get('start')!r} to {item.get('end')!r}"
        if start is None or end is None or start >= end:
            judge.that(False, "a start and a later end", told, seen.exchange)
            continue
        on_the_day = Slot(start, end).overlaps(seen.window)
        judge.that(on_the_day, f"something on {seen.day} in {seen.zone}", told, seen.exchange)
    if seen.promised:
        judge.that(bool(seen.items), f"something on {seen.day}, as the target file says", "nothing", seen.exchange)


@requirement("calendars.busy.zone-required", calendars.busy)
def test_a_zone_is_needed(seen: Busy, judge: Judge) -> None:
    """Days have no beginning without a zone: such a request is refused."""
    judge.refused(seen.unzoned, {400, 422}, "no time zone is given")


@requirement("calendars.busy.blocks", calendars.offered)
def test_busy_times_are_not_offered(seen: Offered, judge: Judge) -> None:
    """No slot is offered while a connected calendar is busy."""
    clashes = [slot for slot in seen.slots if any(slot.overlaps(time) for time in seen.busy)]
    judge.that(
        not clashes,
        f"no slot while calendars are busy, as from {seen.busy[0]}",
        f"{len(clashes)} of {len(seen.slots)} slots are then, as {clashes[0] if clashes else 'none'}",
        seen.exchange,
    )


@requirement("calendars.busy.own-only", calendars.busy_of_others)
def test_busy_times_of_others_are_not_told(seen: Exchange, judge: Judge) -> None:
    """Another account's key does not learn when the calendars of this one are busy."""
    judge.refused(seen, NOT_ONES_OWN, "the calendars are somebody else's")


@requirement("calendars.connect.url", calendars.connecting)
def test_connecting_tells_where_to_go(seen: Connecting, judge: Judge) -> None:
    """Who wants to connect a calendar is told the URL at which to let it be read."""
    exchange = seen.known.exchange
    if exchange.refused and exchange.status != 401:
        raise judge.untestable(f"the server connects no {calendars.KIND} calendars: {answer(exchange)}")
    judge.accepted(exchange, "a calendar is to be connected")
    url = seen.known.get("authUrl")
    parts = urlsplit(url) if isinstance(url, str) else None
    judge.that(
        parts is not None and parts.scheme in {"http", "https"} and bool(parts.netloc),
        "an absolute URL in authUrl",
        f"authUrl is {url!r}",
        exchange,
    )


@requirement("calendars.connect.unknown", calendars.connecting)
def test_an_unknown_kind_is_refused(seen: Connecting, judge: Judge) -> None:
    """A kind of calendar that does not exist cannot be connected."""
    judge.refused(seen.unknown, {400, 404, 422}, "there is no such kind of calendar")


@requirement("calendars.disconnect.unknown", calendars.disconnect_unknown)
def test_what_is_not_connected_is_not_disconnected(seen: Exchange, judge: Judge) -> None:
    """Disconnecting by an id that no connection has is refused."""
    judge.refused(seen, {400, *NOT_ONES_OWN}, "no calendar is connected by this id")


@requirement("calendars.disconnect.removes", calendars.disconnected)
def test_a_disconnected_calendar_is_gone(seen: Disconnected, judge: Judge) -> None:
    """A calendar that its owner has disconnected is not listed any more."""
    if seen.foreign is not None and seen.foreign.ok:
        raise judge.untestable("somebody else has disconnected it before; see calendars.disconnect.own-only")
    judge.accepted(seen.own, "a calendar of one's own is disconnected")
    if not seen.listed.exchange.ok or seen.listed.connections is None:
        raise judge.untestable("the calendars are not listed; see calendars.list.connected")
    left = [connection.get("credentialId") for connection in map(_table, seen.listed.connections)]
    judge.that(
        seen.credential not in left,
        f"no connection {seen.credential}, which was disconnected",
        f"connections {', '.join(map(str, left))}",
        seen.own,
        seen.listed.exchange,
    )


@requirement("calendars.disconnect.own-only", calendars.disconnected)
def test_nobody_else_disconnects_a_calendar(seen: Disconnected, judge: Judge) -> None:
    """Another account's key cannot disconnect a calendar."""
    if seen.foreign is None:
        raise judge.untestable("no key of role foreign: add it to [credentials] of the target file")
    judge.refused(seen.foreign, NOT_ONES_OWN, "the calendar is somebody else's")
