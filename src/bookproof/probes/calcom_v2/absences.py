"""What is pushed when somebody is marked as absent: the meeting must have begun, so the target's clock is moved.

Source: Everything an AI agent can do with the Cal.com API, Webhook events.
"""

from __future__ import annotations

from datetime import timedelta

from bookproof.judge.deliveries import Step
from bookproof.judge.trigger_deliveries import NO_SHOW, view
from bookproof.probes.base import probe
from bookproof.probes.calcom_v2.grounds import grounds
from bookproof.probes.calcom_v2.session import Session
from bookproof.probes.calcom_v2.subscribers import (
    ABSENCES,
    Course,
    course_of,
    new_secret,
    not_subscribed,
    subscribe,
    unsubscribe_all,
)

#: Seconds after the meeting, when somebody says who was missing.
LATE = 300


@probe(
    "absences.marked",
    safety="destructive",
    cost=5,
    capability="webhooks",
    creates="a webhook, deleted again, and a booking that is over afterwards",
)
def marked(session: Session) -> Course:
    """Book, let time pass until the meeting is over, and mark its attendee as absent while a subscription listens.

    Raises:
        Untestable: no control door moves the clock, or the inbox cannot be subscribed.
    """
    door = session.control_door("set-clock")
    main, course = session.need(grounds).main, course_of(session)
    # The latest slot: bookings that are over by then need not be cancelled.
    main.free.sort(reverse=True)
    start = main.take()
    _, made = session.booked(main.id, start, note="nobody will come")
    uid = str(made["uid"])
    if not subscribe(session, course, ABSENCES, [NO_SHOW], secret=new_secret(session)):
        raise not_subscribed(course.refused[ABSENCES])
    try:
        course.address = session.inbox.url(ABSENCES)
        ends = start + timedelta(minutes=main.minutes)
        door.advance_clock(int((ends - session.now()).total_seconds()) + LATE)
        session.forget_time()
        after = session.inbox.look()
        body = {"attendees": [{"email": session.target.attendee_email, "absent": True}]}
        exchange = session.api.call("markBookingAbsent", {"bookingUid": uid}, body=body, note="the meeting is over")
        shown = session.api.one(exchange)
        course.steps.append(Step(NO_SHOW, exchange, after, (uid,), start, view(shown) if shown else None))
        if exchange.ok:
            wait = session.inbox.settings.wait
            session.inbox.wait(lambda received: any(new.box == ABSENCES for new in received), wait)
    finally:
        unsubscribe_all(session, course)
    course.received = [new for new in session.inbox.received if new.box == ABSENCES]
    return course
