"""Webhook subscriptions."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.probes.imatic_v1 import webhooks
from bookproof.probes.imatic_v1.webhooks import CHANGED_EVENTS, CHANGED_URL, EVENTS, URL, Fields, Life, Refusals
from bookproof.targets.binding import MISSING


@requirement("webhooks.manage.life-cycle", webhooks.life)
def test_a_subscription_lives_and_goes(seen: Life, judge: Judge) -> None:
    """A subscription is created, listed, read and deleted, and then it is gone."""
    judge.accepted(seen.create, "a subscription is created")
    judge.that(seen.listed, "the list has the new subscription", "it is not listed", seen.create, seen.lists[-1])
    judge.accepted(seen.read.exchange, "a subscription is read")
    if seen.read.url is not MISSING:
        judge.that(seen.read.url == URL, f"the URL {URL}", f"{seen.read.url!r}", seen.read.exchange)
    judge.accepted(seen.delete, "a subscription is deleted")
    judge.that(
        seen.gone.status in (404, 410) or (seen.gone.ok and not seen.still_listed),
        "a deleted subscription is answered with 404, or at least not listed any more",
        answer(seen.gone) if not seen.gone.ok else "it can be read and is listed",
        seen.delete,
        seen.gone,
    )


@requirement("webhooks.manage.update", webhooks.life)
def test_a_subscription_is_changed(seen: Life, judge: Judge) -> None:
    """A change of a subscription's URL and events is there when it is read."""
    if seen.update.status in (404, 405, 501):
        raise judge.untestable("subscriptions cannot be changed this way: name the call in operations.updateWebhook")
    judge.accepted(seen.update, "a subscription is changed")
    if not seen.update.ok:
        return
    at = (seen.update, seen.changed.exchange)
    if seen.changed.url is not MISSING:
        judge.that(seen.changed.url == CHANGED_URL, f"the new URL {CHANGED_URL}", f"{seen.changed.url!r}", *at)
    if seen.changed.events is not None:
        judge.that(
            sorted(seen.changed.events) == sorted(CHANGED_EVENTS),
            f"the new events {', '.join(CHANGED_EVENTS)}",
            f"{seen.changed.events!r}",
            *at,
        )


@requirement("webhooks.secret.once", webhooks.life)
def test_the_secret_is_shown_once(seen: Life, judge: Judge) -> None:
    """The signing secret that was shown at creation is in no answer after that."""
    if not isinstance(seen.secret, str) or len(seen.secret) < 8:
        raise judge.untestable("no signing secret was shown at creation: name it in objects.webhook.secret")
    later = [*seen.lists, seen.read.exchange, seen.update, seen.changed.exchange, seen.delete, seen.gone]
    for exchange in later:
        judge.that(seen.secret not in exchange.text, "an answer without the signing secret", "it shows it", exchange)


@requirement("webhooks.events.known", webhooks.refusals)
def test_unknown_events_are_refused(seen: Refusals, judge: Judge) -> None:
    """A subscription to an event that does not exist is refused with 400."""
    for named, exchange in seen.events:
        judge.refused(exchange, {400}, f"{', '.join(named)}: only the four booking events exist")


@requirement("webhooks.events.accepted", webhooks.every_event)
def test_every_event_can_be_subscribed_to(seen: Fields, judge: Judge) -> None:
    """Each of the four booking events can be subscribed to."""
    if judge.accepted(seen.exchange, f"a subscription to {', '.join(EVENTS)}") and seen.events is not None:
        for event in EVENTS:
            judge.that(event in seen.events, f"a subscription to {event}", f"{seen.events!r}", seen.exchange)


@requirement("webhooks.url.invalid", webhooks.refusals)
def test_what_is_no_url_is_refused(seen: Refusals, judge: Judge) -> None:
    """A subscription of something that is no URL is refused with 400."""
    for url, exchange in seen.urls:
        judge.refused(exchange, {400}, f"{url!r} is no URL")
