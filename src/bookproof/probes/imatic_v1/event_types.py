"""Event types: listed, read, duplicated, and otherwise left to the dashboard.

Source: Calendar API & MCP, REST API v1 (Event types: "Create/edit/delete is done in the dashboard").
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bookproof.probes.base import Blocked, probe
from bookproof.probes.imatic_v1.session import Session
from bookproof.targets.binding import MISSING
from bookproof.wire.client import Request
from bookproof.wire.exchange import Exchange

#: The rules that a duplicate takes over; title, slug and code are its own.
RULES = (
    "duration",
    "durations",
    "bufferBefore",
    "bufferAfter",
    "minimumNotice",
    "maximumNotice",
    "slotInterval",
    "dailyCap",
)
#: The event type to duplicate, by role: rather one whose rules are telling.
_TO_DUPLICATE = ("buffered", "capped", "main")
#: Title by which an edit that took effect would show, by method.
TITLES = {"PATCH": "Bookproof patched this", "PUT": "Bookproof put this"}


def fields_of(session: Session, obj: Any) -> dict[str, Any]:
    """The fields of an event type that the API shows, in the suite's words."""
    shown = {name: session.api.field("eventType", name, obj) for name in session.api.binding.field_names("eventType")}
    return {name: value for name, value in shown.items() if value is not MISSING}


@dataclass(frozen=True)
class Catalogue:
    """The event types as listed and as read.

    Attributes:
        promised: role to code of those that the target file names.
        pages: the answers of the list.
        listed: code to the fields shown.
        read: the answer to reading one.
        code: of that one.
        fields: as read.
    """

    promised: Mapping[str, str]
    pages: list[Exchange]
    listed: Mapping[str, Mapping[str, Any]]
    read: Exchange
    code: str
    fields: Mapping[str, Any]


@probe("event-types.catalogue", cost=2)
def catalogue(session: Session) -> Catalogue:
    """List all event types and read the main one."""
    promised = {role: rules.code for role, rules in session.target.event_types.items()}
    promised |= {f"zones ({rules.time_zone})": rules.code for rules in session.target.zones}
    code = session.event_type("main").code
    pages = session.api.all_pages("listEventTypes")
    items = [session.api.items(page) for page in pages]
    if not pages[-1].ok or None in items:
        raise Blocked("event types should be listed", pages[-1])
    shown = [fields_of(session, item) for found in items for item in found or ()]
    listed = {str(fields["code"]): fields for fields in shown if "code" in fields}
    read = session.api.call("getEventType", {"eventTypeCode": code})
    return Catalogue(promised, pages, listed, read, code, fields_of(session, session.api.single("eventType", read)))


@dataclass(frozen=True)
class Duplicate:
    """A duplicated event type.

    Attributes:
        original: code of the original.
        exchange: the answer.
        code: of the duplicate, or None if the answer shows none.
        read: the duplicate as read; None if it has no code of its own.
        fields: of the duplicate.
        read_original, original_fields: the original as read afterwards.
    """

    original: str
    exchange: Exchange
    code: str | None
    read: Exchange | None
    fields: Mapping[str, Any]
    read_original: Exchange
    original_fields: Mapping[str, Any]

    @property
    def own(self) -> bool:
        """Whether there is a duplicate that is not the original, and can be read."""
        return self.code not in (None, self.original) and self.read is not None and self.read.ok


@probe(
    "event-types.duplicate",
    safety="visible",
    cost=3,
    capability="duplicate-event-type",
    creates="an event type that only the dashboard (or a control door) can delete",
)
def duplicate(session: Session) -> Duplicate:
    """Duplicate an event type and read both."""
    role = next((role for role in _TO_DUPLICATE if role in session.target.event_types), "main")
    original = session.event_type(role).code
    exchange = session.create("duplicateEventType", {"eventTypeCode": original})
    shown = session.api.field("eventType", "code", session.api.single("eventType", exchange))
    code = None if shown is MISSING or shown is None or not exchange.ok else str(shown)
    read = session.api.call("getEventType", {"eventTypeCode": code}) if code and code != original else None
    after = session.api.call("getEventType", {"eventTypeCode": original}, note="the original")
    fields = fields_of(session, session.api.single("eventType", read)) if read else {}
    return Duplicate(
        original, exchange, code, read, fields, after, fields_of(session, session.api.single("eventType", after))
    )


@dataclass(frozen=True)
class Editing:
    """Attempts to change event types over the API, all on the duplicate.

    Attributes:
        code: of the duplicate.
        edits: title that was to be set to the answer, for PATCH and PUT.
        create: the answer to the creation of another one.
        created: the code that it shows, or None.
        delete: the answer to its deletion.
        read: the duplicate as read at the end.
        title: as read then, or MISSING.
    """

    code: str
    edits: Mapping[str, Exchange]
    create: Exchange
    created: str | None
    delete: Exchange
    read: Exchange
    title: Any


@probe("event-types.editing", safety="visible", cost=5, capability="duplicate-event-type")
def editing(session: Session) -> Editing:
    """Try to edit, create and delete event types, on the duplicate only, and read it at the end."""
    source = session.need(duplicate)
    if not source.own or source.code is None:
        raise Blocked("a duplicate should be made, on which to try what the API does not offer", source.exchange)
    code, one = source.code, {"eventTypeCode": source.code}
    edits = {
        title: _not_offered(session, method, "getEventType", one, {"title": title}) for method, title in TITLES.items()
    }
    session.ledger.about_to_create("event-type", session.target.attendee_email)
    create = _not_offered(session, "POST", "listEventTypes", {}, {"title": "Bookproof created this", "duration": 30})
    made = session.api.field("eventType", "code", session.api.single("eventType", create))
    created = str(made) if create.ok and made not in (MISSING, None) else None
    if created:
        session.ledger.created("event-type", created)
    else:
        session.ledger.refused("event-type")
    delete = _not_offered(session, "DELETE", "getEventType", one, None)
    read = session.api.call("getEventType", one, note="after the attempts")
    if delete.ok and not read.ok:
        session.ledger.gone("event-type", code)
    title = session.api.field("eventType", "title", session.api.single("eventType", read)) if read.ok else MISSING
    return Editing(code, edits, create, created, delete, read, title)


def _not_offered(
    session: Session, method: str, neighbour: str, arguments: Mapping[str, Any], body: dict[str, Any] | None
) -> Exchange:
    """Send a call that the contract does not have, to the path of an operation that it has."""
    return session.client.send(
        Request(
            method,
            session.api.binding.call(neighbour, arguments).path,
            headers={"authorization": f"Bearer {session.target.credentials['full']}"},
            body=None if body is None else json.dumps(body).encode(),
            role="full",
            note=f"{method} is not offered",
        )
    )
