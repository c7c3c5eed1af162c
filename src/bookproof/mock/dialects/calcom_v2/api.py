"""The API put together: operations, dispatcher and endpoint."""

from dataclasses import dataclass

from bookproof.mock.account_components import AccountSide
from bookproof.mock.components import Domain
from bookproof.mock.dialects.calcom_v2.bodies import BODY_LIMIT, Bodies
from bookproof.mock.dialects.calcom_v2.dispatch import Dispatcher
from bookproof.mock.dialects.calcom_v2.envelopes import Envelopes
from bookproof.mock.dialects.calcom_v2.frame import Frame
from bookproof.mock.dialects.calcom_v2.gate import Gate
from bookproof.mock.dialects.calcom_v2.letters import Letters
from bookproof.mock.dialects.calcom_v2.operations import OPERATIONS
from bookproof.mock.dialects.calcom_v2.payloads import Payloads
from bookproof.mock.dialects.calcom_v2.resources import Resources
from bookproof.mock.dialects.calcom_v2.routes import Routes
from bookproof.mock.dialects.calcom_v2.throttle import Throttle
from bookproof.mock.dialects.calcom_v2.tools import Tools
from bookproof.mock.dialects.calcom_v2.versions import Versions
from bookproof.mock.http.endpoint import Endpoint, Serving
from bookproof.mock.http.exchange import Answer, Call


@dataclass
class CalcomApi:
    """The parts of the dialect."""

    tools: Tools
    frame: Frame
    bodies: Bodies
    versions: Versions
    routes: Routes
    throttle: Throttle
    gate: Gate
    envelopes: Envelopes
    resources: Resources
    dispatcher: Dispatcher
    letters: Letters

    @property
    def side(self) -> AccountSide:
        """Keys, tokens, clients, teams, organisations and connected calendars."""
        return self.tools.side

    def is_below(self, path: str) -> bool:
        """Whether a path is one of this API, in any case and with or without `/api` before it."""
        path = path.lower().removeprefix("/api")
        return path == "/v2" or path.startswith("/v2/")

    def endpoint(self, serving: Serving) -> Endpoint:
        """Answers every path of the API."""
        return Endpoint({}, self._answer, serving, BODY_LIMIT)

    # The dispatcher's method is looked up at each call, so that a replaced one takes effect.

    def _answer(self, call: Call) -> Answer:
        return self.dispatcher.answer(call)


def compose_calcom(domain: Domain, side: AccountSide, base_url: str) -> CalcomApi:
    """Wire the dialect over a domain.

    Parameters:
        domain: what it speaks for.
        side: its account side.
        base_url: of the server, without a path.
    """
    envelopes = Envelopes(domain.clock)
    tools = Tools(domain, side, envelopes, base_url)
    frame, bodies, versions, routes = Frame(), Bodies(), Versions(), Routes(OPERATIONS)
    throttle, gate = Throttle(side.throttles, side.keys, domain.limits.default), Gate(side)
    resources = Resources(tools)
    dispatcher = Dispatcher(
        frame=frame,
        bodies=bodies,
        versions=versions,
        routes=routes,
        throttle=throttle,
        gate=gate,
        envelopes=envelopes,
        resources=resources,
    )
    letters = Letters(Payloads(domain))
    return CalcomApi(tools, frame, bodies, versions, routes, throttle, gate, envelopes, resources, dispatcher, letters)
