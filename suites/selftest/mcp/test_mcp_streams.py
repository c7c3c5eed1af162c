"""Streams of events, redirects and odd answers of MCP servers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from selftest_mcp_vendor import serve
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from bookproof.wire.client import Client
from bookproof.wire.mcp import events_in, open_session

MakeClient = Callable[..., Client]
NEWEST = "2026-07-28"


def _result(message: dict[str, Any], **result: Any) -> dict[str, Any]:
    stamped = {"resultType": "complete", "content": [], **result}
    return {"jsonrpc": "2.0", "id": message["id"], "result": stamped}


def _app(answer: Callable[[dict[str, Any]], Response]) -> Starlette:
    async def endpoint(request: Request) -> Response:
        return answer(await request.json())

    async def moved(_: Request) -> Response:
        return RedirectResponse("/mcp", 307)

    return Starlette(routes=[Route("/mcp", endpoint, methods=["POST"]), Route("/old", moved, methods=["POST"])])


def _call(client: Client, url: str) -> Any:
    session = open_session(client, url, who="full", authorization="Bearer cal_a.b", mode=NEWEST)
    answer = session.call("get_booking", {})
    session.close()
    return answer


def test_a_stream_is_left_once_the_answer_is_in_it(make_client: MakeClient) -> None:
    """A server may keep it open for ever; what comes before the answer is passed over."""

    def endless(message: dict[str, Any]) -> Response:
        async def events() -> Any:
            yield ": hello\n\n"
            yield f"data: {json.dumps({'jsonrpc': '2.0', 'method': 'notifications/message', 'params': {}})}\n\n"
            yield f"event: message\ndata: {json.dumps(_result(message, structuredContent={'code': 'bk_1'}))}\n\n"
            await asyncio.Event().wait()

        return StreamingResponse(events(), media_type="text/event-stream")

    with serve(_app(endless)) as base_url:
        answer = _call(make_client(base_url), f"{base_url}/mcp")
    assert answer.ok
    assert answer.data == {"code": "bk_1"}


def test_a_redirect_within_the_origin_is_followed(make_client: MakeClient) -> None:
    """Both requests are exchanges, the key goes along, and the last one tells."""
    with serve(_app(lambda message: JSONResponse(_result(message)))) as base_url:
        client = make_client(base_url)
        answer = _call(client, f"{base_url}/old")
    assert [exchange.status for exchange in client.exchanges] == [307, 200]
    assert {exchange.request_headers["authorization"] for exchange in client.exchanges} == {"Bearer cal_a.b"}
    assert answer.ok
    assert answer.exchange is client.exchanges[-1]


@pytest.mark.parametrize(
    ("status", "body", "how"),
    [
        (200, {"result": {"content": [{"type": "text", "text": "done"}]}}, "answered"),
        (200, {"result": {"content": [], "isError": True}}, "result"),
        (200, {"error": {"code": -32602, "message": "no"}}, "protocol"),
        (400, {"error": {"code": -32602, "message": "no"}}, "protocol"),
        (403, {"success": False}, "http"),
        (500, {"error": {"code": -32603, "message": "oh"}}, "failed"),
        (200, {"result": {"content": "no list"}}, "odd"),
        (200, {"hello": "world"}, "odd"),
        (202, {}, "odd"),
    ],
)
def test_an_answer_is_what_it_is_on_the_wire(
    make_client: MakeClient, status: int, body: dict[str, Any], how: str
) -> None:
    """Results, errors, statuses, and what is none of them."""

    def answer(message: dict[str, Any]) -> Response:
        whole = {"jsonrpc": "2.0", "id": message["id"], **body} if body else {}
        if "result" in whole:
            whole["result"] = {"resultType": "complete", **whole["result"]}
        return JSONResponse(whole, status)

    with serve(_app(answer)) as base_url:
        got = _call(make_client(base_url), f"{base_url}/mcp")
    assert got.how == how
    assert str(got)


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        ("data: a\n\n", ["a"]),
        ("event: message\r\ndata: a\r\ndata: b\r\n\r\n", ["a\nb"]),
        (": comment\n\ndata:a\n\ndata: cut off", ["a"]),
        ("id: 1\nretry: 5\n\n", []),
    ],
)
def test_events_are_read_as_browsers_read_them(stream: str, events: list[str]) -> None:
    """Lines of data make up an event, an empty line ends it."""
    assert list(events_in(stream)) == events
