"""Webhook deliveries: one course of bookings, received by subscriptions of several kinds.

Source: Everything an AI agent can do with the Cal.com API, Webhook events; deliveries of a running server. Every step
is followed by waiting for what it should push, so that a delivery belongs to the step before it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bookproof.inbox.delivery import answer
from bookproof.judge.deliveries import Step, assigned
from bookproof.judge.trigger_deliveries import (
    BOOKING_TRIGGERS,
    CANCELLED,
    CREATED,
    REJECTED,
    REQUESTED,
    RESCHEDULED,
    Told,
    view,
)
from bookproof.probes.base import Blocked, probe
from bookproof.probes.calcom_v2.decisions import confirming
from bookproof.probes.calcom_v2.grounds import grounds
from bookproof.probes.calcom_v2.session import ODD_NAME, REASON, Session
from bookproof.probes.calcom_v2.subscribers import (
    FILTERED,
    INACTIVE,
    MAIN,
    PLAIN,
    TEMPLATED,
    Course,
    course_of,
    new_secret,
    not_subscribed,
    subscribe,
    unsubscribe_all,
)
from bookproof.targets.inbox import Received
from bookproof.wire.exchange import Exchange

#: Once something has not come, less is waited for the next: part of the whole wait.
IMPATIENCE = 0.25
#: What should not come is waited for a few times as long as what came took, in seconds at least and at most.
SHORTEST_GRACE, LONGEST_GRACE = 0.1, 2.0
REFUSED_NAME = "Bookproof Refused"
#: Reasons with letters outside ASCII: they are a part of what is signed.
CANCEL_REASON, DECLINE_REASON = "Pläne geändert · 予定変更", "Zu früh · 早すぎる"
#: Templates of deliveries, and what they become.
JSON_TEMPLATE = '{"what":"{{triggerEvent}}","which":"{{uid}}","who":"{{attendees.0.email}}"}'
TEXT_TEMPLATE = "Bookproof {{triggerEvent}} {{uid}}"


def is_confirmation(step: Step) -> bool:
    """Whether a step may be told to nobody: the documents say so, real servers do otherwise."""
    return step.exchange.operation == "confirmBooking"


class _Guide:
    """Leads a course: subscribes, does the steps, waits for what they push."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.course = course_of(session)
        self.patience = session.inbox.settings.wait
        self.latency = 0.0

    # Subscribing

    def subscribe_all(self) -> None:
        """The main subscription, without which there is nothing to judge, behind the one whose receiver fails."""
        session, course = self.session, self.course
        old, new = session.tape.secret(), new_secret(session)
        template = {"payloadTemplate": JSON_TEMPLATE}
        if subscribe(session, course, TEMPLATED, [CREATED], answer(500), answer(200), secret=old, **template):
            self.change_secret(old, new)
        if not subscribe(session, course, MAIN, BOOKING_TRIGGERS, secret=new_secret(session)):
            raise not_subscribed(course.refused[MAIN])
        course.address = session.inbox.url(MAIN)
        # A trigger that is named twice; who refuses that is right, too.
        if not subscribe(session, course, FILTERED, [CANCELLED, CANCELLED], secret=new_secret(session)):
            del course.refused[FILTERED]
            subscribe(session, course, FILTERED, [CANCELLED], secret=new_secret(session))
        subscribe(session, course, PLAIN, [CREATED], payloadTemplate=TEXT_TEMPLATE)
        subscribe(session, course, INACTIVE, BOOKING_TRIGGERS, active=False)

    def change_secret(self, old: str, new: str) -> None:
        made = self.course.subscriptions[TEMPLATED]
        changed = self.session.api.call(
            "updateWebhook", {"webhookId": made.id}, body={"secret": new}, note="another secret"
        )
        if changed.ok:
            self.course.old_secrets[TEMPLATED] = old
            self.course.subscriptions[TEMPLATED] = type(made)(made.name, changed, made.id, new, made.events, made.shown)

    # Waiting

    def pending(self) -> list[Step]:
        """Steps whose delivery to the main subscription has not come."""
        main = [Told(new) for new in self.session.inbox.received if new.box == MAIN]
        missing = [step for step, said in assigned(self.course.steps, main) if said is None]
        return [step for step in missing if step is self.course.steps[-1] or not is_confirmation(step)]

    def wait(self) -> None:
        """Wait for what the steps so far should push; a confirmation need not push anything."""
        optional = is_confirmation(self.course.steps[-1])
        patience = self.grace() if optional else self.patience
        started = self.session.tape.clock()
        if self.session.inbox.wait(lambda _: not self.pending(), patience):
            self.latency = max(self.latency, self.session.tape.clock() - started)
        elif not optional:
            self.patience = self.session.inbox.settings.wait * IMPATIENCE

    def grace(self) -> float:
        """Seconds in which what should not come would have come."""
        return min(max(self.latency * 5, SHORTEST_GRACE), LONGEST_GRACE)

    # Steps

    def step(self, event: str, exchange: Exchange, after: int, *codes: str, start: datetime | None = None) -> None:
        made = self.session.api.one(exchange)
        booking = view(made) if made else None
        self.course.steps.append(Step(event, exchange, after, tuple(dict.fromkeys(codes)), start, booking))
        self.wait()

    def book(self, event: str, event_type: int, start: datetime, name: str) -> str:
        session, after = self.session, self.session.inbox.look()
        changes = {"attendee": session.attendee(name=name)}
        exchange, made = session.booked(event_type, start, changes=changes, note="its subscribers are told")
        self.step(event, exchange, after, str(made["uid"]), start=start)
        return str(made["uid"])

    def refuse(self, event_type: int, start: datetime) -> None:
        """A booking of a slot that is taken; if it is made all the same, it is cancelled."""
        session, after = self.session, self.session.inbox.look()
        changes = {"attendee": session.attendee(name=REFUSED_NAME)}
        exchange = session.book(event_type, start, changes=changes, note="the slot was just taken")
        for made in session.api.many(exchange):
            session.cancel(str(made.get("uid")), note="should not have been booked")
        self.course.refusals.append(Step(CREATED, exchange, after, marker=REFUSED_NAME))

    def cancel_again(self, uid: str) -> None:
        """A cancellation of what is cancelled already, which has been told."""
        session, after = self.session, self.session.inbox.look()
        body = {"cancellationReason": CANCEL_REASON}
        exchange = session.cancel(uid, body=body, note="cancelled already")
        self.course.refusals.append(Step(CANCELLED, exchange, after, (uid,)))
        if session.api.one(exchange).get("status") not in (None, "cancelled"):
            session.ledger.created("booking", uid)  # it is back

    def move(self, uid: str, start: datetime) -> str:
        session, after = self.session, self.session.inbox.look()
        exchange = session.move(uid, start, note="its subscribers are told")
        made = session.made(exchange, "uid", "a booking should be moved to a free slot")
        self.step(RESCHEDULED, exchange, after, uid, str(made["uid"]), start=start)
        return str(made["uid"])

    def change(self, event: str, operation: str, uid: str, body: dict[str, Any]) -> None:
        """Cancel, confirm or decline."""
        session, after = self.session, self.session.inbox.look()
        exchange = session.api.call(operation, {"bookingUid": uid}, body=body, note="its subscribers are told")
        if not exchange.ok:
            raise Blocked("a booking should be cancelled, confirmed or declined by its host", exchange)
        if operation != "confirmBooking":
            session.ledger.gone("booking", uid)
        self.step(event, exchange, after, uid)

    def follow(self) -> str:
        """The whole course; returns the uid of a booking that lives on."""
        main, confirmed = self.session.need(grounds).main, self.session.need(confirming)
        first, second, third, fourth = main.take(), main.take(), main.take(), main.take()
        uid = self.book(CREATED, main.id, first, ODD_NAME)
        self.refuse(main.id, first)
        uid = self.move(uid, second)
        self.change(CANCELLED, "cancelBooking", uid, {"cancellationReason": CANCEL_REASON})
        kept = self.book(REQUESTED, confirmed.id, third, "Bookproof Confirmed")
        self.change(CREATED, "confirmBooking", kept, {})
        declined = self.book(REQUESTED, confirmed.id, fourth, "Bookproof Declined")
        self.change(REJECTED, "declineBooking", declined, {"reason": DECLINE_REASON})
        # Late, so that what tells the first cancellation once more is not taken for telling this one.
        self.cancel_again(uid)
        return kept

    def await_others(self) -> None:
        """Wait for the other subscriptions' deliveries, and for what should not come."""
        inbox, made = self.session.inbox, self.course.subscriptions

        def complete(received: list[Received]) -> bool:
            boxes = {new.box for new in received}
            return all(name in boxes for name in (FILTERED, PLAIN, TEMPLATED) if name in made)

        inbox.wait(complete, self.patience)
        inbox.wait(lambda received: any(new.box == INACTIVE for new in received), self.grace())


@probe(
    "deliveries.course",
    safety="write",
    cost=32,
    capability="webhooks",
    creates="five webhooks, deleted again, and bookings",
)
def course(session: Session) -> Course:
    """Book, be refused, move, cancel twice, request, confirm and decline, while several subscriptions listen."""
    guide = _Guide(session)
    kept = ""
    try:
        guide.subscribe_all()
        kept = guide.follow()
        guide.await_others()
    finally:
        unsubscribe_all(session, guide.course)
    after = guide.course.after_end
    guide.course.last = session.cancel(kept, body={"cancellationReason": REASON}, note="nobody listens any more")
    session.inbox.wait(lambda received: bool(received) and received[-1].delivery.number > after, guide.grace())
    guide.course.received = list(session.inbox.received)
    return guide.course
