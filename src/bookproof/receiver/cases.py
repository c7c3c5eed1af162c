"""The deliveries that a consumer of webhooks is tried with, as data.

Source: Calendar API & MCP, Webhooks ("Reject the request if they don't match"); Platform API, Verifying the signature
("optionally reject when t is older than a few minutes") and Respond fast, process later.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from bookproof.judge.signature import NO_SECRET, Scheme, digest_of, sign
from bookproof.receiver.letters import Letter, Writer
from bookproof.receiver.samples import tampered
from bookproof.verdict import Severity

IMATIC, CALCOM = (Scheme.IMATIC,), (Scheme.CALCOM,)
BOTH = (Scheme.IMATIC, Scheme.CALCOM)
#: How far t is moved for a delivery that is too old, or too early: in seconds.
FAR = 600
WRONG_SECRET = "whsec_bookproof-does-not-know-yours"  # noqa: S105  signs what must be refused


class Expect(StrEnum):
    """What a consumer should do with a delivery."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    EITHER = "either"


@dataclass(frozen=True)
class Case:
    """One delivery to try.

    Attributes:
        id: its name.
        sends: what is sent, in a few words.
        expect: what the consumer should do.
        why: the reason, in a clause.
        write: makes the letter; raises :class:`Unsuitable` where the payload does not allow it.
        weight: of a consumer that does otherwise.
        schemes: that it makes sense for.
        times: how often it is sent; ``expect`` is about the last time, before that it has to be accepted.
        needs: what a payload must be for it.
    """

    id: str
    sends: str
    expect: Expect
    why: str
    write: Callable[[Writer, str], Letter]
    weight: Severity = Severity.VIOLATION
    schemes: tuple[Scheme, ...] = BOTH
    times: int = 1
    needs: str = ""


ACCEPT, REFUSE, EITHER = Expect
OPTIONAL = Severity.INFORMATION

_REJECT = "a signature that does not match is to be rejected"
_NO_CRASH = "the documents leave it open, but it must not crash the receiver"


def _plain(writer: Writer, case: str) -> bytes:
    return writer.samples.body(case)


