"""Defects of the Cal.com dialect: the profile."""

from typing import Any

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.domain.people import Person

_ADA, _BEA = "acc_ada", "acc_bea"


@defect(
    "calcom-me-without-username",
    breaks=("me.identity.shown",),
    story="An integration cannot build its owner's booking link.",
)
def me_without_username(mock: Mock) -> None:
    me = mock.calcom.resources.me
    shown = me.shown

    def silent(person: Person) -> dict[str, Any]:
        return shown(person) | {"username": ""}

    me.shown = silent


@defect(
    "calcom-me-is-somebody-else",
    breaks=("me.identity.own",),
    story="A cached profile is shown to whoever asks next.",
)
def me_is_somebody_else(mock: Mock) -> None:
    me = mock.calcom.resources.me
    shown = me.shown

    def cached(person: Person) -> dict[str, Any]:
        ada = mock.domain.people.of_account(_ADA)
        return shown(person) | ({"id": ada.number} if person.account_id == _BEA else {})

    me.shown = cached


@defect(
    "calcom-address-unverified",
    breaks=("me.email.verified",),
    story="Whoever gets hold of a key takes the whole account over by another address.",
)
def address_unverified(mock: Mock) -> None:
    me = mock.calcom.resources.me
    changes = me.changes

    def trusting(body: dict[str, Any]) -> dict[str, Any]:
        return changes(body) | ({"email": body["email"]} if body.get("email") else {})

    me.changes = trusting
