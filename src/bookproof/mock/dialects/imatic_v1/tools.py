"""What all handlers work with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bookproof.mock.components import Domain
from bookproof.mock.dialects.imatic_v1.envelopes import Envelopes
from bookproof.mock.dialects.imatic_v1.paging import Paging
from bookproof.mock.dialects.imatic_v1.presenter import Presenter
from bookproof.mock.http.exchange import Answer, Bodies, Call


@dataclass
class Tools:
    """The domain, and the parts that read requests and build answers."""

    domain: Domain
    envelopes: Envelopes
    presenter: Presenter
    paging: Paging
    bodies: Bodies

    def page(
        self, operation: str, call: Call, count: Callable[[], int], fetch: Callable[[int, int], list[dict[str, Any]]]
    ) -> Answer:
        """Answer with one page of a list.

        Parameters:
            operation: id of the list operation.
            call: whose query says which page.
            count: the number of items in the whole list.
            fetch: from (offset, limit) to presented items.
        """
        wanted = self.paging.requested(call.query)
        total = count()
        data = self.paging.cut(operation, wanted, total, fetch)
        return self.envelopes.page(call, data, self.paging.described(operation, wanted, total))
