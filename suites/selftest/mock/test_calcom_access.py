"""Who may call the mock's Cal.com side, and how often."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from selftest_calcom import Calcom, refusal

from bookproof.mock import MockServer

UUID = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def calcom(shared_mock: MockServer) -> Iterator[Calcom]:
    """The shared mock's Cal.com side."""
    client = Calcom(shared_mock)
    with client.http:
        yield client


@pytest.fixture
def fresh(mock: MockServer) -> Iterator[Calcom]:
    """A fresh mock's Cal.com side."""
    client = Calcom(mock)
    with client.http:
        yield client


NOBODY = {
    ("GET", "/v2/me", ""): 401,
    ("POST", "/v2/webhooks", ""): 401,
    ("GET", f"/v2/webhooks/{UUID}", ""): 401,
    ("GET", "/v2/calendars", ""): 401,
    ("GET", "/v2/teams", ""): 401,
    ("GET", "/v2/organizations/1/users", ""): 401,
    ("GET", "/v2/schedules", "2024-06-11"): 401,
    ("GET", "/v2/bookings", "2024-08-13"): 403,
    ("POST", "/v2/bookings/a/confirm", "2024-08-13"): 403,
    ("POST", "/v2/bookings/a/decline", "2026-02-25"): 403,
    ("POST", "/v2/bookings/a/mark-absent", "2024-08-13"): 403,
    ("POST", "/v2/event-types", "2024-06-14"): 403,
    ("GET", "/v2/event-types/1", "2024-06-14"): 403,
}


@pytest.mark.parametrize(("method", "path", "version"), NOBODY)
def test_without_credentials_one_guard_says_401_and_another_403(
    calcom: Calcom, method: str, path: str, version: str
) -> None:
    """Before the body and before what exists is looked at."""
    status = NOBODY[method, path, version]
    answer = calcom(method, path, None, headers={"cal-api-version": version})
    code = "UnauthorizedException" if status == 401 else "ForbiddenException"
    assert refusal(answer)[:2] == (status, code)


def test_keys_of_both_kinds_are_known(calcom: Calcom) -> None:
    """A test key and a live key each speak for their own account."""
    assert calcom.server.calcom_keys["member"].startswith("cal_live_")
    for role, name in (("full", "ada"), ("foreign", "bea"), ("member", "cyd")):
        assert calcom("GET", "/v2/me", role).json()["data"]["username"] == name


BAD = ["Bearer garbage", "Bearer a.b.c", "Basic YTpi", "", "Bearer  x", "bearer {key}", "{key}", "Token {key}"]


@pytest.mark.parametrize("header", BAD)
def test_bad_credentials_are_401(calcom: Calcom, header: str) -> None:
    """A scheme that is not exactly `Bearer`, and anything that is no token."""
    sent = header.format(key=calcom.server.calcom_keys["full"])
    answer = calcom("GET", "/v2/me", None, headers={"authorization": sent})
    assert refusal(answer) == (401, "UnauthorizedException", "Invalid Access Token.")


@pytest.mark.parametrize("token", ["cal_unknown", "cal_live_unknown"])
def test_an_unknown_key_is_refused_by_the_throttle(calcom: Calcom, token: str) -> None:
    """401 without the headers of a limit."""
    answer = calcom("GET", "/v2/me", token=token)
    assert refusal(answer)[2] == "CustomThrottlerGuard - Invalid API Key"
    assert "x-ratelimit-limit-default" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "version"),
    [("GET", "/v2/bookings/a", "2024-08-13"), ("GET", "/v2/event-types", "2024-06-14")],
)
def test_bad_credentials_are_not_ignored_where_none_are_needed(
    calcom: Calcom, method: str, path: str, version: str
) -> None:
    """401 for a bad bearer, and none for nobody or half a platform client."""
    headers = {"cal-api-version": version}
    assert calcom(method, path, token="garbage", headers=headers).status_code == 401
    assert calcom(method, path, "expired", headers=headers).status_code == 401
    assert calcom(method, path, None, headers=headers).status_code != 401
    assert calcom(method, path, None, headers=headers | {"x-cal-client-id": "a"}).status_code != 401
    both = headers | calcom.platform(x_cal_client_id="abc")
    assert refusal(calcom(method, path, None, headers=both))[2] == "Client with ID abc not found"


