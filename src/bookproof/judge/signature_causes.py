"""What is wrong with a signature: a word for each cause, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Cause(StrEnum):
    """What is wrong with a signature, in one word for machines."""

    MISSING = "missing"
    EMPTY = "empty"
    NO_SECRET = "no-secret"  # noqa: S105  words for causes, no secrets
    MALFORMED = "malformed"
    SPACES = "spaces"
    FIELD_MISSING = "field-missing"
    OTHER_SCHEME = "other-scheme"
    MILLISECONDS = "milliseconds"
    NOT_SECONDS = "not-seconds"
    UPPER_CASE = "upper-case"
    BASE64 = "base64"
    BASE64URL = "base64url"
    PREFIXED = "prefixed"
    WRONG_LENGTH = "wrong-length"
    NOT_A_DIGEST = "not-a-digest"
    BODY_ONLY = "body-only"
    RE_SERIALISED = "re-serialised"
    PART_OF_BODY = "part-of-body"
    BODY_DIGEST = "body-digest"
    OTHER_ENCODING = "other-encoding"
    OTHER_TIME = "other-time"
    SEPARATOR = "separator"
    ORDER = "order"
    OTHER_SUBSCRIPTION = "other-subscription"
    SECRET_FORM = "secret-form"  # noqa: S105  the same
    OTHER_HASH = "other-hash"
    PLAIN_HASH = "plain-hash"
    UNKNOWN = "unknown"
    STALE = "stale"
    FUTURE = "future"


#: What to do about a cause, for the person who can change the sender.
REMEDIES: Mapping[Cause, str] = {
    Cause.MISSING: "Send the signature header with every delivery, test deliveries and retries included.",
    Cause.EMPTY: "Make the signature before the headers are written, and fail rather than send an empty one.",
    Cause.NO_SECRET: "Give the subscription a secret, so that its deliveries are signed.",
    Cause.MALFORMED: "Write the header in the documented form.",
    Cause.SPACES: "Write the header without spaces: a receiver that splits it at commas does not find ' v1'.",
    Cause.FIELD_MISSING: "Send both fields, t and v1, in lower case and with a value.",
    Cause.OTHER_SCHEME: "Sign with the scheme of this API; the header holds another one's.",
    Cause.MILLISECONDS: "Divide by 1000 and drop the rest before t is written and signed.",
    Cause.NOT_SECONDS: "Write t as a whole number of seconds since 1970 in UTC.",
    Cause.UPPER_CASE: "Write the digest in lower case; receivers compare the text.",
    Cause.BASE64: "Write the digest in hexadecimal instead of base64.",
    Cause.BASE64URL: "Write the digest in hexadecimal instead of base64url.",
    Cause.PREFIXED: "Write the bare hexadecimal digest, without a prefix.",
    Cause.WRONG_LENGTH: "Write the whole digest of HMAC-SHA256: 64 hexadecimal digits.",
    Cause.NOT_A_DIGEST: "Write the HMAC-SHA256 in hexadecimal.",
    Cause.BODY_ONLY: "Sign t, a literal dot and the body, not the body alone.",
    Cause.RE_SERIALISED: "Turn the payload into bytes once; sign those bytes and send those bytes.",
    Cause.PART_OF_BODY: "Sign the whole body, not a part of it.",
    Cause.BODY_DIGEST: "Sign the body itself, not a digest of it.",
    Cause.OTHER_ENCODING: "Sign the bytes that are sent, in the encoding in which they are sent.",
    Cause.OTHER_TIME: "Sign t exactly as it is written in the header: take the time once and use it twice.",
    Cause.SEPARATOR: "Join t and the body with a single dot and nothing else.",
    Cause.ORDER: "Put t first, then the dot, then the body.",
    Cause.OTHER_SUBSCRIPTION: "Look up the secret of the subscription that the delivery goes to.",
    Cause.SECRET_FORM: "Use the secret as it was handed out, character by character, as the key.",
    Cause.OTHER_HASH: "Use SHA-256.",
    Cause.PLAIN_HASH: "Use HMAC (RFC 2104) keyed with the secret; a plain hash is no signature.",
    Cause.UNKNOWN: "Compare the secrets of both sides first, then the bytes that are signed with those that arrive.",
    Cause.STALE: "Take the time and sign anew for every attempt, retries included, and check the sender's clock.",
    Cause.FUTURE: "Check the clocks of the sender and the receiver.",
}


@dataclass(frozen=True)
class Explanation:
    """Why a digest is not the documented one.

    Attributes:
        cause: the word for it.
        words: what the sender did, as a clause: ``the body alone was signed``.
    """

    cause: Cause
    words: str
