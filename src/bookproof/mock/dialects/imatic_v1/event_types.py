"""Event types: list, read, duplicate."""

from bookproof.mock.dialects.imatic_v1.tools import Tools
from bookproof.mock.http.exchange import Answer, Call


class EventTypeHandlers:
    """Handlers of /v1/event-types."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools

    def index(self, call: Call) -> Answer:
        """listEventTypes"""
        event_types = self.tools.domain.event_types
        return self.tools.page(
            "listEventTypes",
            call,
            lambda: event_types.count(call.account_id),
            lambda offset, limit: [
                self.tools.presenter.event_type(item) for item in event_types.find(call.account_id, offset, limit)
            ],
        )

    def show(self, call: Call) -> Answer:
        """getEventType"""
        event_type = self.tools.domain.event_types.get(call.account_id, call.params["eventTypeCode"])
        return self.tools.envelopes.success(call, self.tools.presenter.event_type(event_type))

    def duplicate(self, call: Call) -> Answer:
        """duplicateEventType"""
        copy = self.tools.domain.event_types.duplicate(call.account_id, call.params["eventTypeCode"])
        return self.tools.envelopes.success(call, self.tools.presenter.event_type(copy), 201)
