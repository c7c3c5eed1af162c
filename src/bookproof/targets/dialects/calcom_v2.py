"""The Cal.com v2 dialect: operations at their dated versions, with keys, tokens or platform credentials."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import quote

from bookproof.contracts.openapi import Contract, Operation
from bookproof.targets.binding import MISSING
from bookproof.targets.target import Target
from bookproof.wire.client import Client, Request
from bookproof.wire.exchange import NOT_JSON, Exchange

#: The header that pins a request to a date. Source: Everything an AI agent can do with the Cal.com API, Versioning.
VERSION_HEADER = "cal-api-version"
#: Stands for the date that an operation documents.
DOCUMENTED = "documented"
#: The date that the webhooks family documents names the version of its payloads; no version of the API bears it.
PAYLOAD_VERSION = "2021-10-20"
_BY_KEY = "by the role's key"


class CalcomV2:
    """Speaks Cal.com v2 with one target. Paths and field names are those of its documents; there is nothing to bind.

    Source: Everything an AI agent can do with the Cal.com API; the contract names operations and dates.
    """

    def __init__(self, target: Target, client: Client, contract: Contract) -> None:
        self.target = target
        self.client = client
        self.contract = contract

    def operation(self, operation: str) -> Operation:
        """The operation as the contract describes it."""
        return self.contract.operations[operation]

    def call(
        self,
        operation: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = MISSING,
        role: str = "full",
        authorization: str | None = _BY_KEY,
        who: str = "",
        note: str = "",
        version: str | None = DOCUMENTED,
        headers: Mapping[str, str] | None = None,
        raw_body: bytes | None = None,
        content_type: str = "",
        method: str = "",
        path: str = "",
        limited: bool = True,
    ) -> Exchange:
        """Send one call of an operation.

        Args:
            operation: operation id.
            parameters: name of a path parameter to its value.
            query: name to value; dotted or bracketed names as the API writes them.
            body: a JSON value; none is sent by default.
            role: whose key it carries.
            authorization: another Authorization header instead; None sends none.
            who: how the record calls such a caller, for example ``token without BOOKING_READ``.
            note: what the call tries.
            version: the date to send; the operation's own by default, None sends no header.
            headers: in addition, for example those of the platform.
            raw_body: bytes to send instead of a JSON body.
            content_type: another content type than JSON.
            method: another method than the operation's, which makes it one that the contract lacks.
            path: another path, likewise.
            limited: False for the rate-limit probe; see :class:`Request`.
        """
        found = self.operation(operation)
        sent, known = self._version(found, version)
        given = {name: quote(str(value), safe="") for name, value in (parameters or {}).items()}
        all_headers = {**({VERSION_HEADER: sent} if sent is not None else {}), **(headers or {})}
        if content_type:
            all_headers["content-type"] = content_type
        if authorization is _BY_KEY:
            authorization = f"Bearer {self.target.credentials[role]}"
            who = who or role
        if authorization is not None:
            all_headers["authorization"] = authorization
        content = raw_body
        if raw_body is None and body is not MISSING:
            content = json.dumps(body, ensure_ascii=False).encode()
        return self.client.send(
            Request(
                method=method or found.method,
                path=path or found.path.format_map(given),
                query={name: _word(value) for name, value in (query or {}).items() if value is not None},
                headers=all_headers,
                body=content,
                operation="" if method or path or not known else operation,
                role=who or "no key",
                note=note,
                limited=limited,
            )
        )

    def _version(self, operation: Operation, asked: str | None) -> tuple[str | None, bool]:
        """The date to send, and whether the contract describes what the operation answers at it."""
        if asked == DOCUMENTED:
            return (operation.versions[0] if operation.versions else operation.documented_version), True
        return asked, not operation.versions or asked in operation.versions

    def data(self, exchange: Exchange) -> Any:
        """What an answer holds beside its status, or :data:`MISSING`."""
        body = exchange.json
        if body is NOT_JSON or not isinstance(body, dict):
            return MISSING
        return cast("dict[str, Any]", body).get("data", MISSING)

    def one(self, exchange: Exchange) -> dict[str, Any]:
        """The object that a success holds; an empty one where there is none."""
        found = self.data(exchange) if exchange.ok else MISSING
        return cast("dict[str, Any]", found) if isinstance(found, dict) else {}

    def many(self, exchange: Exchange) -> list[dict[str, Any]]:
        """The objects of a list that a success holds; of a single object, just that."""
        found = self.data(exchange) if exchange.ok else MISSING
        if isinstance(found, dict):
            return [cast("dict[str, Any]", found)]
        if not isinstance(found, list):
            return []
        return [cast("dict[str, Any]", item) for item in cast("list[Any]", found) if isinstance(item, dict)]

    def pagination(self, exchange: Exchange) -> dict[str, Any]:
        """The pagination of a page; an empty one where there is none."""
        body = exchange.json
        found = cast("dict[str, Any]", body).get("pagination") if isinstance(body, dict) else None
        return cast("dict[str, Any]", found) if isinstance(found, dict) else {}

    def error(self, exchange: Exchange) -> tuple[str, str]:
        """Code and message of a refusal, in whichever of its shapes; "" where there is none."""
        body = exchange.json
        if not isinstance(body, dict):
            return "", ""
        outer = cast("dict[str, Any]", body)
        found = outer.get("error")
        if isinstance(found, dict):
            inner = cast("dict[str, Any]", found)
            return str(inner.get("code", "")), str(inner.get("message", ""))
        message = outer.get("message") or outer.get("error_description", "")
        return str(found or outer.get("statusCode", "")), str(message)


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
