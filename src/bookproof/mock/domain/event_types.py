"""Event types: what can be booked, with whom and by which rules."""

# ruff: noqa: S608 - statements are put together from words of this file; values are always bound

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Any, cast

from bookproof.mock.domain.codes import Codes
from bookproof.mock.domain.errors import Invalid, NotFound, SlugTaken
from bookproof.mock.domain.recurrence import Recurrence
from bookproof.mock.domain.rules import (
    Ranges,
    Rules,
    changed_rules,
    hours_document,
    overrides_document,
    parse_hours,
    parse_overrides,
    rules_document,
)
from bookproof.mock.domain.windows import window_document, window_of
from bookproof.mock.store import Row, Session, Store

CLOSED: tuple[Ranges, ...] = ((),) * 7
_COPY_MARK = "-copy-"


@dataclass(frozen=True, slots=True)
class Question:
    """A custom question asked when booking."""

    code: str
    label: str
    required: bool


@dataclass(frozen=True, slots=True)
class EventType:
    """One event type of one host in one account.

    With `follows_schedule`, zone, hours and overrides of the rules are those of the schedule `schedule_number`, or of
    the account's default schedule if that is None; without any schedule it is closed. `seats` is how many attendees
    share a slot, None: one attendee has it for himself. `details` are settings that a dialect keeps beside the rules.
    `number` is 0 until the event type is stored.
    """

    code: str
    account_id: str
    host_id: str
    host_name: str
    slug: str
    title: str
    description: str
    colour: str
    rules: Rules
    requires_confirmation: bool = False
    questions: tuple[Question, ...] = ()
    number: int = field(default=0, compare=False)
    follows_schedule: bool = False
    schedule_number: int | None = None
    hidden: bool = False
    seats: int | None = None
    recurrence: Recurrence | None = None
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])


# Hours and overrides are re-read at every request; the texts seldom change.
@lru_cache(maxsize=512)
def _hours(text: str) -> tuple[Ranges, ...]:
    return parse_hours(json.loads(text))


@lru_cache(maxsize=512)
def _overrides(text: str) -> Mapping[date, Ranges]:
    return parse_overrides(json.loads(text))


_SELECT = """SELECT e.*, h.name AS host_name, s.time_zone AS schedule_zone, s.hours AS schedule_hours,
        s.overrides AS schedule_overrides
    FROM event_types e JOIN hosts h ON h.id = e.host_id
    LEFT JOIN schedules s ON e.follows_schedule = 1 AND s.number = COALESCE(
        e.schedule_number,
        (SELECT d.number FROM schedules d WHERE d.account_id = e.account_id AND d.is_default = 1)
    )
    WHERE e.deleted = 0"""


def _when_open(row: Row) -> tuple[str, tuple[Ranges, ...], Mapping[date, Ranges]]:
    if not row["follows_schedule"]:
        return row["time_zone"], _hours(row["hours"]), _overrides(row["overrides"])
    if row["schedule_zone"] is None:
        return row["time_zone"], CLOSED, {}
    return row["schedule_zone"], _hours(row["schedule_hours"]), _overrides(row["schedule_overrides"])


def _from_row(row: Row) -> EventType:
    zone_name, hours, overrides = _when_open(row)
    rules = Rules(
        time_zone=zone_name,
        durations=tuple(json.loads(row["durations"])),
        hours=hours,
        interval=row["step"],
        buffer_before=row["buffer_before"],
        buffer_after=row["buffer_after"],
        minimum_notice=row["minimum_notice"],
        maximum_notice=row["maximum_notice"],
        daily_cap=row["daily_cap"],
        overrides=overrides,
        offset=row["grid_offset"],
        window=None if row["booking_window"] is None else window_of(json.loads(row["booking_window"])),
    )
    questions = tuple(Question(*item) for item in json.loads(row["questions"]))
    return EventType(
        code=row["code"],
        account_id=row["account_id"],
        host_id=row["host_id"],
        host_name=row["host_name"],
        slug=row["slug"],
        title=row["title"],
        description=row["description"],
        colour=row["colour"],
        rules=rules,
        requires_confirmation=bool(row["requires_confirmation"]),
        questions=questions,
        number=row["position"],
        follows_schedule=bool(row["follows_schedule"]),
        schedule_number=row["schedule_number"],
        hidden=bool(row["hidden"]),
        seats=row["seats"],
        recurrence=None if row["recurrence"] is None else Recurrence(**json.loads(row["recurrence"])),
        details=json.loads(row["details"]),
    )


