"""A secret and what stands in for it in a recording.

A stand-in has the length of its secret, the same kinds of characters and the same public beginning, so that whatever
the suite makes of it (a truncated key, another last character, base64) and whatever a judge looks at is alike. It
cannot be turned back: its characters are drawn by a key that is thrown away when the recording is done.
"""

from __future__ import annotations

import hashlib
import re
import string
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import suppress

from bookproof.wire.redaction import SHORTEST, base64_forms, head_of, text_forms
from bookproof.wire.spoiling import another_secret

#: How a stand-in begins behind its public part, as far as it is long enough; and a hexadecimal one.
MARK, HEX_MARK = "standin", "facade"
#: A mark is only made where so many characters are left to tell one stand-in from another.
_SPARE = 6
_MARKS = tuple(sorted({mark for each in (MARK, HEX_MARK) for mark in (each, another_secret(each))}))
_NO_LETTER = re.compile(r"[^A-Za-z0-9]")
_PUBLIC = re.compile(r"(?:[a-z]{2,8}_){1,3}")
_LOWER_HEX, _UPPER_HEX = frozenset("0123456789abcdef"), frozenset("0123456789ABCDEF")
_BASE64_RUN = re.compile(r"[A-Za-z0-9+/_-]*")


def is_standin(value: str) -> bool:
    """Whether a value carries the mark of a stand-in, whole or in part, in base64 or spoilt."""
    bare = _NO_LETTER.sub("", value).lower()
    if any(mark in bare for mark in _MARKS):
        return True
    with suppress(ValueError):
        decoded = b64decode(value + "=" * (-len(value) % 4), b"-_" if set(value) & set("-_") else None, validate=True)
        return any(mark in _NO_LETTER.sub("", decoded.decode("latin-1")).lower() for mark in _MARKS)
    return False


def public_part(value: str, *, is_key: bool = False) -> str:
    """The beginning of a secret that is none: ``cal_live_``, or what stands before the dot of ``prefix.secret``.

    Source: REST API, How API keys work (a key's prefix is stored and shown).

    Args:
        value: the secret.
        is_key: whether it is an API key, whose prefix need not look like one.
    """
    if value.startswith("eyJ"):
        return "eyJ"
    prefix, dot, secret = value.partition(".")
    named = _PUBLIC.match(value)
    if dot and "." not in secret and len(secret) >= SHORTEST and len(prefix) <= 24 and (is_key or named):
        return prefix + dot
    return named[0] if named and len(value) - named.end() >= SHORTEST else ""


def drawn(value: str, key: bytes, public: str, turn: int = 0) -> str:
    """A stand-in for a secret.

    Args:
        value: the secret.
        key: of the recording.
        public: the beginning that is kept.
        turn: another number gives another stand-in.
    """
    bare = value[len(public) :]
    letters = [char for char in bare if char.isascii() and char.isalnum()]
    lower_hex, upper_hex = (len(letters) >= 16 and digits.issuperset(letters) for digits in (_LOWER_HEX, _UPPER_HEX))
    mark = HEX_MARK if lower_hex or upper_hex else MARK
    if not any(char.islower() for char in letters):
        mark = mark.upper() if any(char.isupper() for char in letters) else ""
    if len(letters) < len(mark) + _SPARE:
        mark = ""
    noise = iter(hashlib.shake_256(key + bytes([turn]) + value.encode("utf-8", "replace")).digest(len(bare)))
    marked = iter(mark)
    made: list[str] = []
    for char in bare:
        number = next(noise)
        alphabet = _alphabet(char, hexadecimal=lower_hex or upper_hex)
        made.append((next(marked, "") or alphabet[number % len(alphabet)]) if alphabet else char)
    return public + "".join(made)


def _alphabet(char: str, *, hexadecimal: bool) -> str:
    for alphabet in (string.digits, string.ascii_lowercase, string.ascii_uppercase):
        if char in alphabet:
            return alphabet[:6] if hexadecimal and not char.isdigit() else alphabet
    return ""


