"""Webhook subscriptions. Source: Cal.com API v2, Webhooks; answers of a running server."""

from typing import Any
from urllib.parse import urlsplit

from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.errors import bad_request, conflict, forbidden, not_found
from bookproof.mock.dialects.calcom_v2.inputs import whole_parameter
from bookproof.mock.dialects.calcom_v2.tools import Tools
from bookproof.mock.dialects.calcom_v2.triggers import ORGANIZATION_TRIGGERS, TRIGGER_OF, TRIGGERS, WEBHOOK_VERSION
from bookproof.mock.dialects.calcom_v2.validation import (
    Member,
    Shape,
    at_least,
    checked,
    filled,
    flag,
    is_web_address,
    number,
    one_of,
    text,
)
from bookproof.mock.domain.webhooks import UrlTaken, Webhook
from bookproof.mock.http.exchange import Answer

MOST = 250
#: Addresses at which clouds tell their machines secrets.
METADATA_HOSTS = (
    "169.254.169.254",
    "169.254.170.2",
    "100.100.100.200",
    "fd00:ec2::254",
    "metadata.google.internal",
    "metadata.goog",
    "metadata",
)
_UNITS = ("DAY", "HOUR", "MINUTE")
_UNKNOWN_END = 2**31 - 1


class WebhookHandlers:
    """Handlers of /v2/webhooks."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        tools.domain.webhooks.words[WEBHOOK_VERSION] = TRIGGER_OF
        self.create_shape = Shape(self.members(required=True))
        self.update_shape = Shape(self.members(required=False))

    def members(self, *, required: bool) -> dict[str, Member]:
        """The members of a body; `required` says whether those must be there that a subscription cannot do without."""
        return {
            "payloadTemplate": Member(text(), required=False),
            "active": Member(flag(), required=required),
            "subscriberUrl": Member(text(), filled(), required=required),
            "triggers": Member(items=[one_of(*self.triggers())], required=required),
            "secret": Member(text(), required=False),
            "version": Member(one_of(WEBHOOK_VERSION), required=False),
            "time": Member(number(), at_least(1), required=False),
            "timeUnit": Member(one_of(*_UNITS), required=False),
        }

    def triggers(self) -> tuple[str, ...]:
        """What can be subscribed to."""
        return TRIGGERS

    # Reading

    def index(self, call: Call) -> Answer:
        """listWebhooks"""
        limit = whole_parameter(call.query, "take", MOST, 1, MOST) if call.query.get("take") else MOST
        offset = whole_parameter(call.query, "skip", 0, 0) if call.query.get("skip") else 0
        found = self.tools.domain.webhooks.find(call.account_id, min(offset, _UNKNOWN_END), limit)
        return self.tools.envelopes.success(call, [self.shown(item) for item in found])

    def show(self, call: Call) -> Answer:
        """getWebhook, which tells more than the others."""
        return self.tools.envelopes.success(call, self.shown_in_full(self.owned(call)))

    def owned(self, call: Call) -> Webhook:
        """The caller's subscription that the path names.

        Raises:
            Refusal: 404 if there is none, 403 if it is another account's.
        """
        webhooks, webhook_id = self.tools.domain.webhooks, call.params["webhookId"]
        with self.tools.domain.store.read() as session:
            webhook = webhooks.load(session, webhook_id)
        if webhook is None or webhook.version is None:
            raise not_found(f"Webhook ({webhook_id}) not found")
        if not webhooks.in_reach(webhook, call.account_id):
            raise forbidden("You are not allowed to access this webhook.")
        return webhook

    # Changing

    def create(self, call: Call) -> Answer:
        """createWebhook"""
        body = checked(self.create_shape, call.body)
        self.check(body)
        members = {"secret": "", "version": WEBHOOK_VERSION} | self.changes(body)
        try:
            webhook = self.tools.domain.webhooks.add(call.account_id, members.pop("url"), members)
        except UrlTaken as failure:
            raise self.taken() from failure
        return self.tools.envelopes.success(call, self.shown(webhook))

    def update(self, call: Call) -> Answer:
        """updateWebhook: what the body leaves out stays."""
        body = checked(self.update_shape, call.body)
        webhook = self.owned(call)
        self.check(body)
        try:
            changed = self.tools.domain.webhooks.update(
                call.account_id, webhook.id, self.changes(body, webhook), unique_url=True
            )
        except UrlTaken as failure:
            raise self.taken() from failure
        return self.tools.envelopes.success(call, self.shown(changed))

    def delete(self, call: Call) -> Answer:
        """deleteWebhook"""
        deleted = self.tools.domain.webhooks.delete(call.account_id, self.owned(call).id)
        return self.tools.envelopes.success(call, self.shown(deleted))

    def check(self, body: dict[str, Any]) -> None:
        """Refuse what is well formed and not allowed.

        Raises:
            Refusal: 400.
        """
        if body.get("subscriberUrl") is not None:
            self.check_url(body["subscriberUrl"])
        for trigger in body.get("triggers") or ():
            if trigger in ORGANIZATION_TRIGGERS:
                raise bad_request(f"{trigger} can only be subscribed to by an organization.")

    def check_url(self, url: str) -> None:
        """Refuse what is no web address, and where a cloud keeps its secrets. Receivers may be on this machine."""
        if not is_web_address(url):
            raise bad_request("Webhook URL is not allowed: it is not an http or https URL")
        if (urlsplit(url).hostname or "").rstrip(".") in METADATA_HOSTS:
            raise bad_request("Webhook URL is not allowed: the host is blocked")

    def taken(self) -> Exception:
        """The refusal of a URL that is subscribed already."""
        return conflict("Webhook with this subscriberUrl already exists for this user")

    def changes(self, body: dict[str, Any], old: Webhook | None = None) -> dict[str, Any]:
        """The members of the subscription that the body sets. Null takes a template or a secret away."""
        changes: dict[str, Any] = {}
        if body.get("subscriberUrl") is not None:
            changes["url"] = body["subscriberUrl"]
        if body.get("triggers") is not None:
            changes["events"] = tuple(body["triggers"])
        if body.get("active") is not None:
            changes["active"] = body["active"]
        if "secret" in body:
            changes["secret"] = body["secret"] or ""
        if "payloadTemplate" in body:
            changes["template"] = body["payloadTemplate"] or None
        waits = {name: body[name] for name in ("time", "timeUnit") if name in body}
        if waits:
            changes["details"] = {**({} if old is None else old.details), **waits}
        return changes

    # Showing

    def shown(self, webhook: Webhook) -> dict[str, Any]:
        """A subscription."""
        return {
            "id": webhook.id,
            "payloadTemplate": webhook.template,
            "triggers": list(webhook.events),
            "subscriberUrl": webhook.url,
            "active": webhook.active,
            "secret": webhook.secret or None,
            "userId": self.tools.domain.people.of_account(webhook.account_id).number,
        }

    def shown_in_full(self, webhook: Webhook) -> dict[str, Any]:
        """A subscription with all that is known of it."""
        return self.shown(webhook) | {
            "teamId": None,
            "eventTypeId": None,
            "createdAt": self.tools.envelopes.instant(webhook.created),
            "appId": None,
            "platform": False,
            "time": webhook.details.get("time"),
            "timeUnit": webhook.details.get("timeUnit"),
            "version": webhook.version,
            "oAuthClientId": None,
        }
