"""The part of the control door that is about access: keys without scopes, consent to an OAuth client, calendars."""

from datetime import date
from typing import Any, cast

from bookproof.mock.account_components import AccountSide
from bookproof.mock.components import Domain
from bookproof.mock.domain.accounts import Account
from bookproof.mock.domain.errors import NotFound
from bookproof.mock.http.errors import invalid
from bookproof.mock.http.exchange import Bodies, Call
from bookproof.mock.http.validation import Fields

PROVIDERS = ("google", "office365", "apple")
_HANDLE_START = "key_"


class AccessDoor:
    """Actions of the control door.

    Parameters:
        domain: what it opens to.
        side: its account side.
        scopes: what an OAuth client can be granted.
    """

    def __init__(self, domain: Domain, side: AccountSide, scopes: frozenset[str]) -> None:
        self._domain = domain
        self._side = side
        self._scopes = scopes
        self._bodies = Bodies()

    def is_person(self, account: Account) -> bool:
        """Whether the account's keys have no scopes."""
        try:
            self._domain.people.of_account(account.id)
        except NotFound:
            return False
        return True

    def issue_key(self, account: Account, body: Fields, limit: int | None) -> tuple[int, Any]:
        """POST /keys {account, expiresOn?, rate_limit?}: a new key, in full; `prefix` is the handle to revoke it by."""
        text = body.optional_text("expiresOn")
        try:
            expires_on = None if text is None else date.fromisoformat(text)
        except ValueError as failure:
            raise invalid("expiresOn must be a date.") from failure
        token, key = self._side.keys.issue(account.id, rate_limit=limit, expires_on=expires_on)
        return 201, {"key": token, "prefix": key.handle}

    def is_handle(self, prefix: str) -> bool:
        """Whether this names a key without scopes."""
        return prefix.startswith(_HANDLE_START)

    def revoke_key(self, handle: str) -> None:
        """DELETE /keys/{handle}"""
        self._side.keys.revoke(handle)

    def grant(self, call: Call) -> tuple[int, Any]:
        """POST /oauth/grants {clientId, redirectUri, scopes, account, codeChallenge?, state?}: a code."""
        body = self._bodies.read(call)
        account = self._domain.accounts.by_alias(body.text("account"))
        challenge, state = body.optional_text("codeChallenge"), body.optional_text("state")
        scopes = self.asked_scopes(body.require("scopes"))
        code = self._side.oauth.grant(body.text("clientId"), account.id, scopes, body.text("redirectUri"), challenge)
        return 201, {"code": code, "state": state}

    def issue_tokens(self, call: Call) -> tuple[int, Any]:
        """POST /oauth/tokens {clientId, account, scopes: [[...], ...]}: an access token for each list of scopes."""
        body = self._bodies.read(call)
        account, lists = self._domain.accounts.by_alias(body.text("account")), body.require("scopes")
        if not isinstance(lists, list):
            raise invalid("scopes must be a list of lists of texts.")
        scopes = [self.asked_scopes(each) for each in cast("list[object]", lists)]
        return 201, {"tokens": self._side.oauth.issue(body.text("clientId"), account.id, scopes)}

    def asked_scopes(self, given: object) -> tuple[str, ...]:
        """A list of scopes that exist."""
        if not isinstance(given, list) or not all(isinstance(item, str) for item in cast("list[object]", given)):
            raise invalid("scopes must be a list of texts.")
        scopes = tuple(dict.fromkeys(cast("list[str]", given)))
        for scope in scopes:
            if scope not in self._scopes:
                raise invalid(f"There is no scope {scope!r}.")
        return scopes

    def connect(self, call: Call) -> tuple[int, Any]:
        """POST /connections {account, provider}: what ends the visit to the URL that connecting a calendar gives."""
        body = self._bodies.read(call)
        account, provider = self._domain.accounts.by_alias(body.text("account")), body.text("provider")
        if provider not in PROVIDERS:
            raise invalid(f"provider must be one of {', '.join(PROVIDERS)}.")
        with self._domain.store.write() as session:
            made = self._side.connections.connect(session, account.id, provider, f"{provider} calendar", account.email)
        return 201, {"id": made.number, "provider": provider}
