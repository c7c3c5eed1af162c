"""Seed data: the same seed gives the same data, keys are stored hashed, the target document says what is there."""

import json
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from bookproof.mock import MockServer, start_mock
from bookproof.mock.defects import UnknownDefect, all_defects

NOW = datetime(2027, 1, 11, 8, tzinfo=UTC)


def everything(server: MockServer) -> dict[str, object]:
    seen: dict[str, object] = {"keys": server.keys, "token": server.door_token}
    for role in ("full", "foreign"):
        headers = {"Authorization": f"Bearer {server.keys[role]}"}
        with httpx.Client(base_url=server.base_url, headers=headers, timeout=10, verify=False) as client:
            for path in ("users/me", "event-types", "bookings", "webhooks", "calendars", "bookings/stats"):
                seen[f"{role} {path}"] = client.get(f"/v1/{path}").json()
            body = {"url": "https://example.com/hook", "events": ["booking.created"]}
            seen[f"{role} created"] = client.post("/v1/webhooks", json=body).json()
    return seen


def test_the_same_seed_gives_the_same_data() -> None:
    seen: list[dict[str, object]] = []
    for seed in (7, 7, 8):
        with start_mock(seed=seed, now=NOW) as server:
            seen.append(everything(server))
    assert seen[0] == seen[1]
    assert seen[0]["keys"] != seen[2]["keys"]
    assert seen[0]["full bookings"] != seen[2]["full bookings"]


def test_no_key_is_stored_in_clear(tmp_path: Path) -> None:
    file = tmp_path / "mock.sqlite"
    with start_mock(file=file) as server, httpx.Client(base_url=server.door_url, timeout=10, verify=False) as door:
        door.headers["Authorization"] = f"Bearer {server.door_token}"
        issued = door.post("/keys", json={"scopes": ["slots:read"], "account": "main"}).json()["data"]["key"]
        stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        for key in [*server.keys.values(), issued]:
            prefix, _, secret = key.partition(".")
            assert prefix.encode() in stored
            assert secret.encode() not in stored
        assert server.door_token.encode() not in stored


def test_the_target_document_describes_the_mock(shared_mock: MockServer) -> None:
    document = shared_mock.target_document
    text = json.dumps(document)
    for secret in shared_mock.environment.values():
        assert secret not in text
    assert {shared_mock.environment[name] for name in document["credentials"].values()} == {*shared_mock.keys.values()}
    assert shared_mock.environment[document["door"]["token_env"]] == shared_mock.door_token
    event_types = document["data"]["event_types"]
    zones = event_types["zones"]
    codes = {rules["code"] for role, rules in event_types.items() if role != "zones"} | {r["code"] for r in zones}
    with httpx.Client(base_url=shared_mock.base_url, timeout=10, verify=False) as client:
        client.headers["Authorization"] = f"Bearer {shared_mock.keys['full']}"
        listed = {item["code"]: item for item in client.get("/v1/event-types", params={"limit": 100}).json()["data"]}
    assert codes == set(listed)
    for rules in [*(event_types[role] for role in event_types if role != "zones"), *zones]:
        shown = listed[rules["code"]]
        assert shown["durations"] == rules.get("durations", [rules.get("duration")])
        assert shown["slotInterval"] == rules["interval"]
        assert (shown["bufferBefore"], shown["bufferAfter"]) == (rules["buffer_before"], rules["buffer_after"])
        assert (shown["minimumNotice"], shown["maximumNotice"]) == (rules["minimum_notice"], rules["maximum_notice"])
        assert shown["dailyCap"] == rules.get("daily_cap")
        required = [question["code"] for question in shown["questions"] if question["required"]]
        assert required == list(rules.get("required_answers", {}))


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        start_mock(now=datetime(2027, 1, 1))  # noqa: DTZ001 - naive on purpose
    with pytest.raises(ValueError, match="loopback"):
        start_mock(host="0.0.0.0")
    with pytest.raises(ValueError, match="reschedule_mode"):
        start_mock(reschedule_mode="swap")
    with pytest.raises(UnknownDefect, match=r"did you mean .*link-reusable"):
        start_mock(defects=["link-reuseable"])


def test_defects_are_declared_with_what_they_break() -> None:
    for name, planted in all_defects().items():
        assert planted.name == name
        assert planted.breaks, name
        assert planted.story.endswith("."), name


@pytest.mark.parametrize("name", list(all_defects()))
def test_every_defect_can_be_planted_and_leaves_the_mock_answering(name: str) -> None:
    with (
        start_mock(defects=[name], now=NOW) as server,
        httpx.Client(base_url=server.base_url, timeout=10, verify=False) as client,
    ):
        client.headers["Authorization"] = f"Bearer {server.keys['full']}"
        assert client.get("/v1/event-types/intro").status_code == 200
        assert client.get("/v1/users/me").status_code == 200
