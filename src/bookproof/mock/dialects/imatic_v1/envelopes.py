"""The envelopes around every answer. Source: REST API, Pagination and Error handling."""

# ruff: noqa: ARG002 - the operation and the call are told so that an answer can depend on them

from typing import Any

from bookproof.mock.http.errors import ApiError
from bookproof.mock.http.exchange import Answer, Call


class Envelopes:
    """Builds answers; each is told the call that it answers."""

    def success(self, call: Call, data: Any, status: int = 200) -> Answer:
        """A single object, or a list that is not paged."""
        return Answer(status, {"success": True, "data": data})

    def page(self, call: Call, data: list[Any], pagination: dict[str, Any]) -> Answer:
        """A page of a list."""
        return Answer(200, {"success": True, "data": data, "pagination": pagination})

    def error(self, call: Call, failure: ApiError) -> Answer:
        """A refusal."""
        body = {"success": False, "error": failure.code, "message": failure.message}
        return Answer(failure.status, body, dict(failure.headers))
