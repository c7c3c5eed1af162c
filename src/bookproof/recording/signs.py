"""Finds secrets in texts by their signs: what they, and what is made of them, look like."""

from __future__ import annotations

import re

from bookproof.recording.disguise import Disguise

#: A value of a field is learnt, and then replaced everywhere, only if it cannot be an ordinary word; it is so long.
LEARNT_FROM = 8


class Signs:
    """Finds out which secrets a text may hold, which is asked far more often than there are any."""

    # Nearly all signs are words of these characters; the long words of a text are much shorter than all of it.
    _LETTER = "[A-Za-z0-9+/_.~-]"

    def __init__(self) -> None:
        self._shortest = 64
        self._words = re.compile(f"{self._LETTER}{{{self._shortest},}}")
        self._lower: list[tuple[str, Disguise]] = []
        self._exact: list[tuple[str, Disguise]] = []
        self._odd_lower: list[tuple[str, Disguise]] = []
        self._odd: list[tuple[str, Disguise]] = []
        self._clean: set[str] = set()

    def add(self, disguise: Disguise) -> None:
        """Look for one more."""
        clean = "\n".join(self._clean)
        if any(sign in clean for sign in disguise.signs) or any(sign in clean.lower() for sign in disguise.lower_signs):
            self._clean.clear()
        for signs, plain, odd in (
            (disguise.lower_signs, self._lower, self._odd_lower),
            (disguise.signs, self._exact, self._odd),
        ):
            for sign in signs:
                if len(sign) < LEARNT_FROM or not re.fullmatch(f"{self._LETTER}+", sign):
                    odd.append((sign, disguise))
                    continue
                plain.append((sign, disguise))
                if len(sign) < self._shortest:
                    self._shortest = len(sign)
                    self._words = re.compile(f"{self._LETTER}{{{self._shortest},}}")

    def found(self, text: str) -> list[Disguise]:
        """Those that may be in a text."""
        unknown = set(self._words.findall(text)) - self._clean
        found: list[Disguise] = []
        if unknown:
            words = "\n".join(unknown)
            lowered = words.lower()
            found = [disguise for sign, disguise in self._lower if sign in lowered]
            found += [disguise for sign, disguise in self._exact if sign in words]
            if not found:
                self._clean |= unknown
        if self._odd_lower or self._odd:
            lowered = text.lower()
            found += [disguise for sign, disguise in self._odd_lower if sign in lowered]
            found += [disguise for sign, disguise in self._odd if sign in text]
        return list(dict.fromkeys(found)) if found else found
