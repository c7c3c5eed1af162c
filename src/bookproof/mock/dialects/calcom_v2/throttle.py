"""How often somebody may ask, decided before anybody is asked who he is. Source: behaviour of a running server."""

from dataclasses import dataclass

from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.errors import A, Refusal, unauthorized
from bookproof.mock.domain.account_keys import AccountKeys
from bookproof.mock.domain.throttles import Spent, Throttles
from bookproof.mock.domain.tokens import digest_of

DOCUMENTED_LIMIT = 120
DOCUMENTED_TOKEN_LIMIT = 500
_TOO_MANY = "CustomThrottlerGuard - Too many requests. Please try again later."


@dataclass(frozen=True, slots=True)
class Tracker:
    """Whose requests are counted, and how many it may make in a minute."""

    name: str
    limit: int


class Throttle:
    """Counts the requests that have found an operation.

    Parameters:
        throttles: where they are counted.
        keys: who knows a key's own limit.
        default: requests a minute of a key or an address; tokens and clients get as much more as the documents say.
    """

    def __init__(self, throttles: Throttles, keys: AccountKeys, default: int) -> None:
        self._throttles = throttles
        self._keys = keys
        self.default = default
        self._limits: dict[str, int] = {}

    def token_limit(self) -> int:
        """Requests a minute of an access token or a platform client."""
        return self.default * DOCUMENTED_TOKEN_LIMIT // DOCUMENTED_LIMIT

    def bearer(self, call: Call) -> str | None:
        """The bearer text, or None."""
        text = call.http.headers.get("authorization", "")
        return text.removeprefix("Bearer ") or None if text.startswith("Bearer ") else None

    def tracker(self, call: Call) -> Tracker:
        """Who counts: the key, else the token, else the client, else the address.

        Raises:
            Refusal: 401 for a key that has never been seen.
        """
        bearer = self.bearer(call)
        if bearer is not None and self._keys.is_key(bearer):
            return self.key_tracker(bearer)
        if bearer is not None:
            return Tracker(f"token:{digest_of(bearer)}", self.token_limit())
        client_id = call.http.headers.get("x-cal-client-id")
        if client_id:
            return Tracker(f"client:{client_id}", self.token_limit())
        return Tracker(f"address:{call.http.client}", self.default)

    def key_tracker(self, token: str) -> Tracker:
        """The tracker of a key; the limit of a key that has been seen is remembered, even if the key is gone."""
        digest = self._keys.digest(token)
        if digest not in self._limits:
            key = self._keys.recognise(token)
            if key is None:
                raise unauthorized("CustomThrottlerGuard - Invalid API Key")
            self._limits[digest] = self.default if key.rate_limit is None else key.rate_limit
        return Tracker(f"key:{digest}", self._limits[digest])

    def spend(self, call: Call) -> dict[str, str]:
        """Count the call; returns the headers that its answer gets.

        Raises:
            Refusal: 401 for a key that has never been seen; 429.
        """
        tracker = self.tracker(call)
        spent = self._throttles.spend(tracker.name, tracker.limit)
        headers = self.headers(spent)
        if spent.blocked:
            raise self.limited(headers)
        return headers

    def headers(self, spent: Spent) -> dict[str, str]:
        """The three headers; what is left until the window ends is told in seconds."""
        return {
            "X-RateLimit-Limit-Default": str(spent.limit),
            "X-RateLimit-Remaining-Default": str(spent.remaining),
            "X-RateLimit-Reset-Default": str(spent.reset),
        }

    def limited(self, headers: dict[str, str]) -> Refusal:
        """The 429."""
        return Refusal(429, A, "ThrottlerException", _TOO_MANY, _TOO_MANY, headers)
