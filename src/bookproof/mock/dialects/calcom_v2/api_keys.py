"""Replacing the API key that a call is made with. Source: Cal.com API v2, API Keys."""

from bookproof.mock.dialects.calcom_v2.calls import KEY, Call
from bookproof.mock.dialects.calcom_v2.errors import unauthorized
from bookproof.mock.dialects.calcom_v2.tools import Tools
from bookproof.mock.dialects.calcom_v2.validation import Member, Shape, at_least, at_most, checked, flag, whole
from bookproof.mock.domain.errors import NotFound
from bookproof.mock.http.exchange import Answer

DEFAULT_DAYS = 30
_LONGEST_DAYS = 3_650


class ApiKeyHandlers:
    """Handler of /v2/api-keys/refresh."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self.shape = Shape(
            {
                "apiKeyDaysValid": Member(whole(), at_least(1), at_most(_LONGEST_DAYS), required=False),
                "apiKeyNeverExpires": Member(flag(), required=False),
            }
        )

    def refresh(self, call: Call) -> Answer:
        """refreshApiKey: the key used dies, the new one is told this once."""
        assert call.caller is not None, "the operation needs a caller"
        if call.caller.kind != KEY:
            raise unauthorized("Only an API key can be refreshed.")
        body = checked(self.shape, call.body)
        days = None if body.get("apiKeyNeverExpires") else int(body.get("apiKeyDaysValid") or DEFAULT_DAYS)
        try:
            key = self.tools.side.keys.replace(call.caller.credential, days)
        except NotFound:
            # Somebody was quicker with the same key.
            raise unauthorized("Your api key is not valid.") from None
        return self.tools.envelopes.success(call, {"apiKey": key})
