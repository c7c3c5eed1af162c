"""Event types: made, listed, read, changed, deleted.

Source: Everything an AI agent can do with the Cal.com API, Event types; behaviour of a running server.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from bookproof.probes.base import probe
from bookproof.probes.calcom_v2 import auth
from bookproof.probes.calcom_v2.asked import asked_already
from bookproof.probes.calcom_v2.grounds import grounds
from bookproof.probes.calcom_v2.session import Session
from bookproof.probes.calcom_v2.shown import UNKNOWN_ID, Begun, Shown, shown
from bookproof.wire.exchange import Exchange


@dataclass(frozen=True)
class Listed:
    """A list of event types.

    Attributes:
        exchange: the answer.
        data: what it holds beside its status.
        items: by id, as far as the list is flat.
    """

    exchange: Exchange
    data: Any
    items: Mapping[Any, Mapping[str, Any]]


def listed(session: Session, exchange: Exchange) -> Listed:
    """A list as evidence."""
    data = session.api.data(exchange)
    flat = session.api.many(exchange) if isinstance(data, list) else []
    return Listed(exchange, data, {item.get("id"): item for item in flat})


@dataclass(frozen=True)
class LifeCycle:
    """One event type from its creation to its end.

    Attributes:
        main: id of the event type of the run that is not hidden.
        sent: the body that made it, without any setting.
        made: the answer.
        again: the attempt to make another one with its slug.
        again_made: whether that made one.
        changes: what it was changed by; it is hidden from then on.
        changed: the answer to the change.
        read: as read after it.
        own: the list of its owner, after the change.
        public: the list that anybody gets who names the owner; None where nothing shows the owner's username.
        deleted: the answer to its deletion.
        read_deleted: the attempt to read it after that.
        page: the question for its slots after that.
    """

    main: int
    sent: Mapping[str, Any]
    made: Shown
    again: Exchange
    again_made: bool
    changes: Mapping[str, Any]
    changed: Shown
    read: Shown
    own: Listed
    public: Listed | None
    deleted: Shown
    read_deleted: Exchange
    page: Exchange

    @property
    def id(self) -> Any:
        """Of the event type."""
        return self.made.get("id")


def username_of(session: Session) -> str:
    """The username of the account of role full, or "" where neither the file nor an event type shows it."""
    known: Any = session.target.known.get("usernames")
    if isinstance(known, dict) and isinstance(name := cast("dict[str, Any]", known).get("full"), str):
        return name
    users: Any = session.api.one(session.need(grounds).main.made).get("users")
    for user in cast("list[Any]", users) if isinstance(users, list) else ():
        if isinstance(user, dict) and isinstance(name := cast("dict[str, Any]", user).get("username"), str):
            return name
    return ""


def _begin(session: Session, name: str) -> Begun:
    sent = {"title": "Bookproof life", "slug": session.unique(name), "lengthInMinutes": 30}
    made = session.create("createEventType", body=sent, note="nothing but what is required")
    return Begun(sent, made, session.made(made, "id", "an event type should be made"))


@probe("event-types.made", safety="write", cost=2, creates="an event type", shared=True)
def begun(session: Session) -> Begun:
    """Make an event type."""
    return _begin(session, "life")


@probe("event-types.life", safety="write", cost=10, creates="an event type in place of one")
def life(session: Session) -> LifeCycle:
    """Try the slug of an event type again, change and hide it, list it as owner and as anybody, delete it."""
    main = session.need(grounds).main
    own_one = session.need(begun)
    if own_one.touched:
        own_one = _begin(session, "life-anew")
    sent, made, one = own_one.sent, own_one.made, {"eventTypeId": own_one.shown["id"]}
    again = session.create("createEventType", body={**sent, "title": "Bookproof again"}, note="a slug that is taken")
    changes = {"title": "Bookproof changed", "lengthInMinutes": 45, "hidden": True}
    changed = session.api.call("updateEventType", one, body=changes)
    read = session.api.call("getEventType", one, note="after the change")
    own = session.api.call("listEventTypes", note="by the owner")
    username, public = username_of(session), None
    if username:
        query = {"username": username}
        public = session.api.call("listEventTypes", query=query, authorization=None, note="by anybody")
    deleted = session.remove("event-type", one["eventTypeId"])
    read_deleted = session.api.call("getEventType", one, note="after its deletion")
    page = _page(session, one["eventTypeId"])
    return LifeCycle(
        main=main.id,
        sent=sent,
        made=shown(session, made),
        again=again,
        again_made=bool(session.api.many(again)),
        changes=changes,
        changed=shown(session, changed),
        read=shown(session, read),
        own=listed(session, own),
        public=None if public is None else listed(session, public),
        deleted=shown(session, deleted),
        read_deleted=read_deleted,
        page=page,
    )


def _page(session: Session, event_type: Any) -> Exchange:
    day = session.now().date().isoformat()
    return session.api.call(
        "listSlots",
        query={"eventTypeId": event_type, "start": day, "end": day},
        authorization=None,
        note="slots of a deleted event type",
    )


@dataclass(frozen=True)
class Refused:
    """Attempts to reach an event type that does not exist, by operation, and to make one that cannot be."""

    unknown: Sequence[Exchange]
    no_length: Exchange
    unknown_user: Listed


@probe("event-types.refused", safety="write", cost=6)
def refused(session: Session) -> Refused:
    """Read, change and delete an unknown id, as far as nobody has; list an unknown user's; make one of no time."""
    one = {"eventTypeId": UNKNOWN_ID}
    unknown = [
        _gone(session) or session.api.call("getEventType", one, note="an unknown id"),
        session.api.call("updateEventType", one, body={"title": "Bookproof unknown"}, note="an unknown id"),
        asked_already(session, "deleteEventType") or session.api.call("deleteEventType", one, note="an unknown id"),
    ]
    asked, nobody = session.known(auth.public), None
    if asked and asked.listed.status not in (0, 401, 403):
        nobody = asked.listed
    else:
        query = {"username": session.unique("nobody")}
        nobody = session.api.call("listEventTypes", query=query, authorization=None, note="an unknown user")
    body = {"title": "Bookproof no time", "slug": session.unique("no-time"), "lengthInMinutes": 0}
    no_length = session.create("createEventType", body=body, note="a length of 0 minutes")
    return Refused(unknown, no_length, listed(session, nobody))


def _gone(session: Session) -> Exchange | None:
    """The attempt to read an event type that was deleted, which does not exist either, if it was not found."""
    ended = session.known(life)
    return ended.read_deleted if ended is not None and ended.read_deleted.status == 404 else None
