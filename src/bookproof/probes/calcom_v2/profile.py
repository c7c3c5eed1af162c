"""What the owner of a key changes of the profile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bookproof.probes.base import probe
from bookproof.probes.calcom_v2.account import own_identity
from bookproof.probes.calcom_v2.asked import asked_already
from bookproof.probes.calcom_v2.harmless import NO_ZONE
from bookproof.probes.calcom_v2.session import Session
from bookproof.wire.exchange import Exchange


@dataclass(frozen=True)
class Changes:
    """A profile that was changed, badly changed, and put back.

    Attributes:
        before: the profile, as it was.
        note: what its ``bio`` was changed to.
        changed: the answer to that.
        shown: the profile as that shows it.
        refused: the answer to a time zone that does not exist.
        restored: the answer to the old ``bio``.
        last: the profile as that shows it.
    """

    before: dict[str, Any]
    note: str
    changed: Exchange
    shown: dict[str, Any]
    refused: Exchange
    restored: Exchange
    last: dict[str, Any]


@probe("account.changes", safety="write", cost=3)
def changes(session: Session) -> Changes:
    """Change the ``bio``, try a zone that does not exist unless a token has, put the ``bio`` back."""
    before, note = session.need(own_identity).shown, session.unique("bio")
    changed = session.api.call("updateMe", body={"bio": note}, note="another bio")
    refused = asked_already(session, "updateMe") if changed.ok else None
    if refused is None:
        refused = session.api.call("updateMe", body={"timeZone": NO_ZONE}, note="a zone that does not exist")
    restored = session.api.call("updateMe", body={"bio": before.get("bio") or ""}, note="the old bio")
    shown, last = session.api.one(changed), session.api.one(restored)
    return Changes(before, note, changed, shown, refused, restored, last)
