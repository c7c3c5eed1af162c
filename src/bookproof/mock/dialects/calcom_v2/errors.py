"""Refusals in the four shapes that the server has. Source: behaviour of a running server.

A: the envelope with a class name as code and with details. B: the envelope with code and message only. BARE: status and
message without an envelope. OAUTH: `error` and `error_description`.
"""

from collections.abc import Mapping
from typing import Any

from bookproof.mock.domain import errors as domain

A, B, BARE, OAUTH = "A", "B", "bare", "oauth"
_NAMES = {
    400: ("BadRequestException", "Bad Request"),
    401: ("UnauthorizedException", "Unauthorized"),
    403: ("ForbiddenException", "Forbidden"),
    404: ("NotFoundException", "Not Found"),
    409: ("ConflictException", "Conflict"),
    422: ("UnprocessableEntityException", "Unprocessable Entity"),
    500: ("InternalServerErrorException", "Internal Server Error"),
}
UNAVAILABLE = "User either already has booking at this time or is not available"


class Refusal(Exception):
    """A refusal on the wire.

    Parameters:
        status: HTTP status.
        shape: A, B, BARE or OAUTH.
        code: the error's code; unused if bare.
        message: for people.
        details: for shape A; None: message, name and status once more, as the server does.
        headers: extra response headers.
    """

    def __init__(
        self,
        status: int,
        shape: str,
        code: str,
        message: str,
        details: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.shape = shape
        self.code = code
        self.message = message
        self.details = details
        self.headers = dict(headers or {})


def refused(status: int, message: str, details: Any = None) -> Refusal:
    """Shape A with the code that belongs to the status (400, 401, 403, 404, 409, 422 or 500)."""
    code, name = _NAMES[status]
    if details is None:
        details = {"message": message, "error": name, "statusCode": status}
    return Refusal(status, A, code, message, details)


def bad_request(message: str, details: Any = None) -> Refusal:
    """A 400 in shape A."""
    return refused(400, message, details)


def unauthorized(message: str) -> Refusal:
    """A 401 in shape A."""
    return refused(401, message)


def forbidden(message: str) -> Refusal:
    """A 403 in shape A."""
    return refused(403, message)


def not_found(message: str) -> Refusal:
    """A 404 in shape A."""
    return refused(404, message)


def conflict(message: str) -> Refusal:
    """A 409 in shape A."""
    return refused(409, message)


def unprocessable(message: str) -> Refusal:
    """A 422 in shape A."""
    return refused(422, message)


def coded(status: int, code: str, message: str) -> Refusal:
    """Shape B: `BAD_REQUEST`, `CONFLICT`, `TRPCError` and the like, without details."""
    return Refusal(status, B, code, message)


def bare(status: int, message: str) -> Refusal:
    """Shape BARE: `{"statusCode", "message"}`."""
    return Refusal(status, BARE, "", message)


def oauth_refused(status: int, error: str, description: str) -> Refusal:
    """Shape OAUTH, as RFC 6749 has it."""
    return Refusal(status, OAUTH, error, description, headers={"Cache-Control": "no-store"})


def translated(failure: domain.DomainError) -> Refusal:
    """How a refusal of the domain is said where a handler does not say it in words of its own."""
    if isinstance(failure, domain.NotFound):
        return not_found(failure.message)
    if isinstance(failure, (domain.SlotTaken, domain.SlotUnavailable, domain.DailyCapReached)):
        return bad_request(UNAVAILABLE)
    return bad_request(failure.message)
