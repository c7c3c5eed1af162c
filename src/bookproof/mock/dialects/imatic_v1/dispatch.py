"""From a call to its answer: authenticate, limit, authorise, perform; every refusal in the error envelope."""

import logging

from bookproof.mock.dialects.imatic_v1.envelopes import Envelopes
from bookproof.mock.dialects.imatic_v1.errors import translated
from bookproof.mock.dialects.imatic_v1.gate import Gate
from bookproof.mock.dialects.imatic_v1.operations import Operation
from bookproof.mock.dialects.imatic_v1.resources import Resources
from bookproof.mock.domain.errors import DomainError
from bookproof.mock.domain.keys import ApiKey
from bookproof.mock.http.errors import ApiError
from bookproof.mock.http.exchange import Answer, Call

_LOG = logging.getLogger("bookproof.mock")
_LOG.addHandler(logging.NullHandler())  # silent unless the embedding program listens


class Dispatcher:
    """Answers calls; never raises."""

    def __init__(self, gate: Gate, envelopes: Envelopes, resources: Resources) -> None:
        self.gate = gate
        self.envelopes = envelopes
        self.resources = resources

    def answer(self, operation: Operation, call: Call) -> Answer:
        """The answer to a call of a known operation."""
        try:
            call.key = self.admit(operation, call)
            return self.perform(operation, call)
        except ApiError as failure:
            return self.envelopes.error(call, failure)
        except DomainError as failure:
            return self.envelopes.error(call, translated(failure))
        except Exception:  # noqa: BLE001 - a fault of ours must become a 500, not a lost connection
            _LOG.exception("%s %s failed", call.method, call.path)
            return self.envelopes.error(call, ApiError(500, "internal_error", "Something went wrong on our side."))

    def admit(self, operation: Operation, call: Call) -> ApiKey:
        """The key of the call, if it may call the operation now."""
        key = self.gate.authenticate(call)
        self.gate.spend(key)
        self.gate.authorise(key, operation.id, operation.scope)
        return key

    def perform(self, operation: Operation, call: Call) -> Answer:
        """What the operation's handler answers."""
        resource, _, method = operation.handler.partition(".")
        return getattr(getattr(self.resources, resource), method)(call)

    def unknown_route(self, call: Call) -> Answer:
        """The answer to a path that is not part of the API."""
        return self.envelopes.error(call, ApiError(404, "route_not_found", "There is no such path."))

    def wrong_method(self, call: Call, allowed: list[str]) -> Answer:
        """The answer to a method that the path does not know."""
        headers = {"Allow": ", ".join(sorted(allowed))}
        return self.envelopes.error(
            call, ApiError(405, "method_not_allowed", "The path does not support this method.", headers)
        )
