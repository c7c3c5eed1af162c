"""Writes the deliveries: a body and the signature that a case asks for, right or wrong."""

from __future__ import annotations

from dataclasses import dataclass, field

from bookproof.judge.signature import Scheme, digest_of, sign
from bookproof.receiver.samples import Samples


class Unsuitable(Exception):
    """The consumer's payload cannot be made into what the case needs."""


@dataclass(frozen=True)
class Letter:
    """One delivery: a body, and the signature headers in order, names as they are written."""

    body: bytes
    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Writer:
    """Writes letters.

    Args:
        scheme: how they are signed.
        secret: what the consumer should hold.
        now: unix time in seconds, for t.
        samples: makes the bodies.
    """

    scheme: Scheme
    secret: str = field(repr=False)
    now: int
    samples: Samples

    def signed(self, body: bytes | None, *, t: int | None = None, name: str = "", of: bytes | None = None) -> Letter:
        """A letter with a signature: by default a right one, at another time t, or of another body."""
        if body is None:
            raise Unsuitable
        value = sign(body if of is None else of, self.secret, self.now if t is None else t, self.scheme)
        return Letter(body, ((name or self.scheme.header, value),))

    def stamped(self, body: bytes, *values: str) -> Letter:
        """A letter with the signature header as given, once for each value."""
        return Letter(body, tuple((self.scheme.header, value) for value in values))

    def with_digest(self, body: bytes, digest: str) -> Letter:
        """A letter of the right form with another digest."""
        return self.stamped(body, f"t={self.now},v1={digest}" if self.scheme is Scheme.IMATIC else digest)

    def digest(self, body: bytes, secret: str = "") -> str:
        """The documented digest in hexadecimal."""
        t = str(self.now) if self.scheme is Scheme.IMATIC else None
        return digest_of(body, secret or self.secret, t).hex()

    def bodily(self, body: bytes) -> str:
        """The digest of the body alone, in hexadecimal."""
        return digest_of(body, self.secret, None).hex()
