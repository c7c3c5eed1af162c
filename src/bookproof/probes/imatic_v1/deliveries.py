"""Webhook deliveries: one course of bookings, received by subscriptions of several kinds.

Source: Calendar API & MCP, Webhooks; REST API, Webhooks. All that is pushed goes to the inbox of the run. Every step is
followed by waiting for what it should push, so that a delivery belongs to the step before it.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bookproof.inbox.delivery import Answer, answer, hold
from bookproof.judge.deliveries import CANCELLED, CREATED, EVENTS, NO_SHOW, RESCHEDULED, Said, Step, Subscription
from bookproof.judge.deliveries import assigned as assigned_to
from bookproof.probes.base import Blocked, probe
from bookproof.probes.imatic_v1 import openings
from bookproof.probes.imatic_v1.errors import ODD_NAME
from bookproof.probes.imatic_v1.session import Session
from bookproof.probes.imatic_v1.subscriptions import (
    ALL,
    CHANGED,
    DELETED,
    FAILING,
    FILTERED,
    INACTIVE,
    OTHER_ACCOUNT,
    SLOW,
    TESTED,
    change,
    confirmed,
    not_subscribed,
    subscribe,
    unsubscribe,
)
from bookproof.probes.session import FOREIGN
from bookproof.targets.binding import Binding
from bookproof.targets.inbox import Received
from bookproof.targets.target import EventTypeRules
from bookproof.targets.views import Slot
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange, describe

#: A slow receiver holds its answer back for so long, in seconds: shorter than the patience of usual senders.
LONGEST_HOLD = 4.5
#: Once something has not come, less is waited for the next: part of the whole wait.
IMPATIENCE = 0.25
#: What should not come is waited for a few times as long as what came took, in seconds at least and at most.
SHORTEST_GRACE, LONGEST_GRACE = 0.1, 2.0
REFUSED_NAME = "Bookproof Refused"


@dataclass
class Course:
    """A course of bookings, and what each subscription received meanwhile.

    Attributes:
        binding: of the target.
        key_secrets: the secret parts of the keys that the run knows.
        subscriptions: by the name of their box; those that could be made.
        refused: the answers to those that could not be made, or not be changed.
        steps: what was done, in order.
        refusals: calls that should be refused, each as a step that should not push its event.
        after_deletion: number of the newest delivery that was there when the deleted subscription was gone.
        received: every delivery of the course.
        skew: seconds by which the target's clock is ahead of ours.
        held_for: seconds for which the slow receiver would have held its answer.
        slow_call: the booking during which it did, or None if there is no slow subscription.
        usual: seconds that a booking takes otherwise.
        contained: whether the others received an event while it still did; None if that could not be seen.
        waited: seconds after which a delivery counts as missing.
        address: the URL of the main subscription, for messages.
    """

    binding: Binding
    key_secrets: set[str]
    subscriptions: dict[str, Subscription] = field(default_factory=dict[str, Subscription])
    refused: dict[str, Exchange] = field(default_factory=dict[str, Exchange])
    steps: list[Step] = field(default_factory=list[Step])
    refusals: list[Step] = field(default_factory=list[Step])
    after_deletion: int = 0
    received: list[Received] = field(default_factory=list[Received])
    skew: float = 0.0
    held_for: float = 0.0
    slow_call: Exchange | None = None
    usual: float = 0.0
    contained: bool | None = None
    waited: float = 0.0
    address: str = ""

    @property
    def secrets(self) -> dict[str, str]:
        """Name of a subscription to its signing secret."""
        return {name: made.secret for name, made in self.subscriptions.items()}

    def to(self, *names: str) -> list[Received]:
        """The deliveries to some subscriptions."""
        return [received for received in self.received if received.box in names]

    def caused(self, received: Received) -> tuple[Exchange, Exchange]:
        """A delivery's exchange, and the call that caused it, or at least that of its subscription."""
        said = Said(self.binding, received)
        causes = [step.exchange for step in self.steps if step.event == said.meant and said.mentions(step.codes)]
        return received.exchange, causes[-1] if causes else self.subscriptions[received.box].exchange

    def subscription(self, name: str) -> Subscription:
        """A subscription.

        Raises:
            Untestable: it could not be made.
        """
        if name in self.subscriptions and name not in self.refused:
            return self.subscriptions[name]
        why = describe(self.refused[name]) if name in self.refused else "it was left out"
        raise Untestable(f"needs a subscription of the kind {name}, but {why}")


