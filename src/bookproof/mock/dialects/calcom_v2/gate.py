"""Who calls, and whether he may. Source: Cal.com API v2, Authentication; behaviour of a running server."""

from bookproof.mock.account_components import AccountSide
from bookproof.mock.dialects.calcom_v2.calls import KEY, MANAGED, PLATFORM, TOKEN, Call, Caller
from bookproof.mock.dialects.calcom_v2.errors import Refusal, forbidden, unauthorized
from bookproof.mock.dialects.calcom_v2.operations import CLIENT, NONE, OPTIONAL, PERMISSIONS
from bookproof.mock.domain import tokens
from bookproof.mock.domain.platform import PlatformClient

CLIENT_ID, CLIENT_SECRET = "x-cal-client-id", "x-cal-secret-key"


class Gate:
    """Authenticates and authorises, in this order."""

    def __init__(self, side: AccountSide) -> None:
        self._side = side

    def admit(self, call: Call) -> Caller | None:
        """Who calls; None if the operation does not ask, or lets strangers in.

        Raises:
            Refusal: 401 or 403.
        """
        if call.operation.access == NONE:
            return None
        if call.operation.access == CLIENT:
            return self.platform_caller(call, call.params["clientId"])
        caller = self.authenticate(call)
        if caller is None:
            if call.operation.access == OPTIONAL:
                return None
            raise self.nobody(call)
        self.authorise(call, caller)
        return caller

    def nobody(self, call: Call) -> Refusal:
        """The refusal of a call without credentials: one guard says 401, another 403."""
        if call.operation.access == PERMISSIONS:
            return forbidden(
                "PermissionsGuard - no authentication provided. Send a bearer token or client credentials."
            )
        missing = self.missing(call)
        if missing is not None:
            return unauthorized(f"ApiAuthGuard - the header '{missing}' is missing beside the other one.")
        return unauthorized(
            f"No authentication method provided. Send an API key or token as bearer, or '{CLIENT_SECRET}' and "
            f"'{CLIENT_ID}'."
        )

    def missing(self, call: Call) -> str | None:
        """The platform header that did not come with the other, if one of them came."""
        missing = [name for name in (CLIENT_ID, CLIENT_SECRET) if not call.http.headers.get(name)]
        return missing[0] if len(missing) == 1 else None

    def authenticate(self, call: Call) -> Caller | None:
        """Who the credentials say calls; None if there are none. Platform headers go before a bearer.

        Raises:
            Refusal: 401, the credentials are wrong.
        """
        headers = call.http.headers
        if headers.get(CLIENT_ID) and headers.get(CLIENT_SECRET):
            return self.platform_caller(call, headers[CLIENT_ID])
        if "authorization" in headers:
            return self.bearer_caller(call, headers["authorization"])
        return None

    def platform_caller(self, call: Call, client_id: str) -> Caller:
        """The platform client's owner.

        Raises:
            Refusal: 401, no such client or a wrong secret.
        """
        secret = call.http.headers.get(CLIENT_SECRET)
        named = call.http.headers.get(CLIENT_ID, client_id)
        if not secret:
            raise unauthorized(f"OAuthClientCredentialsGuard - '{CLIENT_SECRET}' is missing.")
        client = self._side.platform.find(client_id)
        if client is None or named != client_id:
            raise unauthorized(f"Client with ID {named} not found")
        if not self.is_client_secret(client, secret):
            raise unauthorized("Invalid client secret")
        return Caller(PLATFORM, client.account_id, None, client.id)

    def is_client_secret(self, client: PlatformClient, secret: str) -> bool:
        """Whether the secret is the client's."""
        return self._side.platform.is_secret(client, secret)

    def scheme(self) -> str:
        """What stands before a key or token, in exactly this case."""
        return "Bearer "

    def bearer_caller(self, call: Call, header: str) -> Caller:
        """Who the Authorization header says calls.

        Raises:
            Refusal: 401.
        """
        if not header.startswith(self.scheme()):
            raise unauthorized("Invalid Access Token.")
        token = header.removeprefix(self.scheme())
        return self.key_caller(token) if self._side.keys.is_key(token) else self.token_caller(call, token)

    def key_caller(self, token: str) -> Caller:
        """The owner of an API key.

        Raises:
            Refusal: 401, unknown, revoked or expired.
        """
        key = self._side.keys.recognise(token)
        if key is None:
            raise unauthorized("Your api key is not valid.")
        if self._side.keys.is_expired(key):
            raise unauthorized("Your api key is expired.")
        return Caller(KEY, key.account_id, None, key.digest)

    def token_caller(self, call: Call, text: str) -> Caller:
        """Who an access token speaks for.

        Raises:
            Refusal: 401, unknown, expired, or not an access token.
        """
        token = self._side.tokens.recognise(text)
        if token is not None and token.kind == tokens.ACCESS:
            scopes = None if token.scopes is None else frozenset(token.scopes)
            return Caller(TOKEN, token.account_id, scopes, token.client_id)
        if token is not None and token.kind == tokens.MANAGED:
            self.check_origin(call, token.client_id)
            return Caller(MANAGED, token.account_id, None, token.client_id)
        raise unauthorized("Invalid Access Token.")

    def check_origin(self, call: Call, client_id: str) -> None:
        """Refuse a managed user's token from a page that is not the client's.

        Raises:
            Refusal: 401.
        """
        origin = call.http.headers.get("origin")
        client = self._side.platform.find(client_id)
        if origin is None or client is None:
            return
        if not any(uri == origin or uri.startswith(f"{origin}/") for uri in client.redirect_uris):
            raise unauthorized("Invalid request origin.")

    def authorise(self, call: Call, caller: Caller) -> None:
        """Refuse an OAuth token that lacks the operation's scope, or that the operation is not open to.

        Raises:
            Refusal: 403.
        """
        if caller.kind != TOKEN:
            return
        if not call.operation.own_tokens:
            raise forbidden("PermissionsGuard - this endpoint is not open to third-party access tokens.")
        wanted = call.operation.scopes
        if wanted and not self.covers(call, caller, wanted):
            raise forbidden(f"insufficient_scope: token does not have the required scopes. Required: {wanted[-1]}.")

    def covers(self, call: Call, caller: Caller, wanted: tuple[str, ...]) -> bool:  # noqa: ARG002 - for defects
        """Whether the token has one of the scopes."""
        if caller.scopes is None:
            return True
        held = {canonical(scope) for scope in caller.scopes}
        return any(scope in held or self.implied_by(scope) in held for scope in wanted)

    def implied_by(self, scope: str) -> str:
        """The scope of an organisation that includes a team's; any other scope itself."""
        return f"ORG_{scope.removeprefix('TEAM_')}" if scope.startswith("TEAM_") else scope


#: Other names of scopes: an older list of the documents calls them so.
_OTHER_NAMES = {
    "TEAM_READ": "TEAM_PROFILE_READ",
    "TEAM_WRITE": "TEAM_PROFILE_WRITE",
    "ORG_READ": "ORG_PROFILE_READ",
    "ORG_WRITE": "ORG_PROFILE_WRITE",
}


def canonical(scope: str) -> str:
    """The scope's present name."""
    return _OTHER_NAMES.get(scope, scope)


def known_scopes() -> frozenset[str]:
    """Everything that a token may be granted."""
    families = ("BOOKING", "EVENT_TYPE", "SCHEDULE", "APPS", "PROFILE", "TEAM_PROFILE", "WEBHOOK", "ORG_USERS")
    named = (f"{family}_{action}" for family in families for action in ("READ", "WRITE"))
    return frozenset((*named, *_OTHER_NAMES, *_OTHER_NAMES.values()))
