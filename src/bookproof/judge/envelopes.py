"""Judges envelopes: how lists, single objects and errors are wrapped (Source: REST API, Pagination, Error handling)."""

from __future__ import annotations

import re
from typing import Any, cast

from bookproof.judge.judge import Judge, answer
from bookproof.wire.exchange import Exchange

_SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_PAGE_FIELDS = ("page", "limit", "total", "pages")


def _table(exchange: Exchange) -> dict[str, Any]:
    shown: Any = exchange.json
    return cast("dict[str, Any]", shown) if isinstance(shown, dict) else {}


def list_shape(judge: Judge, exchange: Exchange, items: Any) -> None:
    """A list: success true, the items as an array, and a pagination object."""
    body = _table(exchange)
    judge.that(body.get("success") is True, "success is true", f"success is {body.get('success')!r}", exchange)
    judge.that(items is not None, "the items are an array", answer(exchange), exchange)
    pagination = body.get("pagination")
    judge.that(isinstance(pagination, dict), "a pagination object", f"pagination is {pagination!r}", exchange)


def pagination_fields(judge: Judge, exchange: Exchange) -> None:
    """page, limit, total and pages as whole numbers that are not negative."""
    pagination = _table(exchange).get("pagination")
    if not isinstance(pagination, dict):
        return
    for name in _PAGE_FIELDS:
        value = cast("dict[str, Any]", pagination).get(name)
        whole = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        judge.that(whole, f"pagination.{name} is a whole number", f"it is {value!r}", exchange)


def single_shape(judge: Judge, exchange: Exchange, found: bool, *, wrapped: bool) -> None:
    """A single object: success true, and the object where it belongs; one that is not wrapped need not say success."""
    body = _table(exchange)
    if body.get("success") is False:
        return  # a refusal under a wrong status, which is another requirement's
    if wrapped:
        judge.that(body.get("success") is True, "success is true", f"success is {body.get('success')!r}", exchange)
    judge.that(found, "the object under data", answer(exchange), exchange)


def error_shape(judge: Judge, exchange: Exchange) -> None:
    """An error: success false, a code and a message."""
    body = _table(exchange)
    judge.one(exchange, lambda _: body.get("success") is False, "success is false")
    for name in ("error", "message"):
        value = body.get(name)
        judge.that(isinstance(value, str) and bool(value), f"{name} is text", f"{name} is {value!r}", exchange)


def error_code(judge: Judge, exchange: Exchange) -> None:
    """The error code is a snake_case word."""
    code = _table(exchange).get("error")
    if isinstance(code, str):
        judge.that(bool(_SNAKE_CASE.fullmatch(code)), "a snake_case code", f"error is {code!r}", exchange)


def status_agrees(judge: Judge, exchange: Exchange) -> None:
    """success says the same as the status."""
    shown = _table(exchange).get("success")
    if isinstance(shown, bool):
        judge.that(
            shown == exchange.ok,
            f"success {str(exchange.ok).lower()} with {exchange.status}",
            answer(exchange),
            exchange,
        )
