"""Pages of lists: `page` from 1, `limit` from 1, at most 100. Source: REST API, Pagination."""

# ruff: noqa: ARG002 - the operation and the call are told so that an answer can depend on them

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bookproof.mock.http.errors import invalid

DEFAULT_LIMIT = 20
LARGEST_LIMIT = 100
_NUMBER = re.compile(r"[0-9]{1,30}")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page is asked for."""

    page: int
    limit: int


class Paging:
    """Reads, cuts and describes pages."""

    def number(self, query: Mapping[str, str], name: str, default: int) -> int:
        """A query parameter that is a number of at least 1."""
        text = query.get(name)
        if text is None:
            return default
        if not _NUMBER.fullmatch(text) or int(text) < 1:
            raise invalid(f"{name} must be a whole number from 1.")
        return int(text)

    def requested(self, query: Mapping[str, str]) -> PageRequest:
        """The page asked for; a limit above the largest is the largest."""
        limit = min(self.number(query, "limit", DEFAULT_LIMIT), LARGEST_LIMIT)
        return PageRequest(self.number(query, "page", 1), limit)

    def offset(self, wanted: PageRequest, total: int) -> int:
        """How many items lie before the page."""
        return (wanted.page - 1) * wanted.limit

    def cut(self, operation: str, wanted: PageRequest, total: int, fetch: Callable[[int, int], list[Any]]) -> list[Any]:
        """The items of the page.

        Parameters:
            operation: id of the list operation.
            wanted: the page.
            total: number of items in the whole list.
            fetch: from (offset, limit) to items.
        """
        offset = self.offset(wanted, total)
        return fetch(offset, wanted.limit) if offset < total else []

    def described(self, operation: str, wanted: PageRequest, total: int) -> dict[str, Any]:
        """The `pagination` object."""
        return {"page": wanted.page, "limit": wanted.limit, "total": total, "pages": -(-total // wanted.limit)}
