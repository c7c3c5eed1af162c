"""The token endpoint. Source: RFC 6749; Cal.com API v2, OAuth."""

from typing import Any, cast

from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.errors import Refusal, oauth_refused
from bookproof.mock.dialects.calcom_v2.tools import Tools
from bookproof.mock.domain.oauth import GrantRefused, Pair, Proof
from bookproof.mock.http.exchange import Answer


class OAuthHandlers:
    """Handler of /v2/auth/oauth2/token, for JSON and forms."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools

    def token(self, call: Call) -> Answer:
        """exchangeOAuthToken"""
        given: object = call.body
        body: dict[str, Any] = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
        try:
            pair = self.granted(body)
        except GrantRefused as failure:
            raise self.refusal(failure) from failure
        return Answer(200, self.shown(pair), {"Cache-Control": "no-store"})

    def refusal(self, failure: GrantRefused) -> Refusal:
        """How a refusal is said: 401 for a client that is not proven, else 400."""
        return oauth_refused(401 if failure.error == "invalid_client" else 400, failure.error, failure.message)

    def granted(self, body: dict[str, Any]) -> Pair:
        """The tokens that a request earns.

        Raises:
            GrantRefused: something is missing, or wrong.
        """
        proof = Proof(
            self.required(body, "client_id"), self.optional(body, "client_secret"), self.optional(body, "code_verifier")
        )
        kind = self.required(body, "grant_type")
        if kind == "authorization_code":
            code, redirect_uri = self.required(body, "code"), self.required(body, "redirect_uri")
            return self.tools.side.oauth.exchange(proof, code, redirect_uri)
        if kind == "refresh_token":
            return self.tools.side.oauth.refresh(proof, self.required(body, "refresh_token"))
        raise GrantRefused("invalid_request", "grant_type must be 'authorization_code' or 'refresh_token'")

    def optional(self, body: dict[str, Any], name: str) -> str | None:
        """A text, or None if it is not there.

        Raises:
            GrantRefused: it is no text.
        """
        value = body.get(name)
        if value is None or isinstance(value, str):
            return value or None
        raise GrantRefused("invalid_request", f"{name} must be a string")

    def required(self, body: dict[str, Any], name: str) -> str:
        """A text that must be there.

        Raises:
            GrantRefused: it is not.
        """
        value = self.optional(body, name)
        if value is None:
            raise GrantRefused("invalid_request", f"{name} is required")
        return value

    def shown(self, pair: Pair) -> dict[str, Any]:
        """The answer, without the envelope of other answers."""
        return {
            "access_token": pair.access,
            "token_type": "bearer",
            "refresh_token": pair.refresh,
            "expires_in": pair.expires_in,
            "scope": " ".join(pair.scopes),
        }
