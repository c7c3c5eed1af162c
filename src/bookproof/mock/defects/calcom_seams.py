"""What several defects of the Cal.com dialect need: answers changed on their way out, bodies on their way in."""

from collections.abc import Callable
from typing import Any, Protocol, cast

from bookproof.mock.app import Mock
from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.http.exchange import Answer


class Handling(Protocol):
    """A handler's method."""

    def __call__(self, call: Call) -> Answer: ...


def change_data(mock: Mock, resource: str, handler: str, change: Callable[[Any], Any]) -> None:
    """Answer what `change` makes of the `data` of each answer; None leaves it as it was changed in place."""
    handlers = getattr(mock.calcom.resources, resource)
    healthy: Handling = getattr(handlers, handler)

    def changed(call: Call) -> Answer:
        answer = healthy(call)
        made = change(answer.value["data"])
        if made is not None:
            answer.value["data"] = made
        return answer

    setattr(handlers, handler, changed)


def change_body(mock: Mock, resource: str, handler: str, change: Callable[[dict[str, Any]], None]) -> None:
    """Let a handler read bodies as `change` leaves them; bodies that are no objects stay as they are."""
    handlers = getattr(mock.calcom.resources, resource)
    healthy: Handling = getattr(handlers, handler)

    def changed(call: Call) -> Answer:
        given: Any = call.body
        if isinstance(given, dict):
            body = dict(cast("dict[str, Any]", given))
            change(body)
            call.body = body
        return healthy(call)

    setattr(handlers, handler, changed)


def members_of(call: Call) -> dict[str, Any]:
    """The members of a call's body; none where it is no object."""
    body: Any = call.body
    return cast("dict[str, Any]", body) if isinstance(body, dict) else {}
