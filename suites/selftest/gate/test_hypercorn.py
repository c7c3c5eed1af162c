"""The single packet on a server of HTTP/2 that others have written."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from hypercorn.asyncio import serve
from hypercorn.config import Config

from bookproof.wire.client import Client, Request

MakeClient = Callable[..., Client]


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Answers with path, body and version of HTTP."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message["body"], message["more_body"]
    said = f"{scope['path']} {body.decode()} {scope['http_version']}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": said})


@pytest.fixture
def hypercorn(server_tls: object, certificate: trustme.LeafCert, tmp_path: Path) -> Iterator[str]:
    """The URL of a server."""
    file = tmp_path / "server.pem"
    certificate.private_key_and_cert_chain_pem.write_to_path(str(file))
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    config = Config()
    # The server closes it.
    config.bind = [f"fd://{listener.detach()}"]
    config.certfile = config.keyfile = str(file)
    config.alpn_protocols = ["h2", "http/1.1"]
    config.errorlog = config.accesslog = None
    config.graceful_timeout = config.shutdown_timeout = 1
    loop = asyncio.new_event_loop()
    ending = asyncio.Event()

    async def run() -> None:
        await serve(application, config, shutdown_trigger=ending.wait)

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()), daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{port}"
    loop.call_soon_threadsafe(ending.set)
    thread.join(10)
    loop.close()


def test_every_racer_has_its_own_answer(hypercorn: str, make_client: MakeClient) -> None:
    """Race after race, more than one connection may carry, each racer gets the answer to what it has sent."""
    client = make_client(hypercorn)
    for _ in range(3):
        raced = client.race(
            [lambda n=n: client.send(Request("POST", f"/{n}", body=b"%d" % n)).text for n in range(20)], [""] * 20, "A"
        )
        assert raced.answers == [f"/{n} {n} 2" for n in range(20)]
        assert raced.technique == "single packet"
    assert client.send(Request("GET", "/plain")).text.endswith("1.1")
