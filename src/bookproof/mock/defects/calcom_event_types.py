"""Defects of the Cal.com dialect: event types."""

# ruff: noqa: ARG001 - what stands in for a method takes what the method takes

from typing import Any

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.defects.calcom_seams import change_body, change_data
from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.errors import Refusal, bad_request
from bookproof.mock.dialects.calcom_v2.event_types import event_type_of
from bookproof.mock.domain.errors import NotFound
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.people import Person
from bookproof.mock.http.exchange import Answer
from bookproof.mock.store import Session

Data = dict[str, Any]

# Making


@defect(
    "calcom-create-answers-other-length",
    breaks=("event-types.create.answers",),
    story="A new event type comes back with a quarter of an hour too much, and is made again and again.",
)
def create_answers_other_length(mock: Mock) -> None:
    def longer(data: Data) -> None:
        data["lengthInMinutes"] += 15

    change_data(mock, "event_types", "create", longer)


@defect(
    "calcom-no-default-notice",
    breaks=("event-types.create.defaults",),
    story="Strangers book hosts who are due in a minute.",
)
def no_default_notice(mock: Mock) -> None:
    def none() -> int:
        return 0

    mock.calcom.resources.event_types.settings.default_notice = none


@defect(
    "calcom-slug-given-twice",
    breaks=("event-types.create.slug-taken",),
    story="Two booking pages have one address, and clients get whichever was made first.",
)
def slug_given_twice(mock: Mock) -> None:
    def unchecked(session: Session, event_type: EventType) -> None:
        return

    mock.domain.event_types.check_slug = unchecked


@defect(
    "calcom-no-length-accepted",
    breaks=("event-types.create.no-length",),
    story="A typing mistake makes meetings of a minute.",
)
def no_length_accepted(mock: Mock) -> None:
    def lengthened(body: Data) -> None:
        if body.get("lengthInMinutes") == 0:
            body["lengthInMinutes"] = 1

    change_body(mock, "event_types", "create", lengthened)


@defect(
    "calcom-booking-url-by-id",
    breaks=("event-types.page.url",),
    story="The link that is sent to clients leads nowhere.",
)
def booking_url_by_id(mock: Mock) -> None:
    presenter = mock.calcom.resources.event_types.presenter
    healthy = presenter.event_type

    def numbered(event_type: EventType) -> Data:
        data = healthy(event_type)
        data["bookingUrl"] = f"{data['bookingUrl'].rpartition('/')[0]}/{event_type.number}"
        return data

    presenter.event_type = numbered


@defect(
    "calcom-settings-shown-without-buffer",
    breaks=("event-types.settings.shown",),
    story="An agent that checks what it has set finds no buffer, and sets it again.",
)
def settings_shown_without_buffer(mock: Mock) -> None:
    presenter = mock.calcom.resources.event_types.presenter
    healthy = presenter.rules

    def unbuffered(event_type: EventType) -> Data:
        return {**healthy(event_type), "afterEventBuffer": 0}

    presenter.rules = unbuffered


# Reading


@defect(
    "calcom-read-other-description",
    breaks=("event-types.read.agrees",),
    story="A booking page says something else than the list that led to it.",
)
def read_other_description(mock: Mock) -> None:
    def redescribed(data: Data) -> None:
        data["description"] = f"{data['description']} (draft)"

    change_data(mock, "event_types", "show", redescribed)


@defect(
    "calcom-list-hides-from-owner",
    breaks=("event-types.list.own",),
    story="An owner cannot find the event type that was hidden yesterday.",
)
def list_hides_from_owner(mock: Mock) -> None:
    def never(call: Call, account_id: str) -> bool:
        return False

    mock.calcom.resources.event_types.sees_hidden = never


@defect(
    "calcom-list-by-username-empty",
    breaks=("event-types.list.by-username",),
    story="The booking page of a user shows nothing that can be booked.",
)
def list_by_username_empty(mock: Mock) -> None:
    event_types = mock.calcom.resources.event_types
    asked_person = event_types.asked_person

    def nobody(call: Call) -> Person | None:
        return None if call.is_anonymous else asked_person(call)

    event_types.asked_person = nobody


