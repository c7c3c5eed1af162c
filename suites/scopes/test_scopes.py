"""Scopes: a key does what it was granted, and nothing else."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.evidence import Afterwards
from bookproof.judge.judge import answer
from bookproof.judge.writes import left_untouched
from bookproof.probes.imatic_v1 import scopes
from bookproof.probes.imatic_v1.scopes import Attempt
from bookproof.wire.exchange import Exchange


def _all_forbidden(seen: list[Attempt], judge: Judge) -> None:
    if not seen:
        raise judge.untestable("no operation could be called without the scope")
    for attempt in seen:
        judge.refused(attempt.exchange, {403}, f"{attempt.role} lacks {attempt.needed}")


def _all_granted(seen: list[Exchange], judge: Judge) -> None:
    if not seen:
        raise judge.untestable("no operation could be called with the scope")
    for exchange in seen:
        granted = exchange.status not in {401, 403}
        judge.that(granted, f"the scope of {exchange.role} covers this", answer(exchange), exchange)


@requirement("scopes.slots-read.grants", scopes.slots_read)
def test_slots_read_grants(seen: list[Exchange], judge: Judge) -> None:
    """slots:read alone suffices to read slots."""
    _all_granted(seen, judge)


@requirement("scopes.slots-read.required", scopes.without_slots_read)
def test_slots_read_required(seen: list[Attempt], judge: Judge) -> None:
    """Slots need slots:read."""
    _all_forbidden(seen, judge)


@requirement("scopes.bookings-read.grants", scopes.bookings_read)
def test_bookings_read_grants(seen: list[Exchange], judge: Judge) -> None:
    """bookings:read alone suffices to list, count and read bookings."""
    _all_granted(seen, judge)


@requirement("scopes.bookings-read.required", scopes.without_bookings_read)
def test_bookings_read_required(seen: list[Attempt], judge: Judge) -> None:
    """Bookings are read with bookings:read only."""
    _all_forbidden(seen, judge)


@requirement("scopes.bookings-write.grants", scopes.bookings_write)
def test_bookings_write_grants(seen: list[Exchange], judge: Judge) -> None:
    """bookings:write alone suffices to create, move and cancel."""
    _all_granted(seen, judge)


@requirement("scopes.bookings-write.required", scopes.without_bookings_write)
def test_bookings_write_required(seen: list[Attempt], judge: Judge) -> None:
    """Bookings are created, moved and cancelled with bookings:write only."""
    _all_forbidden(seen, judge)


@requirement("scopes.read-only.never-writes", scopes.read_only)
def test_read_only_never_writes(seen: list[Attempt], judge: Judge) -> None:
    """A key that may read bookings can neither create, move nor cancel one."""
    _all_forbidden(seen, judge)


@requirement("scopes.mcp.umbrella", scopes.mcp)
def test_mcp_umbrella(seen: list[Exchange], judge: Judge) -> None:
    """mcp alone suffices for what the three other scopes grant."""
    _all_granted(seen, judge)


@requirement("scopes.refused.does-nothing", scopes.afterwards)
def test_refused_scope_does_nothing(seen: Afterwards, judge: Judge) -> None:
    """A write that is refused for its scope has not been done all the same."""
    left_untouched(judge, seen)


@requirement("scopes.me.any-key", scopes.me)
def test_any_key_reads_itself(seen: Exchange, judge: Judge) -> None:
    """A key without any scope still reads its own identity."""
    judge.accepted(seen, "any valid key reads its own identity")


@requirement("scopes.other-resources.required", scopes.other_resources)
def test_other_resources_need_a_scope(seen: list[Attempt], judge: Judge) -> None:
    """Event types, links, calendars and webhooks are closed to a key without any scope."""
    _all_forbidden(seen, judge)
