"""OAuth in the mock's Cal.com side: consent, codes, tokens, scopes."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from selftest_calcom import REDIRECT_URI, VERIFIER, Calcom, challenge_of, refusal, secret

from bookproof.mock import MockServer

TOKEN = "/v2/auth/oauth2/token"


@pytest.fixture
def calcom(mock: MockServer) -> Iterator[Calcom]:
    """A fresh mock's Cal.com side."""
    client = Calcom(mock)
    with client.http:
        yield client


def _refused(answer: httpx.Response) -> tuple[int, str, str]:
    body = answer.json()
    assert set(body) == {"error", "error_description"}
    return answer.status_code, body["error"], body["error_description"]


def _code(calcom: Calcom, *scopes: str, **more: Any) -> str:
    answer = calcom.consent(*(scopes or ("PROFILE_READ",)), **more)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]["code"]


def test_a_confidential_client_gets_tokens_for_a_code(calcom: Calcom) -> None:
    """Thirty minutes of access, told without the envelope of other answers."""
    answer = calcom.exchange(_code(calcom))
    assert answer.status_code == 200
    body = answer.json()
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("bearer", 1800, "PROFILE_READ")
    assert answer.headers["cache-control"] == "no-store"
    me = calcom("GET", "/v2/me", token=body["access_token"])
    assert me.json()["data"]["username"] == "ada"
    assert calcom("GET", "/v2/me", token=body["refresh_token"]).status_code == 401


def test_a_form_is_read_like_json(calcom: Calcom) -> None:
    """As RFC 6749 asks for."""
    form = calcom.confidential() | {"code": _code(calcom)}
    assert calcom("POST", TOKEN, None, data=form).status_code == 200


def test_access_ends_with_the_half_hour(calcom: Calcom) -> None:
    """By the mock's clock."""
    token = calcom.access_token("PROFILE_READ")
    calcom.door("POST", "/clock", json={"advance": 1799})
    assert calcom("GET", "/v2/me", token=token).status_code == 200
    calcom.door("POST", "/clock", json={"advance": 1})
    assert refusal(calcom("GET", "/v2/me", token=token))[2] == "Invalid Access Token."


def test_a_code_is_good_once_and_not_for_long(calcom: Calcom) -> None:
    """Used, invented and late codes are told alike."""
    wrong = (400, "invalid_grant", "code_invalid_or_expired")
    code = _code(calcom)
    assert calcom.exchange(code).status_code == 200
    assert _refused(calcom.exchange(code)) == wrong
    assert _refused(calcom.exchange("invented")) == wrong
    assert _refused(calcom.exchange(_code(calcom), redirect_uri="https://elsewhere.example/")) == wrong
    late = _code(calcom)
    calcom.door("POST", "/clock", json={"advance": 600})
    assert _refused(calcom.exchange(late)) == wrong


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_secret": None}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"client_id": None}, 400, "invalid_request"),
        ({"client_id": 7}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "invalid_request"),
        ({"grant_type": None}, 400, "invalid_request"),
        ({"code": None}, 400, "invalid_request"),
        ({"redirect_uri": None}, 400, "invalid_request"),
        ({"code_verifier": VERIFIER}, 400, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "invented"}, 400, "invalid_grant"),
    ],
)
def test_each_mistake_of_an_exchange_has_its_code(
    calcom: Calcom, changes: dict[str, Any], status: int, error: str
) -> None:
    """And costs the code nothing: it is still good afterwards."""
    code = _code(calcom)
    assert _refused(calcom.exchange(code, **changes))[:2] == (status, error)
    assert calcom.exchange(code).status_code == 200


def test_nothing_at_all_is_a_mistake_too(calcom: Calcom) -> None:
    """An empty body, and a list."""
    assert _refused(calcom("POST", TOKEN, None))[:2] == (400, "invalid_request")
    assert _refused(calcom("POST", TOKEN, None, json=[]))[:2] == (400, "invalid_request")


def test_a_public_client_proves_itself_by_pkce(calcom: Calcom) -> None:
    """A wrong verifier gets nothing, the right one tokens."""
    client = {"client": "OAUTH_PUBLIC_CLIENT_ID", "codeChallenge": challenge_of(VERIFIER)}
    body = {
        "grant_type": "authorization_code",
        "client_id": secret(calcom.server, "OAUTH_PUBLIC_CLIENT_ID"),
        "redirect_uri": REDIRECT_URI,
        "code": _code(calcom, **client),
    }
    for wrong in ({}, {"code_verifier": VERIFIER + "x"}, {"code_verifier": "short"}):
        assert _refused(calcom("POST", TOKEN, None, json=body | wrong))[:2] == (400, "invalid_grant")
    assert calcom("POST", TOKEN, None, json=body | {"code_verifier": VERIFIER}).status_code == 200


