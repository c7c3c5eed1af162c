"""Creating bookings in Cal.com: what is answered, kept and shown, and that no time is given away twice."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.probes.calcom_v2 import booking_rules, bookings, changes
from bookproof.probes.calcom_v2.booking_reads import INVALID, TAKEN, Shown, attendees_of, event_type_of, view
from bookproof.probes.calcom_v2.booking_rules import Times
from bookproof.probes.calcom_v2.bookings import LONG, BySlug, Created, Lengths
from bookproof.probes.calcom_v2.changes import Taken
from bookproof.targets.views import Slot, instant, utc
from bookproof.wire.exchange import Exchange


def _made(seen: Created, judge: Judge) -> Shown:
    if not seen.made.uid:
        raise judge.untestable("no booking was made; see bookings.create.answers")
    return seen.made


@requirement("bookings.create.answers", bookings.created)
def test_answers_the_booking(seen: Created, judge: Judge) -> None:
    """Creating a booking answers it, with a uid, for the event type and the time that were asked for."""
    made = seen.made
    if not made.exchange.ok:
        raise judge.untestable(
            f"a slot that is listed was not booked; see slots.listed.bookable: {answer(made.exchange)}"
        )
    if not judge.that(bool(made.uid), "the booking with its uid", answer(made.exchange), made.exchange):
        return
    shown = event_type_of(made.raw)
    judge.that(shown == str(seen.ground.id), f"event type {seen.ground.id}", f"event type {shown}", made.exchange)
    for name, wanted, found in (("start", seen.slot.start, made.start), ("end", seen.slot.end, made.end)):
        told = utc(found) if found else "no instant"
        judge.that(found == wanted, f"{name} {utc(wanted)}", f"{name} {told}", made.exchange)


@requirement("bookings.create.stored", bookings.created)
def test_stores_the_booking(seen: Created, judge: Judge) -> None:
    """A booking that was answered can be read by its uid and is in the list."""
    made = _made(seen, judge)
    assert seen.read is not None, "read wherever there is a uid"
    assert seen.listed is not None, "listed wherever there is a uid"
    judge.accepted(seen.read.exchange, "a created booking is read by its uid")
    listed = seen.listed.find(made.uid)
    if listed is None and not (seen.listed.exchange.ok and seen.listed.whole):
        raise judge.untestable(f"the list does not show everything: {answer(seen.listed.exchange)}")
    judge.that(
        listed is not None,
        f"the list of bookings has the new one, {made.uid}",
        f"{len(seen.listed.bookings)} bookings without it",
        made.exchange,
        seen.listed.exchange,
    )


@requirement("bookings.create.accepted", bookings.created)
def test_is_accepted_at_once(seen: Created, judge: Judge) -> None:
    """Without confirmation a booking is accepted as soon as it is made."""
    made = _made(seen, judge)
    judge.that(made.status == "accepted", "status accepted", f"status {made.status or 'not shown'}", made.exchange)


@requirement("bookings.create.kept", bookings.created)
def test_keeps_what_was_sent(seen: Created, judge: Judge) -> None:
    """Guests, metadata, notes and the attendee's language come back with the booking."""
    made = _made(seen, judge)
    guests = [str(address).lower() for address in made.raw.get("guests") or ()]
    for guest in seen.sent["guests"]:
        judge.that(guest.lower() in guests, f"the guest {guest}", f"guests {guests}", made.exchange)
    metadata = made.raw.get("metadata") or {}
    for name, value in seen.sent["metadata"].items():
        judge.that(metadata.get(name) == value, f"metadata {name}: {value}", f"metadata {metadata}", made.exchange)
    notes = seen.sent["bookingFieldsResponses"]["notes"]
    answers = made.raw.get("bookingFieldsResponses") or {}
    shown = (made.raw.get("description"), answers.get("notes"))
    judge.that(notes in shown, f"the notes {notes!r} as description or answer", f"{shown}", made.exchange)
    wanted = seen.attendee["language"]
    languages = [each["language"] for each in attendees_of(made.raw) if "language" in each]
    judge.that(wanted in languages or not languages, f"language {wanted}", f"languages {languages}", made.exchange)


@requirement("bookings.create.attendee", bookings.created)
def test_shows_the_attendee(seen: Created, judge: Judge) -> None:
    """The attendee has the name, the address and the time zone that were sent, not the host's."""
    made = _made(seen, judge)
    wanted = seen.attendee
    found = next((each for each in attendees_of(made.raw) if each.get("name") == wanted["name"]), None)
    if not judge.that(
        found is not None, f"an attendee {wanted['name']}", f"{made.raw.get('attendees')}", made.exchange
    ):
        return
    assert found is not None
    for name in ("email", "timeZone"):
        judge.that(found.get(name) == wanted[name], f"{name} {wanted[name]}", f"{found.get(name)}", made.exchange)


