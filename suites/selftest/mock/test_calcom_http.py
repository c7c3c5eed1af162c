"""Cal.com's HTTP frame in the mock: versions, routes, bodies, envelopes, headers."""

import gzip
import uuid
from collections.abc import Iterator
from datetime import datetime

import httpx
import pytest
from selftest_calcom import Calcom, refusal

from bookproof.mock import MockServer

JSON = {"content-type": "application/json"}
LEGACY, MODERN, NOWHERE = "legacy", "modern", "nowhere"


@pytest.fixture
def calcom(shared_mock: MockServer) -> Iterator[Calcom]:
    """The shared mock's Cal.com side."""
    client = Calcom(shared_mock)
    with client.http:
        yield client


MATRIX = {
    "/v2/bookings": (LEGACY, LEGACY, LEGACY, MODERN, NOWHERE, MODERN, MODERN),
    "/v2/bookings/a": (LEGACY, LEGACY, LEGACY, MODERN, NOWHERE, MODERN, NOWHERE),
    "/v2/event-types": (LEGACY, LEGACY, MODERN, NOWHERE, NOWHERE, NOWHERE, NOWHERE),
    "/v2/schedules": (LEGACY, MODERN, MODERN, NOWHERE, NOWHERE, NOWHERE, NOWHERE),
    "/v2/slots": (NOWHERE, NOWHERE, NOWHERE, NOWHERE, MODERN, NOWHERE, NOWHERE),
    "/v2/slots/available": (LEGACY, LEGACY, LEGACY, LEGACY, NOWHERE, NOWHERE, NOWHERE),
    "/v2/me": (MODERN,) * 7,
    "/v2/webhooks": (MODERN,) * 7,
}


@pytest.mark.parametrize("path", MATRIX)
def test_each_date_leads_where_the_server_leads(shared_mock: MockServer, path: str) -> None:
    """A known date without a handler is no route; others find the legacy or the modern handler."""
    calcom = shared_mock.mock.calcom
    for version, expected in zip(calcom.versions.known(), MATRIX[path], strict=True):
        found = calcom.routes.find("GET", path, version)
        handler = None if found is None else found.operation.handler
        led = NOWHERE if handler is None else LEGACY if handler.startswith("legacy_") else MODERN
        assert led == expected, version


@pytest.mark.parametrize("version", ["2021-10-20", "latest", "V2024-08-13", "", "2024-04-15"])
def test_a_version_is_never_a_mistake(calcom: Calcom, version: str) -> None:
    """Unknown dates are answered at the oldest one, which has no such slots."""
    answer = calcom("GET", "/v2/slots", None, headers={"cal-api-version": version})
    assert refusal(answer) == (404, "NotFoundException", "Cannot GET /v2/slots")
    assert calcom("GET", "/v2/me", headers={"cal-api-version": version}).status_code == 200


def test_only_the_list_of_bookings_has_the_newest_date(calcom: Calcom) -> None:
    """At that date there is no other operation of bookings."""
    answer = calcom("POST", "/v2/bookings", headers={"cal-api-version": "2026-05-01"}, json={})
    assert refusal(answer) == (404, "NotFoundException", "Cannot POST /v2/bookings")


@pytest.mark.parametrize("path", ["/v2", "/v2//me", "/v2/nothing", "/v2/me/more", "/api/v2/nothing"])
def test_unknown_paths_are_404_in_the_envelope(calcom: Calcom, path: str) -> None:
    """With credentials or without; the query is told too."""
    for role in ("full", None):
        answer = calcom("GET", f"{path}?a=1", role)
        told = path.removeprefix("/api")
        assert refusal(answer) == (404, "NotFoundException", f"Cannot GET {told}?a=1")
        assert answer.json()["path"] == f"{told}?a=1"
        assert "x-ratelimit-limit-default" not in answer.headers


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_a_wrong_verb_is_404_without_allow(calcom: Calcom, method: str) -> None:
    """The server never says 405."""
    answer = calcom(method, "/v2/me")
    assert refusal(answer) == (404, "NotFoundException", f"Cannot {method} /v2/me")
    assert "allow" not in answer.headers


@pytest.mark.parametrize("path", ["/v2/me", "/v2/me/", "/V2/ME", "/api/v2/me"])
def test_slashes_case_and_prefix_are_tolerated(calcom: Calcom, path: str) -> None:
    """All of them are one path."""
    assert calcom("GET", path).json()["data"]["username"] == "ada"


def test_head_is_get_without_a_body(calcom: Calcom) -> None:
    """The headers are those of GET."""
    head, get = calcom("HEAD", "/v2/me"), calcom("GET", "/v2/me")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(get.content))


def test_options_is_answered_to_anybody(calcom: Calcom) -> None:
    """204 on any path, with what a browser asks for."""
    answer = calcom("OPTIONS", "/v2/whatever", None)
    assert answer.status_code == 204
    assert answer.headers["access-control-max-age"] == "86400"
    assert "cal-api-version" in answer.headers["access-control-allow-headers"]


def test_every_answer_has_the_common_headers(calcom: Calcom) -> None:
    """A fresh request id whatever the client sends, CORS, and the security set."""
    seen: set[str] = set()
    for path in ("/v2/me", "/v2/nothing", "/v2/me"):
        answer = calcom("GET", path, headers={"x-request-id": "mine"})
        seen.add(answer.headers["x-request-id"])
        assert uuid.UUID(answer.headers["x-request-id"]).version == 4
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert len(seen) == 3


