"""Headers of signatures: what is in them, and how digests are written."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode

from bookproof.judge.signature_causes import Cause

#: What may stand between the parts of a header, besides the comma that should.
ANY_SEPARATOR = r"[,;&|\s]+"
_HEX = re.compile(r"[0-9a-fA-F]+")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{43}=?")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]{43}=?")
_PREFIXED = re.compile(r"(?i:(?:hmac-?)?sha-?256[=:]|0x|v1=)(?P<rest>.+)")
_HASH_BY_LENGTH = {32: "MD5", 40: "SHA-1", 56: "SHA-224", 96: "SHA-384", 128: "SHA-512"}


def fields(header: str, separator: str) -> tuple[list[str], list[str]]:
    """The values of t and those of v1, without the spaces around them; empty ones are none."""
    pairs = [part.partition("=") for part in re.split(separator, header)]
    found = [(name.strip(), value.strip()) for name, _, value in pairs]
    return [value for name, value in found if name == "t" and value], [
        value for name, value in found if name == "v1" and value
    ]


def read_digest(written: str) -> tuple[bytes | None, Cause | None, str]:
    """A digest's bytes, what is wrong with how it is written, and a clause that says so."""
    if prefixed := _PREFIXED.fullmatch(written):
        raw = read_digest(prefixed["rest"])[0]
        return raw, Cause.PREFIXED, f"begins with {written[: -len(prefixed['rest'])]}"
    if _HEX.fullmatch(written):
        return _read_hex(written)
    if _BASE64.fullmatch(written):
        return b64decode(written.rstrip("=") + "="), Cause.BASE64, "is written in base64"
    if _BASE64URL.fullmatch(written):
        return urlsafe_b64decode(written.rstrip("=") + "="), Cause.BASE64URL, "is written in base64url"
    return None, Cause.NOT_A_DIGEST, f"is {short(written)}"


def _read_hex(written: str) -> tuple[bytes, Cause | None, str]:
    raw = bytes.fromhex(written[: len(written) // 2 * 2])
    if len(written) != 64:
        known = _HASH_BY_LENGTH.get(len(written))
        said = f"has {len(written)} digit{'s' if len(written) > 1 else ''}"
        return raw, Cause.WRONG_LENGTH, said + (f", as {known} has" if known else "")
    if written != written.lower():
        return raw, Cause.UPPER_CASE, "is written in upper case"
    return raw, None, ""


def written_as(written: str, digest: bytes) -> str:
    """The inverse of :func:`read_digest`: a digest, written like another one."""
    if prefixed := _PREFIXED.fullmatch(written):
        rest = prefixed["rest"]
        return written[: -len(rest)] + written_as(rest, digest)
    if _HEX.fullmatch(written):
        text = digest.hex()
        return (text if written == written.lower() else text.upper())[: len(written)]
    coded = b64encode(digest) if _BASE64.fullmatch(written) else urlsafe_b64encode(digest)
    return coded.decode()[: len(written)]


def short(text: str) -> str:
    """A text as it is shown, cut where it is long."""
    return repr(text if len(text) <= 40 else text[:40] + "…")
