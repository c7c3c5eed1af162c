"""The tokens by which permissions are tried.

A control door that issues tokens gives one that lacks nothing but a permission, and one that holds nothing else, so
that the matrix is exact. Without it there are four tokens got by consent, each of which lacks a group of permissions.
"""

from __future__ import annotations

from dataclasses import dataclass

from bookproof.probes.base import probe
from bookproof.probes.calcom_v2 import oauth
from bookproof.probes.calcom_v2.booking_reads import evidence_or_none
from bookproof.probes.calcom_v2.permissions import (
    EVERYTHING,
    ORGANIZATION_ONLY,
    all_but,
    group_of,
    named,
    other_kind,
)
from bookproof.probes.calcom_v2.session import Session


@dataclass(frozen=True)
class Issued:
    """Tokens of the account of role full, by permission.

    Attributes:
        lacking: with all permissions but this one.
        holding: with this one alone.
        organization_only: with nothing but a permission of an organization.
    """

    lacking: dict[str, str]
    holding: dict[str, str]
    organization_only: str


@probe("scopes.tokens", safety="write", cost=0, capability="oauth", shared=True)
def issued(session: Session) -> Issued:
    """Have the control door issue a token for each permission that lacks it, and one that holds it alone."""
    lists = [all_but(name) for name in EVERYTHING] + [(named(name),) for name in EVERYTHING] + [ORGANIZATION_ONLY]
    door, client = session.control_door("issue-tokens"), oauth.settings_of(session).client_id
    tokens = door.issue_tokens(client, oauth.account_of(session), lists)
    lacking, holding = tokens[: len(EVERYTHING)], tokens[len(EVERYTHING) : -1]
    return Issued(dict(zip(EVERYTHING, lacking, strict=True)), dict(zip(EVERYTHING, holding, strict=True)), tokens[-1])


def lacking(session: Session, permission: str) -> str:
    """A token that lacks a permission, and no other that it could be taken for."""
    tokens: Issued | None = evidence_or_none(session, issued)
    return tokens.lacking[permission] if tokens else session.need(oauth.TOKENS[group_of(permission)])


def holding(session: Session, permission: str) -> str:
    """A token that holds a permission, and lacks that of the other kind."""
    tokens: Issued | None = evidence_or_none(session, issued)
    return tokens.holding[permission] if tokens else session.need(oauth.TOKENS[group_of(other_kind(permission))])


def organization_only(session: Session) -> str:
    """A token with nothing but a permission of an organization."""
    tokens: Issued | None = evidence_or_none(session, issued)
    return tokens.organization_only if tokens else session.need(oauth.organization_only)