CASES: tuple[Case, ...] = (
    Case(
        "valid",
        "an ordinary delivery",
        ACCEPT,
        "it is signed as documented",
        lambda w, case: w.signed(_plain(w, case)),
    ),
    Case(
        "valid-beyond-ascii",
        "a right delivery with letters beyond ASCII",
        ACCEPT,
        "the raw bytes are signed, whatever letters they are",
        lambda w, case: w.signed(w.samples.beyond_ascii(case)),
        needs="a payload with letters beyond ASCII",
    ),
    Case(
        "valid-spaced",
        "a right delivery with spaces and newlines in its JSON",
        ACCEPT,
        "the exact raw body is signed, not the JSON in it",
        lambda w, case: w.signed(w.samples.spaced(case)),
        needs="a payload that is a JSON object",
    ),
    Case(
        "valid-large",
        "a right delivery of 256 KiB",
        ACCEPT,
        "no document limits the size of a body",
        lambda w, case: w.signed(w.samples.large(case)),
        OPTIONAL,
    ),
    Case(
        "valid-header-case",
        "a right delivery with the header's name in lower case",
        ACCEPT,
        "names of headers are the same in any case",
        lambda w, case: w.signed(_plain(w, case), name=w.scheme.header.lower()),
    ),
    Case(
        "tampered-body",
        "a body with one byte changed after it was signed",
        REFUSE,
        _REJECT,
        lambda w, case: w.signed(tampered(_plain(w, case)), of=_plain(w, case)),
    ),
    Case(
        "tampered-t",
        "t moved by a second after it was signed",
        REFUSE,
        "t is signed, too",
        lambda w, case: w.stamped(_plain(w, case), f"t={w.now - 1},v1={w.digest(_plain(w, case))}"),
        schemes=IMATIC,
    ),
    Case("unsigned", "no signature header", REFUSE, _REJECT, lambda w, case: w.stamped(_plain(w, case))),
    Case("empty-header", "an empty signature header", REFUSE, _REJECT, lambda w, case: w.stamped(_plain(w, case), "")),
    Case(
        "garbage-header",
        "a signature header with other text",
        REFUSE,
        _REJECT,
        lambda w, case: w.stamped(_plain(w, case), "=,;t,v1,=="),
    ),
    Case(
        "header-beyond-ascii",
        "a digest with letters beyond ASCII",
        REFUSE,
        _REJECT,
        lambda w, case: w.with_digest(_plain(w, case), "é" * 64),
    ),
    Case(
        "missing-t",
        "v1 alone",
        REFUSE,
        "without t nothing can be verified",
        lambda w, case: w.stamped(_plain(w, case), f"v1={w.digest(_plain(w, case))}"),
        schemes=IMATIC,
    ),
    Case(
        "missing-v1",
        "t alone",
        REFUSE,
        "without v1 nothing is signed",
        lambda w, case: w.stamped(_plain(w, case), f"t={w.now}"),
        schemes=IMATIC,
    ),
    Case(
        "empty-v1",
        "v1 without a value",
        REFUSE,
        "without v1 nothing is signed",
        lambda w, case: w.with_digest(_plain(w, case), ""),
        schemes=IMATIC,
    ),
    Case(
        "wrong-secret",
        "a delivery signed with another secret",
        REFUSE,
        _REJECT,
        lambda w, case: w.with_digest(_plain(w, case), w.digest(_plain(w, case), WRONG_SECRET)),
    ),
    Case(
        "no-key",
        "a delivery signed with an empty secret",
        REFUSE,
        _REJECT,
        lambda w, case: w.with_digest(
            _plain(w, case), digest_of(_plain(w, case), "", str(w.now) if w.scheme is Scheme.IMATIC else None).hex()
        ),
    ),
    Case(
        "no-secret-provided",
        "the words that stand for no secret",
        REFUSE,
        "there is a secret, so these words are no signature",
        lambda w, case: w.stamped(_plain(w, case), NO_SECRET),
        schemes=CALCOM,
    ),
    Case(
        "body-only",
        "a signature of the body without t",
        REFUSE,
        "t and the dot are signed, not the body alone",
        lambda w, case: w.with_digest(_plain(w, case), w.bodily(_plain(w, case))),
        schemes=IMATIC,
    ),
    Case(
        "re-serialised",
        "JSON with spaces, and the signature of the same JSON without them",
        REFUSE,
        "the exact raw body is signed, not the JSON in it",
        lambda w, case: w.signed(w.samples.spaced(case), of=w.samples.compact(case)),
        needs="a payload that is a JSON object",
    ),
    Case(
        "truncated",
        "the first half of the right digest",
        REFUSE,
        "a part of a digest is no digest",
        lambda w, case: w.with_digest(_plain(w, case), w.digest(_plain(w, case))[:32]),
    ),
    Case(
        "extended",
        "the right digest with more digits behind it",
        REFUSE,
        "a longer text is not the digest",
        lambda w, case: w.with_digest(_plain(w, case), w.digest(_plain(w, case)) + "00"),
    ),
    Case(
        "bare-digest",
        "the other scheme's value in this scheme's header",
        REFUSE,
        _REJECT,
        lambda w, case: w.stamped(_plain(w, case), w.bodily(_plain(w, case))),
        schemes=IMATIC,
    ),
    Case(
        "timed-digest",
        "the other scheme's value in this scheme's header",
        REFUSE,
        _REJECT,
        lambda w, case: w.stamped(_plain(w, case), sign(_plain(w, case), w.secret, w.now, Scheme.IMATIC)),
        schemes=CALCOM,
    ),
    Case(
        "other-scheme",
        "the other scheme's header, rightly signed, and none of this scheme's",
        REFUSE,
        "another product's signature is none here",
        lambda w, case: Letter(
            _plain(w, case),
            ((_other(w.scheme).header, sign(_plain(w, case), w.secret, w.now, _other(w.scheme))),),
        ),
    ),
    Case(
        "base64",
        "the right digest in base64",
        REFUSE,
        "the digest is compared in hexadecimal",
        lambda w, case: w.with_digest(_plain(w, case), b64encode(bytes.fromhex(w.digest(_plain(w, case)))).decode()),
        OPTIONAL,
    ),
    Case(
        "upper-case",
        "the right digest in upper case",
        EITHER,
        _NO_CRASH,
        lambda w, case: w.with_digest(_plain(w, case), w.digest(_plain(w, case)).upper()),
    ),
    Case(
        "two-signatures-right-first",
        "two v1, the first one right",
        EITHER,
        _NO_CRASH,
        lambda w, case: w.with_digest(_plain(w, case), f"{w.digest(_plain(w, case))},v1={'0' * 64}"),
        schemes=IMATIC,
    ),
    Case(
        "two-signatures-right-last",
        "two v1, the last one right",
        EITHER,
        _NO_CRASH,
        lambda w, case: w.with_digest(_plain(w, case), f"{'0' * 64},v1={w.digest(_plain(w, case))}"),
        schemes=IMATIC,
    ),
    Case(
        "two-headers",
        "the signature header twice, once right",
        EITHER,
        _NO_CRASH,
        lambda w, case: w.stamped(
            _plain(w, case),
            sign(_plain(w, case), w.secret, w.now, w.scheme),
            sign(_plain(w, case), WRONG_SECRET, w.now, w.scheme),
        ),
    ),
    Case(
        "spaces-in-header",
        "a space behind the comma in the header",
        EITHER,
        _NO_CRASH,
        lambda w, case: w.stamped(_plain(w, case), f"t={w.now}, v1={w.digest(_plain(w, case))}"),
        schemes=IMATIC,
    ),
    Case(
        "text-as-t",
        "t in words, rightly signed",
        EITHER,
        _NO_CRASH,
        lambda w, case: w.stamped(
            _plain(w, case), f"t=yesterday,v1={digest_of(_plain(w, case), w.secret, 'yesterday').hex()}"
        ),
        schemes=IMATIC,
    ),
    Case(
        "huge-t",
        "t of thirty digits, rightly signed",
        EITHER,
        _NO_CRASH,
        lambda w, case: w.signed(_plain(w, case), t=10**29),
        schemes=IMATIC,
    ),
    Case(
        "unknown-event",
        "an event that does not exist, rightly signed",
        EITHER,
        _NO_CRASH,
        lambda w, case: w.signed(w.samples.unknown_event(case)),
        needs="a payload that names its event",
    ),
    Case("not-json", "text that is not JSON, rightly signed", EITHER, _NO_CRASH, lambda w, _: w.signed(b"not JSON{")),
    Case("empty-body", "an empty body, rightly signed", EITHER, _NO_CRASH, lambda w, _: w.signed(b"")),
    Case(
        "stale",
        "a right delivery, ten minutes old",
        REFUSE,
        "a receiver may refuse an old t, to guard against replay",
        lambda w, case: w.signed(_plain(w, case), t=w.now - FAR),
        OPTIONAL,
        IMATIC,
    ),
    Case(
        "future",
        "a right delivery, ten minutes ahead of time",
        REFUSE,
        "a receiver may refuse a t that its clock has not reached",
        lambda w, case: w.signed(_plain(w, case), t=w.now + FAR),
        OPTIONAL,
        IMATIC,
    ),
    Case(
        "replayed",
        "the same right delivery twice",
        REFUSE,
        "a receiver may refuse what it has had already; to accept it and do nothing is as good, and cannot be seen "
        "from outside",
        lambda w, case: w.signed(_plain(w, case)),
        OPTIONAL,
        times=2,
    ),
)


def _other(scheme: Scheme) -> Scheme:
    return Scheme.CALCOM if scheme is Scheme.IMATIC else Scheme.IMATIC


def cases_of(scheme: Scheme) -> tuple[Case, ...]:
    """The cases of a scheme, in the order in which they are sent; the first is an ordinary delivery."""
    return tuple(case for case in CASES if scheme in case.schemes)