def test_slots_never_authenticate(calcom: Calcom) -> None:
    """Any bearer will do."""
    answer = calcom("GET", "/v2/slots", token="garbage", headers={"cal-api-version": "2024-09-04"})
    assert answer.status_code != 401


def test_an_expired_key_is_told_so(calcom: Calcom) -> None:
    """With the headers of its limit."""
    answer = calcom("GET", "/v2/me", "expired")
    assert refusal(answer) == (401, "UnauthorizedException", "Your api key is expired.")
    assert "x-ratelimit-limit-default" in answer.headers


def test_a_key_dies_on_the_day_after_its_last(fresh: Calcom) -> None:
    """Today is its last day; with tomorrow it is over."""
    today = fresh.door("GET", "/clock").json()["data"]["now"][:10]
    issued = fresh.door("POST", "/keys", json={"account": "bea", "expiresOn": today}).json()["data"]
    assert fresh("GET", "/v2/me", token=issued["key"]).json()["data"]["username"] == "bea"
    fresh.door("POST", "/clock", json={"advance": 86_400})
    assert fresh("GET", "/v2/me", token=issued["key"]).status_code == 401


def test_a_revoked_key_is_dead_at_once(fresh: Calcom) -> None:
    """Used before, it is refused as one that is not valid."""
    issued = fresh.door("POST", "/keys", json={"account": "cyd"}).json()["data"]
    assert fresh("GET", "/v2/me", token=issued["key"]).status_code == 200
    assert fresh.door("DELETE", f"/keys/{issued['prefix']}").status_code == 200
    assert refusal(fresh("GET", "/v2/me", token=issued["key"]))[2] == "Your api key is not valid."
    assert fresh.door("DELETE", f"/keys/{issued['prefix']}").status_code == 404


def test_a_refreshed_key_takes_the_place_of_the_old(fresh: Calcom) -> None:
    """The new one works, the old one does not; days must be at least one."""
    path = "/v2/api-keys/refresh"
    assert fresh("POST", path, json={"apiKeyDaysValid": -1}).status_code == 400
    answer = fresh("POST", path, json={"apiKeyDaysValid": 30})
    assert answer.status_code == 200
    key = answer.json()["data"]["apiKey"]
    assert fresh("GET", "/v2/me", token=key).status_code == 200
    assert fresh("GET", "/v2/me").status_code == 401
    fresh.door("POST", "/clock", json={"advance": 31 * 86_400})
    assert refusal(fresh("GET", "/v2/me", token=key))[2] == "Your api key is expired."


# Platform


@pytest.mark.parametrize("missing", ["x-cal-client-id", "x-cal-secret-key"])
def test_half_a_platform_client_is_401(calcom: Calcom, missing: str) -> None:
    """The message names the header that is missing."""
    headers = {name: value for name, value in calcom.platform().items() if name != missing}
    status, _, message = refusal(calcom("GET", "/v2/me", None, headers=headers))
    assert (status, missing in message) == (401, True)


def test_platform_headers_go_before_a_bearer(calcom: Calcom) -> None:
    """They speak for the client's owner, and a wrong secret is not saved by a good key."""
    answer = calcom("GET", "/v2/me", "foreign", headers=calcom.platform())
    assert answer.json()["data"]["username"] == "ada"
    answer = calcom("GET", "/v2/me", "foreign", headers=calcom.platform(x_cal_secret_key="wrong"))
    assert refusal(answer)[0] == 401


