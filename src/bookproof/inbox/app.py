"""The inbox as an ASGI application: ``/hooks/{run}/{box}`` receives, ``/_inbox`` is for the one who reads."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
from collections.abc import Callable
from typing import Any, cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bookproof.inbox.delivery import Answer
from bookproof.inbox.store import Box, Full, NotOpened, Store

#: What the inbox calls itself, and the version of what it says and takes.
NAME = "bookproof-inbox"
API_VERSION = 1
#: Everything below this path wants the token.
DESK = "/_inbox"
#: The longest wait of one call for deliveries, in seconds.
LONGEST_WAIT = 30.0
#: Key in ``scope["extensions"]`` of a function that closes the connection; ASGI itself has no word for it.
CLOSE = "bookproof.close"

_UNREAD = 16 * 1024 * 1024  # beyond this the rest of a body that is too long is not even read away
_WITHOUT_BODY = (204, 205, 304)


def make_app(store: Store, token: str) -> Starlette:
    """The application.

    Args:
        store: what it remembers.
        token: the bearer token of the one who reads.
    """
    desk = _Desk(store)
    run, box = f"{DESK}/runs/{{run}}", f"{DESK}/runs/{{run}}/boxes/{{box}}"
    app = Starlette(
        routes=[
            Route("/hooks/{run}/{box}", _Hooks(store)),
            Route(DESK, desk.about, methods=["GET"]),
            Route(box, desk.open_box, methods=["PUT"]),
            Route(f"{box}/release", desk.release, methods=["POST"]),
            Route(f"{run}/deliveries", desk.deliveries, methods=["GET"]),
            Route(run, desk.forget, methods=["DELETE"]),
        ],
        middleware=[Middleware(_TokenGuard, token=token)],
        exception_handlers={
            HTTPException: _say(lambda why: why.status_code),
            NotOpened: _say(lambda _: 404),
            ValueError: _say(lambda _: 400),
            Full: _say(lambda _: 507),
        },
    )
    # A delivery goes where it was sent to, or nowhere.
    app.router.redirect_slashes = False
    return app


class _TokenGuard:
    """Answers whatever lies below the desk with one and the same 401, unless the token is right."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if path == DESK or path.startswith(f"{DESK}/"):
            given = [value for name, value in scope["headers"] if name == b"authorization"]
            if not hmac.compare_digest(given[0] if len(given) == 1 else b"", self._expected):
                refusal = JSONResponse(
                    {"message": "the token is missing or wrong"}, 401, {"www-authenticate": "Bearer"}
                )
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)


class _Hooks:
    """Receives deliveries: any method, any body, unparsed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        run_name, box_name = request.path_params["run"], request.path_params["box"]
        box = self._store.box(run_name, box_name)
        try:
            body = await self._read(request)
        except ClientDisconnect:
            return  # half a delivery is none
        path, query = scope["raw_path"], scope["query_string"]
        # Latin-1 is how header bytes become text and back without a loss.
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        whole = (path + b"?" + query if query else path).decode("latin-1")
        answer = self._store.receive(run_name, box_name, request.method, whole, headers, body)
        await _pause(answer, box)
        if answer.drop:
            await _close(scope, receive)
        else:
            await _response_of(answer)(scope, receive, send)

    async def _read(self, request: Request) -> bytes:
        """The body, up to a byte more than is kept. The rest is read away, so that the sender sees the answer."""
        kept, room, read = bytearray(), self._store.limits.body + 1, 0
        async for chunk in request.stream():
            kept += chunk[: room - len(kept)]
            read += len(chunk)
            if read > _UNREAD:
                break
        return bytes(kept)


async def _pause(answer: Answer, box: Box) -> None:
    if answer.hold:
        box.held += 1
        try:
            async with asyncio.timeout(answer.hold):
                await box.released.wait()
        except TimeoutError:
            pass
        finally:
            box.held -= 1
    if answer.delay:
        await asyncio.sleep(answer.delay)


async def _close(scope: Scope, receive: Receive) -> None:
    """Close the connection, where the server lets us; where not, the sender's patience ends it."""
    close = scope.get("extensions", {}).get(CLOSE)
    if close is not None:
        close()
    while (await receive())["type"] != "http.disconnect":
        pass


def _response_of(answer: Answer) -> Response:
    if answer.redirect:
        return Response(status_code=302, headers={"location": answer.redirect})
    if answer.status in _WITHOUT_BODY:
        return Response(status_code=answer.status)
    return JSONResponse({}, answer.status)


class _Desk:
    """The calls of the one who reads."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def about(self, _: Request) -> Response:
        """What this is. The reader looks at it before it uses the inbox."""
        return JSONResponse(
            {"name": NAME, "api": API_VERSION, "runs": len(self._store), "now": self._store.clock()},
        )

    async def open_box(self, request: Request) -> Response:
        """Open a box, or change how it answers: ``{"answers": [{"status": 500}, {"status": 200}]}``."""
        run, box = request.path_params["run"], request.path_params["box"]
        said: object = json.loads(await request.body() or b"{}")
        answers: object = cast("dict[str, Any]", said).get("answers", []) if isinstance(said, dict) else None
        if not isinstance(answers, list):
            raise ValueError('the body is an object such as {"answers": [{"status": 200}]}')  # noqa: TRY004  a 400
        self._store.open(run, box, [Answer.from_json(each) for each in cast("list[object]", answers)])
        return JSONResponse({"path": f"/hooks/{run}/{box}"})

    async def deliveries(self, request: Request) -> Response:
        """What is newer than ``after``; if nothing is, wait for the next arrival, ``wait`` seconds at most."""
        after = int(request.query_params.get("after", "0"))
        wait = float(request.query_params.get("wait", "0"))
        run = self._store.run(request.path_params["run"])
        arrival, (page, more) = run.changed, run.newer_than(after)
        if not page and wait > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(wait, LONGEST_WAIT)):
                    await arrival.wait()
            run = self._store.run(request.path_params["run"])
            page, more = run.newer_than(after)
        return JSONResponse({"deliveries": page, "more": more, "refused": run.refused})

    async def release(self, request: Request) -> Response:
        """Let the answers go that a box holds."""
        box = self._store.box(request.path_params["run"], request.path_params["box"])
        return JSONResponse({"released": box.release()})

    async def forget(self, request: Request) -> Response:
        """Forget a run."""
        self._store.forget(request.path_params["run"])
        return Response(status_code=204)


def _say(status_of: Callable[[Any], int]) -> Callable[[Request, Exception], Response]:
    """A handler that answers an exception with its words as JSON."""

    def handle(_: Request, why: Exception) -> Response:
        said = why.detail if isinstance(why, HTTPException) else str(why)
        return JSONResponse({"message": said}, status_of(why))

    return handle
