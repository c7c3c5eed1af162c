"""One request as handlers see it, and what they answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bookproof.mock.domain.keys import ApiKey
from bookproof.mock.http.errors import ApiError
from bookproof.mock.http.validation import Fields, json_value

BODY_LIMIT = 64 * 1024


@dataclass(slots=True)
class Call:
    """A request that has found its operation.

    `body` holds at most one byte more than its limit (BODY_LIMIT, unless the endpoint has another), `client` is the
    peer's address, `key` is set once proven, `query_text` is the query as it came.
    """

    method: str
    path: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    client: str = ""
    key: ApiKey | None = None
    query_text: str = ""

    @property
    def account_id(self) -> str:
        """The account that the key belongs to."""
        assert self.key is not None, "handlers run after authentication"
        return self.key.account_id


@dataclass(slots=True)
class Answer:
    """A response: status, JSON value (or ready text with its media type) and extra headers."""

    status: int
    value: Any
    headers: dict[str, str] = field(default_factory=dict[str, str])
    media_type: str = "application/json"


class Bodies:
    """Reads request bodies."""

    def check_size(self, call: Call) -> None:
        """Raises ApiError 400 if the body is larger than BODY_LIMIT."""
        if len(call.body) > BODY_LIMIT:
            raise ApiError(400, "payload_too_large", f"The body is larger than {BODY_LIMIT // 1024} KiB.")

    def check_media_type(self, call: Call) -> None:
        """Raises ApiError 415 if the body claims not to be JSON."""
        media_type = call.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
        if media_type != "application/json" and not media_type.endswith("+json"):
            raise ApiError(415, "unsupported_media_type", "Send the body as application/json.")

    def parse(self, call: Call) -> Any:
        """The JSON value of the body.

        Raises:
            ApiError: 400 if it is not JSON.
        """
        return json_value(call.body)

    def read(self, call: Call, *, required: bool = True) -> Fields:
        """The body as an object; an absent optional body is an empty object.

        Raises:
            ApiError: 400 or 415, see the other methods; 400 if the value is not an object.
        """
        self.check_size(call)
        if not call.body and not required:
            return Fields({})
        if call.body:
            self.check_media_type(call)
        return Fields.of(self.parse(call))
