"""The handlers, grouped by resource."""

from dataclasses import dataclass

from bookproof.mock.components import Domain
from bookproof.mock.dialects.imatic_v1.account import AccountHandlers
from bookproof.mock.dialects.imatic_v1.bookings import BookingHandlers
from bookproof.mock.dialects.imatic_v1.envelopes import Envelopes
from bookproof.mock.dialects.imatic_v1.event_types import EventTypeHandlers
from bookproof.mock.dialects.imatic_v1.links import LinkHandlers
from bookproof.mock.dialects.imatic_v1.paging import Paging
from bookproof.mock.dialects.imatic_v1.presenter import Presenter
from bookproof.mock.dialects.imatic_v1.slots import SlotHandlers
from bookproof.mock.dialects.imatic_v1.tools import Tools
from bookproof.mock.dialects.imatic_v1.webhooks import WebhookHandlers
from bookproof.mock.http.exchange import Bodies


@dataclass
class Resources:
    """One handler object per resource, and the tools they share."""

    tools: Tools
    event_types: EventTypeHandlers
    slots: SlotHandlers
    bookings: BookingHandlers
    links: LinkHandlers
    account: AccountHandlers
    webhooks: WebhookHandlers


def compose_resources(domain: Domain, envelopes: Envelopes, presenter: Presenter) -> Resources:
    """Wire the handlers over a domain."""
    tools = Tools(domain, envelopes, presenter, Paging(), Bodies())
    return Resources(
        tools,
        EventTypeHandlers(tools),
        SlotHandlers(tools),
        BookingHandlers(tools),
        LinkHandlers(tools),
        AccountHandlers(tools),
        WebhookHandlers(tools),
    )
