"""Refusals on the wire."""

from collections.abc import Mapping


class ApiError(Exception):
    """A refusal on the wire.

    Parameters:
        status: HTTP status.
        code: snake_case code of the `error` field.
        message: for people.
        headers: extra response headers.
    """

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


def invalid(message: str) -> ApiError:
    """A 400 for a value that is wrong."""
    return ApiError(400, "validation_failed", message)
