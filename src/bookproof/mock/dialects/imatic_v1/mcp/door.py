"""Who may come in to the MCP server, and what is answered before the protocol begins."""

import logging

from bookproof.mock.dialects.imatic_v1.envelopes import Envelopes
from bookproof.mock.dialects.imatic_v1.gate import Gate
from bookproof.mock.domain.keys import MCP, ApiKey
from bookproof.mock.http.errors import ApiError
from bookproof.mock.http.exchange import Answer, Bodies, Call

_LOG = logging.getLogger("bookproof.mock")

CURRENT = "current"
SESSIONS = "sessions"
STATELESS_SSE = "stateless-sse"
MODES = (CURRENT, SESSIONS, STATELESS_SSE)

# Revisions that begin with a handshake. Source: Model Context Protocol, Versioning.
_HANDSHAKE_REVISIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
INVALID_REQUEST = -32600


class McpDoor:
    """Lets requests in by the same keys, limits and revocation as the REST API.

    Parameters:
        gate: of the keys.
        envelopes: of refusals.
        mode: one of MODES.
    """

    def __init__(self, gate: Gate, envelopes: Envelopes, mode: str) -> None:
        self.gate = gate
        self.envelopes = envelopes
        self.bodies = Bodies()
        self.mode = mode

    def first_answer(self, call: Call) -> Answer | None:
        """The answer to a request that does not reach the protocol, or None for one that does; never raises."""
        try:
            call.key = self.admit(call)
            self.bodies.check_size(call)
            return self.unserved(call)
        except ApiError as failure:
            return self.refused(call, failure)
        except Exception:  # noqa: BLE001 - a fault of ours must become a 500, not a lost connection
            _LOG.exception("%s %s failed", call.method, call.path)
            return self.failed(call)

    def admit(self, call: Call) -> ApiKey:
        """The key of the request, if it may use the MCP server now.

        Raises:
            ApiError: 401, 429 or 403.
        """
        key = self.gate.authenticate(call)
        self.gate.spend(key)
        self.authorise(key, call)
        return key

    def authorise(self, key: ApiKey, call: Call) -> None:  # noqa: ARG002 - told so that a decision can depend on it
        """Refuse a key without the scope mcp, whatever other scopes it has.

        Source: Calendar API & MCP, Authentication & API keys.

        Raises:
            ApiError: 403.
        """
        self.gate.authorise(key, "mcp", MCP)

    def refused(self, call: Call, failure: ApiError) -> Answer:
        """A refusal at the door, in the envelope of the REST API."""
        return self.envelopes.error(call, failure)

    def failed(self, call: Call) -> Answer:
        """The answer to a request that met a fault of ours."""
        return self.envelopes.error(call, ApiError(500, "internal_error", "Something went wrong on our side."))

    def unserved(self, call: Call) -> Answer | None:
        """The answer to a request that the mode does not speak: its method or its revision; None if it does.

        Raises:
            ApiError: 405 for the standing stream and the end of a session where there are no sessions.
        """
        if self.mode != SESSIONS:
            if call.method != "POST":
                raise ApiError(405, "method_not_allowed", "There are no sessions here; use POST.", {"Allow": "POST"})
            return None
        revision = call.headers.get("mcp-protocol-version")
        if revision is None or revision in _HANDSHAKE_REVISIONS:
            return None
        supported = ", ".join(_HANDSHAKE_REVISIONS)
        message = f"Bad Request: Unsupported protocol version: {revision[:40]}. Supported versions: {supported}"
        return self.protocol_error(None, INVALID_REQUEST, message, 400)

    def protocol_error(self, request_id: object, code: int, message: str, status: int = 200) -> Answer:
        """A JSON-RPC error as a whole answer."""
        return Answer(status, {"jsonrpc": "2.0", "id": request_id, "error": {"code": code, "message": message}})
