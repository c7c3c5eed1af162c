"""The control door: a few HTTP calls that stand in for the vendor's dashboard.

Each is JSON below the door's base URL with ``Authorization: Bearer <token>``; see README, "Control door".
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx

from bookproof.recording.tape import Tape
from bookproof.targets.target import DoorSettings

#: Operation name to the call behind it; a target file lists those that its door offers in ``door.supports``.
OPERATIONS = {
    "issue-key": 'POST /keys {"scopes": [...], "account": "main"} -> 201 {"data": {"key": ..., "prefix": ...}}',
    "revoke-key": "DELETE /keys/{prefix}",
    "mark-no-show": "POST /bookings/{code}/no-show",
    "delete-event-type": "DELETE /event-types/{code}",
    "clock": 'GET /clock -> {"data": {"now": "2027-01-13T10:00:00Z"}}',
    "set-clock": 'POST /clock {"advance": seconds} -> as clock; time goes on from there',
    "grant": 'POST /oauth/grants {"clientId", "redirectUri", "scopes": [...], "codeChallenge"?, "account"}'
    ' -> 201 {"data": {"code"}}: the account agrees to an OAuth client',
    "issue-tokens": 'POST /oauth/tokens {"clientId", "account", "scopes": [[...], ...]}'
    ' -> 201 {"data": {"tokens": [...]}}: access tokens of an OAuth client, each with just the scopes of one list',
    "connect-calendar": 'POST /connections {"account", "provider"} -> 201 {"data": {"id"}}: a calendar of an account',
}


class DoorFailed(Exception):
    """The door did not do what it was asked for."""


class Door:
    """Calls the control door of one target.

    Args:
        settings: where it is and what it offers.
        timeout: seconds.
        tape: records what it says, or says it from a recording.
    """

    def __init__(self, settings: DoorSettings, timeout: float, tape: Tape) -> None:
        self._supports = settings.supports
        self._tape = tape
        self._http = httpx.Client(
            base_url=settings.base_url,
            headers={"authorization": f"Bearer {settings.token}"},
            timeout=timeout,
            verify=settings.base_url.startswith("https") and not tape.replays,
            trust_env=False,
        )

    def offers(self, operation: str) -> bool:
        """Whether the door offers an operation of :data:`OPERATIONS`."""
        return operation in self._supports

    def issue_key(self, scopes: list[str], account: str = "main") -> tuple[str, str]:
        """Have a new key of an account issued: the key and its prefix."""
        data = self._ask("POST", "/keys", {"scopes": scopes, "account": account})["data"]
        return data["key"], data["prefix"]

    def revoke_key(self, prefix: str) -> None:
        """Have a key revoked."""
        self._ask("DELETE", f"/keys/{quote(prefix, safe='')}")

    def mark_no_show(self, booking_code: str) -> None:
        """Have the host mark that nobody came."""
        self._ask("POST", f"/bookings/{quote(booking_code, safe='')}/no-show")

    def delete_event_type(self, event_type_code: str) -> None:
        """Have an event type deleted, which the API itself cannot do."""
        self._ask("DELETE", f"/event-types/{quote(event_type_code, safe='')}")

    def advance_clock(self, seconds: int) -> None:
        """Have the target's time go on by some seconds at once."""
        self._ask("POST", "/clock", {"advance": seconds})

    def grant(self, client_id: str, redirect_uri: str, scopes: list[str], account: str, challenge: str = "") -> str:
        """Have an account agree to what an OAuth client asks for: the authorization code."""
        body = {"clientId": client_id, "redirectUri": redirect_uri, "scopes": scopes, "account": account}
        if challenge:
            body["codeChallenge"] = challenge
        return self._ask("POST", "/oauth/grants", body)["data"]["code"]

    def issue_tokens(self, client_id: str, account: str, scopes: Sequence[Sequence[str]]) -> list[str]:
        """Have access tokens of an OAuth client issued that speak for an account.

        Args:
            client_id: the client's.
            account: by the name that the door knows it by.
            scopes: what each of them may do, and nothing else.

        Raises:
            DoorFailed: it issued another number of them.
        """
        body = {"clientId": client_id, "account": account, "scopes": [list(each) for each in scopes]}
        tokens: list[str] = self._ask("POST", "/oauth/tokens", body)["data"]["tokens"]
        if len(tokens) != len(scopes):
            raise DoorFailed(f"the control door issued {len(tokens)} tokens, not {len(scopes)}")
        return tokens

    def connect_calendar(self, account: str, provider: str) -> int:
        """Have a calendar of an account connected: its credential id."""
        return self._ask("POST", "/connections", {"account": account, "provider": provider})["data"]["id"]

    def clock(self) -> datetime:
        """The target's idea of now."""
        moment = datetime.fromisoformat(self._ask("GET", "/clock")["data"]["now"])
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return self._tape.attempt(f"door {method} {path}", lambda: self._told(method, path, body), DoorFailed)

    def _told(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        try:
            answer = self._http.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise DoorFailed(f"the control door does not answer: {error or type(error).__name__}") from error
        if not answer.is_success:
            raise DoorFailed(f"the control door answered {method} {path} with {answer.status_code}")
        try:
            return answer.json() if answer.content else {}
        except ValueError as error:
            raise DoorFailed(f"the control door answered {method} {path} with something that is not JSON") from error

    def close(self) -> None:
        """Close the connection."""
        self._http.close()
