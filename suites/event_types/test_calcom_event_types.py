"""Event types of Cal.com: made, listed, read, changed, deleted."""

from __future__ import annotations

from typing import Any

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.probes.calcom_v2 import event_types
from bookproof.probes.calcom_v2.event_types import LifeCycle, Listed, Refused

#: What real servers set where a request says nothing. Source: behaviour of a running server.
DEFAULTS: dict[str, Any] = {
    "minimumBookingNotice": 120,
    "beforeEventBuffer": 0,
    "afterEventBuffer": 0,
    "hidden": False,
    "disableGuests": False,
}
SWITCHED_OFF = ("bookingWindow", "seats", "confirmationPolicy")
#: What an event type is; how else a server describes it may depend on who reads it, and how.
ITS_OWN = ("title", "slug", "lengthInMinutes", "description", "ownerId", "scheduleId", *DEFAULTS, *SWITCHED_OFF)


@requirement("event-types.create.answers", event_types.life)
def test_answers_the_event_type(seen: LifeCycle, judge: Judge) -> None:
    """Creating answers an event type with the title, slug and length that were asked for."""
    for name, sent in seen.sent.items():
        shown = seen.made.get(name)
        judge.that(shown == sent, f"{name} {sent!r}, as asked for", f"{name} is {shown!r}", seen.made.exchange)


@requirement("event-types.create.defaults", event_types.life)
def test_what_is_not_said_has_a_default(seen: LifeCycle, judge: Judge) -> None:
    """Where a request says nothing, notice is two hours, there are no buffers, and every feature is off."""
    for name, usual in DEFAULTS.items():
        shown = seen.made.get(name)
        if shown is None:
            continue  # a server need not show every setting
        judge.that(shown == usual, f"{name} is {usual!r} by default", f"{name} is {shown!r}", seen.made.exchange)
    for name in SWITCHED_OFF:
        shown = seen.made.get(name)
        off = not shown or (isinstance(shown, dict) and shown.get("disabled") is True)
        judge.that(off, f"{name} is off by default", f"{name} is {shown!r}", seen.made.exchange)


@requirement("event-types.create.slug-taken", event_types.life)
def test_a_slug_is_given_once(seen: LifeCycle, judge: Judge) -> None:
    """A second event type with the slug of another one is refused, with 400 or 409."""
    judge.refused(seen.again, {400, 409}, "the slug is that of another event type")
    judge.that(not seen.again_made, "no second event type", answer(seen.again), seen.again)


@requirement("event-types.create.no-length", event_types.refused)
def test_a_length_of_nothing_is_refused(seen: Refused, judge: Judge) -> None:
    """An event type of 0 minutes is refused as a bad request."""
    judge.refused(seen.no_length, {400, 422}, "an event type takes at least a minute")


@requirement("event-types.page.url", event_types.life)
def test_the_booking_url_has_the_slug(seen: LifeCycle, judge: Judge) -> None:
    """The URL of the booking page ends in the slug of the event type."""
    url = seen.made.get("bookingUrl")
    if not isinstance(url, str):
        raise judge.untestable("event types show no bookingUrl")
    path = url.partition("?")[0].rstrip("/")
    slug = seen.made.get("slug")
    judge.that(path.endswith(f"/{slug}"), f"a URL that ends in {slug}", url, seen.made.exchange)


@requirement("event-types.read.agrees", event_types.life)
def test_reading_agrees_with_the_list(seen: LifeCycle, judge: Judge) -> None:
    """An event type is the same in the list of its owner and when it is read by its id."""
    judge.accepted(seen.read.exchange, f"event type {seen.id} is read")
    item = seen.own.items.get(seen.id)
    if item is None:
        raise judge.untestable(f"event type {seen.id} is not listed; see event-types.list.own")
    judge.each(
        [name for name in ITS_OWN if name in seen.read.fields and name in item],
        lambda name: seen.read.fields[name] == item[name],
        lambda name: f"the same {name} read and listed",
        lambda name: f"read {seen.read.fields[name]!r}, listed {item[name]!r}",
        seen.own.exchange,
        seen.read.exchange,
    )


@requirement("event-types.list.flat", event_types.life)
def test_the_list_is_flat(seen: LifeCycle, judge: Judge) -> None:
    """The list is an array of event types, each with its id and its lengthInMinutes."""
    data = seen.own.data
    judge.that(isinstance(data, list), "an array under data", answer(seen.own.exchange), seen.own.exchange)
    judge.each(
        [item for item in data if isinstance(item, dict)] if isinstance(data, list) else [],
        lambda item: "id" in item and "lengthInMinutes" in item,
        "event types with id and lengthInMinutes",
        lambda item: f"an item with {', '.join(map(str, list(item)[:8]))}",
        seen.own.exchange,
    )


@requirement("event-types.list.own", event_types.life)
def test_the_owner_sees_all_event_types(seen: LifeCycle, judge: Judge) -> None:
    """The list of the owner has every event type of the owner, hidden ones too."""
    for event_type in (seen.main, seen.id):
        _is_listed(judge, seen.own, event_type)


