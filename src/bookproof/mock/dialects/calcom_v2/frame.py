"""What is around every answer on the wire: request id, security and CORS headers, entity tag."""

import hashlib
import json
import uuid
from typing import Any, cast

from bookproof.mock.http.exchange import Answer
from bookproof.mock.http.exchange import Call as HttpCall

JSON = "application/json; charset=utf-8"
_EMPTY = "application/octet-stream"
_SECURITY = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; script-src-attr 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
}
_METHODS = "GET,PATCH,DELETE,HEAD,POST,PUT,OPTIONS"
_HEADERS = (
    "x-cal-client-id,x-cal-secret-key,x-cal-platform-embed,cal-api-version,Accept,Authorization,Content-Type,Origin"
)


class Frame:
    """Finishes answers."""

    def request_id(self) -> str:
        """A new request id; the one that a client sends is not looked at."""
        return str(uuid.uuid4())

    def common(self) -> dict[str, str]:
        """The headers of every answer."""
        return {"Access-Control-Allow-Origin": "*", **_SECURITY}

    def preflight(self) -> Answer:
        """The answer to OPTIONS, on any path."""
        headers = {
            "Access-Control-Allow-Methods": _METHODS,
            "Access-Control-Allow-Headers": _HEADERS,
            "Access-Control-Max-Age": "86400",
        }
        return Answer(204, "", self.common() | headers, _EMPTY)

    def finished(self, call: HttpCall, answer: Answer, request_id: str | None) -> Answer:
        """The answer as it goes out.

        Parameters:
            call: the request.
            answer: status, JSON value and headers.
            request_id: None: the answer gets none.
        """
        headers = self.common() | answer.headers
        if request_id is not None:
            headers["X-Request-Id"] = request_id
        text = self.rendered(answer.value)
        if answer.status < 400:
            headers["ETag"] = self.entity_tag(text)
            if call.method in ("GET", "HEAD") and self.is_known(call, headers["ETag"]):
                return Answer(304, "", headers, _EMPTY)
        return Answer(answer.status, text, headers, JSON)

    def rendered(self, value: Any) -> str:
        """The JSON text."""
        try:
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        except ValueError:
            # A number that is too large for a float is echoed; JSON has no word for it.
            return json.dumps(_finite(value), ensure_ascii=False, separators=(",", ":"))

    def entity_tag(self, text: str) -> str:
        """A weak entity tag."""
        content = text.encode()
        return f'W/"{len(content):x}-{hashlib.sha256(content).hexdigest()[:27]}"'

    def is_known(self, call: HttpCall, tag: str) -> bool:
        """Whether the client says that it has this answer already."""
        return tag in call.headers.get("if-none-match", "")


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if abs(value) != float("inf") and value == value else None  # noqa: PLR0124 - not a number
    if isinstance(value, list):
        return [_finite(item) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in cast("dict[str, Any]", value).items()}
    return value
