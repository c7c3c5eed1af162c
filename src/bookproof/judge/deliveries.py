"""Judges webhook deliveries: what each says, which step of the run it belongs to, and what it should not have been.

Source: Calendar API & MCP, Webhooks; REST API, Webhooks. The form of the payload is not documented, so a booking is
looked for by its code wherever it may stand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, cast
from urllib.parse import unquote_plus

from bookproof.judge.signature import Examination, examine
from bookproof.targets.binding import MISSING, Binding, dig
from bookproof.targets.inbox import Received
from bookproof.targets.views import Booking, booking_of
from bookproof.wire.exchange import NOT_JSON, Exchange

CREATED, CANCELLED, RESCHEDULED, NO_SHOW = (
    "booking.created",
    "booking.cancelled",
    "booking.rescheduled",
    "booking.no_show",
)
#: The events that exist. Source: Calendar API & MCP, Webhooks ("The events are exactly").
EVENTS = (CREATED, CANCELLED, RESCHEDULED, NO_SHOW)
#: How far t may be from the time of arrival, in seconds: clocks differ and a delivery takes its time.
FRESH = 120.0
#: A code that is shorter may stand in a text by chance.
TELLING_CODE = 6
#: Statuses with which the booking of an event may be shown.
_FITTING = {
    CREATED: {"confirmed", "pending"},
    CANCELLED: {"cancelled"},
    RESCHEDULED: {"confirmed", "pending", "rescheduled"},
    NO_SHOW: {"no-show"},
}
_KNOWN_STATUSES = {status for statuses in _FITTING.values() for status in statuses}


@dataclass(frozen=True)
class Subscription:
    """A subscription that the suite has made.

    Attributes:
        name: of its box.
        exchange: the answer to its creation.
        id: as that answer shows it.
        secret: its signing secret, or "" where nobody has told it.
        events: asked for.
        shown: the events that the answer shows, or None if it shows none.
        shows_secret: whether the answer shows the secret.
    """

    name: str
    exchange: Exchange
    id: str
    secret: str
    events: tuple[str, ...]
    shown: tuple[str, ...] | None
    shows_secret: bool = True

    @property
    def chosen(self) -> bool:
        """Whether the target says that the subscription is to these events and no others."""
        return self.shown is not None and sorted(self.shown) == sorted(self.events)


@dataclass(frozen=True)
class Step:
    """Something that was done to a booking.

    Attributes:
        event: what it should push; of a call that should be refused, what it would push otherwise.
        exchange: the call, or the answer that showed the booking where the control door did it.
        after: number of the newest delivery that was there before.
        codes: of the booking; two where moving it gave it another.
        start: when the booking should start afterwards.
        booking: as the answer shows it, or None.
        marker: a word that only this booking's attendee has, or "".
    """

    event: str
    exchange: Exchange
    after: int
    codes: tuple[str, ...] = ()
    start: datetime | None = None
    booking: Booking | None = None
    marker: str = ""


class Said:
    """What a delivery says.

    Args:
        binding: of the target.
        received: the delivery.
    """

    def __init__(self, binding: Binding, received: Received) -> None:
        self._binding = binding
        self.received = received
        self.number = received.delivery.number
        self.box = received.box
        self.body = received.delivery.body

    @cached_property
    def json(self) -> Any:
        """The body as JSON, or NOT_JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return NOT_JSON

    @cached_property
    def text(self) -> str:
        """The body as text; escapes of forms are undone."""
        text = self.body.decode("utf-8", "replace")
        return unquote_plus(text) if self.json is NOT_JSON else text

    @property
    def event(self) -> Any:
        """The event that it names, or MISSING."""
        return dig(self.json, self._binding.delivery("event"))

    @property
    def data(self) -> Any:
        """Its payload, or MISSING."""
        return dig(self.json, self._binding.delivery("data"))

    @cached_property
    def meant(self) -> str:
        """The event that it is about, even where its body has another form; "" if that cannot be told."""
        if isinstance(self.event, str):
            return self.event
        return next((event for event in EVENTS if event in self.text), "")

    def mentions(self, codes: Sequence[str]) -> bool:
        """Whether one of some codes stands anywhere in it."""
        return _mentions(self.json, self.text, codes)

    def data_mention(self, codes: Sequence[str]) -> bool:
        """Whether one of some codes stands in its payload."""
        return _mentions(self.data, json.dumps(self.data, ensure_ascii=False), codes)

    def bookings(self, codes: Sequence[str]) -> list[Booking]:
        """The objects of its payload that are bookings with one of some codes."""
        bound = booking_of(self._binding, dig(self.json, self._binding.delivery("booking")))
        found = [bound] if bound else []
        found += [booking for obj in _objects(self.data) if (booking := booking_of(self._binding, obj))]
        return [booking for booking in found if booking.code in codes]


def _mentions(value: Any, text: str, codes: Sequence[str]) -> bool:
    there = [code for code in codes if code in text]
    if any(len(code) >= TELLING_CODE for code in there):
        return True
    return bool(there) and not {str(leaf) for leaf in _leaves(value)}.isdisjoint(there)


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for member in cast("dict[str, Any]", value).values():
            yield from _leaves(member)
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from _leaves(item)
    else:
        yield value


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        table = cast("dict[str, Any]", value)
        yield table
        for member in table.values():
            yield from _objects(member)
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from _objects(item)