@requirement("bookings.create.host", bookings.created)
def test_shows_the_host(seen: Created, judge: Judge) -> None:
    """Somebody hosts the booking."""
    made = _made(seen, judge)
    hosts = made.raw.get("hosts")
    judge.that(isinstance(hosts, list) and bool(hosts), "one host at least", f"hosts {hosts}", made.exchange)


@requirement("bookings.create.utc", bookings.created)
def test_shows_times_in_utc(seen: Created, judge: Judge) -> None:
    """Start and end end with Z."""
    made = _made(seen, judge)
    for name in ("start", "end"):
        text = made.raw.get(name)
        if instant(text) is None:
            raise judge.untestable("the booking shows no instants; see bookings.create.answers")
        judge.that(str(text).endswith("Z"), f"{name} in UTC, with Z", f"{name} {text}", made.exchange)


@requirement("bookings.create.by-slug", bookings.by_slug)
def test_books_by_slug(seen: BySlug, judge: Judge) -> None:
    """The username of the host and the slug of the event type say what is booked."""
    made = seen.made
    judge.accepted(made.exchange, "a booking by username and slug")
    if made.raw:
        shown = event_type_of(made.raw)
        judge.that(shown == str(seen.ground.id), f"event type {seen.ground.id}", f"event type {shown}", made.exchange)


@requirement("bookings.create.offset", bookings.by_slug)
def test_reads_offsets(seen: BySlug, judge: Judge) -> None:
    """A start with an offset is that instant."""
    if seen.made.start is None:
        raise judge.untestable("no booking by slug was made; see bookings.create.by-slug")
    judge.that(
        seen.made.start == seen.start,
        f"{seen.written} is {utc(seen.start)}",
        f"the booking starts at {utc(seen.made.start)}",
        seen.made.exchange,
    )


@requirement("bookings.create.length", bookings.lengths)
def test_books_the_length_that_is_asked_for(seen: Lengths, judge: Judge) -> None:
    """Of two lengths the longer one is booked, and shown as such."""
    made = seen.made
    if not judge.accepted(made.exchange, f"{LONG} minutes of an event type that offers them") or not made.raw:
        return
    minutes = (made.end - made.start).total_seconds() / 60 if made.start and made.end else None
    judge.that(minutes == LONG, f"{LONG} minutes from start to end", f"{minutes}", made.exchange)
    duration = made.raw.get("duration")
    judge.that(duration in (None, LONG), f"duration {LONG}", f"duration {duration}", made.exchange)


@requirement("bookings.create.length-not-offered", bookings.lengths)
def test_refuses_a_length_that_is_not_offered(seen: Lengths, judge: Judge) -> None:
    """A length between the two that are offered is refused."""
    judge.refused(seen.not_offered, {400, 422}, "the event type does not offer this length")


@requirement("bookings.create.length-fixed", bookings.lengths)
def test_refuses_a_length_where_there_is_one_only(seen: Lengths, judge: Judge) -> None:
    """A length asked for of an event type with one length is refused."""
    judge.refused(seen.fixed, {400, 422}, "the event type has one length only")


@requirement("bookings.create.taken", bookings.created)
def test_refuses_a_taken_slot(seen: Created, judge: Judge) -> None:
    """Booking a slot that was booked just before is refused."""
    judge.refused(_attempt(seen, seen.again, judge), TAKEN, f"the slot {seen.slot} was booked just before")


@requirement("bookings.create.overlap", bookings.created)
def test_refuses_an_overlap(seen: Created, judge: Judge) -> None:
    """Booking another event type of the same host across a booking is refused."""
    attempt = _attempt(seen, seen.overlap, judge)
    if not seen.overlapping:
        raise judge.untestable("a booking of another length than asked for was made; see bookings.create.length")
    judge.refused(attempt, TAKEN, f"{seen.across} overlaps a booking of the same host, {seen.slot}")


def _attempt(seen: Created, exchange: Exchange | None, judge: Judge) -> Exchange:
    """An attempt to take the time of a booking that is really there."""
    if exchange is None or not seen.stored:
        raise judge.untestable("no created booking could be read, so nothing is taken; see bookings.create.stored")
    return exchange


