"""Defects of links, the identity, calendars and webhook subscriptions."""

# ruff: noqa: ARG001 - what stands in for a method takes what the method takes

from dataclasses import replace
from typing import Any, cast

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.defects.seams import changed_answer
from bookproof.mock.domain.accounts import Account
from bookproof.mock.domain.events import BOOKING_NO_SHOW, EVENT_NAMES
from bookproof.mock.domain.keys import ApiKey
from bookproof.mock.domain.links import Link
from bookproof.mock.domain.webhooks import Webhook
from bookproof.mock.http.exchange import Answer, Call
from bookproof.mock.http.validation import Fields
from bookproof.mock.store import Session


@defect(
    "link-missing-from-list",
    breaks=("links.create.listed",),
    story="A link that was handed out cannot be found again to revoke it.",
)
def link_missing_from_list(mock: Mock) -> None:
    links = mock.domain.links
    create, find, count = links.create, links.find, links.count
    hidden: set[str] = set()

    def remember(account_id: str, event_type_code: str) -> Link:
        link = create(account_id, event_type_code)
        hidden.add(link.code)
        return link

    def shown(account_id: str, event_type_code: str, offset: int, limit: int) -> list[Link]:
        found = find(account_id, event_type_code, 0, -1)
        return [link for link in found if link.code not in hidden][offset : offset + limit]

    def count_shown(account_id: str, event_type_code: str) -> int:
        return len(shown(account_id, event_type_code, 0, count(account_id, event_type_code)))

    links.create = remember
    links.find = shown
    links.count = count_shown


@defect(
    "link-reusable",
    breaks=("links.use.once",),
    story="A personal link that was passed on books again and again.",
)
def link_reusable(mock: Mock) -> None:
    def is_used(link: Link) -> bool:
        return False

    mock.domain.links.is_used = is_used


@defect(
    "revoked-link-usable",
    breaks=("links.revoke.refused",),
    story="A link that was taken back still books.",
)
def revoked_link_usable(mock: Mock) -> None:
    def is_revoked(link: Link) -> bool:
        return False

    mock.domain.links.is_revoked = is_revoked


@defect(
    "revoked-link-still-listed",
    breaks=("links.revoke.listed",),
    story="Staff hand out a link that books nothing.",
)
def revoked_link_still_listed(mock: Mock) -> None:
    links = mock.domain.links
    find = links.find

    def fresh(account_id: str, event_type_code: str, offset: int, limit: int) -> list[Link]:
        found = find(account_id, event_type_code, offset, limit)
        return [replace(link, used=False, revoked=False) if link.revoked else link for link in found]

    links.find = fresh


@defect(
    "me-without-organisation",
    breaks=("me.identity.shown",),
    story="An integration cannot tell which organisation its key belongs to.",
)
def me_without_organisation(mock: Mock) -> None:
    presenter = mock.imatic.presenter
    me = presenter.me

    def partial(account: Account, key: ApiKey) -> dict[str, Any]:
        shown = me(account, key)
        del shown["organisation"]
        return shown

    presenter.me = partial


@defect(
    "me-same-for-everyone",
    breaks=("me.identity.own",),
    story="Every customer's integration greets its user as Northwind Clinic.",
)
def me_same_for_everyone(mock: Mock) -> None:
    def always_main(call: Call) -> Account:
        return mock.domain.accounts.by_alias("main")

    mock.imatic.resources.account.account = always_main


@defect(
    "calendars-not-a-list",
    breaks=("calendars.list.answers", "envelopes.other-lists.shape"),
    story="Clients that loop over calendars loop over the letters of their ids.",
)
def calendars_not_a_list(mock: Mock) -> None:
    def by_id(answer: Answer) -> None:
        answer.value["data"] = {calendar["id"]: calendar for calendar in answer.value["data"]}

    account = mock.imatic.resources.account
    account.calendars = changed_answer(account.calendars, by_id)


@defect(
    "webhook-delete-does-nothing",
    breaks=("webhooks.manage.life-cycle", "deliveries.deleted.silent"),
    story="A receiver that was switched off keeps getting names and addresses.",
)
def webhook_delete_does_nothing(mock: Mock) -> None:
    def keep(session: Session, webhook: Webhook) -> None:
        return None

    mock.domain.webhooks.remove = keep


@defect(
    "webhook-update-ignored",
    breaks=("webhooks.manage.update",),
    story="Events go to the old address for ever.",
)
def webhook_update_ignored(mock: Mock) -> None:
    webhooks = mock.imatic.resources.webhooks

    def nothing(body: Fields) -> dict[str, Any]:
        changes(body)
        return {}

    changes = webhooks.changes
    webhooks.changes = nothing


@defect(
    "webhook-secret-listed",
    breaks=("webhooks.secret.once",),
    story="Whoever may list subscriptions can forge their deliveries.",
)
def webhook_secret_listed(mock: Mock) -> None:
    presenter = mock.imatic.presenter
    shown = presenter.webhook

    def talkative(webhook: Webhook) -> dict[str, Any]:
        return shown(webhook) | {"secret": webhook.secret}

    presenter.webhook = talkative


@defect(
    "webhook-secret-shared",
    breaks=("webhooks.secret.own",),
    story="One secret signs for all customers, so that each of them can forge the others' deliveries.",
)
def webhook_secret_shared(mock: Mock) -> None:
    codes = mock.domain.codes
    new = codes.new

    def constant(kind: str, length: int = 12) -> str:
        return "whsec_configured-once-and-for-all-of-them" if kind == "whsec" else new(kind, length)

    codes.new = constant


@defect(
    "unknown-event-accepted",
    breaks=("webhooks.events.known",),
    story="A mistyped event is subscribed to, and never comes.",
)
def unknown_event_accepted(mock: Mock) -> None:
    webhooks = mock.imatic.resources.webhooks
    events = webhooks.events

    def any_text(body: Fields) -> tuple[str, ...]:
        given = body.members.get("events")
        if isinstance(given, list) and given and all(isinstance(item, str) for item in cast("list[object]", given)):
            return tuple(cast("list[str]", given))
        return events(body)

    webhooks.events = any_text


@defect(
    "no-show-not-subscribable",
    breaks=("webhooks.events.accepted",),
    story="Nobody can be told of no-shows.",
)
def no_show_not_subscribable(mock: Mock) -> None:
    def without_no_show() -> tuple[str, ...]:
        return tuple(name for name in EVENT_NAMES if name != BOOKING_NO_SHOW)

    mock.imatic.resources.webhooks.known_events = without_no_show


@defect(
    "bad-webhook-url-accepted",
    breaks=("webhooks.url.invalid",),
    story="A mistyped address is subscribed, and no event ever arrives.",
)
def bad_webhook_url_accepted(mock: Mock) -> None:
    def any_text(body: Fields) -> str:
        return body.text("url")

    mock.imatic.resources.webhooks.url = any_text