def assigned(steps: Sequence[Step], deliveries: Sequence[Said]) -> list[tuple[Step, Said | None]]:
    """Each step that should push an event, with the delivery that tells of it.

    One that names the booking's code is preferred; but a delivery with the right event and the wrong booking counts as
    pushed, for its data are another requirement's.

    Args:
        steps: in the order in which they were done.
        deliveries: to one subscription, in the order of their arrival.
    """
    found: dict[int, Said] = {}
    for named in (True, False):
        for place, step in enumerate(steps):
            fitting = (
                said
                for said in deliveries
                if said not in found.values()
                and said.number > step.after
                and said.meant == step.event
                and (not named or said.mentions(step.codes))
            )
            if place not in found and (said := next(fitting, None)):
                found[place] = said
    return [(step, found.get(place)) for place, step in enumerate(steps)]


@dataclass
class Sorted:
    """The deliveries to one subscription, sorted.

    Attributes:
        pairs: each step that should push an event, with its delivery or None.
        repeated: deliveries that say the very same of the same event as an earlier one, each with that one.
        rest: the others.
    """

    pairs: list[tuple[Step, Said | None]]
    repeated: list[tuple[Said, Said]] = field(default_factory=list[tuple[Said, Said]])
    rest: list[Said] = field(default_factory=list[Said])


def sort(steps: Sequence[Step], deliveries: Sequence[Said]) -> Sorted:
    """Sort the deliveries to one subscription; see :class:`Sorted`."""
    made = Sorted(assigned(steps, deliveries))
    expected = [said for _, said in made.pairs if said]
    first: dict[tuple[str, str], Said] = {}
    for said in deliveries:
        # Beside event and data a delivery may have a number of its own.
        told = said.text if said.data is MISSING else json.dumps(said.data, sort_keys=True)
        original = first.setdefault((said.meant, told), said)
        if said in expected:
            continue
        if original is not said:
            made.repeated.append((original, said))
        else:
            made.rest.append(said)
    return made


def told_for(refusal: Step, found: Sorted) -> list[Said]:
    """The deliveries to the main subscription that tell of a call which was refused.

    Args:
        refusal: the call, with what only its own booking has: the attendee's name, or the code of a booking that had
            been cancelled before.
        found: the deliveries, sorted.
    """
    unexpected = [*found.rest, *(said for _, said in found.repeated)]
    if refusal.marker:
        return [said for said in unexpected if refusal.marker in said.text]
    if any(said.meant != refusal.event for _, said in found.repeated):
        return []  # a target that tells everything twice says nothing of this call
    late = [said for said in unexpected if said.number > refusal.after and said.meant == refusal.event]
    return [said for said in late if said.mentions(refusal.codes)]


def disagreements(step: Step, said: Said) -> list[str]:
    """What a delivery says of its step's booking that is not so; empty if it agrees, or says nothing of it.

    A payload may show a booking before and after a move: it agrees if one of its objects does.
    """
    by_object = [_disagreements(step, booking) for booking in said.bookings(step.codes)]
    return [] if not by_object else min(by_object, key=len)


def _disagreements(step: Step, shown: Booking) -> list[str]:
    told = step.booking
    starts = {start for start in (step.start, told.start if told else None) if start}
    wrong: list[str] = []
    if shown.start and starts and shown.start not in starts:
        wrong.append(f"start {shown.start.isoformat()}")
    if shown.status in _KNOWN_STATUSES and shown.status not in _FITTING[step.event]:
        wrong.append(f"status {shown.status}")
    if told and told.attendee_email and shown.attendee_email:
        same = told.attendee_email.lower() == shown.attendee_email.lower()
        wrong += [] if same else [f"attendee {shown.attendee_email}"]
    return wrong


@dataclass(frozen=True)
class Examined:
    """A delivery with the examination of its signature."""

    received: Received
    result: Examination
    secret_known: bool


def examine_all(
    binding: Binding, deliveries: Sequence[Received], secrets: dict[str, str], skew: float
) -> list[Examined]:
    """Examine the signatures of deliveries.

    Args:
        binding: names the header.
        deliveries: to subscriptions of the suite.
        secrets: name of a subscription to its signing secret, "" where it is not known.
        skew: seconds by which the target's clock is ahead of ours.
    """
    name = binding.delivery("signature").lower()
    examined: list[Examined] = []
    for received in deliveries:
        delivery, secret = received.delivery, secrets.get(received.box, "")
        result = examine(
            delivery.headers.get(name),
            delivery.body,
            secret,
            moment=delivery.received + skew,
            tolerance=FRESH,
            other_secrets={f"subscription {box}": other for box, other in secrets.items() if other != secret},
        )
        examined.append(Examined(received, result, bool(secret)))
    return examined


def shape_faults(said: Said) -> list[str]:
    """What is wrong with the form of a delivery. Source: REST API, Webhooks (the sample delivery)."""
    delivery = said.received.delivery
    media_type = delivery.headers.get("content-type", "").split(";")[0].strip().lower()
    wrong: list[str] = []
    if delivery.method != "POST":
        wrong.append(f"method {delivery.method}")
    if media_type != "application/json" and not media_type.endswith("+json"):
        wrong.append(f"content type {media_type or 'missing'}")
    if not isinstance(said.json, dict):
        return [*wrong, "a body that is no JSON object"]
    if not isinstance(said.event, str):
        wrong.append("no event")
    if said.data is MISSING:
        wrong.append("no data")
    elif not isinstance(said.data, dict | list):
        wrong.append(f"data that are no object: {json.dumps(said.data, ensure_ascii=False)[:60]}")
    return wrong
