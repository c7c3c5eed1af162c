"""The key's own identity, and the account's calendars."""

from bookproof.mock.dialects.imatic_v1.tools import Tools
from bookproof.mock.domain.accounts import Account
from bookproof.mock.http.exchange import Answer, Call


class AccountHandlers:
    """Handlers of /v1/users/me and /v1/calendars."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools

    def me(self, call: Call) -> Answer:
        """getMe"""
        assert call.key is not None, "handlers run after authentication"
        return self.tools.envelopes.success(call, self.tools.presenter.me(self.account(call), call.key))

    def account(self, call: Call) -> Account:
        """The account behind the key."""
        return self.tools.domain.accounts.get(call.account_id)

    def calendars(self, call: Call) -> Answer:
        """listCalendars"""
        accounts = self.tools.domain.accounts
        return self.tools.page(
            "listCalendars",
            call,
            lambda: accounts.count_calendars(call.account_id),
            lambda offset, limit: [
                self.tools.presenter.calendar(item) for item in accounts.calendars(call.account_id, offset, limit)
            ],
        )
