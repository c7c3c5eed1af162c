"""Cal.com's webhook deliveries: what they say, with and without templates."""

from __future__ import annotations

import re
from html import unescape

from bookproof.checks import Judge, requirement
from bookproof.judge.trigger_deliveries import (
    CANCELLED,
    CREATED,
    REJECTED,
    STATUSES,
    Told,
    disagreements,
    json_faults,
    member_faults,
    payload,
    shown,
)
from bookproof.probes.calcom_v2 import deliveries
from bookproof.probes.calcom_v2.deliveries import CANCEL_REASON, DECLINE_REASON
from bookproof.probes.calcom_v2.subscribers import FILTERED, MAIN, PLAIN, TEMPLATED, Course

VERSION_HEADER = "x-cal-webhook-version"
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def _any(seen: Course, judge: Judge) -> None:
    if not seen.received:
        raise judge.untestable("no delivery has come; see deliveries.events.pushed")


@requirement("deliveries.body.json", deliveries.course)
def test_deliveries_are_posts_of_json_objects(seen: Course, judge: Judge) -> None:
    """A delivery is a POST of a JSON object, and says so."""
    _any(seen, judge)
    for said in seen.told(MAIN, FILTERED):
        faults = json_faults(said)
        what = f"{', '.join(faults)}: {shown(said.received)}"
        judge.that(not faults, "a POST of a JSON object", what, *seen.caused(said.received), subject=said.meant)


@requirement("deliveries.body.members", deliveries.course)
def test_deliveries_have_three_members(seen: Course, judge: Judge) -> None:
    """A delivery holds the name of its trigger, when it happened, and a payload."""
    _any(seen, judge)
    for said in seen.told(MAIN, FILTERED):
        if isinstance(said.json, dict):
            faults = member_faults(said)
            what = f"{', '.join(faults)}: {shown(said.received)}"
            at = seen.caused(said.received)
            judge.that(not faults, "triggerEvent, createdAt and payload", what, *at, subject=said.meant)
    if not judge.judgements:
        raise judge.untestable("no delivery is a JSON object; see deliveries.body.json")


@requirement("deliveries.data.booking", deliveries.course)
def test_payloads_name_the_booking(seen: Course, judge: Judge) -> None:
    """The payload holds the uid of the booking that it is about."""
    for step, said in seen.sorted().pairs:
        if said and isinstance(said.data, dict):
            at, expected = (said.received.exchange, step.exchange), f"uid {' or '.join(step.codes)} in the payload"
            judge.that(said.data_mention(step.codes), expected, shown(said.received), *at, subject=step.event)
    if not judge.judgements:
        raise judge.untestable("no delivery has a payload; see deliveries.body.members")


@requirement("deliveries.data.agrees", deliveries.course)
def test_payloads_agree_with_the_api(seen: Course, judge: Judge) -> None:
    """Times, attendee and event type of a delivered booking are those that the API shows."""
    for step, said in seen.sorted().pairs:
        if said and said.data_mention(step.codes) and payload(said):
            wrong = disagreements(step, said)
            what = f"{', '.join(wrong)}: {shown(said.received)}"
            at = (said.received.exchange, step.exchange)
            judge.that(not wrong, "the booking as the API shows it", what, *at, subject=step.event)
    if not judge.judgements:
        raise judge.untestable("no delivery shows a booking; see deliveries.data.booking")


@requirement("deliveries.data.status", deliveries.course)
def test_payloads_show_the_status(seen: Course, judge: Judge) -> None:
    """The payload shows the status in which the event left the booking, in capitals."""
    for step, said in seen.sorted().pairs:
        if said and said.data_mention(step.codes) and payload(said):
            wanted, told = STATUSES[step.event], payload(said).get("status")
            at = (said.received.exchange, step.exchange)
            judge.that(told == wanted, f"status {wanted}", f"status {told!r}", *at, subject=step.event)
    if not judge.judgements:
        raise judge.untestable("no delivery shows a booking; see deliveries.data.booking")