def test_a_managed_user_lives_by_tokens(fresh: Calcom) -> None:
    """They last an hour, are no good from a foreign page, and no client but the own one gives them."""
    path = f"/v2/oauth-clients/{fresh.platform()['x-cal-client-id']}/users"
    body = {"email": "guest@embedded.example", "name": "Guest", "timeZone": "Asia/Tokyo"}
    assert fresh("POST", path, json=body).status_code == 401
    answer = fresh("POST", path, None, headers=fresh.platform(), json=body)
    assert answer.status_code == 201
    made = answer.json()["data"]
    me = fresh("GET", "/v2/me", token=made["accessToken"]).json()["data"]
    assert (me["id"], me["timeZone"]) == (made["user"]["id"], "Asia/Tokyo")
    assert fresh("POST", path, None, headers=fresh.platform(), json=body).status_code == 409
    assert fresh("POST", path, None, headers=fresh.platform(), json={}).status_code == 400
    assert fresh("GET", "/v2/me", token=made["refreshToken"]).status_code == 401
    page = {"origin": "https://elsewhere.example"}
    assert fresh("GET", "/v2/me", token=made["accessToken"], headers=page).status_code == 401
    page = {"origin": "https://embedded.fabrikam.example"}
    assert fresh("GET", "/v2/me", token=made["accessToken"], headers=page).status_code == 200
    fresh.door("POST", "/clock", json={"advance": 3_600})
    assert fresh("GET", "/v2/me", token=made["accessToken"]).status_code == 401


# Throttle


def _limit(answer: httpx.Response) -> tuple[int, int, int]:
    names = ("limit", "remaining", "reset")
    limit, remaining, reset = (int(answer.headers[f"x-ratelimit-{name}-default"]) for name in names)
    return limit, remaining, reset


def test_whoever_asks_once_too_often_is_silenced_for_a_minute(fresh: Calcom) -> None:
    """The counter runs down to nothing; the block is not longer for knocking, and ends; others do not feel it."""
    for left in range(9, -1, -1):
        answer = fresh("GET", "/v2/me", "rate-limited")
        assert (answer.status_code, _limit(answer)[:2]) == (200, (10, left))
    answer = fresh("GET", "/v2/me", "rate-limited")
    message = "CustomThrottlerGuard - Too many requests. Please try again later."
    assert refusal(answer) == (429, "ThrottlerException", message)
    assert answer.json()["error"]["details"] == message
    assert _limit(answer) == (10, 0, 60)
    assert "retry-after" not in answer.headers
    assert fresh("GET", "/v2/me").status_code == 200
    assert fresh("GET", "/v2/nothing", "rate-limited").status_code == 404
    fresh.door("POST", "/clock", json={"advance": 30})
    answer = fresh("GET", "/v2/me", "rate-limited")
    assert (answer.status_code, _limit(answer)[2] <= 30) == (429, True)
    fresh.door("POST", "/clock", json={"advance": 30})
    answer = fresh("GET", "/v2/me", "rate-limited")
    assert (answer.status_code, _limit(answer)[1]) == (200, 9)


def test_each_kind_of_caller_has_a_bucket_of_its_own() -> None:
    """Keys and addresses get the default, tokens and clients as much more as the documents say."""
    from bookproof.mock import start_mock

    with start_mock(rate_limit=120) as server:
        calcom = Calcom(server)
        token = calcom.access_token("PROFILE_READ")
        calls: list[tuple[Callable[[], httpx.Response], int]] = [
            (lambda: calcom("GET", "/v2/me"), 120),
            (lambda: calcom("GET", "/v2/me", token=token), 500),
            (lambda: calcom("GET", "/v2/me", None, headers=calcom.platform()), 500),
            (lambda: calcom("GET", "/v2/slots", None, headers={"cal-api-version": "2024-09-04"}), 120),
        ]
        for call, limit in calls:
            first, second = _limit(call()), _limit(call())
            assert (first[0], second[0], second[1]) == (limit, limit, first[1] - 1)


def test_a_flood_of_bad_tokens_is_limited_too() -> None:
    """The throttle comes before the guard, and counts refused calls."""
    from bookproof.mock import start_mock

    with start_mock(rate_limit=1) as server:
        calcom = Calcom(server)
        statuses = [calcom("GET", "/v2/me", token="garbage").status_code for _ in range(6)]
        assert statuses == [401] * 4 + [429] * 2
