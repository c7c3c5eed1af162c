"""Opens one session per target: starts an embedded mock where one is asked for, and records every exchange."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from bookproof.contracts.openapi import Contract
from bookproof.errors import Unreachable, UsageError
from bookproof.ledger import Ledger
from bookproof.options import DEFAULT_RACE_BATCHES, INBOX_TOKEN_VARIABLE
from bookproof.probes.base import session_of
from bookproof.probes.session import LOST_AFTER
from bookproof.run_folder import file_name
from bookproof.targets.files import read_document, target_from_document
from bookproof.targets.formats import is_base_url
from bookproof.targets.specs import TargetSpec
from bookproof.targets.target import Safety, Target
from bookproof.verdict import TargetSummary
from bookproof.wire.client import Client
from bookproof.wire.curl import curl_line
from bookproof.wire.exchange import Exchange
from bookproof.wire.redaction import Redactor

if TYPE_CHECKING:
    from bookproof.mock import MockServer


def load_target(spec: TargetSpec, environment: Mapping[str, str] | None = None) -> tuple[Target, MockServer | None]:
    """The target that a specification names, and the mock that was started for it, if it is an embedded one.

    Raises:
        UsageError: the file or the environment is wrong.
    """
    if not spec.embedded:
        assert spec.document_path is not None
        document = read_document(spec.document_path)
        return target_from_document(document, environment or os.environ, str(spec.document_path)), None
    from bookproof.mock import start_mock

    server = start_mock(**spec.options)
    described = server.calcom_document if spec.dialect == "calcom-v2" else server.target_document
    document = {**described, "name": spec.name}
    return target_from_document(document, server.environment, f"embedded {spec.name}"), server


def with_inbox(target: Target, webhook_url: str | None, inbox_port: int | None) -> Target:
    """A target that delivers to another inbox than its file says.

    Args:
        target: the target.
        webhook_url: where it can reach the inbox, or None for what the file says.
        inbox_port: the port of the run's own inbox behind a tunnel, or None. Without it, and with a token in
            BOOKPROOF_INBOX_TOKEN, a ``bookproof inbox`` stands at the URL.

    Raises:
        UsageError: the URL is none.
    """
    if webhook_url and not is_base_url(webhook_url):
        raise UsageError("--webhook-url: not an http or https URL; give one such as https://hooks.example.com")
    inbox = target.inbox
    if webhook_url:
        inbox = replace(inbox, url=webhook_url, token=inbox.token or os.environ.get(INBOX_TOKEN_VARIABLE, ""))
    if inbox_port is not None:
        inbox = replace(inbox, listen=inbox_port, token="")
    return replace(target, inbox=inbox)


class OpenTarget:
    """A target that is being judged: its session, its recorder and what it has cost.

    Args:
        spec: which target.
        folder: the run's folder, or None to keep nothing.
        allow: a safety class instead of the file's ceiling, or None.
        seed: of the run.
        race_batches: how often callers race for one slot.
        max_requests: the most requests, or None.
        webhook_url, inbox_port: see :class:`bookproof.options.RunOptions`; an embedded mock needs neither.
        on_exchange: called after every exchange with the number sent so far.
    """

    def __init__(
        self,
        spec: TargetSpec,
        folder: Path | None,
        *,
        allow: str | None = None,
        seed: int = 0,
        race_batches: int = DEFAULT_RACE_BATCHES,
        max_requests: int | None = None,
        webhook_url: str | None = None,
        inbox_port: int | None = None,
        on_exchange: Callable[[int], None] = lambda _: None,
    ) -> None:
        target, self._server = load_target(spec)
        if not spec.embedded:
            target = with_inbox(target, webhook_url, inbox_port)
        self.target = target
        self.redactor = Redactor(_secrets(target))
        self._on_exchange = on_exchange
        self._record: IO[str] | None = None
        self._unanswered = 0
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
            self._record = (folder / f"exchanges-{file_name(spec.name)}.jsonl").open("w", encoding="utf-8")
        self._client = Client(
            target.base_url,
            requests_per_minute=target.requests_per_minute,
            role_limits=target.rate_limits,
            connect_timeout=target.connect_timeout,
            read_timeout=target.read_timeout,
            verify_tls=target.verify_tls,
            elsewhere=target.mcp_url,
            max_requests=max_requests,
            on_exchange=self._keep,
        )
        self.session = session_of(target.dialect)(
            target,
            self._client,
            Contract.load(target.dialect),
            Ledger(folder / f"ledger-{file_name(spec.name)}.jsonl" if folder else None),
            Safety.parse(allow) if allow else target.safety,
            seed,
            race_batches,
        )
        try:
            self.session.greet()
        except Unreachable as why:
            self.session.unreachable = str(why)

    def _keep(self, exchange: Exchange) -> None:
        if exchange.status and not exchange.inbound:
            self._unanswered = 0
        elif not exchange.inbound and not exchange.race:
            # A race may well cost some of its callers their answers.
            self._unanswered += 1
        if exchange.operation == "createWebhook":
            self.redactor.learn("webhook secret", self.session.webhook_secret(exchange))
        if self._record:
            self._record.write(json.dumps(redacted(exchange, self.redactor), ensure_ascii=False) + "\n")
        self._on_exchange(len(self._client.exchanges))
        if self._unanswered >= LOST_AFTER:
            raise Unreachable(f"{self._unanswered} requests in a row got no answer, the last: {exchange.failure}")

    def curl(self, exchange: Exchange) -> str:
        """A command line that repeats an exchange, keys named as environment variables; none for a delivery."""
        if exchange.inbound:
            return ""
        return self.redactor.text(curl_line(exchange, self.target.variables, self.target.credentials))

    def summary(self) -> TargetSummary:
        """What the target has cost so far."""
        exchanges = self._client.exchanges
        aside = sum(exchange.probe.startswith("limits.") for exchange in exchanges)
        return TargetSummary(
            name=self.target.name,
            dialect=self.target.dialect,
            base_url=self.target.base_url,
            requests=len(exchanges) - aside,
            rate_limit_requests=aside,
            seconds=round(sum(exchange.elapsed for exchange in exchanges), 3),
            planned=self.session.planned_cost(),
            left_behind=self.session.left_behind,
            unreachable=self.session.unreachable,
            races=list(self.session.races),
        )

    def close(self) -> None:
        """Clean up what is left on the target and close everything."""
        if self.session.ledger.left() and not self.session.unreachable:
            try:
                self.session.clean_up()
            except Unreachable as why:
                self.session.left_behind = [f"{t.kind} {t.code}: {why}" for t in self.session.ledger.left()]
        self.session.close()
        if self._record:
            self._record.close()
        if self._server:
            self._server.close()


def _secrets(target: Target) -> dict[str, str]:
    secrets = {f"key of role {role}": key for role, key in target.credentials.items()}
    if target.platform:
        secrets["platform secret"] = target.platform.client_secret
    if target.oauth:
        secrets["OAuth client secret"] = target.oauth.client_secret
    if target.door:
        secrets["door token"] = target.door.token
    if target.inbox.token:
        secrets["inbox token"] = target.inbox.token
    if target.inbox.signing_secret:
        secrets["webhook secret"] = target.inbox.signing_secret
    return secrets


def redacted(exchange: Exchange, redactor: Redactor) -> dict[str, Any]:
    """An exchange as plain data without any secret."""
    return {
        "number": exchange.number,
        "probe": exchange.probe,
        "operation": exchange.operation,
        "role": exchange.role,
        "note": exchange.note,
        "method": exchange.method,
        "url": redactor.text(exchange.url),
        "request": {"headers": redactor.headers(exchange.request_headers), **_body(exchange.request_body, redactor)},
        "status": exchange.status,
        "response": {"headers": redactor.headers(exchange.response_headers), **_body(exchange.response_body, redactor)},
        "started": round(exchange.started, 3),
        "elapsed_ms": round(exchange.elapsed * 1000, 2),
        "failure": redactor.text(exchange.failure),
        "inbound": exchange.inbound,
        **({"race": exchange.race, "released_us": round(exchange.released * 1e6, 1)} if exchange.race else {}),
    }


def _body(raw: bytes, redactor: Redactor) -> dict[str, str]:
    clean = redactor.data(raw)
    try:
        return {"body": clean.decode()}
    except UnicodeDecodeError:
        return {"body_base64": b64encode(clean).decode()}
