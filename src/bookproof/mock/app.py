"""A whole mock: domain, dialect, control door, defects, and the ASGI application over them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from starlette.routing import Mount, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from bookproof.mock.account_components import AccountSide, compose_account_side
from bookproof.mock.components import DEFAULT_RATE_LIMIT, Domain, compose_domain
from bookproof.mock.defects import Defect
from bookproof.mock.dialects.calcom_v2 import seed as calcom_seed
from bookproof.mock.dialects.calcom_v2.api import CalcomApi, compose_calcom
from bookproof.mock.dialects.calcom_v2.credentials import furnish
from bookproof.mock.dialects.calcom_v2.gate import known_scopes
from bookproof.mock.dialects.calcom_v2.triggers import WEBHOOK_VERSION
from bookproof.mock.dialects.imatic_v1.api import ImaticApi, compose_imatic
from bookproof.mock.domain.bookings import SAME_CODE
from bookproof.mock.door import Door
from bookproof.mock.http.delivery_client import DeliveryClient
from bookproof.mock.http.endpoint import Serving
from bookproof.mock.seed import door_token_of, fill
from bookproof.mock.sender import Post, Sender
from bookproof.mock.store import Store

DOOR_PATH = "/_door"


@dataclass
class Mock:
    """The parts of one mock; what defects are planted in."""

    domain: Domain
    side: AccountSide
    imatic: ImaticApi
    calcom: CalcomApi
    serving: Serving
    sender: Sender
    door_token: str

    def application(self) -> ASGIApp:
        """The ASGI application."""
        door = Door(self.domain, self.side, known_scopes(), self.door_token).router(self.serving)
        routes = [*self.imatic.routes(self.serving), Mount(DOOR_PATH, app=door)]
        return Router(routes, redirect_slashes=False, default=self._elsewhere())

    def _elsewhere(self) -> ASGIApp:
        # Cal.com's paths are read without regard to case, which no fixed route does.
        calcom, unknown = self.calcom.endpoint(self.serving), self.imatic.fallback(self.serving)

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            wanted = calcom if self.calcom.is_below(scope.get("path", "")) else unknown
            await wanted(scope, receive, send)

        return answer

    def close(self) -> None:
        """Let go of threads and connections."""
        self.sender.close()
        self.serving.close()
        self.domain.store.close()


def compose(
    base_url: str,
    *,
    seed: int = 0,
    defects: Iterable[Defect] = (),
    now: int | None = None,
    file: Path | None = None,
    rate_limit: int = DEFAULT_RATE_LIMIT,
    reschedule_mode: str = SAME_CODE,
    mcp: str = "current",
    threads: bool = False,
) -> Mock:
    """Put a mock together, filled with its seed data and with the defects planted.

    Parameters:
        base_url: where it will be served, for the URLs in its answers.
        seed, now, rate_limit, reschedule_mode: see `compose_domain`.
        defects: to plant, in this order.
        file: database file, None for memory.
        mcp: mode of the MCP server, see `compose_mcp`.
        threads: whether several requests are handled at once although the data is in memory.
    """
    domain = compose_domain(Store(file), seed=seed, now=now, rate_limit=rate_limit, reschedule_mode=reschedule_mode)
    side = compose_account_side(domain)
    fill(domain, calcom_seed.fill, lambda filled: furnish(filled, side))
    # A file is flushed at every commit: threads keep one slow disk write from stopping everybody.
    serving, imatic = Serving(threads=threads or file is not None), compose_imatic(domain, base_url, mcp)
    calcom = compose_calcom(domain, side, base_url)
    sender = Sender(domain.outbox, domain.webhooks, imatic.letters, DeliveryClient())
    sender.posts[WEBHOOK_VERSION] = Post(calcom.letters, repeats=False)
    mock = Mock(domain, side, imatic, calcom, serving, sender, door_token_of(domain.seed))
    for defect in defects:
        defect.plant(mock)
    sender.resume()
    return mock
