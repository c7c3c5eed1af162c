"""From method, path and date to an operation. Paths are read without regard to case, as the server reads them."""

from collections.abc import Iterable
from dataclasses import dataclass

from bookproof.mock.dialects.calcom_v2.operations import Operation


@dataclass(frozen=True, slots=True)
class Found:
    """An operation and the values of its path's parameters."""

    operation: Operation
    params: dict[str, str]


class Routes:
    """Finds operations."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        # Fixed paths are tried before those with parameters.
        self.operations = sorted(operations, key=lambda item: item.path.count("{"))

    def normal(self, path: str) -> str:
        """The path as it is looked up: without the prefix `/api` and without one slash at its end."""
        if path[:8].lower() in ("/api/v2", "/api/v2/"):
            path = path[4:]
        return path[:-1] if path.endswith("/") and len(path) > 1 else path

    def find(self, method: str, path: str, version: str) -> Found | None:
        """The operation that answers, or None; HEAD is answered as GET.

        Parameters:
            method: of the request.
            path: decoded.
            version: the date, out of `versions.KNOWN`.
        """
        wanted, parts = "GET" if method == "HEAD" else method, self.normal(path).split("/")
        for operation in self.operations:
            if operation.method == wanted and operation.is_at(version):
                params = matched(operation.path.split("/"), parts)
                if params is not None:
                    return Found(operation, params)
        return None


def matched(template: list[str], parts: list[str]) -> dict[str, str] | None:
    """The parameters of a path that has the template's form, else None."""
    if len(template) != len(parts):
        return None
    params: dict[str, str] = {}
    for wanted, given in zip(template, parts, strict=True):
        if wanted.startswith("{"):
            if not given:
                return None
            params[wanted[1:-1]] = given
        elif wanted != given.lower():
            return None
    return params