@requirement("event-types.list.by-username", event_types.life)
def test_anybody_sees_the_event_types_of_a_user(seen: LifeCycle, judge: Judge) -> None:
    """Who names a user sees that user's event types, without a key."""
    _is_listed(judge, _public(seen, judge), seen.main)


@requirement("event-types.list.hidden", event_types.life)
def test_a_hidden_event_type_is_not_shown_to_others(seen: LifeCycle, judge: Judge) -> None:
    """An event type that is hidden is not in the list that anybody gets."""
    public = _public(seen, judge)
    if not public.exchange.ok or seen.main not in public.items:
        raise judge.untestable("the public list shows nothing of the user; see event-types.list.by-username")
    if seen.read.get("hidden") is not True:
        raise judge.untestable("the event type could not be hidden; see event-types.update.changes")
    judge.that(
        seen.id not in public.items, f"no event type {seen.id}, which is hidden", "it is listed", public.exchange
    )


@requirement("event-types.list.unknown-username", event_types.refused)
def test_an_unknown_user_has_no_event_types(seen: Refused, judge: Judge) -> None:
    """The list of a user who does not exist is empty, or not found."""
    listed = seen.unknown_user
    judge.that(
        listed.exchange.status == 404 or (listed.exchange.ok and not listed.items),
        "an empty list, or 404",
        answer(listed.exchange),
        listed.exchange,
    )


@requirement("event-types.update.changes", event_types.life)
def test_a_change_changes_what_it_says(seen: LifeCycle, judge: Judge) -> None:
    """What a change says is answered, and is so when it is read."""
    judge.accepted(seen.changed.exchange, "an event type is changed")
    for name, wanted in seen.changes.items():
        for found in (seen.changed, seen.read):
            shown = found.get(name)
            if found.exchange.ok:
                judge.that(shown == wanted, f"{name} {wanted!r}, as changed", f"{name} is {shown!r}", found.exchange)


@requirement("event-types.update.keeps-rest", event_types.life)
def test_a_change_keeps_what_it_does_not_say(seen: LifeCycle, judge: Judge) -> None:
    """What a change leaves out stays as it was."""
    if not seen.read.exchange.ok:
        raise judge.untestable("the event type could not be read; see event-types.read.agrees")
    names = ["slug", "ownerId", *DEFAULTS, *SWITCHED_OFF]
    for name in (name for name in names if name in seen.made.fields and name not in seen.changes):
        before, after = seen.made.get(name), seen.read.get(name)
        judge.that(before == after, f"{name} stays {before!r}", f"{name} is {after!r}", seen.read.exchange)


@requirement("event-types.delete.gone", event_types.life)
def test_a_deleted_event_type_is_gone(seen: LifeCycle, judge: Judge) -> None:
    """A deleted event type cannot be read any more."""
    judge.accepted(seen.deleted.exchange, "an event type is deleted")
    judge.refused(seen.read_deleted, {404}, f"event type {seen.id} was deleted")


@requirement("event-types.delete.answers", event_types.life)
def test_deleting_answers_what_was_deleted(seen: LifeCycle, judge: Judge) -> None:
    """Deleting answers id, title, slug and length of what was deleted."""
    if not seen.deleted.exchange.ok:
        raise judge.untestable("the event type could not be deleted; see event-types.delete.gone")
    expected = {"id": seen.id} | {name: seen.read.get(name) for name in seen.sent}
    for name, wanted in expected.items():
        if wanted is not None:
            shown = seen.deleted.get(name)
            judge.that(shown == wanted, f"{name} {wanted!r}", f"{name} is {shown!r}", seen.deleted.exchange)


@requirement("event-types.delete.page", event_types.life)
def test_a_deleted_event_type_offers_nothing(seen: LifeCycle, judge: Judge) -> None:
    """Nothing can be booked of a deleted event type: its slots are not found, or there are none."""
    if not seen.deleted.exchange.ok:
        raise judge.untestable("the event type could not be deleted; see event-types.delete.gone")
    body: Any = seen.page.json
    nothing = seen.page.ok and isinstance(body, dict) and body.get("data") == {}
    judge.that(nothing or seen.page.status == 404, "no slots, or 404", answer(seen.page), seen.page)


@requirement("event-types.unknown.not-found", event_types.refused)
def test_an_unknown_event_type_is_not_found(seen: Refused, judge: Judge) -> None:
    """Reading, changing and deleting an event type that does not exist is answered with 404."""
    for exchange in seen.unknown:
        judge.refused(exchange, {404}, "no event type has this id")


def _is_listed(judge: Judge, listed: Listed, event_type: Any) -> None:
    if listed.exchange.ok and not isinstance(listed.data, list):
        raise judge.untestable("the list is no array; see event-types.list.flat")
    judge.that(
        event_type in listed.items,
        f"event type {event_type} is listed",
        f"the list shows {', '.join(map(str, listed.items)) or 'none'}"
        if listed.exchange.ok
        else answer(listed.exchange),
        listed.exchange,
    )


def _public(seen: LifeCycle, judge: Judge) -> Listed:
    if seen.public is None:
        raise judge.untestable("nothing shows the username: add usernames.full to [data] of the target file")
    return seen.public