def _columns(event_type: EventType) -> dict[str, Any]:
    rules = event_type.rules
    return {
        "code": event_type.code,
        "account_id": event_type.account_id,
        "host_id": event_type.host_id,
        "slug": event_type.slug,
        "title": event_type.title,
        "description": event_type.description,
        "colour": event_type.colour,
        "time_zone": rules.time_zone,
        "durations": json.dumps(rules.durations),
        "step": rules.interval,
        "buffer_before": rules.buffer_before,
        "buffer_after": rules.buffer_after,
        "minimum_notice": rules.minimum_notice,
        "maximum_notice": rules.maximum_notice,
        "daily_cap": rules.daily_cap,
        "hours": json.dumps(hours_document(rules.hours)),
        "overrides": json.dumps(overrides_document(rules.overrides)),
        "grid_offset": rules.offset,
        "booking_window": None if rules.window is None else json.dumps(window_document(rules.window)),
        "requires_confirmation": int(event_type.requires_confirmation),
        "questions": json.dumps([[q.code, q.label, q.required] for q in event_type.questions]),
        "follows_schedule": int(event_type.follows_schedule),
        "schedule_number": event_type.schedule_number,
        "hidden": int(event_type.hidden),
        "seats": event_type.seats,
        "recurrence": None if event_type.recurrence is None else json.dumps(asdict(event_type.recurrence)),
        "details": json.dumps(dict(event_type.details), ensure_ascii=False),
    }


def event_type_document(event_type: EventType) -> dict[str, Any]:
    """The rules of an event type as target files and the control door write them."""
    document = {"code": event_type.code} | rules_document(event_type.rules)
    required = {q.code: f"An answer to: {q.label}" for q in event_type.questions if q.required}
    return document | ({"required_answers": required} if required else {})


