"""Judges the signature of a webhook delivery, from its header, its raw body and the secret alone.

Two schemes are known. imatic signs ``<t>.<raw body>`` and sends ``X-Imatic-Signature: t=<unix seconds>,v1=<hex>``
(Source: Calendar API & MCP, Webhooks; Platform API, Verifying the signature). Cal.com signs the raw body and sends the
bare digest as ``X-Cal-Signature-256``, or the words ``no-secret-provided`` where a subscription has no secret.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bookproof.judge.signature_causes import Cause
from bookproof.judge.signature_headers import ANY_SEPARATOR, fields, read_digest, short
from bookproof.judge.signature_makings import SHORTEST_PREFIX, explain, secret_bytes

#: How old a delivery may be, in seconds ("a few minutes").
TOLERANCE = 300.0
#: What Cal.com sends where a subscription has no secret.
NO_SECRET = "no-secret-provided"  # noqa: S105  the literal word of the scheme

_BARE_DIGEST = re.compile(r"[0-9a-fA-F]{64}")
_SECONDS = re.compile(r"0|[1-9][0-9]*")


class Scheme(StrEnum):
    """How deliveries are signed."""

    IMATIC = "imatic"
    CALCOM = "calcom"

    @property
    def header(self) -> str:
        """The name of the header that carries the signature."""
        return "X-Imatic-Signature" if self is Scheme.IMATIC else "X-Cal-Signature-256"


@dataclass
class Examination:
    """What is to be said of one signature; each fault is one sentence, "" where nothing is wrong.

    A fault is told only where its part is there to be judged: a header that is missing has no t that could be wrong.

    Attributes:
        header_fault: the header is missing, or is not of the scheme's form.
        seconds_fault: t is not in unix seconds.
        hex_fault: the digest is not written as 64 lower-case hexadecimal digits.
        match_fault: the digest, however it is written, is not the documented one; with the reason, if it is found.
        age_fault: t is too far from the moment of receipt; "" also where no moment was given.
        causes: a word for each fault, the most telling first.
        verifies: what a receiver decides that does what the documents say. It finds t and v1 without spaces, compares
            v1 with the lower-case digest, takes any of several v1, and, where a moment is given, refuses a t that is
            no whole number or is too old. It does not refuse one that is ahead.
        seconds: t as written, without spaces around it, or None.
        digest: the digest that was judged as written: of several, the one that matches, else the last; or None.
    """

    header_fault: str = ""
    seconds_fault: str = ""
    hex_fault: str = ""
    match_fault: str = ""
    age_fault: str = ""
    causes: tuple[Cause, ...] = ()
    verifies: bool = False
    seconds: str | None = None
    digest: str | None = None

    @property
    def faults(self) -> tuple[str, ...]:
        """All faults, in the order of the judgements."""
        told = (self.header_fault, self.seconds_fault, self.hex_fault, self.match_fault, self.age_fault)
        return tuple(fault for fault in told if fault)

    @property
    def right(self) -> bool:
        """Whether the sender did everything as documented."""
        return not self.faults

    @property
    def cause(self) -> Cause | None:
        """The most telling cause, or None where nothing is wrong."""
        return self.causes[0] if self.causes else None


def digest_of(body: bytes, secret: str, seconds: str | None) -> bytes:
    """The documented digest.

    Args:
        body: the raw body.
        secret: the signing secret.
        seconds: t as written, or None for Cal.com's scheme.

    Returns:
        32 bytes.
    """
    signed = body if seconds is None else seconds.encode("utf-8", "replace") + b"." + body
    return hmac.digest(secret_bytes(secret), signed, "sha256")


def sign(body: bytes, secret: str, seconds: int | None = None, scheme: Scheme = Scheme.IMATIC) -> str:
    """The value of the signature header for a body.

    Args:
        body: the raw body, as it is sent.
        secret: the signing secret; an empty one gives Cal.com's ``no-secret-provided``.
        seconds: the time of sending in unix seconds; Cal.com's scheme has none.
        scheme: whose signature.

    Raises:
        ValueError: imatic's scheme without a time.
    """
    if scheme is Scheme.CALCOM:
        return digest_of(body, secret, None).hex() if secret else NO_SECRET
    if seconds is None:
        raise ValueError("imatic's scheme signs the time of sending: seconds are missing")
    return f"t={seconds},v1={digest_of(body, secret, str(seconds)).hex()}"


def examine(
    header: str | None,
    body: bytes,
    secret: str,
    *,
    scheme: Scheme = Scheme.IMATIC,
    moment: float | None = None,
    tolerance: float = TOLERANCE,
    other_secrets: Mapping[str, str] | None = None,
) -> Examination:
    """Examine the signature of one delivery.

    Args:
        header: the value of the signature header as it arrived, or None if there was none.
        body: the raw body.
        secret: the signing secret of the subscription.
        scheme: how it should be signed.
        moment: when the delivery arrived, in unix seconds; without it the age is not judged.
        tolerance: how far t may be from that moment, in seconds.
        other_secrets: name of another subscription to its secret, to find a delivery signed with the wrong one.
    """
    examiner = _Examiner(header, body, secret, scheme, other_secrets or {})
    if header is None:
        examiner.found("header_fault", Cause.MISSING, f"the header {scheme.header} is missing")
    elif not header.strip():
        examiner.found("header_fault", Cause.EMPTY, f"the header {scheme.header} is empty")
    elif scheme is Scheme.CALCOM:
        examiner.calcom(header)
    else:
        examiner.imatic(header, moment, tolerance)
    return examiner.finished()


@dataclass
class _Examiner:
    """Makes one examination."""

    header: str | None
    body: bytes
    secret: str
    scheme: Scheme
    other_secrets: Mapping[str, str]
    result: Examination = field(default_factory=Examination)
    causes: dict[str, Cause] = field(default_factory=dict[str, Cause])

    def found(self, kind: str, cause: Cause, sentence: str) -> None:
        setattr(self.result, kind, sentence)
        self.causes[kind] = cause

    def finished(self) -> Examination:
        # Why it does not match tells more than how it is written; that nobody knows why tells nothing.
        unknown = self.causes.get("match_fault") is Cause.UNKNOWN
        order = ("header_fault", *(() if unknown else ("match_fault",)), "hex_fault", "seconds_fault")
        order += (*(("match_fault",) if unknown else ()), "age_fault")
        self.result.causes = tuple(self.causes[kind] for kind in order if kind in self.causes)
        return self.result

    def imatic(self, header: str, moment: float | None, tolerance: float) -> None:
        times, digests = fields(header, ",")
        separated = bool(times and digests)
        if not separated and all(fields(header, ANY_SEPARATOR)):
            # Separated otherwise; what is in them can be judged nevertheless.
            times, digests = fields(header, ANY_SEPARATOR)
        self.form(header, times, digests, separated)
        seconds = self.result.seconds = times[-1] if times else None
        if seconds is not None:
            self.time(seconds, moment, tolerance)
        if not digests:
            return
        if seconds is None:
            # Without t there is nothing to compare it with, but how it is written can be told.
            self.written(digests[-1], *read_digest(digests[-1])[1:])
            return
        right = digest_of(self.body, self.secret, seconds)
        self.digest(digests, right, seconds)
        # What the documented code finds: exact names, and a value up to the next equals sign.
        exact = [part.split("=") for part in header.split(",")]
        usable = [pieces[1] for pieces in exact if len(pieces) > 1 and pieces[0] == "v1"]
        time_found = any(len(pieces) > 1 and pieces[0] == "t" and pieces[1] == seconds for pieces in exact)
        same = [hmac.compare_digest(value.encode("utf-8", "replace"), right.hex().encode()) for value in usable]
        self.result.verifies = time_found and any(same) and not self.too_old(seconds, moment, tolerance)

    def too_old(self, seconds: str, moment: float | None, tolerance: float) -> bool:
        if moment is None:
            return False
        return not re.fullmatch(r"-?[0-9]{1,30}", seconds) or int(seconds) < moment - tolerance

    def form(self, header: str, times: list[str], digests: list[str], separated: bool) -> None:
        missing = [name for name, values in (("t", times), ("v1", digests)) if not values]
        wanted = "t=<unix seconds>,v1=<hex HMAC-SHA256>"
        if len(missing) == 2 and _BARE_DIGEST.fullmatch(header.strip()):
            bodily = header.strip().lower() == digest_of(self.body, self.secret, None).hex()
            made = "the HMAC-SHA256 of the body alone, which is Cal.com's scheme" if bodily else "a bare digest"
            cause = Cause.OTHER_SCHEME if bodily else Cause.MALFORMED
            self.found("header_fault", cause, f"the header is {made}, instead of {wanted}")
        elif len(missing) == 2 and header.strip() == NO_SECRET:
            self.found("header_fault", Cause.NO_SECRET, f"the header says {NO_SECRET}, instead of {wanted}")
        elif not missing and not separated:
            said = f"the fields are not separated by commas alone, as in {wanted}"
            self.found("header_fault", Cause.MALFORMED, said)
        elif len(missing) == 2:
            self.found("header_fault", Cause.MALFORMED, f"the header is not of the form {wanted}")
        elif missing:
            alone = self.bodily(digests)
            said = f"the field {missing[0]} is missing, or has no value" + ("; " + alone if alone else "")
            self.found("header_fault", Cause.FIELD_MISSING, said)
        elif re.search(r"\s", header):
            self.found("header_fault", Cause.SPACES, f"the header has spaces in it, instead of {wanted}")
        elif len(set(times)) > 1:
            self.found("header_fault", Cause.MALFORMED, f"the header has several t: {', '.join(times)}")

    def bodily(self, digests: list[str]) -> str:
        made = digest_of(self.body, self.secret, None).hex()
        return "v1 is the HMAC-SHA256 of the body alone" if made in map(str.lower, digests) else ""

    def time(self, seconds: str, moment: float | None, tolerance: float) -> None:
        if not _SECONDS.fullmatch(seconds):
            words = f"t is {short(seconds)}, which is no whole number of unix seconds"
            self.found("seconds_fault", Cause.NOT_SECONDS, words)
            return
        if len(seconds) > 11:
            unit = {13: "milliseconds", 16: "microseconds", 19: "nanoseconds"}.get(len(seconds), "")
            cause = Cause.MILLISECONDS if unit == "milliseconds" else Cause.NOT_SECONDS
            said = f"looks like {unit}" if unit else "is thousands of years ahead"
            self.found("seconds_fault", cause, f"t is {short(seconds)}, which {said} instead of unix seconds")
            return
        if moment is None:
            return
        age = moment - int(seconds)
        if age > tolerance:
            said = f"t is {age:.0f} s older than the moment of receipt; {tolerance:.0f} s are allowed"
            self.found("age_fault", Cause.STALE, said)
        elif age < -tolerance:
            said = f"t is {-age:.0f} s ahead of the moment of receipt; {tolerance:.0f} s are allowed"
            self.found("age_fault", Cause.FUTURE, said)

    def calcom(self, header: str) -> None:
        written = header.strip()
        if written == NO_SECRET:
            if self.secret:
                said = f"the header says {NO_SECRET}, though the subscription has a secret"
                self.found("header_fault", Cause.NO_SECRET, said)
            # Without a secret these words are right, yet nothing is verified.
            return
        if re.search(r"(?:^|,)\s*t=.*,\s*v1=|(?:^|,)\s*v1=.*,\s*t=", written):
            said = "the header is of the form t=…,v1=…, which is imatic's scheme, instead of a bare digest"
            self.found("header_fault", Cause.OTHER_SCHEME, said)
            return
        right = digest_of(self.body, self.secret, None)
        self.digest([written], right, None)
        self.result.verifies = hmac.compare_digest(header.encode("utf-8", "replace"), right.hex().encode())

    def digest(self, digests: list[str], right: bytes, seconds: str | None) -> None:
        read = [(written, *read_digest(written)) for written in digests]
        good = [item for item in read if item[1] is not None and _begins(right, item[1])]
        written, raw, cause, said = (good or read)[-1]
        if good and cause is Cause.WRONG_LENGTH:
            said = f"holds only the first {len(written)} digits of the digest"
        what = self.written(written, cause, said)
        if good:
            return
        wanted = "t, a dot and the raw body" if self.scheme is Scheme.IMATIC else "the raw body"
        start = f"{what} is not the HMAC-SHA256 of {wanted}, keyed with the subscription's secret: "
        why = explain(raw, seconds, self.body, self.secret, self.other_secrets) if raw is not None else None
        if why:
            self.found("match_fault", why.cause, start + why.words)
        elif raw is None:
            self.found("match_fault", Cause.UNKNOWN, start + "it is no digest at all")
        else:
            said = "no known explanation fits; most likely the key is another secret"
            self.found("match_fault", Cause.UNKNOWN, start + said)

    def written(self, digest: str, cause: Cause | None, said: str) -> str:
        """Keep a digest and what is wrong with how it is written; returns what to call it."""
        what = "v1" if self.scheme is Scheme.IMATIC else "the signature"
        self.result.digest = digest
        if cause:
            self.found("hex_fault", cause, f"{what} {said}, instead of 64 lower-case hexadecimal digits")
        return what


def _begins(right: bytes, raw: bytes) -> bool:
    """Whether a digest is the right one, or at least the beginning of it (how much of it is written is no key)."""
    return len(raw) >= SHORTEST_PREFIX and right.startswith(raw)
