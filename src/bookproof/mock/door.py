"""The control door: what the documents leave to the dashboard, for tests, on loopback and with a token.

Issue and revoke keys, agree to an OAuth client, connect calendars, mark no-shows, confirm, edit event types, set the
clock. It tells no secrets but those of the keys and codes it has just issued.
"""

import hmac
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any, cast

from starlette.routing import Route, Router

from bookproof.mock.account_components import AccountSide
from bookproof.mock.components import Domain
from bookproof.mock.domain.booking_records import Booking
from bookproof.mock.domain.errors import DomainError, Invalid, NotFound
from bookproof.mock.domain.event_types import event_type_document
from bookproof.mock.domain.instants import utc_text
from bookproof.mock.door_access import AccessDoor
from bookproof.mock.http import validation
from bookproof.mock.http.endpoint import Endpoint, Handler, Serving
from bookproof.mock.http.errors import ApiError, invalid
from bookproof.mock.http.exchange import Answer, Bodies, Call

_LONGEST_ADVANCE = 10 * 366 * 86_400
Action = Callable[[Call], tuple[int, Any]]


class Door:
    """Handlers of /_door.

    Parameters:
        domain: what it opens to.
        side: keys, clients and more of the accounts that have no scopes on their keys.
        scopes: what an OAuth client can be granted.
        token: the bearer token to ask for.
    """

    def __init__(self, domain: Domain, side: AccountSide, scopes: frozenset[str], token: str) -> None:
        self._domain = domain
        self._side = side
        self._access = AccessDoor(domain, side, scopes)
        self._token = token
        self._bodies = Bodies()

    def router(self, serving: Serving) -> Router:
        """The ASGI application, to be mounted."""
        paths: dict[str, dict[str, Action]] = {
            "/keys": {"POST": self.issue_key},
            "/keys/{prefix}": {"DELETE": self.revoke_key},
            "/bookings/{code}/no-show": {"POST": self.mark_no_show},
            "/bookings/{code}/confirm": {"POST": self.confirm},
            "/event-types/{code}": {"PATCH": self.change_event_type, "DELETE": self.delete_event_type},
            "/clock": {"GET": self.clock, "PUT": self.set_clock, "POST": self.move_clock},
            "/oauth/grants": {"POST": self._access.grant},
            "/oauth/tokens": {"POST": self._access.issue_tokens},
            "/connections": {"POST": self._access.connect},
            "/state": {"GET": self.state},
        }
        routes = [
            Route(
                path,
                Endpoint(
                    {method: self._guarded(action) for method, action in actions.items()},
                    self._refusing(405, "method_not_allowed", {"Allow": ", ".join(actions)}),
                    serving,
                ),
            )
            for path, actions in paths.items()
        ]
        unknown = Endpoint({}, self._refusing(404, "route_not_found"), serving)
        return Router(routes, redirect_slashes=False, default=unknown)

    def _guarded(self, action: Action) -> Handler:
        def handle(call: Call) -> Answer:
            try:
                self._admit(call)
                status, data = action(call)
            except ApiError as failure:
                return _error(failure)
            except NotFound as failure:
                return _error(ApiError(404, "not_found", failure.message))
            except Invalid as failure:
                return _error(ApiError(400, "validation_failed", failure.message))
            except DomainError as failure:
                return _error(ApiError(409, "conflict", failure.message))
            return Answer(status, {"success": True, "data": data})

        return handle

    def _refusing(self, status: int, code: str, headers: dict[str, str] | None = None) -> Handler:
        return lambda call: _error(
            ApiError(status, code, f"{call.method} {call.path} is not part of the door.", headers)
        )

    def _admit(self, call: Call) -> None:
        if not ip_address(call.client).is_loopback:
            raise ApiError(404, "route_not_found", "There is no such path.")
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(token.encode(), self._token.encode()):
            raise ApiError(401, "unauthorized", "The door token is missing or wrong.", {"WWW-Authenticate": "Bearer"})

    def issue_key(self, call: Call) -> tuple[int, Any]:
        """POST /keys {scopes, account?, rate_limit?}: a new key, in full. The key of a person has no scopes."""
        body = self._bodies.read(call)
        account = self._domain.accounts.by_alias(body.optional_text("account") or "main")
        if self._access.is_person(account):
            return self._access.issue_key(account, body, self._limit(body))
        scopes = body.require("scopes")
        if not isinstance(scopes, list) or not all(isinstance(item, str) for item in cast("list[object]", scopes)):
            raise invalid("scopes must be a list of texts.")
        key = self._domain.keys.issue(account.id, tuple(cast("list[str]", scopes)), self._limit(body))
        return 201, {"key": key, "prefix": key.partition(".")[0]}

    def _limit(self, body: validation.Fields) -> int | None:
        limit = body.optional_whole("rate_limit")
        if limit is not None and limit < 1:
            raise invalid("rate_limit must be at least 1.")
        return limit

    def revoke_key(self, call: Call) -> tuple[int, Any]:
        """DELETE /keys/{prefix}: revoked at once."""
        prefix = call.params["prefix"]
        (self._access.revoke_key if self._access.is_handle(prefix) else self._domain.keys.revoke)(prefix)
        return 200, {"prefix": call.params["prefix"], "revoked": True}

    def mark_no_show(self, call: Call) -> tuple[int, Any]:
        """POST /bookings/{code}/no-show"""
        return 200, _booking(self._domain.bookings.mark_no_show(call.params["code"]))

    def confirm(self, call: Call) -> tuple[int, Any]:
        """POST /bookings/{code}/confirm"""
        return 200, _booking(self._domain.bookings.confirm(call.params["code"]))

    def change_event_type(self, call: Call) -> tuple[int, Any]:
        """PATCH /event-types/{code} with any members of the rules."""
        body = self._bodies.read(call)
        return 200, event_type_document(self._domain.event_types.change(call.params["code"], body.members))

    def delete_event_type(self, call: Call) -> tuple[int, Any]:
        """DELETE /event-types/{code}"""
        self._domain.event_types.delete(call.params["code"])
        return 200, {"code": call.params["code"], "deleted": True}

    def clock(self, _call: Call) -> tuple[int, Any]:
        """GET /clock"""
        clock = self._domain.clock
        return 200, {"now": utc_text(clock.now()), "frozen": clock.is_frozen}

    def set_clock(self, call: Call) -> tuple[int, Any]:
        """PUT /clock {now}: freeze the clock at an instant, or let it run with null."""
        now = self._bodies.read(call).members.get("now")
        self._domain.clock.freeze(None if now is None else validation.floor_seconds(validation.instant(now, "now")))
        return self.clock(call)

    def move_clock(self, call: Call) -> tuple[int, Any]:
        """POST /clock {now} or {advance}: freeze it at an instant, or put it forward by seconds.

        Throttles, which count by a clock of their own, go forward with it.
        """
        body, clock = self._bodies.read(call), self._domain.clock
        before, seconds = clock.now(), body.optional_whole("advance")
        if (seconds is None) == (not body.has("now")):
            raise invalid("Either now or advance must be given.")
        if seconds is None:
            clock.freeze(validation.floor_seconds(validation.instant(body.require("now"), "now")))
        elif 0 <= seconds <= _LONGEST_ADVANCE:
            clock.advance(seconds)
        else:
            raise invalid("advance must be a number of seconds up to ten years.")
        self._side.throttles.skip(clock.now() - before)
        return self.clock(call)

    def state(self, _call: Call) -> tuple[int, Any]:
        """GET /state: how much there is of everything."""
        with self._domain.store.read() as session:
            counts = {
                table: session.number(f"SELECT COUNT(*) FROM {table}")  # noqa: S608 - names from the next line
                for table in ("event_types", "links", "webhooks", "api_keys", "deliveries")
            }
            rows = session.all("SELECT status, COUNT(*) AS number FROM bookings GROUP BY status ORDER BY status")
        return 200, {
            "bookings": {row["status"]: row["number"] for row in rows},
            **counts,
            "deliveries_by_state": self._domain.outbox.count_by_state(),
        }


def _booking(booking: Booking) -> dict[str, Any]:
    return {"code": booking.code, "status": booking.status, "start": utc_text(booking.start)}


def _error(failure: ApiError) -> Answer:
    body = {"success": False, "error": failure.code, "message": failure.message}
    return Answer(failure.status, body, failure.headers)
