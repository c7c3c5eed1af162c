"""Who may come in: the key, its rate limit, its scopes. Source: Calendar API & MCP, Authentication & API keys."""

# ruff: noqa: ARG002 - the operation and the call are told so that an answer can depend on them

from bookproof.mock.domain.keys import ApiKey, Keys
from bookproof.mock.domain.limits import RateLimits
from bookproof.mock.http.errors import ApiError
from bookproof.mock.http.exchange import Call


def unauthorized() -> ApiError:
    """The one refusal for every kind of bad key, so that nothing can be learned from it."""
    return ApiError(401, "unauthorized", "The API key is missing or invalid.", {"WWW-Authenticate": "Bearer"})


class Gate:
    """Authenticates, limits and authorises, in this order."""

    def __init__(self, keys: Keys, limits: RateLimits) -> None:
        self._keys = keys
        self._limits = limits

    def schemes(self) -> tuple[str, ...]:
        """Authorization schemes that carry a key, in lower case."""
        return ("bearer",)

    def token(self, call: Call) -> str | None:
        """The text that is offered as a key, from the Authorization header only."""
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        return token.strip(" ") if scheme.lower() in self.schemes() else None

    def recognise(self, token: str) -> ApiKey | None:
        """The key that the token proves, or None."""
        return self._keys.recognise(token)

    def authenticate(self, call: Call) -> ApiKey:
        """The key of the call.

        Raises:
            ApiError: 401.
        """
        token = self.token(call)
        key = None if token is None else self.recognise(token)
        if key is None:
            raise unauthorized()
        return key

    def spend(self, key: ApiKey) -> None:
        """Count the request against the key's limit.

        Raises:
            ApiError: 429 with Retry-After.
        """
        wait = self._limits.spend(key)
        if wait:
            raise self.limited(wait)

    def limited(self, wait: int) -> ApiError:
        """The refusal for a key that has used up its minute; `wait` in seconds."""
        return ApiError(
            429, "rate_limited", "Too many requests. Please retry after a short delay.", {"Retry-After": str(wait)}
        )

    def covers(self, key: ApiKey, operation: str, scope: str) -> bool:
        """Whether the key may call the operation, which needs `scope`."""
        return key.covers(scope)

    def authorise(self, key: ApiKey, operation: str, scope: str | None) -> None:
        """Refuse a key that lacks the operation's scope.

        Raises:
            ApiError: 403.
        """
        if scope is not None and not self.covers(key, operation, scope):
            raise ApiError(403, "forbidden", f"The API key lacks the scope {scope}.")
