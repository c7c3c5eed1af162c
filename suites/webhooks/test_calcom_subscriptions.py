"""Cal.com's webhook subscriptions."""

from __future__ import annotations

from typing import Any

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.probes.calcom_v2 import webhooks
from bookproof.probes.calcom_v2.webhooks import DOCUMENTED_TRIGGERS, NO_URL, UNKNOWN_TRIGGER, UNSAFE_URL, Life, Refusals

#: What stands in a secret that is not shown in full.
MASKS = frozenset("*•…")


def _same(wanted: Any, shown: Any) -> bool:
    if isinstance(wanted, list) and isinstance(shown, list):
        return sorted(map(str, shown)) == sorted(wanted)
    return shown == wanted


@requirement("webhooks.manage.life-cycle", webhooks.life)
def test_a_subscription_lives_and_goes(seen: Life, judge: Judge) -> None:
    """A subscription is made, listed, changed, read and deleted, and then it is gone."""
    judge.accepted(seen.create, "a subscription is made")
    if judge.accepted(seen.lists, "subscriptions are listed"):
        judge.that(seen.listed, "the list has the new subscription", "it is not listed", seen.create, seen.lists)
    judge.accepted(seen.update, "a subscription is changed")
    judge.accepted(seen.changed, "a subscription is read")
    judge.accepted(seen.delete, "a subscription is deleted")
    gone = seen.gone.status in (403, 404, 410)
    judge.that(gone, "a deleted subscription cannot be read", answer(seen.gone), seen.delete, seen.gone)


@requirement("webhooks.create.shape", webhooks.life)
def test_a_new_subscription_is_shown_as_asked(seen: Life, judge: Judge) -> None:
    """The answer to a new subscription shows URL, triggers and the active flag as they were asked for."""
    for name in ("subscriberUrl", "triggers", "active"):
        wanted, shown = seen.asked[name], seen.made.get(name)
        judge.that(_same(wanted, shown), f"{name} {wanted!r}", f"it is {shown!r}", seen.create)


@requirement("webhooks.update.changes", webhooks.life)
def test_a_change_is_kept(seen: Life, judge: Judge) -> None:
    """After a change URL and triggers are the new ones, and the active flag is still the old one."""
    if not seen.update.ok or not seen.changed.ok:
        raise judge.untestable("the subscription could not be changed and read; see webhooks.manage.life-cycle")
    for name, wanted in {**seen.wanted, "active": seen.asked["active"]}.items():
        shown = seen.read.get(name)
        judge.that(_same(wanted, shown), f"{name} {wanted!r}", f"it is {shown!r}", seen.update, seen.changed)


@requirement("webhooks.secret.settable", webhooks.life)
def test_a_secret_can_be_set(seen: Life, judge: Judge) -> None:
    """The secret that a subscription was made with is the one that is shown for it, also after another change."""
    shown = [(seen.create, seen.made.get("secret")), (seen.changed, seen.read.get("secret"))]
    for exchange, secret in shown:
        if isinstance(secret, str) and not set(secret) & MASKS:
            judge.that(secret == seen.asked["secret"], "the secret that was set", "another one", exchange)
    if not judge.judgements:
        raise judge.untestable("no answer shows the secret in full; see deliveries.signature.body")


@requirement("webhooks.url.twice", webhooks.life)
def test_a_url_is_subscribed_once(seen: Life, judge: Judge) -> None:
    """A URL that is subscribed already is refused with 409."""
    judge.refused(seen.twice, {409}, "the URL is subscribed already")


@requirement("webhooks.events.accepted", webhooks.life)
def test_every_trigger_can_be_subscribed_to(seen: Life, judge: Judge) -> None:
    """Each of the twelve documented triggers can be subscribed to."""
    if judge.accepted(seen.every, f"a subscription to {', '.join(DOCUMENTED_TRIGGERS)}"):
        shown = seen.made.get("triggers")
        for trigger in DOCUMENTED_TRIGGERS if isinstance(shown, list) else ():
            judge.that(trigger in shown, f"a subscription to {trigger}", f"{shown!r}", seen.every)


@requirement("webhooks.events.known", webhooks.refusals)
def test_unknown_triggers_are_refused(seen: Refusals, judge: Judge) -> None:
    """A subscription to a trigger that does not exist is refused with 400."""
    judge.refused(seen.unknown_trigger, {400}, f"there is no trigger {UNKNOWN_TRIGGER}")


@requirement("webhooks.create.active", webhooks.refusals)
def test_active_need_not_be_said(seen: Refusals, judge: Judge) -> None:
    """A subscription that does not say whether it is active is made, or, as real servers do, refused with 400."""
    exchange = seen.without_active
    judge.that(exchange.ok or exchange.status == 400, "made, or refused with 400", answer(exchange), exchange)


@requirement("webhooks.url.invalid", webhooks.refusals)
def test_what_is_no_url_is_refused(seen: Refusals, judge: Judge) -> None:
    """A subscription of something that is no URL is refused with 400."""
    judge.refused(seen.no_url, {400}, f"{NO_URL!r} is no URL")


@requirement("webhooks.url.unsafe", webhooks.refusals)
def test_addresses_of_a_clouds_own_are_refused(seen: Refusals, judge: Judge) -> None:
    """A subscription of the address at which a cloud keeps its machines' secrets is refused."""
    judge.that(seen.unsafe_url.refused, f"{UNSAFE_URL} is refused", answer(seen.unsafe_url), seen.unsafe_url)
