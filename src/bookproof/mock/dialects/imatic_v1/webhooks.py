"""Webhook subscriptions."""

import re
from typing import Any, cast
from urllib.parse import urlsplit

from bookproof.mock.dialects.imatic_v1.tools import Tools
from bookproof.mock.domain.events import EVENT_NAMES
from bookproof.mock.http.errors import invalid
from bookproof.mock.http.exchange import Answer, Call
from bookproof.mock.http.validation import Fields

_CHARACTER = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})"
_HOST = r"(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+)"
_URL = re.compile(
    rf"(?i:https?)://(?:{_CHARACTER}*@)?{_HOST}(?::\d*)?(?:/{_CHARACTER}*)*"
    rf"(?:\?(?:{_CHARACTER}|[/?])*)?(?:#(?:{_CHARACTER}|[/?])*)?"
)


class WebhookHandlers:
    """Handlers of /v1/webhooks."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools

    def index(self, call: Call) -> Answer:
        """listWebhooks"""
        webhooks = self.tools.domain.webhooks
        return self.tools.page(
            "listWebhooks",
            call,
            lambda: webhooks.count(call.account_id),
            lambda offset, limit: [
                self.tools.presenter.webhook(item) for item in webhooks.find(call.account_id, offset, limit)
            ],
        )

    def create(self, call: Call) -> Answer:
        """createWebhook"""
        body = self.tools.bodies.read(call)
        url, events = self.url(body), self.events(body)
        active = body.optional_flag("active")
        webhook = self.tools.domain.webhooks.create(call.account_id, url, events, active is not False)
        return self.tools.envelopes.success(call, self.tools.presenter.created_webhook(webhook), 201)

    def show(self, call: Call) -> Answer:
        """getWebhook"""
        webhook = self.tools.domain.webhooks.get(call.account_id, call.params["webhookId"])
        return self.tools.envelopes.success(call, self.tools.presenter.webhook(webhook))

    def update(self, call: Call) -> Answer:
        """updateWebhook: what the body leaves out stays."""
        webhooks, webhook_id = self.tools.domain.webhooks, call.params["webhookId"]
        webhooks.get(call.account_id, webhook_id)
        webhook = webhooks.update(call.account_id, webhook_id, self.changes(self.tools.bodies.read(call)))
        return self.tools.envelopes.success(call, self.tools.presenter.webhook(webhook))

    def changes(self, body: Fields) -> dict[str, Any]:
        """The members to replace."""
        changes: dict[str, Any] = {}
        if body.has("url"):
            changes["url"] = self.url(body)
        if body.has("events"):
            changes["events"] = self.events(body)
        active = body.optional_flag("active")
        if active is not None:
            changes["active"] = active
        return changes

    def delete(self, call: Call) -> Answer:
        """deleteWebhook"""
        webhook = self.tools.domain.webhooks.delete(call.account_id, call.params["webhookId"])
        return self.tools.envelopes.success(call, self.tools.presenter.webhook(webhook))

    def test(self, call: Call) -> Answer:
        """testWebhook: the sample delivery is queued, not waited for."""
        webhooks, webhook_id = self.tools.domain.webhooks, call.params["webhookId"]
        webhooks.get(call.account_id, webhook_id)
        self.tools.bodies.read(call, required=False)
        webhooks.test(call.account_id, webhook_id)
        return self.tools.envelopes.success(call, {"queued": True}, 202)

    def url(self, body: Fields) -> str:
        """The required URL: absolute, http or https."""
        text = body.text("url")
        if not is_web_address(text):
            raise invalid("url must be an absolute http or https URL.")
        return text

    def known_events(self) -> tuple[str, ...]:
        """The events that can be subscribed to."""
        return EVENT_NAMES

    def events(self, body: Fields) -> tuple[str, ...]:
        """The required events: at least one, each known; repeats are dropped."""
        given = body.require("events")
        if not isinstance(given, list) or not given:
            raise invalid("events must be a list of at least one event.")
        for event in cast("list[object]", given):
            if event not in self.known_events():
                raise invalid(f"events must be out of {', '.join(self.known_events())}.")
        return tuple(dict.fromkeys(cast("list[str]", given)))


def is_web_address(text: str) -> bool:
    """Whether `text` is an absolute http or https URL in the characters of RFC 3986."""
    if not _URL.fullmatch(text):
        return False
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:  # a port out of range, a bracketed host that is no address
        return False
