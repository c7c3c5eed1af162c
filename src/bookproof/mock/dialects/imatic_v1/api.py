"""The API put together: operations, dispatcher and endpoints."""

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.routing import Route

from bookproof.mock.components import Domain
from bookproof.mock.dialects.imatic_v1.deliveries import Letters
from bookproof.mock.dialects.imatic_v1.dispatch import Dispatcher
from bookproof.mock.dialects.imatic_v1.envelopes import Envelopes
from bookproof.mock.dialects.imatic_v1.gate import Gate
from bookproof.mock.dialects.imatic_v1.mcp.server import Mcp, compose_mcp
from bookproof.mock.dialects.imatic_v1.operations import OPERATIONS, Operation
from bookproof.mock.dialects.imatic_v1.presenter import Presenter
from bookproof.mock.dialects.imatic_v1.resources import Resources, compose_resources
from bookproof.mock.http.endpoint import Endpoint, Handler, Serving
from bookproof.mock.http.exchange import Answer, Call


@dataclass
class ImaticApi:
    """The parts of the dialect."""

    gate: Gate
    envelopes: Envelopes
    presenter: Presenter
    resources: Resources
    dispatcher: Dispatcher
    letters: Letters
    mcp: Mcp

    def routes(self, serving: Serving) -> Iterator[Route]:
        """One route per path, fixed paths before those with parameters; then the MCP server's."""
        by_path: dict[str, list[Operation]] = {}
        for operation in sorted(OPERATIONS, key=lambda item: item.path.count("{")):
            by_path.setdefault(operation.path, []).append(operation)
        for path, operations in by_path.items():
            handlers = {operation.method: self._handler(operation) for operation in operations}
            yield Route(path, Endpoint(handlers, self._refusal(list(handlers)), serving))
        yield from self.mcp.routes(serving)

    def fallback(self, serving: Serving) -> Endpoint:
        """Answers every path that no route knows."""
        return Endpoint({}, self._unknown, serving)

    # The dispatcher's methods are looked up at each call, so that a replaced one takes effect.

    def _unknown(self, call: Call) -> Answer:
        return self.dispatcher.unknown_route(call)

    def _handler(self, operation: Operation) -> Handler:
        return lambda call: self.dispatcher.answer(operation, call)

    def _refusal(self, allowed: list[str]) -> Handler:
        def refuse(call: Call) -> Answer:
            return self.dispatcher.wrong_method(call, allowed)

        return refuse


def compose_imatic(domain: Domain, base_url: str, mcp: str) -> ImaticApi:
    """Wire the dialect over a domain.

    Parameters:
        domain: what it speaks for.
        base_url: of the server, without a path.
        mcp: mode of the MCP server, see `compose_mcp`.
    """
    gate, envelopes, presenter = Gate(domain.keys, domain.limits), Envelopes(), Presenter(base_url)
    resources = compose_resources(domain, envelopes, presenter)
    dispatcher, letters = Dispatcher(gate, envelopes, resources), Letters(presenter, domain.clock)
    return ImaticApi(gate, envelopes, presenter, resources, dispatcher, letters, compose_mcp(domain, base_url, mcp))
