"""What all handlers work with."""

from dataclasses import dataclass

from bookproof.mock.account_components import AccountSide
from bookproof.mock.components import Domain
from bookproof.mock.dialects.calcom_v2.envelopes import Envelopes


@dataclass
class Tools:
    """The domain, its account side, the envelopes, and the server's base URL (without a path) for URLs in answers."""

    domain: Domain
    side: AccountSide
    envelopes: Envelopes
    base_url: str
