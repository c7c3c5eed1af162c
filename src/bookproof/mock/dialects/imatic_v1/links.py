"""Single-use booking links of an event type."""

from bookproof.mock.dialects.imatic_v1.tools import Tools
from bookproof.mock.http.exchange import Answer, Call


class LinkHandlers:
    """Handlers of /v1/event-types/{eventTypeCode}/links and /v1/event-links."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools

    def create(self, call: Call) -> Answer:
        """createEventLink"""
        domain, code = self.tools.domain, call.params["eventTypeCode"]
        domain.event_types.get(call.account_id, code)
        self.tools.bodies.read(call, required=False)
        link = domain.links.create(call.account_id, code)
        return self.tools.envelopes.success(call, self.tools.presenter.link(link), 201)

    def index(self, call: Call) -> Answer:
        """listEventLinks"""
        domain, code = self.tools.domain, call.params["eventTypeCode"]
        domain.event_types.get(call.account_id, code)
        return self.tools.page(
            "listEventLinks",
            call,
            lambda: domain.links.count(call.account_id, code),
            lambda offset, limit: [
                self.tools.presenter.link(link) for link in domain.links.find(call.account_id, code, offset, limit)
            ],
        )

    def revoke(self, call: Call) -> Answer:
        """revokeEventLink"""
        link = self.tools.domain.links.revoke(call.account_id, call.params["linkCode"])
        return self.tools.envelopes.success(call, self.tools.presenter.link(link))
