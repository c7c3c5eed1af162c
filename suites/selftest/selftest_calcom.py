"""A client for the mock's Cal.com side, and the ways to get credentials for it."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import httpx

from bookproof.mock import MockServer

VARIABLES = "BOOKPROOF_MOCK_CALCOM_"
REDIRECT_URI = "https://app.fabrikam.example/callback"
VERIFIER = "a-verifier-that-is-long-enough-to-be-one-of-pkce"


def secret(server: MockServer, name: str) -> str:
    """A value of the mock's environment, such as ``OAUTH_CLIENT_ID``."""
    return server.environment[f"{VARIABLES}{name}"]


class Calcom:
    """Calls the Cal.com side of one mock.

    Args:
        server: the mock.
        version: date to send, none if empty.
    """

    def __init__(self, server: MockServer, version: str = "") -> None:
        self.server = server
        self.version = version
        self.http = httpx.Client(base_url=server.base_url, timeout=10, verify=False)

    def __call__(self, method: str, path: str, role: str | None = "full", **more: Any) -> httpx.Response:
        """Send a request; ``role`` None sends no credentials. ``token`` is a bearer text in place of a role's key."""
        headers = {"cal-api-version": self.version} if self.version else {}
        token = more.pop("token", None) or (self.server.calcom_keys[role] if role else None)
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        return self.http.request(method, path, headers=headers | more.pop("headers", {}), **more)

    def door(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Send a request to the control door."""
        headers = {"authorization": f"Bearer {self.server.door_token}"}
        return self.http.request(method, f"/_door{path}", headers=headers, **more)

    def consent(self, *scopes: str, client: str = "OAUTH_CLIENT_ID", **more: Any) -> httpx.Response:
        """Have Ada agree to a client; ``data.code`` is the code."""
        body = {
            "clientId": secret(self.server, client),
            "redirectUri": REDIRECT_URI,
            "scopes": list(scopes),
            "account": "ada",
        }
        return self.door("POST", "/oauth/grants", json=body | more)

    def exchange(self, code: str, /, **more: Any) -> httpx.Response:
        """Exchange a code as the confidential client."""
        return self("POST", "/v2/auth/oauth2/token", None, json=self.confidential() | {"code": code} | more)

    def confidential(self) -> dict[str, Any]:
        """What the confidential client sends in an exchange, but for the code."""
        return {
            "grant_type": "authorization_code",
            "client_id": secret(self.server, "OAUTH_CLIENT_ID"),
            "client_secret": secret(self.server, "OAUTH_CLIENT_SECRET"),
            "redirect_uri": REDIRECT_URI,
        }

    def access_token(self, *scopes: str) -> str:
        """A fresh access token of Ada's with these scopes."""
        answer = self.exchange(self.consent(*scopes).json()["data"]["code"])
        assert answer.status_code == 200, answer.text
        return answer.json()["access_token"]

    def platform(self, **changed: str) -> dict[str, str]:
        """The two headers of the platform client."""
        headers = {
            "x-cal-client-id": secret(self.server, "PLATFORM_CLIENT_ID"),
            "x-cal-secret-key": secret(self.server, "PLATFORM_CLIENT_SECRET"),
        }
        return headers | {name.replace("_", "-"): value for name, value in changed.items()}


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a PKCE verifier."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def refusal(answer: httpx.Response) -> tuple[int, str, str]:
    """Status, code and message of an enveloped refusal."""
    body = answer.json()
    assert body["status"] == "error", body
    return answer.status_code, body["error"]["code"], body["error"]["message"]
