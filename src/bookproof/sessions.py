"""Opens one session per target: starts an embedded mock where one is asked for, and records every exchange."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from bookproof import __version__
from bookproof.contracts.openapi import Contract
from bookproof.errors import Unreachable, UsageError
from bookproof.ledger import Ledger
from bookproof.options import DEFAULT_RACE_BATCHES, INBOX_TOKEN_VARIABLE
from bookproof.probes.base import all_probes, session_of
from bookproof.probes.session import LOST_AFTER
from bookproof.recording.model import Header, Origin, digest_of
from bookproof.recording.replay import NotRecorded, ReplayTape
from bookproof.recording.run_files import AsItIs, RunFiles
from bookproof.recording.standins import StandIns
from bookproof.recording.tape import LiveTape
from bookproof.recording.zones import zones_of_then
from bookproof.run_folder import file_name
from bookproof.targets.files import read_document, target_from_document
from bookproof.targets.formats import is_base_url
from bookproof.targets.inbox import is_loopback
from bookproof.targets.specs import TargetSpec
from bookproof.targets.target import Safety, Target
from bookproof.verdict import TargetSummary
from bookproof.wire.client import Client
from bookproof.wire.curl import curl_line
from bookproof.wire.exchange import Exchange
from bookproof.wire.redaction import Redactor

if TYPE_CHECKING:
    from bookproof.mock import MockServer
    from bookproof.probes.base import Probe
    from bookproof.recording.model import Reading, Recording
    from bookproof.recording.run_files import Disguising
    from bookproof.recording.tape import Tape


def load_target(spec: TargetSpec, environment: Mapping[str, str] | None = None) -> tuple[Target, MockServer | None]:
    """The target that a specification names, and the mock that was started for it, if it is an embedded one.

    Raises:
        UsageError: the file or the environment is wrong.
    """
    found, server = _described(spec, environment)
    return found.target(), server


@dataclass(frozen=True)
class _Description:
    """What a target is made of: its document, what that names in the environment, and where it comes from."""

    document: Mapping[str, Any]
    environment: Mapping[str, str]
    source: str

    def target(self) -> Target:
        return target_from_document(self.document, self.environment, self.source)


def _described(
    spec: TargetSpec, environment: Mapping[str, str] | None = None
) -> tuple[_Description, MockServer | None]:
    if not spec.embedded:
        assert spec.document_path is not None
        document = read_document(spec.document_path)
        return _Description(document, environment or os.environ, str(spec.document_path)), None
    from bookproof.mock import start_mock

    server = start_mock(**spec.options)
    described = server.calcom_document if spec.dialect == "calcom-v2" else server.target_document
    document = {**described, "name": spec.name}
    return _Description(document, server.environment, f"embedded {spec.name}"), server


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
        plan: the probes that will be run, in their order.
        select: patterns of the requirements that will be judged; none for all.
        recording: what the target is judged from, instead of by requests, or None. Seed, ceiling and the like are its
            own then.
        earlier_standins: environment variable to what stood for its value in an earlier recording, and shall again.
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
        plan: Sequence[Probe[Any]] = (),
        select: Sequence[str] = (),
        recording: Recording | None = None,
        earlier_standins: Mapping[str, str] | None = None,
    ) -> None:
        self._server: MockServer | None = None
        self._files: RunFiles | None = None
        self._disguise: Disguising = AsItIs()
        self._on_exchange = on_exchange
        self._unanswered = 0
        self._recorded = recording.header.words if recording else ""
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
        self._then = ExitStack()
        if recording:
            header = recording.header
            self._then.enter_context(zones_of_then(header.zones))
            found = _Description(header.document, header.environment, f"recording of {header.target}")
            target = found.target()
            self._ceiling = Safety.parse(header.ceiling)
            self._tape: Tape = ReplayTape(recording, self._keep_reading)
            plan = planned_again(header.plan, plan, target.dialect)
        else:
            found, self._server = _described(spec)
            target = found.target()
            if not spec.embedded:
                target = with_inbox(target, webhook_url, inbox_port)
            self._ceiling = Safety.parse(allow) if allow else target.safety
            self._tape = LiveTape(self._keep_reading)
            if folder:
                earlier = (earlier_standins or {}).items()
                known = {found.environment[name]: other for name, other in earlier if name in found.environment}
                self._disguise = StandIns.of(target, found.document, _secrets(target), known)
            header = Header(
                target=spec.name,
                dialect=target.dialect,
                origin=_origin(spec, target),
                recorded=datetime.now(UTC).isoformat(timespec="seconds"),
                suite_version=__version__,
                api_version=str(Contract.load(target.dialect).document["info"]["version"]),
                seed=seed,
                race_batches=race_batches,
                ceiling=str(self._ceiling),
                plan=[probe.id for probe in plan],
                select=list(select),
                max_requests=max_requests,
                **_document(found, target, self._disguise),
            )
        self.target = target
        self.redactor = Redactor(_secrets(target))
        if folder:
            self._files = RunFiles(folder, header, self._disguise)
        self._client = Client(
            target.base_url,
            requests_per_minute=target.requests_per_minute,
            role_limits=target.rate_limits,
            connect_timeout=target.connect_timeout,
            read_timeout=target.read_timeout,
            verify_tls=target.verify_tls,
            elsewhere=target.mcp_url,
            max_requests=header.max_requests,
            on_exchange=self._keep,
            tape=self._tape,
        )
        self.session = session_of(target.dialect)(
            target,
            self._client,
            Contract.load(target.dialect),
            Ledger(folder / f"ledger-{file_name(spec.name)}.jsonl" if folder and not recording else None),
            self._ceiling,
            header.seed,
            header.race_batches,
        )
        self.session.plan = list(plan)
        try:
            # A recording without its greeting may have all the rest.
            with self._tape.closed(), suppress(NotRecorded):
                self.session.greet()
        except Unreachable as why:
            self.session.unreachable = str(why)

    def _keep_reading(self, reading: Reading) -> None:
        if self._files:
            self._files.reading(reading)

    def _keep(self, exchange: Exchange) -> None:
        if exchange.status and not exchange.inbound:
            self._unanswered = 0
        elif not exchange.inbound and not exchange.race:
            # A race may well cost some of its callers their answers.
            self._unanswered += 1
        if exchange.operation == "createWebhook":
            secret = self.session.webhook_secret(exchange)
            self.redactor.learn("webhook secret", secret)
            self._disguise.learn("webhook secret", secret)
        if self._files:
            self._files.exchange(exchange)
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
        fuzzed = sum(exchange.probe.startswith("fuzz.") for exchange in exchanges)
        return TargetSummary(
            name=self.target.name,
            dialect=self.target.dialect,
            base_url=self.target.base_url,
            requests=len(exchanges) - aside - fuzzed,
            rate_limit_requests=aside,
            fuzz_requests=fuzzed,
            recorded=self._recorded,
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
                with self._tape.closed():
                    self.session.clean_up()
            except Unreachable as why:
                self.session.left_behind = [f"{t.kind} {t.code}: {why}" for t in self.session.ledger.left()]
            except NotRecorded:
                # A replay leaves nothing behind, whatever the run has left that was recorded.
                self.session.left_behind = []
        self.session.close()
        if self._files:
            self._files.close()
        self._then.close()
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


def planned_again(recorded: Sequence[str], wanted: Sequence[Probe[Any]], dialect: str) -> list[Probe[Any]]:
    """The plan of a replay: what the run that was recorded had planned, and whatever else is wanted now."""
    known = all_probes(dialect)
    plan = {probe.id: probe for probe in (*(known[name] for name in recorded if name in known), *wanted)}
    return sorted(plan.values(), key=lambda probe: probe.order)


def _origin(spec: TargetSpec, target: Target) -> Origin:
    if spec.embedded:
        return Origin.MOCK
    return Origin.SELF_HOSTED if is_loopback(target.base_url) else Origin.LIVE


def _document(found: _Description, target: Target, disguise: Disguising) -> dict[str, Any]:
    """The parts of a header that describe a target; what an option has changed is a part of its document then."""
    document = dict(found.document)
    if target.inbox.url:
        given = {key: value for key, value in document.get("inbox", {}).items() if key != "url_env"}
        document["inbox"] = {**given, "url": target.inbox.url}
    written = json.dumps(document, sort_keys=True, default=str)
    return {
        "document": disguise.document(json.loads(written)),
        "document_digest": digest_of(found.document),
        "environment": {
            variable: disguise.text(found.environment[variable])
            for variable in _variables(document)
            if variable in found.environment
        },
    }


def _variables(document: Mapping[str, Any]) -> Iterator[str]:
    """The environment variables that a document names."""
    for key, value in document.items():
        if isinstance(value, Mapping):
            table = cast("Mapping[str, Any]", value)
            yield from map(str, table.values()) if key == "credentials" else _variables(table)
        elif key.endswith("_env"):
            yield str(value)
