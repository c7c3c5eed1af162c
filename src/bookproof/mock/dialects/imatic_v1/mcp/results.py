"""How the answers of tools are told in the protocol. Source: Model Context Protocol, Tools."""

# ruff: noqa: ARG002 - the call is told so that a result can depend on it

import json
from typing import Any

from bookproof.mock.http.exchange import Answer, Call


class ProtocolError(Exception):
    """A failure of the protocol itself, to be told as a JSON-RPC error with this code and message."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Results:
    """Builds results: the body of the REST answer, structured and as text."""

    def of(self, call: Call, answer: Answer) -> dict[str, Any]:
        """The result of a call.

        Raises:
            ProtocolError: the answer is told as a JSON-RPC error.
        """
        return self.succeeded(call, answer) if answer.status < 400 else self.refused(call, answer)

    def succeeded(self, call: Call, answer: Answer) -> dict[str, Any]:
        """The result of a call that was carried out."""
        return {"content": self.content(answer), "structuredContent": answer.value, "isError": False}

    def refused(self, call: Call, answer: Answer) -> dict[str, Any]:
        """The result of a call that was refused: in the result, so that an agent can read why and try again."""
        return {"content": self.content(answer), "isError": True}

    def content(self, answer: Answer) -> list[dict[str, Any]]:
        """The body as text."""
        return [{"type": "text", "text": json.dumps(answer.value, ensure_ascii=False, separators=(",", ":"))}]
