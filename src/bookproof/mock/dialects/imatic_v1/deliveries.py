"""Webhook deliveries: their body, and the signature over it.

Source: Calendar API & MCP, Webhooks; Platform, Webhooks.
"""

# ruff: noqa: ARG002 - the delivery is told so that its headers can depend on it

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from bookproof.mock.dialects.imatic_v1.presenter import Presenter
from bookproof.mock.domain.clock import Clock
from bookproof.mock.domain.outbox import Delivery
from bookproof.mock.domain.webhooks import Webhook
from bookproof.mock.http.letter import Letter

SIGNATURE_HEADER = "X-Imatic-Signature"
_USER_AGENT = "bookproof-mock"


class Letters:
    """Writes letters.

    Parameters:
        presenter: shows bookings as everywhere in the API.
        clock: tells the time of sending.
    """

    def __init__(self, presenter: Presenter, clock: Clock) -> None:
        self.presenter = presenter
        self._clock = clock

    def write(self, delivery: Delivery, webhook: Webhook) -> Letter:
        """The letter of one attempt, signed with the subscription's secret at the present time."""
        body = self.encode(self.document(delivery))
        return Letter(self.method(), self.headers(delivery, webhook, body), body)

    def method(self) -> str:
        """The HTTP method."""
        return "POST"

    def media_type(self) -> str:
        """What the body is."""
        return "application/json"

    # The body

    def document(self, delivery: Delivery) -> dict[str, Any]:
        """The body as a JSON value."""
        return {"event": self.event(delivery), "data": self.data(delivery)}

    def event(self, delivery: Delivery) -> str:
        """What the event is called."""
        return delivery.event

    def data(self, delivery: Delivery) -> Any:
        """What there is to tell of the event: the booking."""
        return self.presenter.booking(delivery.booking)

    def encode(self, document: Mapping[str, Any]) -> bytes:
        """The bytes of the body."""
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()

    # The headers

    def headers(self, delivery: Delivery, webhook: Webhook, body: bytes) -> dict[str, str]:
        """All headers of the dialect."""
        plain = {"Content-Type": self.media_type(), "User-Agent": _USER_AGENT}
        return plain | self.signature_headers(delivery, webhook, body)

    def signature_headers(self, delivery: Delivery, webhook: Webhook, body: bytes) -> dict[str, str]:
        """The header that proves where the delivery comes from."""
        moment = self.moment()
        digest = self.digest(self.key(webhook), self.signed_text(moment, body))
        return {SIGNATURE_HEADER: self.signature(moment, digest)}

    def moment(self) -> int:
        """The time of sending in unix seconds."""
        return self._clock.now()

    def key(self, webhook: Webhook) -> bytes:
        """What the signature is keyed with."""
        return webhook.secret.encode()

    def signed_text(self, moment: int, body: bytes) -> bytes:
        """What the signature covers: the time, a dot and the body as it is sent."""
        return b"%d.%b" % (moment, body)

    def digest(self, key: bytes, text: bytes) -> str:
        """The signature proper."""
        return hmac.new(key, text, hashlib.sha256).hexdigest()

    def signature(self, moment: int, digest: str) -> str:
        """The value of the header."""
        return f"t={moment},v1={digest}"
