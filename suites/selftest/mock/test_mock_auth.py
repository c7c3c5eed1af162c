"""Over the wire: keys, scopes, rate limits and the order in which a request is refused."""

from collections.abc import Callable

import httpx
import pytest

from bookproof.mock import MockServer, start_mock

OPERATIONS = [
    ("GET", "/v1/event-types", "slots:read"),
    ("GET", "/v1/event-types/intro", "slots:read"),
    ("POST", "/v1/event-types/intro/duplicate", "bookings:write"),
    ("GET", "/v1/event-types/intro/slots", "slots:read"),
    ("POST", "/v1/bookings", "bookings:write"),
    ("GET", "/v1/bookings", "bookings:read"),
    ("GET", "/v1/bookings/stats", "bookings:read"),
    ("GET", "/v1/bookings/none", "bookings:read"),
    ("POST", "/v1/bookings/none/cancel", "bookings:write"),
    ("POST", "/v1/bookings/none/reschedule", "bookings:write"),
    ("POST", "/v1/event-types/intro/links", "bookings:write"),
    ("GET", "/v1/event-types/intro/links", "bookings:read"),
    ("DELETE", "/v1/event-links/none", "bookings:write"),
    ("GET", "/v1/users/me", None),
    ("GET", "/v1/calendars", "bookings:read"),
    ("GET", "/v1/webhooks", "bookings:read"),
    ("POST", "/v1/webhooks", "bookings:write"),
    ("GET", "/v1/webhooks/none", "bookings:read"),
    ("PATCH", "/v1/webhooks/none", "bookings:write"),
    ("DELETE", "/v1/webhooks/none", "bookings:write"),
    ("POST", "/v1/webhooks/none/test", "bookings:write"),
]
ROLES = {
    "slots-read": {"slots:read"},
    "bookings-read": {"bookings:read"},
    "bookings-write": {"bookings:write"},
    "read-only": {"slots:read", "bookings:read"},
    "mcp": {"slots:read", "bookings:read", "bookings:write"},
    "no-scope": set[str](),
}


@pytest.mark.parametrize(("method", "path", "scope"), OPERATIONS)
def test_scopes_open_exactly_their_operations(
    shared_mock: MockServer, client_of: Callable[..., httpx.Client], method: str, path: str, scope: str | None
) -> None:
    for role, scopes in ROLES.items():
        answer = client_of(shared_mock, role).request(method, path)
        if scope is None or scope in scopes:
            assert answer.status_code in (200, 201, 400, 404), role
        else:
            assert answer.status_code == 403, role
            assert answer.json()["error"] == "forbidden"
            assert scope in answer.json()["message"]


@pytest.mark.parametrize(("method", "path", "scope"), OPERATIONS)
def test_every_operation_asks_for_a_key(shared_mock: MockServer, method: str, path: str, scope: str | None) -> None:
    answer = httpx.request(method, shared_mock.base_url + path)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json() == {
        "success": False,
        "error": "unauthorized",
        "message": "The API key is missing or invalid.",
    }


def test_bad_keys_are_all_refused_alike(shared_mock: MockServer) -> None:
    good = shared_mock.keys["full"]
    prefix, _, secret = good.partition(".")
    offered = [
        "",
        "Bearer",
        good,
        f"Basic {good}",
        f"Token {good}",
        f"Bearer {prefix}",
        f"Bearer {prefix}.",
        f"Bearer .{secret}",
        f"Bearer {prefix}.{secret[:-1]}",
        f"Bearer {prefix}.{secret}x",
        f"Bearer {prefix}.{secret.upper()}",
        f"Bearer {prefix}.{'x' * 32}",
        f"Bearer cal_nobody.{secret}",
        f"Bearer {good} {good}",
        f"Bearer {shared_mock.keys['revoked']}",
        "Bearer ünknown.schlüssel".encode().decode("latin-1"),
    ]
    bodies = set[str]()
    with httpx.Client(base_url=shared_mock.base_url, timeout=10, verify=False) as client:
        for header in offered:
            answer = client.get("/v1/users/me", headers={"Authorization": header.encode("latin-1")})
            assert answer.status_code == 401, header
            bodies.add(answer.text)
        for name in ("api_key", "key", "access_token", "token"):
            assert client.get("/v1/users/me", params={name: good}).status_code == 401
    assert len(bodies) == 1


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_read_in_any_case(shared_mock: MockServer, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {shared_mock.keys['no-scope']}"}
    assert httpx.get(f"{shared_mock.base_url}/v1/users/me", headers=headers).status_code == 200


def test_refusals_come_in_order(shared_mock: MockServer, client_of: Callable[..., httpx.Client]) -> None:
    nobody = httpx.Client(base_url=shared_mock.base_url, timeout=10, verify=False)
    with nobody:
        assert nobody.get("/v1/nothing").json()["error"] == "route_not_found"
        wrong_method = nobody.put("/v1/bookings")
        assert wrong_method.status_code == 405
        assert wrong_method.headers["Allow"] == "GET, POST"
    reader = client_of(shared_mock, "read-only")
    assert reader.post("/v1/bookings/none/cancel", content=b"{").status_code == 403
    writer = client_of(shared_mock, "bookings-write")
    assert writer.post("/v1/bookings/none/cancel", content=b"{").status_code == 404


def test_a_key_has_its_own_limit(mock: MockServer, client_of: Callable[..., httpx.Client]) -> None:
    limited, full = client_of(mock, "rate-limited"), client_of(mock)
    assert [limited.get("/v1/users/me").status_code for _ in range(10)] == [200] * 10
    refused = limited.get("/v1/users/me")
    assert refused.status_code == 429
    assert refused.json()["error"] == "rate_limited"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert full.get("/v1/users/me").status_code == 200
    # What is refused for its route or its key is not counted and not limited.
    assert limited.get("/v1/nothing").status_code == 404


def test_the_minute_slides(mock: MockServer, client_of: Callable[..., httpx.Client]) -> None:
    limits = mock.mock.domain.limits
    time = [0]
    limits.now = lambda: 1_000_000 + time[0]
    limited = client_of(mock, "rate-limited")
    for time[0] in range(0, 50_000, 5_000):
        assert limited.get("/v1/users/me").status_code == 200
    time[0] = 50_000
    assert limited.get("/v1/users/me").headers["Retry-After"] in ("10", "11")
    time[0] = 60_001
    assert limited.get("/v1/users/me").status_code == 200
    assert limited.get("/v1/users/me").status_code == 429


def test_the_default_limit_is_set_at_the_start() -> None:
    with start_mock(rate_limit=3) as server, httpx.Client(base_url=server.base_url, timeout=10, verify=False) as client:
        client.headers["Authorization"] = f"Bearer {server.keys['full']}"
        assert [client.get("/v1/users/me").status_code for _ in range(4)] == [200, 200, 200, 429]
