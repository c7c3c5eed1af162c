"""Subscriptions of the inbox's boxes, and what is done while they listen; probes of deliveries share this.

Source: Everything an AI agent can do with the Cal.com API, Webhooks and Webhook events.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from bookproof.inbox.delivery import Answer
from bookproof.judge.deliveries import Sorted, Step, Subscription, sort
from bookproof.judge.trigger_deliveries import Told
from bookproof.probes.base import Blocked
from bookproof.probes.calcom_v2.session import Session
from bookproof.targets.inbox import REMEDY, Received
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange, describe

#: The subscriptions, by the names of their boxes.
MAIN, FILTERED, INACTIVE, PLAIN, TEMPLATED = "all", "cancelled-only", "inactive", "without-secret", "templated"
ABSENCES = "absences"


@dataclass
class Course:
    """What was done while subscriptions listened, and what each received.

    Attributes:
        key_secrets: the secret parts of the keys that the run knows.
        known_triggers: those that the contract knows.
        subscriptions: by the name of their box; those that could be made.
        refused: the answers to those that could not be made, or not be changed.
        old_secrets: name of a subscription to the secret that it had before it got another one.
        steps: what was done, in order.
        refusals: calls that should be refused, each as a step that should not push its trigger.
        after_end: number of the newest delivery that was there when all subscriptions were gone.
        last: what was done after that, or None.
        received: every delivery of the course.
        waited: seconds after which a delivery counts as missing.
        address: the URL of the main subscription, for messages.
    """

    key_secrets: set[str]
    known_triggers: frozenset[str]
    subscriptions: dict[str, Subscription] = field(default_factory=dict[str, Subscription])
    refused: dict[str, Exchange] = field(default_factory=dict[str, Exchange])
    old_secrets: dict[str, str] = field(default_factory=dict[str, str])
    steps: list[Step] = field(default_factory=list[Step])
    refusals: list[Step] = field(default_factory=list[Step])
    after_end: int = 0
    last: Exchange | None = None
    received: list[Received] = field(default_factory=list[Received])
    waited: float = 0.0
    address: str = ""

    @property
    def secrets(self) -> dict[str, str]:
        """Name of a subscription to its signing secret."""
        return {name: made.secret for name, made in self.subscriptions.items()}

    def to(self, *names: str) -> list[Received]:
        """The deliveries to some subscriptions while they were there."""
        return [new for new in self.received if new.box in names and new.delivery.number <= self.after_end]

    def told(self, *names: str) -> list[Told]:
        """What these deliveries say."""
        return [Told(received) for received in self.to(*names)]

    def sorted(self) -> Sorted:
        """The deliveries to the main subscription, by the steps that fired them.

        Raises:
            Untestable: nothing was delivered to it at all.
        """
        if not self.to(MAIN):
            raise Untestable("no delivery came to the subscription to all triggers; see deliveries.events.pushed")
        return sort(self.steps, self.told(MAIN))

    def by(self, *operations: str) -> list[Step]:
        """The steps that some operations were."""
        return [step for step in self.steps if step.exchange.operation in operations]

    def caused(self, received: Received) -> tuple[Exchange, Exchange]:
        """A delivery's exchange, and the call that caused it, or at least that of its subscription."""
        said = Told(received)
        causes = [step.exchange for step in self.steps if step.event == said.meant and said.mentions(step.codes)]
        return received.exchange, causes[-1] if causes else self.subscriptions[received.box].exchange

    def subscription(self, name: str) -> Subscription:
        """A subscription.

        Raises:
            Untestable: it could not be made, or not be changed.
        """
        if name in self.subscriptions and name not in self.refused:
            return self.subscriptions[name]
        why = describe(self.refused[name]) if name in self.refused else "it was left out"
        raise Untestable(f"needs a subscription of the kind {name}, but {why}")


def course_of(session: Session) -> Course:
    """A course in which nothing has been done yet."""
    keys = {key.removeprefix("cal_").removeprefix("live_") for key in session.target.credentials.values()}
    known = frozenset(cast("list[str]", session.contract.schema("WebhookTrigger")["enum"]))
    waited = session.inbox.settings.wait
    return Course({secret for secret in keys if len(secret) >= 8}, known, waited=waited)


def new_secret(session: Session) -> str:
    """A signing secret: the one that the target file gives, else one of the run's own."""
    return session.inbox.settings.signing_secret or session.tape.secret()


def subscribe(
    session: Session, course: Course, name: str, triggers: Sequence[str], *answers: Answer, **more: Any
) -> bool:
    """Subscribe a box of the inbox and enter it into the course; ``more`` are members of the body.

    Returns:
        whether it was made.
    """
    body = {
        "subscriberUrl": session.inbox.open_box(name, *answers),
        "triggers": list(triggers),
        "active": True,
        **more,
    }
    exchange = session.create("createWebhook", body=body, note=f"a subscription, {name}")
    identity = session.api.one(exchange).get("id")
    if identity is None:
        course.refused[name] = exchange
        return False
    secret = str(more.get("secret") or "")
    course.subscriptions[name] = Subscription(name, exchange, str(identity), secret, tuple(triggers), None)
    return True


def unsubscribe_all(session: Session, course: Course) -> None:
    """Delete every subscription of a course."""
    for name, subscription in course.subscriptions.items():
        session.remove("webhook", subscription.id, note=f"the subscription {name} ends")
    course.after_end = session.inbox.look()


def not_subscribed(exchange: Exchange) -> Exception:
    """To be raised: the inbox could not be subscribed, and what to do about it."""
    if exchange.refused:
        return Untestable(
            f"{describe(exchange)} for the inbox's address: the target may take https or public addresses only; "
            f"{REMEDY}"
        )
    return Blocked("a subscription should be answered with its id", exchange)
