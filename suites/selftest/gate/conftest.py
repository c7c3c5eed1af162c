"""Fixtures for the tests of the gate: clients that are closed, an authority for certificates, the moment of rest."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from bookproof.wire import gate
from bookproof.wire.client import Client

MakeClient = Callable[..., Client]


@pytest.fixture
def make_client() -> Iterator[MakeClient]:
    """Makes clients; they are closed at the end of the test."""
    made: list[Client] = []

    def make(base_url: str, **more: Any) -> Client:
        settings = {"requests_per_minute": 6000, "role_limits": {}, "connect_timeout": 10.0, "read_timeout": 10.0}
        made.append(Client(base_url, **{**settings, **more}))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """An authority of certificates."""
    return trustme.CA()


@pytest.fixture(scope="session")
def certificate(authority: trustme.CA) -> trustme.LeafCert:
    """A certificate for loopback, and for a host that a proxy leads to."""
    return authority.issue_cert("127.0.0.1", "localhost", "calendar.example")


@pytest.fixture
def server_tls(
    authority: trustme.CA, certificate: trustme.LeafCert, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> ssl.SSLContext:
    """The context of a server whose certificate clients trust."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    trusted = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(trusted))
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    return context


@pytest.fixture
def at_rest(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Has something done in every race, when all racers have arrived and none has been released."""

    def do(what: Callable[[], None]) -> None:
        monkeypatch.setattr(gate, "come_to_rest", what)

    return do