class Disguise:
    """Replaces one secret by its stand-in wherever and however it is written.

    Replaced are: the secret as it is, in capitals or small letters, URL-encoded, JSON-escaped, in base64, with or
    without its public part; its beginning, from the length on at which that gives too much away; and what the suite
    makes of it to have a wrong one.

    Args:
        value: the secret.
        standin: what stands in for it, of the same length.
        public: their common beginning, which is no secret.
    """

    def __init__(self, value: str, standin: str, public: str) -> None:
        self.value, self.standin = value, standin
        self._bare, self._other = value[len(public) :], standin[len(public) :]
        spoilt = another_secret(self._bare), another_secret(self._other)
        # At each place: a character that may stand there, and what stands in for it.
        self._turns = [
            {wrong: wrong_other, char.upper(): other.upper(), char.lower(): other.lower()} | {char: other}
            for char, other, wrong, wrong_other in zip(self._bare, self._other, *spoilt, strict=True)
        ]
        self._least = len(head_of(self._bare)) or len(self._bare)
        self._whole_words = len(self._bare) < 16
        beginnings = [secret[: self._least].lower() for secret in (self._bare, spoilt[0])]
        self._starts = re.compile("|".join(map(re.escape, beginnings)), re.IGNORECASE)
        self._written = [
            pair
            for pair in dict.fromkeys(zip(text_forms(self._bare), text_forms(self._other), strict=True))
            if pair[0] != self._bare
        ]
        self._coded = sorted(set(base64_forms(self._bare[: max(self._least, SHORTEST)].encode())))
        #: One of these is in every text that has something of the secret: in lower case, or as it is.
        self.lower_signs = tuple(beginnings)
        self.signs = tuple(form for form, _ in self._written) + tuple(form for _, form in self._coded)

    def replaced(self, text: str) -> str:
        """A text with the stand-in instead of the secret."""
        text = self._plainly(text)
        for form, other in self._written:
            if form in text:
                text = text.replace(form, other)
        for lost, form in self._coded:
            if form in text:
                text = self._inside_base64(text, form, lost)
        return text

    def _plainly(self, text: str) -> str:
        made: list[str] = []
        done = 0
        for found in self._starts.finditer(text):
            begin = found.start()
            if begin < done:
                continue
            turned = "".join(self._turned(text[begin : begin + len(self._bare)]))
            end = begin + len(turned)
            # A letter of the mark may stand where the secret has a digit, which has no case.
            if text[begin:end].isupper() and not self._bare.isupper():
                turned = turned.upper()
            elif text[begin:end].islower() and not self._bare.islower():
                turned = turned.lower()
            if len(turned) < self._least or (self._whole_words and _within_a_word(text, begin, end)):
                continue
            made += text[done:begin], turned
            done = end
        return "".join([*made, text[done:]]) if made else text

    def _turned(self, text: str) -> Iterator[str]:
        for char, turns in zip(text, self._turns, strict=False):
            if char not in turns:
                return
            yield turns[char]

    def _inside_base64(self, text: str, form: str, lost: int) -> str:
        done = 0
        while (at := text.find(form, done)) >= 0:
            begin = at
            while begin and _BASE64_RUN.fullmatch(text[begin - 1]):
                begin -= 1
            begin += (at - lost - begin) % 4
            run = _BASE64_RUN.match(text, begin)
            done = at + len(form)
            if begin <= at - lost and run:
                again = self._recoded(run[0])
                text = text[:begin] + again + text[begin + len(again) :]
        return text

    def _recoded(self, coded: str) -> str:
        """Base64 of the same length with the stand-in in what it says."""
        coded = coded[: len(coded) - (len(coded) % 4 == 1)]
        spelling = b"-_" if set(coded) & set("-_") else None
        try:
            raw = b64decode(coded + "=" * (-len(coded) % 4), spelling).decode("latin-1")
        except ValueError:
            return coded
        return b64encode(self._plainly(raw).encode("latin-1"), spelling).decode()[: len(coded)]


def _within_a_word(text: str, begin: int, end: int) -> bool:
    return any(place in range(len(text)) and text[place].isalnum() for place in (begin - 1, end))
