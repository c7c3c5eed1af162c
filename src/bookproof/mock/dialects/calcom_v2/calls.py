"""A request that has found its operation, and who makes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bookproof.mock.dialects.calcom_v2.errors import bad_request
from bookproof.mock.dialects.calcom_v2.operations import Operation
from bookproof.mock.http.exchange import Call as HttpCall

KEY, TOKEN, MANAGED, PLATFORM = "key", "token", "managed", "platform"
LARGEST_NUMBER = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls.

    `kind` is KEY (API key), TOKEN (OAuth), MANAGED (token of a managed user) or PLATFORM (client id and secret);
    `scopes` limit an OAuth token, None: no limit; `credential` is the hash of the API key, or the client's id.
    """

    kind: str
    account_id: str
    scopes: frozenset[str] | None = None
    credential: str = ""


@dataclass(slots=True)
class Call:
    """What handlers see.

    `http` is the request itself, `version` the date it is answered at, `query` its parameters with brackets opened
    (texts, lists and objects), `body` its JSON value ({} if there is none), `caller` None if anonymous.
    """

    http: HttpCall
    operation: Operation
    version: str
    params: Mapping[str, str]
    query: dict[str, Any]
    body: Any
    caller: Caller | None = None

    @property
    def account_id(self) -> str:
        """The account that calls; for operations that need one."""
        assert self.caller is not None, "the operation needs a caller"
        return self.caller.account_id

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody is known to call."""
        return self.caller is None

    def is_by(self, account_id: str) -> bool:
        """Whether this account calls."""
        return self.caller is not None and self.caller.account_id == account_id

    def number(self, name: str) -> int:
        """A path parameter that is a whole number; one beyond 32 bits becomes -1, which no object has.

        Raises:
            Refusal: 400.
        """
        text = self.params[name]
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit()):
            raise bad_request("Validation failed (numeric string is expected)")
        return int(text) if len(text) <= 10 and int(text) <= LARGEST_NUMBER else -1