class _Guide:
    """Leads a course: subscribes, does the steps, waits for what they push."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.patience = session.inbox.settings.wait
        keys = {key.rpartition(".")[2] for key in session.target.credentials.values()}
        self.course = Course(
            session.api.binding,
            {secret for secret in keys if len(secret) >= 8},
            skew=session.ahead(),
            waited=self.patience,
        )
        self.latency = 0.0
        self.said: list[Said] = []

    # Subscribing

    def subscribe(self, name: str, events: Sequence[str], *answers: Answer, **more: Any) -> None:
        self.note(name, subscribe(self.session, name, events, *answers, **more))

    def note(self, name: str, made: Subscription | Exchange) -> None:
        if isinstance(made, Subscription):
            self.course.subscriptions[name] = made
        else:
            self.course.refused[name] = made

    def subscribe_all(self) -> None:
        """The main subscription first, without which there is nothing to judge; those in trouble before it."""
        session = self.session
        self.course.held_for = min(self.patience + 0.5, LONGEST_HOLD)
        self.subscribe(FAILING, [CREATED], answer(500), answer(200))
        self.subscribe(SLOW, [CREATED], hold(self.course.held_for), answer(200))
        self.subscribe(ALL, EVENTS)
        if ALL in self.course.refused:
            raise not_subscribed(self.course.refused[ALL])
        self.course.address = session.inbox.url(ALL)
        self.subscribe(FILTERED, [CANCELLED])
        if FILTERED in self.course.subscriptions:
            self.note(FILTERED, confirmed(session, self.course.subscriptions[FILTERED]))
        self.subscribe(DELETED, EVENTS)
        if DELETED in self.course.subscriptions:
            unsubscribe(session, self.course.subscriptions[DELETED])
        if session.api.binding.takes("createWebhook", "active"):
            self.subscribe(INACTIVE, EVENTS, arguments={"active": False})
        self.subscribe(CHANGED, [CREATED])
        if CHANGED in self.course.subscriptions:
            made = self.course.subscriptions[CHANGED]
            self.note(CHANGED, change(session, made, [CANCELLED]))
        if session.has_role(FOREIGN):
            self.subscribe(OTHER_ACCOUNT, EVENTS, role=FOREIGN)
        self.course.after_deletion = session.inbox.look()

    def unsubscribe_all(self) -> None:
        """End every subscription but the failing one, which may still be waiting for its retry."""
        for name, subscription in self.course.subscriptions.items():
            if name not in (DELETED, FAILING):
                unsubscribe(self.session, subscription, FOREIGN if name == OTHER_ACCOUNT else "full")

    # Waiting

    def arrived(self, received: list[Received]) -> bool:
        """Whether everything that was done has been told to the main subscription."""
        binding = self.session.api.binding
        self.said += [Said(binding, new) for new in received[len(self.said) :]]
        main = [said for said in self.said if said.box == ALL]
        return all(said for _, said in assigned_to(self.course.steps, main))

    def was_told(self, event: str) -> bool:
        """Whether an event that was caused has been told to the main subscription at all."""
        main = [said for said in self.said if said.box == ALL]
        return any(said for step, said in assigned_to(self.course.steps, main) if step.event == event)

    def await_steps(self, most: float | None = None) -> bool:
        started = self.session.tape.clock()
        complete = self.session.inbox.wait(self.arrived, self.patience if most is None else min(most, self.patience))
        if complete:
            self.latency = max(self.latency, self.session.tape.clock() - started)
        else:
            self.patience = self.session.inbox.settings.wait * IMPATIENCE
        return complete

    # Steps

    def step(self, event: str, exchange: Exchange, after: int, *codes: str, start: datetime | None = None) -> None:
        booking = self.session.api.booking(exchange)
        self.course.steps.append(Step(event, exchange, after, tuple(dict.fromkeys(codes)), start, booking))

    def book(self, rules: EventTypeRules, slot: Slot, note: str) -> tuple[Exchange, str]:
        """A booking under a name in many scripts, or, where that is refused, under a plain one."""
        session, after = self.session, self.session.inbox.look()
        exchange = session.book(rules, slot.start, changes={"attendeeName": ODD_NAME}, note=note)
        if not exchange.ok:
            exchange = session.book(rules, slot.start, note=note)
        booking = session.api.booking(exchange)
        if booking is None or booking.code is None:
            raise Blocked("a free slot should be booked, and answered with the booking's code", exchange)
        self.step(CREATED, exchange, after, booking.code, start=slot.start)
        return exchange, booking.code

    def refuse(self, rules: EventTypeRules, slot: Slot, marker: str, note: str, **changes: Any) -> None:
        """A booking that should be refused; if it is not, it is cancelled."""
        session, after = self.session, self.session.inbox.look()
        exchange = session.book(rules, slot.start, changes={"attendeeName": marker, **changes}, note=note)
        made = session.api.booking(exchange)
        if made and made.code:
            session.cancel(made.code, note="should not have been booked")
        self.course.refusals.append(Step(CREATED, exchange, after, marker=marker))

    def move(self, code: str, slot: Slot) -> str:
        after = self.session.inbox.look()
        exchange, moved = self.session.move(code, slot.start, note="its subscribers are told")
        if not exchange.ok:
            raise Blocked("a booking should be moved to a free slot", exchange)
        new = moved.code if moved and moved.code else code
        self.step(RESCHEDULED, exchange, after, code, new, start=slot.start)
        return new

    def cancel(self, code: str, *codes: str) -> None:
        """Cancel; and cancel again once that has been told, which should be told only if it is not refused."""
        after = self.session.inbox.look()
        exchange = self.session.cancel(code, note="its subscribers are told")
        if not exchange.ok:
            raise Blocked("a booking should be cancelled", exchange)
        self.step(CANCELLED, exchange, after, code, *codes)
        self.await_steps()
        after = self.session.inbox.look()
        again = self.session.cancel(code, note="cancelled already")
        self.course.refusals.append(Step(CANCELLED, again, after, (code, *codes)))

    def no_show(self, rules: EventTypeRules, slot: Slot) -> None:
        """A booking that the host marks as missed, where a control door lets us."""
        door = self.session.door
        if door is None or not door.offers("mark-no-show"):
            return
        exchange, code = self.book(rules, slot, "to become a no-show")
        self.await_steps()
        after = self.session.inbox.look()
        door.mark_no_show(code)
        self.step(NO_SHOW, exchange, after, code, start=slot.start)

    def follow(self) -> None:
        """The whole course. While the slow receiver holds its answer, one booking is made and moved."""
        session, course = self.session, self.course
        found = session.need(openings.main)
        first, second, third = found.take(), found.take(), found.take()
        exchange, code = self.book(found.rules, first, "its subscribers are told")
        course.slow_call = exchange if SLOW in course.subscriptions else None
        self.await_steps(course.held_for / 2)
        self.refuse(found.rules, first, f"{REFUSED_NAME} Taken", "the slot was just taken")
        bad_email = {"attendeeEmail": "no-address"}
        self.refuse(found.rules, second, f"{REFUSED_NAME} Invalid", "an e-mail address that is none", **bad_email)
        new = self.move(code, second)
        told = self.await_steps(course.held_for - 1.0)
        holding = any(received.box == SLOW for received in session.inbox.received)
        course.contained = told if holding else None
        if SLOW in course.subscriptions:
            session.inbox.behave(SLOW, answer(200))
        self.await_steps()
        self.cancel(new, code)
        self.no_show(found.rules, third)
        self.patience = session.inbox.settings.wait
        if not self.await_steps() and course.contained is False and not self.was_told(RESCHEDULED):
            course.contained = None  # what never came was not kept back
        elapsed = [sent.elapsed for sent in session.client.exchanges if sent.operation == "createBooking" and sent.ok]
        course.usual = statistics.median([seconds for seconds in elapsed if seconds != exchange.elapsed] or [0.0])

    def unwanted(self, received: list[Received]) -> bool:
        """Whether something has come that should not."""
        self.arrived(received)
        return any(
            said.box in (DELETED, INACTIVE, OTHER_ACCOUNT)
            or (said.box in (FILTERED, CHANGED) and said.meant != CANCELLED)
            for said in self.said
        )


@probe(
    "deliveries.course",
    safety="write",
    cost=36,
    capability="webhooks",
    creates="eight webhooks and two bookings, of which one becomes a no-show where the door allows it",
)
def course(session: Session) -> Course:
    """Book, be refused, move, cancel and miss, while subscriptions of several kinds listen."""
    guide = _Guide(session)
    try:
        guide.subscribe_all()
        guide.follow()
        session.inbox.wait(guide.unwanted, min(max(guide.latency * 5, SHORTEST_GRACE), LONGEST_GRACE))
    finally:
        guide.unsubscribe_all()
    session.inbox.look()
    guide.course.received = [received for received in session.inbox.received if received.box != TESTED]
    return guide.course


@dataclass(frozen=True)
class SampleEvent:
    """A subscription that was tested, the answer to the test, and what was delivered; see :class:`Course`.

    ``elsewhere`` is what came to other subscriptions with the same data.
    """

    binding: Binding
    subscription: Subscription
    exchange: Exchange
    received: list[Received]
    elsewhere: list[Received]
    skew: float


@probe("deliveries.test-action", safety="write", cost=3, capability="webhooks", creates="a webhook, deleted again")
def test_action(session: Session) -> SampleEvent:
    """Have a sample event sent to a subscription, and wait for it."""
    subscription = subscribe(session, TESTED, EVENTS)
    if isinstance(subscription, Exchange):
        raise not_subscribed(subscription)
    before = session.inbox.look()
    exchange = session.api.call("testWebhook", {"webhookId": subscription.id}, note="a sample event, please")

    def arrived(received: list[Received]) -> bool:
        return any(new.box == TESTED for new in received)

    if exchange.ok:
        session.inbox.wait(arrived, session.inbox.settings.wait)
    binding = session.api.binding

    def strays(received: list[Received]) -> list[Received]:
        sample = [Said(binding, new).data for new in received if new.box == TESTED]
        late = [new for new in received if new.box != TESTED and new.delivery.number > before]
        return [new for new in late if Said(binding, new).data in sample]

    session.inbox.wait(lambda received: bool(strays(received)), SHORTEST_GRACE)
    unsubscribe(session, subscription)
    skew = session.ahead()
    received = [new for new in session.inbox.received if new.box == TESTED]
    elsewhere = strays(session.inbox.received)
    return SampleEvent(binding, subscription, exchange, received, elsewhere, skew)
