"""What Cal.com lets be booked: the settings of event types, and bodies that are not right."""

from __future__ import annotations

from collections.abc import Iterable

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.probes.calcom_v2 import booking_rules
from bookproof.probes.calcom_v2.booking_reads import INVALID
from bookproof.probes.calcom_v2.booking_rules import Bodies, Strict
from bookproof.probes.calcom_v2.grounds import CLOSES, OPENS
from bookproof.probes.calcom_v2.slots import ADDRESS, FIELD
from bookproof.targets.views import utc

#: How a body that is not right is refused.
WRONG = frozenset({400, 422})


@requirement("bookings.rules.minimum-notice", booking_rules.strict)
def test_refuses_a_start_that_is_too_soon(seen: Strict, judge: Judge) -> None:
    """A start sooner than the minimum notice is refused."""
    judge.refused(seen.soon.exchange, INVALID, f"{utc(seen.soon.start)} is sooner than {OPENS} days ahead")


@requirement("bookings.rules.window", booking_rules.strict)
def test_refuses_a_start_beyond_the_window(seen: Strict, judge: Judge) -> None:
    """A start beyond the booking window is refused."""
    judge.refused(seen.far.exchange, INVALID, f"{utc(seen.far.start)} is further than {CLOSES} days ahead")


@requirement("bookings.rules.required-field", booking_rules.strict)
def test_asks_for_required_fields(seen: Strict, judge: Judge) -> None:
    """A booking that leaves a required field open is refused."""
    judge.refused(seen.unanswered.exchange, WRONG, f"the required field {FIELD} is left open")


@requirement("bookings.rules.required-field-named", booking_rules.strict)
def test_names_required_fields(seen: Strict, judge: Judge) -> None:
    """The refusal of a required field says which one it is."""
    refused = seen.unanswered.exchange
    if not refused.refused:
        raise judge.untestable("no open field was refused; see bookings.rules.required-field")
    judge.that(FIELD in refused.text, f"a message that names the field {FIELD}", answer(refused), refused)


@requirement("bookings.rules.answers-kept", booking_rules.strict)
def test_keeps_answers(seen: Strict, judge: Judge) -> None:
    """The answer to a question of the event type is in the booking."""
    made = seen.made
    if not made.uid:
        raise judge.untestable(f"a booking that keeps all rules was not made: {answer(made.exchange)}")
    answers = made.raw.get("bookingFieldsResponses") or {}
    judge.that(answers.get(FIELD) == "Bookproof", f"{FIELD}: Bookproof", f"answers {answers}", made.exchange)


@requirement("bookings.rules.event-type-location", booking_rules.strict)
def test_takes_place_where_the_event_type_says(seen: Strict, judge: Judge) -> None:
    """The only location of the event type is that of the booking."""
    made = seen.made
    if not made.uid:
        raise judge.untestable(f"a booking that keeps all rules was not made: {answer(made.exchange)}")
    location = made.raw.get("location")
    judge.that(location == ADDRESS, f"location {ADDRESS}", f"location {location}", made.exchange)


@requirement("bookings.reschedule.no-create-fields", booking_rules.strict)
def test_does_not_ask_again_when_moving(seen: Strict, judge: Judge) -> None:
    """A booking whose event type asks questions is moved with a start alone."""
    if seen.moved is None:
        raise judge.untestable(f"a booking that keeps all rules was not made: {answer(seen.made.exchange)}")
    judge.accepted(seen.moved, "a booking is moved with a start alone, whatever was asked when it was made")


def _refused(seen: Bodies, judge: Judge, name: str, statuses: Iterable[int], why: str) -> None:
    judge.refused(seen.tried[name], statuses, why)


@requirement("bookings.rules.email", booking_rules.bodies)
def test_refuses_an_address_that_is_none(seen: Bodies, judge: Judge) -> None:
    """An attendee's address that is none is refused."""
    _refused(seen, judge, "email", WRONG, "the attendee's address is none")


@requirement("bookings.rules.guest-email", booking_rules.bodies)
def test_refuses_a_guest_whose_address_is_none(seen: Bodies, judge: Judge) -> None:
    """A guest's address that is none is refused."""
    _refused(seen, judge, "guest", WRONG, "the guest's address is none")


@requirement("bookings.rules.contact", booking_rules.bodies)
def test_refuses_an_attendee_who_cannot_be_reached(seen: Bodies, judge: Judge) -> None:
    """An attendee with neither address nor telephone is refused."""
    _refused(seen, judge, "contact", WRONG, "the attendee has neither address nor telephone")


@requirement("bookings.rules.blank-name", booking_rules.bodies)
def test_refuses_an_attendee_without_a_name(seen: Bodies, judge: Judge) -> None:
    """An attendee whose name is blank is refused."""
    _refused(seen, judge, "name", WRONG, "the attendee's name is blank")


@requirement("bookings.rules.metadata", booking_rules.bodies)
def test_refuses_long_metadata(seen: Bodies, judge: Judge) -> None:
    """A value of metadata that is too long is refused."""
    _refused(seen, judge, "metadata", WRONG, "a value of metadata has more than 500 characters")


@requirement("bookings.rules.unknown-field", booking_rules.bodies)
def test_refuses_unknown_fields(seen: Bodies, judge: Judge) -> None:
    """A field that the API does not know is refused."""
    _refused(seen, judge, "unknown field", WRONG, "the body has a field that the API does not know")


@requirement("bookings.rules.location", booking_rules.bodies)
def test_refuses_a_location_that_is_not_offered(seen: Bodies, judge: Judge) -> None:
    """The telephone of an attendee is no location of an event type that offers none by telephone."""
    _refused(seen, judge, "location", WRONG, "the event type offers no location by telephone")


@requirement("bookings.rules.unknown-slug", booking_rules.bodies)
def test_does_not_find_an_unknown_slug(seen: Bodies, judge: Judge) -> None:
    """A slug that no event type has is not found."""
    _refused(seen, judge, "slug", {404}, "no event type has this slug")