@defect(
    "calcom-hidden-event-type-listed",
    breaks=("event-types.list.hidden",),
    story="The event type for one special client is open to everybody.",
)
def hidden_event_type_listed(mock: Mock) -> None:
    def always(call: Call, account_id: str) -> bool:
        return True

    mock.calcom.resources.event_types.sees_hidden = always


@defect(
    "calcom-unknown-user-is-somebody",
    breaks=("event-types.list.unknown-username",),
    story="A mistyped name leads to the booking page of somebody else.",
)
def unknown_user_is_somebody(mock: Mock) -> None:
    event_types = mock.calcom.resources.event_types
    asked_person = event_types.asked_person

    def somebody(call: Call) -> Person | None:
        found = asked_person(call)
        return mock.domain.people.by_username("ada") if found is None and "username" in call.query else found

    event_types.asked_person = somebody


# Changing


@defect(
    "calcom-title-unchangeable",
    breaks=("event-types.update.changes",),
    story="An event type keeps its old title, and the answer says nothing of it.",
)
def title_unchangeable(mock: Mock) -> None:
    def without_title(body: Data) -> None:
        body.pop("title", None)

    change_body(mock, "event_types", "update", without_title)


@defect(
    "calcom-change-resets-notice",
    breaks=("event-types.update.keeps-rest",),
    story="Whoever corrects a title takes the notice away.",
)
def change_resets_notice(mock: Mock) -> None:
    def reset(body: Data) -> None:
        body.setdefault("minimumBookingNotice", 0)

    change_body(mock, "event_types", "update", reset)


@defect(
    "calcom-unknown-event-type-is-bad-request",
    breaks=("event-types.unknown.not-found",),
    story="A script takes an event type that is gone for a mistake of its own, and stops.",
)
def unknown_event_type_is_bad_request(mock: Mock) -> None:
    event_types = mock.calcom.resources.event_types
    update = event_types.update

    def confused(call: Call) -> Answer:
        try:
            event_type_of(mock.calcom.tools, call.number("eventTypeId"))
        except NotFound:
            raise bad_request("Invalid event type") from None
        return update(call)

    event_types.update = confused


# Deleting


@defect(
    "calcom-deleted-event-type-readable",
    breaks=("event-types.delete.gone",),
    story="What an owner has deleted stays to be read.",
)
def deleted_event_type_readable(mock: Mock) -> None:
    event_types = mock.calcom.resources.event_types
    show, delete = event_types.show, event_types.delete
    kept: dict[int, Data] = {}

    def keeping(call: Call) -> Answer:
        event_type = event_types.found(call)
        before = event_types.presenter.event_type(event_type)
        answer = delete(call)
        kept[event_type.number] = before
        return answer

    def shown(call: Call) -> Answer:
        found = kept.get(call.number("eventTypeId"))
        return show(call) if found is None else mock.calcom.envelopes.success(call, found)

    event_types.delete, event_types.show = keeping, shown


@defect(
    "calcom-delete-answers-other-slug",
    breaks=("event-types.delete.answers",),
    story="The log of what was deleted names what never was.",
)
def delete_answers_other_slug(mock: Mock) -> None:
    def renamed(data: Data) -> None:
        data["slug"] = f"{data['slug']}-deleted"

    change_data(mock, "event_types", "delete", renamed)


@defect(
    "calcom-deleted-event-type-offered",
    breaks=("event-types.delete.page",),
    story="Clients are offered times of something that is not sold any more.",
)
def deleted_event_type_offered(mock: Mock) -> None:
    resources = mock.calcom.resources
    delete, event_type = resources.event_types.delete, resources.slots.event_type
    kept: dict[int, EventType] = {}

    def keeping(call: Call) -> Answer:
        found = resources.event_types.found(call)
        kept[found.number] = found
        return delete(call)

    def still(query: Data) -> EventType:
        try:
            return event_type(query)
        except Refusal:
            if query.get("eventTypeId") not in kept:
                raise
            return kept[query["eventTypeId"]]

    resources.event_types.delete, resources.slots.event_type = keeping, still