@requirement("bookings.create.refused-says-why", bookings.created)
def test_says_why_a_taken_slot_is_refused(seen: Created, judge: Judge) -> None:
    """The refusal of a taken slot has a message."""
    refused = [exchange for exchange in seen.conflicts if exchange.refused]
    if not refused:
        raise judge.untestable("no booking was refused as a conflict; see bookings.create.taken")
    for exchange in refused:
        judge.that(bool(seen.message(exchange)), "a message that says what is wrong", answer(exchange), exchange)


@requirement("bookings.create.refused-stores-nothing", bookings.created)
def test_refused_conflicts_are_not_stored(seen: Created, judge: Judge) -> None:
    """A booking that was refused as a conflict is in no list."""
    if seen.listed is None or not any(attempt.refused for attempt in seen.conflicts):
        raise judge.untestable("no booking was refused as a conflict; see bookings.create.taken")
    if not seen.listed.exchange.ok or seen.listed.find(seen.made.uid) is None:
        raise judge.untestable("the list does not show the first booking, so a second could be missed")
    accepted = {seen.made.uid, *seen.accepted}
    strays: list[str] = []
    for booking in map(view, seen.listed.bookings):
        held = Slot(booking.start, booking.end) if booking.start and booking.end else None
        tried = booking.event_type_code in seen.tried
        if booking.live and booking.code not in accepted and tried and held and held.overlaps(seen.slot):
            strays.append(f"booking {booking.code} ({booking.event_type_code})")
    judge.that(
        not strays,
        f"no live booking but {seen.made.uid} during {seen.slot}",
        ", ".join(strays),
        seen.conflicts[-1],
        seen.listed.exchange,
    )


@requirement("bookings.read.agrees", bookings.created)
def test_reads_agree(seen: Created, judge: Judge) -> None:
    """The booking read alone, and in the list, is the one that was answered."""
    made = _made(seen, judge)
    listed = seen.listed.find(made.uid) if seen.listed else None
    if seen.read is None or not seen.read.raw:
        raise judge.untestable("the booking could not be read; see bookings.create.stored")
    for other in (seen.read, listed):
        if other is None:
            continue
        for name in ("uid", "status", "title"):
            wanted, found = made.raw.get(name), other.raw.get(name)
            judge.that(wanted == found, f"{name} {wanted}", f"{name} {found}", made.exchange, other.exchange)
        judge.that(
            (other.start, other.end, event_type_of(other.raw)) == (made.start, made.end, event_type_of(made.raw)),
            f"{seen.slot} of event type {event_type_of(made.raw)}",
            f"{other.raw.get('start')} to {other.raw.get('end')} of event type {event_type_of(other.raw)}",
            made.exchange,
            other.exchange,
        )
        names = [str(each.get("name")) for each in attendees_of(other.raw)]
        wanted_names = [str(each.get("name")) for each in attendees_of(made.raw)]
        judge.that(
            names == wanted_names, f"attendees {wanted_names}", f"attendees {names}", made.exchange, other.exchange
        )


@requirement("slots.listed.bookable", bookings.created)
def test_books_a_slot_that_is_listed(seen: Created, judge: Judge) -> None:
    """A slot that was offered is booked."""
    judge.accepted(seen.made.exchange, f"{seen.slot} was offered")


@requirement("slots.booked.disappears", changes.taken)
def test_a_booked_slot_is_not_offered(seen: Taken, judge: Judge) -> None:
    """The slot of a live booking is not among those that are offered."""
    booking, slots = seen.booking, seen.slots
    if not booking.stored:
        raise judge.untestable("no created booking could be read, so nothing is taken; see bookings.create.stored")
    if not slots.exchange.ok:
        raise judge.untestable(f"slots could not be listed: {answer(slots.exchange)}")
    offered = booking.slot.start in slots.starts
    judge.that(not offered, f"{booking.slot} is not offered", "it is", booking.made.exchange, slots.exchange)


@requirement("slots.unlisted.refused", booking_rules.times)
def test_refuses_times_that_are_not_offered(seen: Times, judge: Judge) -> None:
    """Neither the night nor the lunch break of the schedule can be booked."""
    for attempt in (seen.night, seen.lunch):
        judge.refused(attempt.exchange, INVALID, f"{utc(attempt.start)} is outside the hours of the schedule")


@requirement("errors.validation.past-start", booking_rules.times)
def test_refuses_the_past(seen: Times, judge: Judge) -> None:
    """A booking that starts two days ago is refused."""
    judge.refused(seen.past.exchange, {400, 422}, f"{utc(seen.past.start)} is past")
