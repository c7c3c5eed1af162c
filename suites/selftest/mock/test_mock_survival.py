"""A mock with a file: a killed server loses no acknowledged booking, and is found again with its keys."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx

import bookproof
from bookproof.mock import start_mock
from bookproof.mock.components import compose_domain
from bookproof.mock.seed import fill
from bookproof.mock.store import Store

SERVE = """
import sys, time
from bookproof.mock import start_mock
from bookproof.mock.components import compose_domain
from bookproof.mock.seed import fill
from bookproof.mock.store import Store
server = start_mock(seed=4, file=sys.argv[1])
print(server.base_url, server.keys["full"], flush=True)
time.sleep(600)
"""


def test_a_killed_server_loses_no_acknowledged_booking(tmp_path: Path) -> None:
    file = tmp_path / "mock.sqlite"
    environment = os.environ | {"PYTHONPATH": str(Path(bookproof.__file__).parents[1])}
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(file)], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert process.stdout is not None
    try:
        base_url, key = process.stdout.readline().split()
        headers = {"Authorization": f"Bearer {key}"}
        acknowledged: list[str] = []
        enough = threading.Event()

        def book(part: int) -> None:
            with httpx.Client(base_url=base_url, headers=headers, timeout=10, verify=False) as client:
                for slot in slots[part::4]:
                    body = {"eventTypeCode": "intro", "start": slot, "attendee": {"name": "A", "email": "a@b.example"}}
                    try:
                        answer = client.post("/v1/bookings", json=body)
                    except httpx.HTTPError:
                        return
                    if answer.status_code == 201:
                        acknowledged.append(answer.json()["data"]["code"])
                    if len(acknowledged) >= 25:
                        enough.set()

        with httpx.Client(base_url=base_url, headers=headers, timeout=10, verify=False) as client:
            now = client.get("/v1/users/me").headers["date"]
            slots = open_slots(client, now)
        threads = [threading.Thread(target=book, args=(part,)) for part in range(4)]
        for thread in threads:
            thread.start()
        assert enough.wait(60)
        process.send_signal(signal.SIGKILL)
        process.wait()
        for thread in threads:
            thread.join()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()

    assert len(acknowledged) >= 25
    with start_mock(seed=99, file=file) as server:
        assert server.keys["full"] == key
        with httpx.Client(base_url=server.base_url, headers=headers, timeout=10, verify=False) as client:
            missing = [code for code in acknowledged if client.get(f"/v1/bookings/{code}").status_code != 200]
    assert missing == []


def open_slots(client: httpx.Client, http_date: str) -> list[str]:
    from datetime import timedelta
    from email.utils import parsedate_to_datetime

    start = parsedate_to_datetime(http_date)
    query = {"start": start.isoformat(), "end": (start + timedelta(days=40)).isoformat()}
    return [slot["start"] for slot in client.get("/v1/event-types/intro/slots", params=query).json()["data"]]


def test_a_reopened_file_keeps_its_data_and_makes_new_codes(tmp_path: Path) -> None:
    file = tmp_path / "mock.sqlite"
    codes: list[str] = []
    for _ in range(3):
        with start_mock(file=file) as server:
            headers = {"Authorization": f"Bearer {server.keys['full']}"}
            with httpx.Client(base_url=server.base_url, headers=headers, timeout=10, verify=False) as client:
                links = "/v1/event-types/intro/links"
                codes.append(client.post(links).json()["data"]["code"])
                listed = [link["code"] for link in client.get(links).json()["data"]]
                assert sorted(listed) == sorted(codes)
    assert len(set(codes)) == 3


def test_a_half_filled_file_is_filled_again(tmp_path: Path) -> None:
    file = tmp_path / "mock.sqlite"
    half = Store(file)
    half.complete = lambda: None  # type: ignore[method-assign]
    fill(compose_domain(half))
    half.close()
    with start_mock(file=file) as server, httpx.Client(base_url=server.base_url, timeout=10, verify=False) as client:
        client.headers["Authorization"] = f"Bearer {server.keys['full']}"
        assert client.get("/v1/bookings/stats").json()["data"]["total"] == 10
