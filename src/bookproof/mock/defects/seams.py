"""What several defects need: whose an object is, and acting for another account."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from bookproof.mock.app import Mock
from bookproof.mock.http.exchange import Answer, Call


class Handling(Protocol):
    """A handler's method."""

    def __call__(self, call: Call) -> Answer: ...


def owner(mock: Mock, table: str, column: str, value: str) -> str | None:
    """The account of the row with this value, or None if there is no such row."""
    with mock.domain.store.read() as session:
        statement = f"SELECT account_id FROM {table} WHERE {column} = ?"  # noqa: S608 - names come from defects
        row = session.one(statement, (value,))
    return None if row is None else str(row["account_id"])


def as_owner(mock: Mock, handler: Handling, table: str, column: str, parameter: str) -> Handling:
    """The handler, made to act for whichever account owns the object that the path names."""

    def handle(call: Call) -> Answer:
        account_id = owner(mock, table, column, call.params[parameter])
        if account_id is not None and call.key is not None:
            call.key = replace(call.key, account_id=account_id)
        return handler(call)

    return handle


def changed_answer(handler: Handling, change: Callable[[Answer], Any]) -> Handling:
    """The handler, with each answer changed in place by `change`."""

    def handle(call: Call) -> Answer:
        answer = handler(call)
        change(answer)
        return answer

    return handle


def without_unique_starts(mock: Mock) -> None:
    """Drop the index that would refuse a second live booking with the same start."""
    with mock.domain.store.write() as session:
        session.run("DROP INDEX IF EXISTS one_live_booking_per_start")
