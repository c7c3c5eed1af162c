"""The envelopes around every answer. Source: Cal.com API v2, Introduction; behaviour of a running server."""

# ruff: noqa: ARG002 - the call is told so that an answer can depend on it

from typing import Any

from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.errors import BARE, OAUTH, A, Refusal
from bookproof.mock.domain.clock import Clock
from bookproof.mock.domain.instants import utc_text
from bookproof.mock.http.exchange import Answer


class Envelopes:
    """Builds answers; each success is told the call that it answers."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def success(self, call: Call, data: Any, status: int | None = None) -> Answer:
        """An object, or a list that is not paged; `status` None: the one of the operation."""
        return Answer(status or call.operation.status, {"status": "success", "data": data})

    def page(self, call: Call, data: list[Any], pagination: dict[str, Any]) -> Answer:
        """A page of a list: `pagination` is beside `data`."""
        return Answer(200, {"status": "success", "data": data, "pagination": pagination})

    def slots(self, call: Call, data: Any) -> Answer:
        """Slots, which have `data` before `status`."""
        return Answer(200, {"data": data, "status": "success"})

    def done(self, call: Call) -> Answer:
        """Success without data."""
        return Answer(call.operation.status, {"status": "success"})

    def instant(self, seconds: int) -> str:
        """An instant (epoch seconds) in UTC, with milliseconds."""
        return utc_text(seconds).replace("Z", ".000Z")

    def timestamp(self) -> str:
        """The present instant."""
        return self.instant(self._clock.now())

    def error(self, path: str, failure: Refusal) -> Answer:
        """A refusal.

        Parameters:
            path: of the request, with its query.
            failure: what is said.
        """
        return Answer(failure.status, self.error_body(path, failure), dict(failure.headers))

    def error_body(self, path: str, failure: Refusal) -> dict[str, Any]:
        """The body of a refusal in its shape."""
        if failure.shape == BARE:
            return {"statusCode": failure.status, "message": failure.message}
        if failure.shape == OAUTH:
            return {"error": failure.code, "error_description": failure.message}
        error: dict[str, Any] = {"code": failure.code, "message": failure.message}
        if failure.shape == A:
            error["details"] = failure.details
        return {"status": "error", "timestamp": self.timestamp(), "path": path, "error": error}
