"""Event types: listed, read, duplicated, and otherwise left to the dashboard."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.probes.imatic_v1 import event_types
from bookproof.probes.imatic_v1.event_types import RULES, Catalogue, Duplicate, Editing


@requirement("event-types.list.shows", event_types.catalogue)
def test_event_types_are_listed(seen: Catalogue, judge: Judge) -> None:
    """Every event type that the target file names is in the list."""
    if not seen.listed:
        shown = any(page.text.strip() for page in seen.pages)
        if shown and "code" not in seen.fields:
            raise judge.untestable("event types show no code: name it in objects.eventType.code of the binding")
    for role, code in seen.promised.items():
        judge.that(
            code in seen.listed,
            f"event type {code} (role {role}) is listed",
            f"the list shows {', '.join(seen.listed) or 'none'}",
            seen.pages[-1],
        )


@requirement("event-types.read.agrees", event_types.catalogue)
def test_reading_agrees_with_the_list(seen: Catalogue, judge: Judge) -> None:
    """An event type is the same in the list and when it is read by its code."""
    judge.accepted(seen.read, f"event type {seen.code} is read")
    listed = seen.listed.get(seen.code)
    if listed is None:
        raise judge.untestable(f"event type {seen.code} is not listed; see event-types.list.shows")
    for name in (name for name in seen.fields if name in listed):
        judge.that(
            seen.fields[name] == listed[name],
            f"the same {name} read and listed",
            f"read {seen.fields[name]!r}, listed {listed[name]!r}",
            seen.pages[-1],
            seen.read,
        )


@requirement("event-types.duplicate.new", event_types.duplicate)
def test_a_duplicate_is_a_new_event_type(seen: Duplicate, judge: Judge) -> None:
    """Duplicating makes an event type with a code of its own, and the original stays."""
    judge.accepted(seen.exchange, f"event type {seen.original} is duplicated")
    if seen.exchange.ok:
        judge.that(
            seen.code not in (None, seen.original),
            "the duplicate has a code of its own",
            f"code {seen.code}: {answer(seen.exchange)}",
            seen.exchange,
        )
    if seen.read is not None:
        judge.accepted(seen.read, f"the duplicate {seen.code} is read")
    judge.accepted(seen.read_original, f"the original {seen.original} is still there")


@requirement("event-types.duplicate.same-rules", event_types.duplicate)
def test_a_duplicate_has_the_rules_of_its_original(seen: Duplicate, judge: Judge) -> None:
    """The duplicate has the lengths, buffers, notice, interval and cap of its original."""
    if not seen.own or seen.read is None:
        raise judge.untestable("there is no duplicate to look at; see event-types.duplicate.new")
    shown = [name for name in RULES if name in seen.fields and name in seen.original_fields]
    if not shown:
        raise judge.untestable("event types show none of their rules: name them in objects.eventType of the binding")
    for name in shown:
        judge.that(
            seen.fields[name] == seen.original_fields[name],
            f"the same {name} as the original, {seen.original_fields[name]!r}",
            f"{seen.fields[name]!r}",
            seen.read_original,
            seen.read,
        )


@requirement("event-types.api.read-only", event_types.editing)
def test_event_types_are_not_edited_over_the_api(seen: Editing, judge: Judge) -> None:
    """Editing, creating and deleting an event type over the API has no effect."""
    # Judged by effect: a success that changes nothing is another requirement's matter.
    for title, edit in seen.edits.items():
        judge.that(
            not edit.ok or (seen.title != title and title not in edit.text),
            f"{edit.method} changes no event type",
            answer(edit),
            edit,
        )
    judge.that(seen.created is None, "POST creates no event type", answer(seen.create), seen.create)
    judge.that(
        seen.read.ok or not seen.delete.ok,
        "DELETE deletes no event type",
        f"{answer(seen.delete)}, then {answer(seen.read)}",
        seen.delete,
        seen.read,
    )
