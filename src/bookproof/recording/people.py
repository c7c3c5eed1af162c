"""People in recordings: their e-mail addresses, and their names in whatever holds such an address."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, cast

#: A name that is shorter may stand in a text by chance.
SHORTEST_NAME = 4
# Begun only where a word begins, or a long body would be searched as often as it has letters.
_ADDRESS = re.compile(
    r"(?<![\w.+%-])(?:[\w.+-]|%2B){1,64}(?:@|%40)(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}", re.IGNORECASE
)
#: Domains and top-level domains that nobody has. Source: RFC 2606; RFC 6761.
_RESERVED_DOMAINS = ("example.com", "example.org", "example.net")
_RESERVED_ENDS = ("example", "test", "invalid", "localhost")
# What calendars call events by looks like an address, and is nobody's. Source: RFC 7986, 5.3.
# Of other domains than Cal.com's own, long words with a number in them are addresses of people.
_UID = re.compile(r"[a-z0-9]{20,}@cal\.com|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}@.+")
_NAMES = frozenset({"name", "firstname", "lastname", "fullname", "displayname", "username"})
_ABOUT = frozenset({"bio", "avatarurl", "avatar", "picture", "photo"})
_LETTERS = re.compile(r"[^\W\d_]+")


def is_reserved(address: str) -> bool:
    """Whether an e-mail address is of a domain that is reserved for examples and tests."""
    domain = address.lower().rpartition("@")[2]
    return domain.rpartition(".")[2] in _RESERVED_ENDS or any(
        domain == known or domain.endswith(f".{known}") for known in _RESERVED_DOMAINS
    )


def addresses(text: str) -> Iterator[re.Match[str]]:
    """The e-mail addresses in a text, URL-encoded ones too; none if all are of example.com."""
    return _ADDRESS.finditer(text) if _has_addresses(text) else iter(())


def _has_addresses(text: str) -> bool:
    # Nearly all addresses of a run are of example.com, and counting is far cheaper than the pattern.
    others = (text.count(at) - text.count(f"{at}example.com") for at in ("@", "%40"))
    return any(others)


class People:
    """Replaces people by persons with a number.

    An address outside of the reserved domains becomes ``person-1@example.com``, in capitals where it was. Of an object
    that holds such an address, names become ``Person 1`` and what is said of them is left out, there and everywhere
    else, as whole words. Letters beyond ASCII are kept in kind, for signatures depend on how they are written.

    Args:
        kept: an address that is nobody's: that of the suite's attendee, with and without a tag.
        names: further names to be replaced.
        common: words that are never taken for names, lower case: those of the contract. Asked when the first name is
            found.
    """

    def __init__(
        self,
        kept: str = "",
        names: tuple[str, ...] = (),
        common: Callable[[], frozenset[str]] = frozenset,
    ) -> None:
        self._kept = kept.lower().partition("@")
        self._common = common
        self._numbers: dict[str, int] = {}
        self._words: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None
        self._nobody: dict[str, bool] = {}
        self._searched = ""
        for name in names:
            self._name(name, self._number(f"name {name.lower()}"))

    def learn(self, value: Any) -> None:
        """Find people in JSON data."""
        if isinstance(value, list):
            for item in cast("list[Any]", value):
                self.learn(item)
        elif isinstance(value, dict):
            table = cast("dict[str, Any]", value)
            found = (
                match[0]
                for member in table.values()
                if isinstance(member, str) and "@" in member
                for match in addresses(member)
            )
            address = next((address for address in found if self._is_somebody(address)), None)
            if address:
                self._person(table, self._number(_plain(address)))
            for member in table.values():
                self.learn(member)

    def text(self, text: str) -> str:
        """A text without people."""
        if text != self._searched and _has_addresses(text):
            text = _ADDRESS.sub(self._address, text)
        return self._pattern.sub(lambda found: self._words[found[0]], text) if self._pattern else text

    def find(self, text: str) -> bool:
        """Whether a text holds the address of somebody."""
        found = any(self._is_somebody(match[0]) for match in addresses(text))
        if not found:
            self._searched = text
        return found

    def _is_somebody(self, address: str) -> bool:
        known = self._nobody.get(address)
        if known is None:
            known = self._nobody[address] = self._is_nobody(address)
        return not known

    def _is_nobody(self, address: str) -> bool:
        plain = _plain(address)
        local, _, domain = plain.partition("@")
        own = domain == self._kept[2] and (local == self._kept[0] or local.startswith(f"{self._kept[0]}+"))
        return own or is_reserved(plain) or _UID.fullmatch(plain) is not None

    def _number(self, who: str) -> int:
        return self._numbers.setdefault(who, len(self._numbers) + 1)

    def _address(self, found: re.Match[str]) -> str:
        address = found[0]
        if not self._is_somebody(address):
            return address
        at = "%40" if "%40" in address else "@"
        local, _, domain = address.partition(at)
        number = self._number(_plain(address))
        return f"{_in_case_of(local, f'person-{number}')}{at}{_in_case_of(domain, 'example.com')}"

    def _person(self, table: dict[str, Any], number: int) -> None:
        for key, member in table.items():
            kind = re.sub(r"[_-]", "", key).lower()
            if not isinstance(member, str) or "@" in member:
                continue
            if kind == "username" and len(member) >= SHORTEST_NAME and member.lower() not in self._common():
                # It stands in URLs.
                self._add(member, f"person-{number}")
            if kind in _NAMES:
                self._name(member, number)
            elif kind in _ABOUT and len(member) >= SHORTEST_NAME:
                avatar = member.startswith(("http://", "https://"))
                self._add(member, f"https://example.com/person-{number}" if avatar else f"About person {number}")

    def _name(self, name: str, number: int) -> None:
        words = _LETTERS.findall(name)
        if len(words) > 1:
            self._add(name, f"{_in_kind(name, 'Person')} {number}")
        for word in words:
            if len(word) >= SHORTEST_NAME and word.lower() not in self._common() and "bookproof" not in word.lower():
                for spelt in {word, word.lower(), word.upper(), word.title()}:
                    self._add(spelt, _in_case_of(spelt, f"{_in_kind(word, 'Person')}{number}"))

    def _add(self, text: str, other: str) -> None:
        for ascii_only in (False, True):
            written = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
            self._words.setdefault(written, json.dumps(other, ensure_ascii=ascii_only)[1:-1])
        longest = sorted(self._words, key=len, reverse=True)
        # A number behind a word is another word; one of ours must not be found again.
        self._pattern = re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, longest))})(?![^\W_])")


def _plain(address: str) -> str:
    return address.lower().replace("%40", "@").replace("%2b", "+")


def _in_kind(name: str, word: str) -> str:
    return word if name.isascii() else word.replace("o", "ö")


def _in_case_of(original: str, text: str) -> str:
    if original == original.lower():
        return text.lower()
    return text.upper() if original == original.upper() else text[:1].upper() + text[1:]
