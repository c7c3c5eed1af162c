"""Defects of the Cal.com dialect: webhook subscriptions."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.defects.calcom_seams import change_data, members_of
from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.errors import bad_request, conflict
from bookproof.mock.dialects.calcom_v2.validation import Member, is_web_address, text
from bookproof.mock.dialects.calcom_v2.webhooks import METADATA_HOSTS
from bookproof.mock.domain.webhooks import Webhook
from bookproof.mock.http.exchange import Answer
from bookproof.mock.store import Session


@defect(
    "calcom-deleted-webhook-stays",
    breaks=("webhooks.manage.life-cycle", "deliveries.deleted.silent"),
    story="A receiver that was unsubscribed keeps getting names and addresses.",
)
def deleted_webhook_stays(mock: Mock) -> None:
    def keep(session: Session, webhook: Webhook) -> None:
        """Nothing is removed."""

    mock.domain.webhooks.remove = keep


@defect(
    "calcom-webhook-shown-active",
    breaks=("webhooks.create.shape",),
    story="A developer believes that events are on their way.",
)
def webhook_shown_active(mock: Mock) -> None:
    change_data(mock, "webhooks", "create", lambda data: data.update(active=True))


@defect(
    "calcom-webhook-triggers-not-changed",
    breaks=("webhooks.update.changes",),
    story="A receiver waits for events that its subscription says it gets.",
)
def webhook_triggers_not_changed(mock: Mock) -> None:
    _change_updates(mock, lambda changes: changes.pop("events", None))


@defect(
    "calcom-webhook-change-replaces-secret",
    breaks=("webhooks.secret.settable",),
    story="Every delivery is refused as forged after somebody has added a trigger.",
)
def webhook_change_replaces_secret(mock: Mock) -> None:
    codes = mock.domain.codes
    _change_updates(mock, lambda changes: changes.setdefault("secret", codes.new("whsec", 32)))


@defect(
    "calcom-new-secret-ignored",
    breaks=("deliveries.secret.changed",),
    story="A leaked secret cannot be replaced.",
)
def new_secret_ignored(mock: Mock) -> None:
    _change_updates(mock, lambda changes: changes.pop("secret", None))


def _change_updates(mock: Mock, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change in place what an update is about to set."""
    webhooks = mock.calcom.resources.webhooks
    changes = webhooks.changes

    def changed(body: dict[str, Any], old: Webhook | None = None) -> dict[str, Any]:
        made = changes(body, old)
        if old is not None:
            change(made)
        return made

    webhooks.changes = changed


@defect(
    "calcom-any-trigger-accepted",
    breaks=("webhooks.events.known",),
    story="A mistyped trigger is never delivered, and nobody says why.",
)
def any_trigger_accepted(mock: Mock) -> None:
    mock.calcom.resources.webhooks.create_shape.members["triggers"] = Member(items=[text()])


@defect(
    "calcom-ooo-refused",
    breaks=("webhooks.events.accepted",),
    story="Nobody can be told that somebody is away.",
)
def ooo_refused(mock: Mock) -> None:
    webhooks = mock.calcom.resources.webhooks
    check = webhooks.check

    def narrow(body: dict[str, Any]) -> None:
        if "OOO_CREATED" in (body.get("triggers") or ()):
            raise bad_request("OOO_CREATED cannot be subscribed to.")
        check(body)

    webhooks.check = narrow


@defect(
    "calcom-without-active-409",
    breaks=("webhooks.create.active",),
    story="A developer who follows the guide looks for a subscription that is in the way.",
)
def without_active_409(mock: Mock) -> None:
    webhooks = mock.calcom.resources.webhooks
    create = webhooks.create

    def confuse(call: Call) -> Answer:
        if "active" not in members_of(call):
            raise conflict("Webhook already exists.")
        return create(call)

    webhooks.create = confuse


@defect(
    "calcom-any-text-as-url",
    breaks=("webhooks.url.invalid", "exchange.object-schema"),
    story="A mistyped address is accepted, and no event ever arrives.",
)
def any_text_as_url(mock: Mock) -> None:
    webhooks = mock.calcom.resources.webhooks
    check_url = webhooks.check_url

    def lenient(url: str) -> None:
        if is_web_address(url):
            check_url(url)

    webhooks.check_url = lenient


@defect(
    "calcom-metadata-host-accepted",
    breaks=("webhooks.url.unsafe",),
    story="Whoever has an account makes the server ask its cloud for secrets.",
)
def metadata_host_accepted(mock: Mock) -> None:
    webhooks = mock.calcom.resources.webhooks
    check_url = webhooks.check_url

    def lenient(url: str) -> None:
        if not is_web_address(url) or urlsplit(url).hostname not in METADATA_HOSTS:
            check_url(url)

    webhooks.check_url = lenient


@defect(
    "calcom-url-subscribed-twice",
    breaks=("webhooks.url.twice",),
    story="A retry of the set-up doubles every event from then on.",
)
def url_subscribed_twice(mock: Mock) -> None:
    def lenient(session: Session, webhook: Webhook) -> None:
        """Every URL may be subscribed."""

    mock.domain.webhooks.check_url = lenient
