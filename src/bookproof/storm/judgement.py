"""Judges the state after a storm: pure functions over what users did and what is read back.

Three things must be so whatever the load (Source: Calendar API & MCP, REST API v1, "the same atomic, no-double-book
guarantee"): no two live bookings of a host overlap, what was acknowledged is there, what was refused is not.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bookproof.judge.race_model import CANCEL, DONE, REFUSED
from bookproof.storm.calls import StormCall
from bookproof.storm.ownership import Held, Owned, owned_by_users
from bookproof.storm.plan import StormPlan
from bookproof.targets.views import Booking, Slot, utc
from bookproof.verdict import Severity

OVERLAP, PROMISED_TWICE, LOST, MISPLACED, REFUSED_YET_STORED, CANCELLED_YET_LIVE, TWICE = (
    "overlap",
    "promised-twice",
    "lost",
    "misplaced",
    "refused-yet-stored",
    "cancelled-yet-live",
    "stored-twice",
)
SERVER_ERRORS, BROKEN_FORM, UNLISTED, OFFERED, NOT_OFFERED = (
    "server-errors",
    "broken-answers",
    "unlisted",
    "taken-yet-offered",
    "not-offered-again",
)


@dataclass(frozen=True)
class State:
    """What was read back after a storm.

    Attributes:
        bookings: the list, all pages.
        gap: why the list cannot be taken for all bookings, or "".
        read: code to the booking as read by its code after the list, or None where there is none; what could not be
            read is not in it. None as a whole if nothing has been read yet.
        offered: event type and start, in unix seconds, of the slots that were listed free just before the bookings
            were; None where they could not be read.
    """

    bookings: Sequence[Booking]
    gap: str = ""
    read: Mapping[str, Booking | None] | None = None
    offered: AbstractSet[tuple[str, float]] | None = None


@dataclass(frozen=True)
class Trouble:
    """Something that is not as it must be.

    Attributes:
        kind: what, in a word: one of this module's constants.
        severity: violation or warning.
        expected, seen: a sentence each.
        codes: of the bookings that show it.
        calls: that led to it.
    """

    kind: str
    severity: Severity
    expected: str
    seen: str
    codes: tuple[str, ...] = ()
    calls: tuple[StormCall, ...] = ()


class Judge:
    """Holds what was read back against what the users were told.

    Args:
        plan: of the whole storm.
        calls: of all users.
        state: what was read back.
        minutes: code of an event type to the length of its bookings, for an API that shows no ends.
        hosts: codes of the event types of the one host whose calendar the storm was on.
        lost: numbers of the processes whose record is not complete; what their users were told is not known.
        one_clock: whether all processes were on one machine, so that their times can be compared.
    """

    def __init__(
        self,
        plan: StormPlan,
        calls: Sequence[StormCall],
        state: State,
        minutes: Mapping[str, int],
        hosts: AbstractSet[str],
        lost: AbstractSet[int] = frozenset(),
        *,
        one_clock: bool = True,
    ) -> None:
        self._plan = plan
        self._calls = calls
        self._state = state
        self._minutes = minutes
        self._hosts = hosts
        self._lost = lost
        self._one_clock = one_clock
        self.owned = owned_by_users(calls)
        self._by_code = {code: owner for owner in self.owned.values() for code in owner.codes}
        self._listed = {booking.code: booking for booking in state.bookings if booking.code}
        self._ours: dict[str, list[Booking]] = defaultdict(list)
        for booking in self._current():
            attendee = self._attendee(booking)
            if attendee:
                self._ours[attendee].append(booking)
        self._names_shown = any((b.attendee_name or "").startswith(plan.prefix) for b in state.bookings)

    def _current(self) -> Iterator[Booking]:
        """Every booking as it was last seen."""
        seen: set[str] = set()
        read = self._state.read or {}
        for booking in self._state.bookings:
            code = booking.code
            if code is None:
                yield booking
            elif code not in seen:
                seen.add(code)
                shown = read.get(code, booking)
                if shown is not None:
                    yield shown
        for code, booking in read.items():
            if booking is not None and code not in seen:
                yield booking

    def _attendee(self, booking: Booking) -> str:
        """The attendee of this storm that a booking was made for, or ""."""
        if booking.attendee_name and booking.attendee_name.startswith(self._plan.prefix):
            return booking.attendee_name
        owner = self._by_code.get(booking.code or "")
        return owner.attendee if owner else ""

    def ours(self) -> list[Booking]:
        """Every booking of this storm that holds its slot."""
        return [booking for bookings in self._ours.values() for booking in bookings if booking.live]

    def troubles(self) -> list[Trouble]:
        """All that is wrong, the worst first."""
        found = [
            *self._overlaps(),
            *self._promised(),
            *self._owners(),
            *self._offered(),
            *_answers(self._calls),
        ]
        return sorted(found, key=lambda trouble: trouble.severity is not Severity.VIOLATION)

    # Nothing is double-booked

    def _overlaps(self) -> Iterator[Trouble]:
        """Live bookings of the host that share time, one trouble for all that hang together."""
        held = sorted(self._held(), key=lambda pair: pair[0])
        for group in _chains(held):
            if len(group) < 2 or not any(self._attendee(booking) for _, booking in group):
                continue
            codes = tuple(booking.code for _, booking in group if booking.code)
            names = [self._attendee(booking) for _, booking in group]
            owners = [self.owned[name] for name in names if name in self.owned]
            start, end = min(slot.start for slot, _ in group), max(slot.end for slot, _ in group)
            yield Trouble(
                OVERLAP,
                Severity.VIOLATION,
                "no two live bookings of a host overlap",
                f"{len(group)} live bookings share time between {utc(start)} and {utc(end)}: "
                + ", ".join(_shown(slot, booking) for slot, booking in group[:4])
                + (f" and {len(group) - 4} more" if len(group) > 4 else ""),
                codes,
                tuple(call for owner in owners for call in owner.calls),
            )

    def _held(self) -> Iterator[tuple[Slot, Booking]]:
        """What live bookings of the host hold."""
        for booking in self._current():
            owner = self.owned.get(self._attendee(booking))
            code = booking.event_type_code or (owner.event_type_code if owner else "")
            if not booking.live or code not in self._hosts or booking.start is None:
                continue
            end = booking.end or booking.start + timedelta(minutes=self._minutes.get(code, 1))
            yield Slot(booking.start, end), booking

    def _promised(self) -> Iterator[Trouble]:
        """Times that two users held at the same moment by what they were told, even if one has given his back since."""
        found: dict[tuple[Slot, Slot], list[tuple[Held, Held]]] = defaultdict(list)
        active: list[Held] = []
        for held in sorted(self._promises(), key=lambda held: held.since):
            active = [other for other in active if other.until > held.since]
            for other in active:
                same_clock = self._one_clock or other.call.worker == held.call.worker
                if same_clock and other.slot.overlaps(held.slot) and other.call.attendee != held.call.attendee:
                    found[min(other.slot, held.slot), max(other.slot, held.slot)].append((other, held))
            active.append(held)
        for pairs in found.values():
            first, second = pairs[0]
            yield Trouble(
                PROMISED_TWICE,
                Severity.VIOLATION,
                "no time is acknowledged to two users at the same moment",
                f"{_answer(first.call)} for {first.slot}, and {_answer(second.call)} for {second.slot} "
                "before the first was given back" + (f"; so it went {len(pairs)} times there" if pairs[1:] else ""),
                tuple(call.becomes for call in (first.call, second.call) if call.becomes),
                tuple(call for held in (first, second) for call in self.owned[held.call.attendee].calls),
            )

    def _promises(self) -> Iterator[Held]:
        for owner in self.owned.values():
            # Of a record that is not complete nobody knows when a booking was given back.
            if owner.event_type_code in self._hosts and owner.calls[0].worker not in self._lost:
                minutes = self._minutes.get(owner.event_type_code, 1)
                yield from owner.holds(
                    lambda call, minutes=minutes: self._plan.end_of(call.event_type_code, call.wanted, minutes)
                )

    # What was acknowledged is there, and what was refused is not

    def _owners(self) -> Iterator[Trouble]:
        for owner in self.owned.values():
            if owner.calls[0].worker in self._lost:
                continue
            live = [booking for booking in self._ours.get(owner.attendee, ()) if booking.live]
            codes = tuple(booking.code for booking in live if booking.code)
            calls = tuple(owner.calls)
            if owner.live is True:
                yield from self._must_be_there(owner, live, codes)
            elif owner.live is False and live:
                refused = owner.created == REFUSED
                last = owner.calls[0] if refused else next(c for c in reversed(calls) if c.action == CANCEL)
                yield Trouble(
                    REFUSED_YET_STORED if refused else CANCELLED_YET_LIVE,
                    Severity.VIOLATION,
                    "what is refused is not stored" if refused else "what is cancelled is not live",
                    f"{_answer(last)}, and {_code_of(live[0])} of {owner.attendee} is {_status(live[0])}",
                    codes,
                    calls,
                )
            if len(live) > 1:
                yield Trouble(
                    TWICE,
                    Severity.VIOLATION,
                    "one create makes one booking, and a move leaves one",
                    f"{owner.attendee} asked for one booking and has {len(live)} live ones: {', '.join(codes)}",
                    codes,
                    calls,
                )

    def _must_be_there(self, owner: Owned, live: list[Booking], codes: tuple[str, ...]) -> Iterator[Trouble]:
        last = next(call for call in reversed(owner.calls) if call.outcome == DONE)
        where = " or ".join(sorted(_utc(start) for start in owner.starts))
        code = owner.codes[-1] if owner.codes else "no code"
        if not live:
            if self._may_be_hidden(owner):
                return
            yield Trouble(
                LOST,
                Severity.VIOLATION,
                "what is acknowledged is there until its owner cancels it",
                f"{_answer(last)} with {code} at {where}, and {self._instead(owner)}",
                (code,) if owner.codes else (),
                tuple(owner.calls),
            )
            return
        if not any(b.start is None or b.start.timestamp() in owner.starts for b in live):
            starts = ", ".join(utc(b.start) for b in live if b.start)
            yield Trouble(
                MISPLACED,
                Severity.VIOLATION,
                "an acknowledged booking is where the answer said, until its owner moves it",
                f"{_answer(last)} with {code} at {where}, and it is at {starts}",
                codes,
                tuple(owner.calls),
            )
        elif not self._state.gap and not any(b.code in self._listed for b in live):
            yield Trouble(
                UNLISTED,
                Severity.WARNING,
                "a live booking is in the list",
                f"{code} of {owner.attendee} can be read by its code and is not listed",
                codes,
                tuple(owner.calls),
            )

    def _may_be_hidden(self, owner: Owned) -> bool:
        """Whether a booking that was not found may be there after all."""
        if owner.named:
            return self._state.read is not None and owner.codes[-1] not in self._state.read
        # Nobody knows its code: it must be in a list that is whole and shows the names of this storm.
        return bool(self._state.gap) or not self._names_shown

    def _instead(self, owner: Owned) -> str:
        seen = self._ours.get(owner.attendee)
        return f"it is {_status(seen[-1])}" if seen else "nothing is stored under that name or code"

    # Slots

    def _offered(self) -> Iterator[Trouble]:
        for booking in self.ours():
            owner = self.owned.get(self._attendee(booking))
            code = booking.event_type_code or (owner.event_type_code if owner else "")
            shown = f"{_code_of(booking)} there is {_status(booking)}"
            if booking.start and (code, booking.start.timestamp()) in (self._state.offered or ()):
                yield Trouble(
                    OFFERED,
                    Severity.WARNING,
                    "a slot that is taken is not offered",
                    f"{code} at {utc(booking.start)} is listed free, and {shown}",
                    (booking.code,) if booking.code else (),
                )


def _answers(calls: Iterable[StormCall]) -> Iterator[Trouble]:
    """Answers that no client can work with; told as warnings, for under load a server may give way."""
    failed = [call for call in calls if call.status >= 500]
    if failed:
        statuses = ", ".join(f"{status} x{n}" for status, n in sorted(Counter(c.status for c in failed).items()))
        yield Trouble(
            SERVER_ERRORS,
            Severity.WARNING,
            "no request ends in a server error",
            f"{len(failed)} did: {statuses}; the first: {_answer(failed[0])}",
            calls=tuple(failed[:10]),
        )
    broken = [call for call in calls if call.trouble and call.status < 500]
    if broken:
        troubles = ", ".join(f"{trouble} x{n}" for trouble, n in Counter(c.trouble for c in broken).most_common(4))
        yield Trouble(
            BROKEN_FORM,
            Severity.WARNING,
            "every answer has the form that the documents describe",
            f"{len(broken)} had not: {troubles}",
            calls=tuple(broken[:10]),
        )


def not_offered_again(
    wanted: Iterable[tuple[str, float]], offered: AbstractSet[tuple[str, float]]
) -> Iterator[Trouble]:
    """Places of the storm that are not offered although everything was cancelled.

    Args:
        wanted: event type and start of the places, all offered before the storm.
        offered: of the slots that are listed after the clean-up.
    """
    missing = sorted(set(wanted) - set(offered))
    if missing:
        shown = ", ".join(f"{code} at {_utc(start)}" for code, start in missing[:4])
        yield Trouble(
            NOT_OFFERED,
            Severity.WARNING,
            "a slot whose bookings are all cancelled is offered again",
            f"{len(missing)} are not, unless somebody else has taken them: {shown}"
            + (f" and {len(missing) - 4} more" if len(missing) > 4 else ""),
        )


def _chains(held: Iterable[tuple[Slot, Booking]]) -> Iterator[list[tuple[Slot, Booking]]]:
    """Sorted slots in groups, each of which hangs together by overlaps."""
    group: list[tuple[Slot, Booking]] = []
    end: datetime | None = None
    for slot, booking in held:
        if end is not None and slot.start < end:
            group.append((slot, booking))
            end = max(end, slot.end)
            continue
        if group:
            yield group
        group, end = [(slot, booking)], slot.end
    if group:
        yield group


def _shown(slot: Slot, booking: Booking) -> str:
    return f"{_code_of(booking)} ({booking.event_type_code or 'no event type'}, {slot}, {booking.attendee_name})"


def _code_of(booking: Booking) -> str:
    return booking.code or "a booking without a code"


def _status(booking: Booking) -> str:
    return booking.status or "shown without a status"


def _answer(call: StormCall) -> str:
    """A call and its answer in a few words."""
    code = f" {call.error}" if call.error else ""
    return f"the {call.action} by {call.attendee or call.user} was answered {call.status or 'not at all'}{code}"


def _utc(seconds: float) -> str:
    return utc(datetime.fromtimestamp(seconds, UTC))
