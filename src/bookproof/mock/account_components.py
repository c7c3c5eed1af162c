"""The account side of a mock: keys, tokens, clients, teams, organisations and connected calendars, wired together."""

from dataclasses import dataclass

from bookproof.mock.components import Domain
from bookproof.mock.domain.account_keys import AccountKeys
from bookproof.mock.domain.connections import Connections
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.oauth import OAuth
from bookproof.mock.domain.organisations import Organisations
from bookproof.mock.domain.platform import Platform
from bookproof.mock.domain.slots import Busy, Slot
from bookproof.mock.domain.teams import Teams
from bookproof.mock.domain.throttles import Throttles
from bookproof.mock.domain.tokens import Tokens
from bookproof.mock.store import Session


@dataclass
class AccountSide:
    """The parts. Defects replace single methods of these instances."""

    keys: AccountKeys
    throttles: Throttles
    tokens: Tokens
    oauth: OAuth
    platform: Platform
    teams: Teams
    organisations: Organisations
    connections: Connections


def compose_account_side(domain: Domain) -> AccountSide:
    """Wire the account side over a domain; what connected calendars say blocks slots from now on."""
    store, codes, clock = domain.store, domain.codes, domain.clock
    tokens, connections = Tokens(store, codes, clock), Connections(store)

    def blocking(session: Session, event_type: EventType, window: Slot) -> list[Busy]:
        # Looked up at each call, so that a replaced method takes effect.
        return connections.blocking(session, event_type, window)

    domain.availability.add_source(blocking)
    return AccountSide(
        keys=AccountKeys(store, codes, clock),
        throttles=Throttles(),
        tokens=tokens,
        oauth=OAuth(store, codes, clock, tokens),
        platform=Platform(store, tokens),
        teams=Teams(store, clock),
        organisations=Organisations(store, domain.people),
        connections=connections,
    )
