"""Defects of the Cal.com dialect: the profile."""

from typing import Any, cast

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.validation import is_zone
from bookproof.mock.domain.people import Person
from bookproof.mock.http.exchange import Answer

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
    "calcom-bio-not-saved",
    breaks=("me.update.changes",),
    story="The page says that the profile was saved, and shows the old one.",
)
def bio_not_saved(mock: Mock) -> None:
    me = mock.calcom.resources.me
    changes = me.changes

    def forgetful(body: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in changes(body).items() if name != "bio"}

    me.changes = forgetful


@defect(
    "calcom-unknown-zone-dropped",
    breaks=("me.update.zone",),
    story="A mistyped zone is accepted without a word, and meetings stay an hour off.",
)
def unknown_zone_dropped(mock: Mock) -> None:
    me = mock.calcom.resources.me
    update = me.update

    def lenient(call: Call) -> Answer:
        zone_name = cast("dict[str, Any]", call.body).get("timeZone", "UTC")
        if not is_zone(zone_name):
            call.body = {}
        return update(call)

    me.update = lenient


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