class EventTypes:
    """Reads, duplicates, makes and edits event types."""

    def __init__(self, store: Store, codes: Codes) -> None:
        self._store = store
        self._codes = codes

    def in_reach(self, event_type: EventType, account_id: str) -> bool:
        """Whether the event type is visible to the account."""
        return event_type.account_id == account_id

    def load(self, session: Session, code: str) -> EventType | None:
        """The event type with this code in whichever account, or None."""
        row = session.one(f"{_SELECT} AND e.code = ?", (code,))
        return None if row is None else _from_row(row)

    def named(self, session: Session, code: str) -> tuple[int, str]:
        """The number and the slug of an event type, also of one that was deleted.

        Raises:
            NotFound: there has never been one with this code.
        """
        row = session.one("SELECT position, slug FROM event_types WHERE code = ?", (code,))
        if row is None:
            raise NotFound("No such event type.")
        return row["position"], row["slug"]

    def require(self, session: Session, account_id: str, code: str) -> EventType:
        """The account's event type with this code.

        Raises:
            NotFound: there is none, or it is another account's.
        """
        event_type = self.load(session, code)
        if event_type is None or not self.in_reach(event_type, account_id):
            raise NotFound("No such event type.")
        return event_type

    def get(self, account_id: str, code: str) -> EventType:
        """As `require`, in a session of its own."""
        with self._store.read() as session:
            return self.require(session, account_id, code)

    def find(self, account_id: str, offset: int, limit: int) -> list[EventType]:
        """The account's event types in the order of their making."""
        with self._store.read() as session:
            rows = session.all(
                f"{_SELECT} AND e.account_id = ? ORDER BY e.position LIMIT ? OFFSET ?", (account_id, limit, offset)
            )
        return [_from_row(row) for row in rows]

    def count(self, account_id: str) -> int:
        """How many event types the account has."""
        with self._store.read() as session:
            return session.number(
                "SELECT COUNT(*) FROM event_types WHERE account_id = ? AND deleted = 0", (account_id,)
            )

    # By number and slug, in whichever account

    def by_number(self, session: Session, number: int) -> EventType:
        """The event type with this number.

        Raises:
            NotFound: there is none, or it was deleted.
        """
        row = session.one(f"{_SELECT} AND e.position = ?", (number,))
        if row is None:
            raise NotFound("No such event type.")
        return _from_row(row)

    def numbered(self, number: int) -> EventType:
        """As `by_number`, in a session of its own."""
        with self._store.read() as session:
            return self.by_number(session, number)

    def by_slug(self, account_id: str, slug: str) -> EventType:
        """The account's event type with this slug, hidden or not.

        Raises:
            NotFound: there is none.
        """
        with self._store.read() as session:
            row = session.one(f"{_SELECT} AND e.account_id = ? AND e.slug = ?", (account_id, slug))
        if row is None:
            raise NotFound("No such event type.")
        return _from_row(row)

    def of_account(self, account_id: str, *, with_hidden: bool) -> list[EventType]:
        """All of the account's event types in the order of their making, or those that everybody may see."""
        with self._store.read() as session:
            rows = session.all(f"{_SELECT} AND e.account_id = ? ORDER BY e.position", (account_id,))
        return [item for item in map(_from_row, rows) if with_hidden or self.is_listed(item)]

    def is_listed(self, event_type: EventType) -> bool:
        """Whether the event type is shown to people other than its owner."""
        return not event_type.hidden

    # Making and editing whole event types

    def create(self, event_type: EventType) -> EventType:
        """Store a new event type; its number is given here, and its code if it has none.

        Raises:
            SlugTaken: the account has another event type with this slug.
        """
        event_type = replace(event_type, code=event_type.code or self._codes.new("et"))
        with self._store.write() as session:
            self.check_slug(session, event_type)
            self.insert(session, event_type)
            return self.require(session, event_type.account_id, event_type.code)

    def put(self, event_type: EventType) -> EventType:
        """Replace the event type that has this code.

        Raises:
            NotFound: there is none.
            SlugTaken: the account has another event type with this slug.
        """
        with self._store.write() as session:
            self.check_slug(session, event_type)
            self.store(session, event_type)
            return self.require(session, event_type.account_id, event_type.code)

    def check_slug(self, session: Session, event_type: EventType) -> None:
        """Raises SlugTaken if another event type of the account has the slug."""
        query = "SELECT 1 FROM event_types WHERE deleted = 0 AND account_id = ? AND slug = ? AND code != ?"
        if session.one(query, (event_type.account_id, event_type.slug, event_type.code)) is not None:
            raise SlugTaken("There is another event type with this slug.")

    def store(self, session: Session, event_type: EventType) -> None:
        """Write every column of an event type that exists.

        Raises:
            NotFound: there is none with this code.
        """
        columns = _columns(event_type)
        settings = ", ".join(f"{name} = ?" for name in columns)
        values = (*columns.values(), event_type.code)
        if not session.run(f"UPDATE event_types SET {settings} WHERE code = ? AND deleted = 0", values):
            raise NotFound("No such event type.")

    def insert(self, session: Session, event_type: EventType) -> None:
        """Store a new event type."""
        columns = _columns(event_type)
        marks = ", ".join("?" * len(columns))
        session.run(f"INSERT INTO event_types ({', '.join(columns)}) VALUES ({marks})", tuple(columns.values()))

    def duplicate(self, account_id: str, code: str) -> EventType:
        """Make a second event type with the same rules under a new code and slug.

        Source: Calendar API & MCP, REST API v1.

        Raises:
            NotFound: the account has no such event type.
        """
        with self._store.write() as session:
            original = self.require(session, account_id, code)
            copy = self.copy_of(original)
            self.insert(session, copy)
            return copy

    def copy_of(self, original: EventType) -> EventType:
        """The duplicate that would be stored."""
        mark = f"{_COPY_MARK}{self._codes.suffix()}"
        return replace(
            original,
            code=original.code.split(_COPY_MARK)[0] + mark,
            slug=original.slug.split(_COPY_MARK)[0] + mark,
            title=f"{original.title} (copy)",
        )

    def change(self, code: str, changes: Mapping[str, object]) -> EventType:
        """Edit an event type as its owner would in the dashboard.

        Parameters:
            code: of the event type, in whichever account.
            changes: members of the rules' document form, or `required_answers` with the required questions.

        Raises:
            NotFound: no such event type.
            Invalid: a wrong member or value.
        """
        rule_changes = {name: value for name, value in changes.items() if name not in ("code", "required_answers")}
        with self._store.write() as session:
            event_type = self.load(session, code)
            if event_type is None:
                raise NotFound("No such event type.")
            changed = replace(event_type, rules=changed_rules(event_type.rules, rule_changes))
            if "required_answers" in changes:
                changed = replace(changed, questions=_questions(changes["required_answers"]))
            self.store(session, changed)
            return changed

    def delete(self, code: str) -> None:
        """Take an event type away; its bookings stay readable.

        Raises:
            NotFound: no such event type.
        """
        with self._store.write() as session:
            if not session.run("UPDATE event_types SET deleted = 1 WHERE code = ? AND deleted = 0", (code,)):
                raise NotFound("No such event type.")


def missing_answers(event_type: EventType, answers: Mapping[str, str]) -> Sequence[str]:
    """The codes of the required questions that `answers` leaves open."""
    return [q.code for q in event_type.questions if q.required and not answers.get(q.code, "").strip()]


def _questions(document: object) -> tuple[Question, ...]:
    if not isinstance(document, dict):
        raise Invalid("required_answers is an object of question codes")
    return tuple(Question(code, code.replace("-", " "), True) for code in cast("dict[str, object]", document))
