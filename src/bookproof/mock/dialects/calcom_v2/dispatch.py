"""From a request to its answer: body, version, route, throttle, credentials, handler; refusals in their shapes."""

import logging
from typing import Any

from bookproof.mock.dialects.calcom_v2 import query
from bookproof.mock.dialects.calcom_v2.bodies import Bodies, Unread
from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.envelopes import Envelopes
from bookproof.mock.dialects.calcom_v2.errors import Refusal, bare, not_found, translated
from bookproof.mock.dialects.calcom_v2.frame import Frame
from bookproof.mock.dialects.calcom_v2.gate import Gate
from bookproof.mock.dialects.calcom_v2.resources import Resources
from bookproof.mock.dialects.calcom_v2.routes import Routes
from bookproof.mock.dialects.calcom_v2.throttle import Throttle
from bookproof.mock.dialects.calcom_v2.versions import Versions
from bookproof.mock.domain.errors import DomainError
from bookproof.mock.http.exchange import Answer
from bookproof.mock.http.exchange import Call as HttpCall

_LOG = logging.getLogger("bookproof.mock")


class Dispatcher:
    """Answers requests; never raises."""

    def __init__(
        self,
        *,
        frame: Frame,
        bodies: Bodies,
        versions: Versions,
        routes: Routes,
        throttle: Throttle,
        gate: Gate,
        envelopes: Envelopes,
        resources: Resources,
    ) -> None:
        self.frame = frame
        self.bodies = bodies
        self.versions = versions
        self.routes = routes
        self.throttle = throttle
        self.gate = gate
        self.envelopes = envelopes
        self.resources = resources

    def answer(self, http: HttpCall) -> Answer:
        """The finished answer to any request below /v2."""
        if http.method == "OPTIONS":
            return self.frame.preflight()
        request_id: str | None = self.frame.request_id()
        try:
            answer = self.routed(http, self.bodies.read(http))
        except Unread as failure:
            answer, request_id = self.envelopes.error(target_of(http), failure.refusal), failure.request_id
        return self.frame.finished(http, answer, request_id)

    def routed(self, http: HttpCall, body: Any) -> Answer:
        """The answer of the operation that the request finds, or a 404."""
        version = self.versions.requested(http.headers)
        found = self.routes.find(http.method, http.path, version)
        if found is None:
            return self.unknown_route(http)
        call = Call(http, found.operation, version, found.params, query.parsed(http.query_text), body)
        return self.limited(call)

    def unknown_route(self, http: HttpCall) -> Answer:
        """The answer where no operation is: an unknown path, another method, a date without it."""
        target = target_of(http)
        return self.envelopes.error(target, not_found(f"Cannot {http.method} {target}"))

    def limited(self, call: Call) -> Answer:
        """The operation's answer with the headers of the throttle."""
        try:
            headers = self.throttle.spend(call)
        except Refusal as failure:
            return self.envelopes.error(target_of(call.http), failure)
        answer = self.performed(call)
        answer.headers = headers | answer.headers
        return answer

    def performed(self, call: Call) -> Answer:
        """The operation's answer."""
        try:
            call.caller = self.gate.admit(call)
            return self.perform(call)
        except Refusal as failure:
            return self.envelopes.error(target_of(call.http), failure)
        except DomainError as failure:
            return self.envelopes.error(target_of(call.http), translated(failure))
        except Exception:  # noqa: BLE001 - a fault of ours must become a 500, not a lost connection
            _LOG.exception("%s %s failed", call.http.method, call.http.path)
            return self.envelopes.error(target_of(call.http), bare(500, "Internal server error"))

    def perform(self, call: Call) -> Answer:
        """What the operation's handler answers."""
        resource, _, method = call.operation.handler.partition(".")
        return getattr(getattr(self.resources, resource), method)(call)


def target_of(http: HttpCall) -> str:
    """Path and query of a request, as they are told in errors."""
    path = http.path[4:] if http.path[:8].lower() in ("/api/v2", "/api/v2/") else http.path
    return f"{path}?{http.query_text}" if http.query_text else path