def test_an_entity_that_is_known_is_not_sent_again(calcom: Calcom) -> None:
    """304 without a body, with the headers of the throttle."""
    tag = calcom("GET", "/v2/me").headers["etag"]
    answer = calcom("GET", "/v2/me", headers={"if-none-match": tag})
    assert (answer.status_code, answer.content) == (304, b"")
    assert "x-ratelimit-remaining-default" in answer.headers


@pytest.mark.parametrize(
    "body",
    ['{"name":', "null", '"x"', "nope", '{"a":NaN}', "[" * 60_000],
    ids=["cut off", "null", "text", "word", "no number", "deep"],
)
def test_malformed_json_is_a_400_with_a_word_for_an_id(calcom: Calcom, body: str) -> None:
    """The body is read before anything else is looked at."""
    for path in ("/v2/teams", "/v2/nothing"):
        answer = calcom("POST", path, None, content=body, headers=JSON)
        assert refusal(answer)[:2] == (400, "BadRequestException")
        assert answer.headers["x-request-id"] == "unknown-request-id"


@pytest.mark.parametrize(
    ("headers", "content", "status", "message"),
    [
        (JSON, b'{"name":"' + b"x" * 110_000 + b'"}', 413, "request entity too large"),
        (JSON | {"content-encoding": "gzip"}, gzip.compress(b" " * 200_000, mtime=0), 413, "request entity too large"),
        ({"content-type": "application/json; charset=iso-8859-1"}, b"{}", 415, 'unsupported charset "ISO-8859-1"'),
        (JSON | {"content-encoding": "zip"}, b"{}", 415, 'unsupported content encoding "zip"'),
        (JSON | {"content-encoding": "gzip"}, b"{}", 400, "incorrect header check"),
    ],
    ids=["large", "large when unpacked", "charset", "encoding", "not packed"],
)
def test_unreadable_bodies_are_refused_bare(
    calcom: Calcom, headers: dict[str, str], content: bytes, status: int, message: str
) -> None:
    """Status and message only, and no request id."""
    answer = calcom("POST", "/v2/teams", content=content, headers=headers)
    assert answer.status_code == status
    assert answer.json() == {"statusCode": status, "message": message}
    assert "x-request-id" not in answer.headers


@pytest.mark.parametrize("media_type", ["text/plain", "application/vnd.api+json", None])
def test_what_is_not_json_is_as_if_it_were_not_there(calcom: Calcom, media_type: str | None) -> None:
    """No 415: the fields are missing."""
    headers = {} if media_type is None else {"content-type": media_type}
    answer = calcom("POST", "/v2/teams", content=b'{"name":"Ignored"}', headers=headers)
    assert refusal(answer) == (400, "BadRequestException", "Bad Request Exception")


@pytest.mark.parametrize(("charset", "codec"), [("utf-8", "utf-8"), ("utf-16", "utf-16"), ("UTF-8", "utf-8-sig")])
def test_character_sets_are_decoded(calcom: Calcom, charset: str, codec: str) -> None:
    """What was sent is what is kept."""
    headers = {"content-type": f"application/json; charset={charset}"}
    answer = calcom("PATCH", "/v2/me", content='{"bio":"Zoë, 会議 🎉"}'.encode(codec), headers=headers)
    assert answer.json()["data"]["bio"] == "Zoë, 会議 🎉"


def test_half_a_character_does_no_harm(calcom: Calcom) -> None:
    """It is replaced, for it could be neither stored nor sent."""
    answer = calcom("PATCH", "/v2/me", content=b'{"bio":"\\ud800"}', headers=JSON)
    assert answer.json()["data"]["bio"] == "\ufffd"


def test_an_endless_number_is_told_as_null(calcom: Calcom) -> None:
    """The answer to it is still JSON."""
    answer = calcom("PATCH", "/v2/me", content=b'{"timeFormat":1' + b"0" * 400 + b"}", headers=JSON)
    assert answer.status_code == 400
    assert answer.json()["error"]["details"]["errors"][0]["value"] is None


def test_an_error_names_time_path_and_details(calcom: Calcom) -> None:
    """Shape A in full."""
    body = calcom("GET", "/v2/teams/abc?x=1").json()
    assert datetime.fromisoformat(body.pop("timestamp")).tzinfo is not None
    message = "Validation failed (numeric string is expected)"
    assert body == {
        "status": "error",
        "path": "/v2/teams/abc?x=1",
        "error": {
            "code": "BadRequestException",
            "message": message,
            "details": {"message": message, "error": "Bad Request", "statusCode": 400},
        },
    }


def test_validation_tells_each_property(calcom: Calcom) -> None:
    """`details.errors` with target, value, property, children and constraints; unknown members are dropped."""
    sent = {"name": "", "isPrivate": "yes", "unknown": 1}
    errors = calcom("POST", "/v2/teams", json=sent).json()["error"]["details"]["errors"]
    assert [error["property"] for error in errors] == ["name", "isPrivate"]
    assert errors[1] == {
        "target": sent,
        "value": "yes",
        "property": "isPrivate",
        "children": [],
        "constraints": {"isBoolean": "isPrivate must be a boolean value"},
    }


def test_the_other_dialect_is_where_it_was(shared_mock: MockServer) -> None:
    """Paths outside /v2 are answered in imatic's words."""
    answer = httpx.get(f"{shared_mock.base_url}/v22/me", verify=False)
    assert (answer.status_code, answer.json()["error"]) == (404, "route_not_found")