@requirement("deliveries.data.reason", deliveries.course)
def test_payloads_tell_the_reason(seen: Course, judge: Judge) -> None:
    """Cancellations and rejections tell the reason that was given."""
    reasons = {CANCELLED: ("cancellationReason", CANCEL_REASON), REJECTED: ("rejectionReason", DECLINE_REASON)}
    for step, said in seen.sorted().pairs:
        if said and said.data_mention(step.codes) and step.event in reasons and payload(said):
            name, wanted = reasons[step.event]
            told = payload(said).get(name)
            at = (said.received.exchange, step.exchange)
            judge.that(told == wanted, f"{name} {wanted}", f"it is {told!r}", *at, subject=step.event)
    if not judge.judgements:
        raise judge.untestable("no cancellation or rejection was delivered; see deliveries.events.pushed")


@requirement("deliveries.no-secret", deliveries.course)
def test_deliveries_hold_no_secret(seen: Course, judge: Judge) -> None:
    """No header and no body of a delivery holds a signing secret or a key."""
    _any(seen, judge)
    secrets = {*seen.secrets.values(), *seen.old_secrets.values()} - {""} | seen.key_secrets
    for received in seen.received:
        sent = [*received.delivery.headers.values(), received.delivery.body.decode("utf-8", "replace")]
        leaked = any(secret in text for text in sent for secret in secrets)
        at = seen.caused(received)
        judge.that(not leaked, "no secret in a delivery", "it holds one", *at, subject=f"delivery to {received.box}")


@requirement("deliveries.version.header", deliveries.course)
def test_deliveries_tell_their_version(seen: Course, judge: Judge) -> None:
    """X-Cal-Webhook-Version tells the version of the payload, a date."""
    _any(seen, judge)
    for received in seen.received:
        told = received.delivery.headers.get(VERSION_HEADER, "")
        dated, at = bool(_DATE.fullmatch(told)), seen.caused(received)
        judge.that(dated, "X-Cal-Webhook-Version with a date", repr(told), *at, subject=f"delivery to {received.box}")


def _templated(seen: Course, judge: Judge, name: str) -> list[Told]:
    seen.subscription(name)
    found = seen.told(name)
    if not found:
        raise judge.untestable("no delivery came to the subscription with a template; see deliveries.events.pushed")
    return found


def _is_json(said: Told) -> bool:
    return said.received.delivery.headers.get("content-type", "").partition(";")[0].strip() == "application/json"


def _filled(said: Told) -> dict[str, str]:
    """The members of a filled JSON template; marks that HTML gives to letters are undone."""
    return {name: unescape(str(value)) for name, value in said.json.items()} if isinstance(said.json, dict) else {}


@requirement("deliveries.template.json", deliveries.course)
def test_a_json_template_is_filled_in(seen: Course, judge: Judge) -> None:
    """The body of a subscription with a JSON template is that template, filled in, and sent as JSON."""
    emails = {step.codes[-1]: step.booking.attendee_email for step in seen.steps if step.booking}
    for said in _templated(seen, judge, TEMPLATED):
        filled = _filled(said)
        uid = filled.get("which", "")
        # Of a booking that nobody has made only the form can be judged.
        wanted = {"what": CREATED, "which": uid, "who": emails.get(uid, filled.get("who"))}
        right = filled == wanted and bool(uid) and "{" not in uid and _is_json(said)
        at, expected = seen.caused(said.received), f"the template filled in, as application/json: {wanted}"
        judge.that(right, expected, shown(said.received), *at, subject=TEMPLATED)


@requirement("deliveries.template.text", deliveries.course)
def test_a_text_template_is_filled_in(seen: Course, judge: Judge) -> None:
    """The body of a subscription with a template of plain text is that text, filled in, and is not called JSON."""
    for said in _templated(seen, judge, PLAIN):
        filled = re.fullmatch(rf"Bookproof {CREATED} [^\s{{}}]+", said.body.decode("utf-8", "replace"))
        at, expected = seen.caused(said.received), "the template filled in, not as JSON"
        judge.that(bool(filled) and not _is_json(said), expected, shown(said.received), *at, subject=PLAIN)
