"""How domain refusals are said: status and error code. Source: REST API, Error handling."""

from bookproof.mock.domain import errors as domain
from bookproof.mock.http.errors import ApiError

_SAID: dict[type[domain.DomainError], tuple[int, str]] = {
    domain.NotFound: (404, "not_found"),
    domain.Invalid: (400, "validation_failed"),
    domain.SlotUnavailable: (400, "slot_unavailable"),
    domain.SlotTaken: (409, "slot_taken"),
    domain.DailyCapReached: (409, "daily_cap_reached"),
    domain.AlreadyCancelled: (409, "already_cancelled"),
    domain.NotChangeable: (409, "conflict"),
    domain.LinkUsed: (409, "link_used"),
}


def translated(failure: domain.DomainError) -> ApiError:
    """The wire form of a domain refusal."""
    status, code = _SAID[type(failure)]
    return ApiError(status, code, failure.message)
