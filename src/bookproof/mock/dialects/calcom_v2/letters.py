"""Webhook deliveries as they are sent: body, headers, and the signature over the body's bytes.

Source: Cal.com, Webhooks (verifying payloads); deliveries of a running server.
"""

# ruff: noqa: ARG002 - the delivery is told so that its headers can depend on it

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from bookproof.mock.dialects.calcom_v2.payloads import Payloads
from bookproof.mock.dialects.calcom_v2.templates import JSON, Templates
from bookproof.mock.dialects.calcom_v2.triggers import TRIGGER_OF, WEBHOOK_VERSION
from bookproof.mock.domain.instants import utc_text
from bookproof.mock.domain.outbox import Delivery
from bookproof.mock.domain.webhooks import Webhook
from bookproof.mock.http.letter import Letter

SIGNATURE_HEADER = "X-Cal-Signature-256"
VERSION_HEADER = "X-Cal-Webhook-Version"
UNSIGNED = "no-secret-provided"
_USER_AGENT = "bookproof-mock"


class Letters:
    """Writes letters.

    Parameters:
        payloads: what there is to tell.
    """

    def __init__(self, payloads: Payloads) -> None:
        self.payloads = payloads
        self.templates = Templates()

    def write(self, delivery: Delivery, webhook: Webhook) -> Letter:
        """The letter of one attempt, signed with the secret that the subscription has now."""
        body = self.body(delivery, webhook)
        return Letter(self.method(), self.headers(delivery, webhook, body), body)

    def method(self) -> str:
        """The HTTP method."""
        return "POST"

    # The body

    def body(self, delivery: Delivery, webhook: Webhook) -> bytes:
        """The bytes that are sent: the document, or the subscription's template filled in."""
        document = self.document(delivery)
        if webhook.template is None:
            return self.encode(document)
        return self.templates.filled(webhook.template, self.values(document)).encode()

    def document(self, delivery: Delivery) -> dict[str, Any]:
        """The body as a JSON value."""
        return {
            "triggerEvent": self.trigger(delivery),
            "createdAt": self.created_at(delivery),
            "payload": self.payload(delivery),
        }

    def trigger(self, delivery: Delivery) -> str:
        """What the event is called."""
        return TRIGGER_OF[delivery.event]

    def created_at(self, delivery: Delivery) -> str:
        """When it happened."""
        return utc_text(delivery.queued).replace("Z", ".000Z")

    def payload(self, delivery: Delivery) -> Any:
        """What there is to tell of the event."""
        return self.payloads.of(delivery, self.trigger(delivery))

    def encode(self, document: Mapping[str, Any]) -> bytes:
        """The bytes of a document."""
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()

    def values(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """What a template can name: the payload's members, and what stands beside the payload."""
        return {**document["payload"], **{name: item for name, item in document.items() if name != "payload"}}

    # The headers

    def headers(self, delivery: Delivery, webhook: Webhook, body: bytes) -> dict[str, str]:
        """All headers of the dialect."""
        return {
            "Content-Type": self.media_type(webhook),
            SIGNATURE_HEADER: self.signature(delivery, webhook, body),
            VERSION_HEADER: self.version(webhook),
            "User-Agent": _USER_AGENT,
        }

    def media_type(self, webhook: Webhook) -> str:
        """What the body is."""
        return JSON if webhook.template is None else self.templates.media_type(webhook.template)

    def version(self, webhook: Webhook) -> str:
        """The form of the payload."""
        return webhook.version or WEBHOOK_VERSION

    def signature(self, delivery: Delivery, webhook: Webhook, body: bytes) -> str:
        """The header that proves where the delivery comes from, or says that it proves nothing."""
        return self.digest(self.key(webhook), self.signed_text(body)) if webhook.secret else self.unsigned()

    def unsigned(self) -> str:
        """What stands in the signature's place where there is no secret."""
        return UNSIGNED

    def key(self, webhook: Webhook) -> bytes:
        """What the signature is keyed with."""
        return webhook.secret.encode()

    def signed_text(self, body: bytes) -> bytes:
        """What the signature covers: the body as it is sent."""
        return body

    def digest(self, key: bytes, text: bytes) -> str:
        """The signature proper."""
        return hmac.new(key, text, hashlib.sha256).hexdigest()