def test_a_refresh_token_is_good_once(calcom: Calcom) -> None:
    """It gives a new pair with the same scopes, and is dead."""
    first = calcom.exchange(_code(calcom, "PROFILE_READ", "APPS_READ")).json()
    body = calcom.confidential() | {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = calcom("POST", TOKEN, None, json=body)
    assert (second.status_code, second.json()["scope"]) == (200, "PROFILE_READ APPS_READ")
    assert calcom("GET", "/v2/me", token=second.json()["access_token"]).status_code == 200
    assert _refused(calcom("POST", TOKEN, None, json=body))[:2] == (400, "invalid_grant")


def test_consent_is_not_given_to_everybody(calcom: Calcom) -> None:
    """A client that is not approved, a foreign redirect, an unknown scope, no scope, PKCE where it does not belong."""
    assert calcom.consent("PROFILE_READ", client="OAUTH_PENDING_CLIENT_ID").status_code == 400
    assert calcom.consent("PROFILE_READ", redirectUri="https://elsewhere.example/").status_code == 400
    assert calcom.consent("EVERYTHING").status_code == 400
    assert calcom.consent().status_code == 400
    assert calcom.consent("PROFILE_READ", clientId="nobody").status_code == 404
    assert calcom.consent("PROFILE_READ", codeChallenge=challenge_of(VERIFIER)).status_code == 400
    assert calcom.consent("PROFILE_READ", client="OAUTH_PUBLIC_CLIENT_ID").status_code == 400
    assert calcom.consent("PROFILE_READ", state="s1").json()["data"]["state"] == "s1"


def test_a_pending_client_is_refused_at_the_exchange(calcom: Calcom) -> None:
    """Whatever it brings."""
    body = {"client_id": secret(calcom.server, "OAUTH_PENDING_CLIENT_ID"), "client_secret": "x"}
    assert calcom.exchange("x", **body).status_code == 401


SCOPED = [
    ("GET", "/v2/me", "PROFILE_READ"),
    ("PATCH", "/v2/me", "PROFILE_WRITE"),
    ("GET", "/v2/calendars", "APPS_READ"),
    ("GET", "/v2/teams", "TEAM_PROFILE_READ"),
    ("GET", "/v2/teams", "TEAM_READ"),
    ("GET", "/v2/teams", "ORG_PROFILE_READ"),
    ("GET", "/v2/teams", "ORG_READ"),
    ("GET", "/v2/calendars/google/connect", "APPS_READ"),
    ("GET", "/v2/calendars/google/connect", "APPS_WRITE"),
    ("GET", "/v2/organizations/1/users", "ORG_USERS_READ"),
]


@pytest.mark.parametrize(("method", "path", "scope"), SCOPED)
def test_a_scope_opens_its_operation(calcom: Calcom, method: str, path: str, scope: str) -> None:
    """And no other scope does."""
    assert calcom(method, path, token=calcom.access_token(scope), json={}).status_code == 200
    status, code, message = refusal(calcom(method, path, token=calcom.access_token("WEBHOOK_READ"), json={}))
    assert (status, code) == (403, "ForbiddenException")
    assert message.startswith("insufficient_scope")


def test_reading_is_not_writing(calcom: Calcom) -> None:
    """In neither direction; and a team's scope is not an organisation's."""
    assert calcom("PATCH", "/v2/me", token=calcom.access_token("PROFILE_READ"), json={}).status_code == 403
    assert calcom("GET", "/v2/me", token=calcom.access_token("PROFILE_WRITE")).status_code == 403
    path = "/v2/organizations/1/users"
    assert calcom("GET", path, token=calcom.access_token("TEAM_PROFILE_READ")).status_code == 403


def test_some_operations_are_not_for_third_parties(calcom: Calcom) -> None:
    """A token cannot replace a key."""
    answer = calcom("POST", "/v2/api-keys/refresh", token=calcom.access_token("PROFILE_WRITE"), json={})
    assert refusal(answer)[:2] == (403, "ForbiddenException")


def test_the_door_issues_tokens_with_just_the_scopes_asked_for(calcom: Calcom) -> None:
    """One for each list, without any consent; what they lack they may not."""
    asked = {"clientId": secret(calcom.server, "OAUTH_CLIENT_ID"), "account": "ada"}
    answer = calcom.door("POST", "/oauth/tokens", json={**asked, "scopes": [["PROFILE_READ"], ["BOOKING_READ"]]})
    assert answer.status_code == 201
    reads_profile, reads_bookings = answer.json()["data"]["tokens"]
    assert calcom("GET", "/v2/me", token=reads_profile).status_code == 200
    assert calcom("GET", "/v2/me", token=reads_bookings).status_code == 403
    for scopes in ("PROFILE_READ", ["PROFILE_READ"], [["NO_SUCH_SCOPE"]]):
        assert calcom.door("POST", "/oauth/tokens", json={**asked, "scopes": scopes}).status_code == 400
    assert calcom.door("POST", "/oauth/tokens", json={**asked, "clientId": "x", "scopes": []}).status_code == 404
