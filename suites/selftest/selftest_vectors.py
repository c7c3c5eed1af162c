"""The golden signatures: how each was made, with hashlib and hmac alone.

``python suites/selftest/selftest_vectors.py`` writes ``fixtures/vectors`` anew.
"""

# ruff: noqa: E501  a table reads best with a vector on a line
from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "vectors"
FILES = {"imatic": "imatic-signatures.json", "calcom": "calcom-signatures.json"}
HEADERS = {"imatic": "X-Imatic-Signature", "calcom": "X-Cal-Signature-256"}

#: These secrets sign nothing but examples; their name says so.
SECRET = "whsec_ZXhhbXBsZS1vbmx5LW5vLXNlY3JldA"
OTHER = "whsec_YW5vdGhlci1leGFtcGxlLW9ubHk"
SENT = 1_800_000_000  # 15 January 2027, 08:00 UTC
RECEIVED = SENT + 2

PLAIN = '{"event":"booking.created","data":{"code":"bk_7Q2M","start":"2027-01-18T09:00:00Z"}}'
ACCENTS = '{"event":"booking.created","data":{"attendee":{"name":"Zoë Núñez-Åkesson","notes":"日本語のメモ"}}}'
EMOJI = '{"event":"booking.cancelled","data":{"reason":"🎉 moved to the beach 🏖️"}}'
SLASHED = '{"event":"booking.created","data":{"link":"https://example.com/r/1","title":"<b>A & B</b>"}}'
SPACED = '{"event": "booking.created", "data": {"name": "Zoë", "code": "bk_7Q2M"}}'
LINES = '{\r\n  "event": "booking.no_show",\r\n  "data": { "code": "bk_7Q2M" }\r\n}\r\n'
LARGE = json.dumps({"event": "booking.created", "data": {"notes": ["0123456789abcdef" * 32] * 64}})
CAL = '{"triggerEvent":"BOOKING_CREATED","createdAt":"2027-01-15T08:00:00.000Z","payload":{"title":"Zoë & Åke"}}'


def mac(message: str | bytes, secret: str | bytes = SECRET, algorithm: str = "sha256") -> str:
    """HMAC in lower-case hexadecimal; texts count as UTF-8."""
    key = secret.encode() if isinstance(secret, str) else secret
    return hmac.new(key, message.encode() if isinstance(message, str) else message, algorithm).hexdigest()


def plain(message: str) -> str:
    """SHA-256 without a key."""
    return hashlib.sha256(message.encode()).hexdigest()


def stamp(digest: str, t: object = SENT) -> str:
    """imatic's header."""
    return f"t={t},v1={digest}"


def right(body: str, t: object = SENT, secret: str = SECRET) -> str:
    """What imatic's documents ask for."""
    return stamp(mac(f"{t}.{body}", secret), t)


def again(body: str, **options: Any) -> str:
    """A body parsed and written again as JSON."""
    return json.dumps(json.loads(body), **options)


def b64(digest: str, encode: Callable[[bytes], bytes] = base64.b64encode) -> str:
    """A digest in base64 instead of hexadecimal."""
    return encode(bytes.fromhex(digest)).decode()


GOOD = mac(f"{SENT}.{PLAIN}")
COMPACT = {"separators": (",", ":"), "ensure_ascii": False}

#: id, what it shows, body, header, cause; a dict at the end changes what else there is.
IMATIC: tuple[tuple[Any, ...], ...] = (
    ("plain", "An ordinary delivery.", PLAIN, right(PLAIN), None),
    ("accents", "Letters beyond ASCII are signed as the UTF-8 bytes that are sent.", ACCENTS, right(ACCENTS), None),
    ("emoji", "Characters beyond the basic plane are signed as their UTF-8 bytes.", EMOJI, right(EMOJI), None),
    ("empty-object", "The smallest JSON object.", "{}", right("{}"), None),
    ("empty-body", "A body without a byte: t and the dot are signed.", "", right(""), None),
    ("large", "A body of 33 KiB.", LARGE, right(LARGE), None),
    ("lines", "Newlines, indentation and a newline at the end belong to the body.", LINES, right(LINES), None),
    ("spaces", "Spaces between the members belong to the body.", SPACED, right(SPACED), None),
    ("slashes", "Slashes and markup are signed as they stand.", SLASHED, right(SLASHED), None),
    ("dots", "Dots in the body do not matter: only the first one divides.", "1.2.3", right("1.2.3"), None),
    ("not-json", "The signature does not depend on what the body is.", "t=1,v1=2", right("t=1,v1=2"), None),
    ("secret-without-prefix", "A secret is used as it is, whatever it looks like.", PLAIN, right(PLAIN, secret="påss wörd"), None, {"secret": "påss wörd"}),
    ("secret-of-hex", "A secret that looks like hexadecimal is text all the same.", PLAIN, right(PLAIN, secret="0123456789abcdef" * 4), None, {"secret": "0123456789abcdef" * 4}),
    ("fields-swapped", "The order of the fields is free.", PLAIN, f"v1={GOOD},t={SENT}", None),
    ("further-fields", "Fields that are not known are passed over.", PLAIN, f"t={SENT},v0={'0' * 64},v1={GOOD},id=7", None),
    ("two-signatures", "Of several v1 one matches, as while a secret is being replaced.", PLAIN, f"t={SENT},v1={mac(f'{SENT}.{PLAIN}', OTHER)},v1={GOOD}", None),
    ("just-in-time", "As old as the tolerance allows.", PLAIN, right(PLAIN), None, {"moment": SENT + 300}),
    ("no-header", "A delivery that is not signed.", PLAIN, None, "missing"),
    ("empty-header", "The header is there and says nothing.", PLAIN, "", "empty"),
    ("garbage-header", "The header holds other text.", PLAIN, "signed by us", "malformed"),
    ("semicolon", "The fields are separated by a semicolon.", PLAIN, f"t={SENT};v1={GOOD}", "malformed"),
    ("spaces-in-header", "A space behind the comma: who splits at commas finds ' v1'.", PLAIN, f"t={SENT}, v1={GOOD}", "spaces"),
    ("no-t", "Without t nothing can be computed.", PLAIN, f"v1={GOOD}", "field-missing"),
    ("no-v1", "Without v1 there is nothing to compare.", PLAIN, f"t={SENT}", "field-missing"),
    ("upper-case-fields", "Names of fields are in lower case.", PLAIN, f"T={SENT},V1={GOOD}", "malformed"),
    ("bare-digest", "Cal.com's scheme in imatic's header.", PLAIN, mac(PLAIN), "other-scheme"),
    ("no-secret-provided", "Cal.com's words for a subscription without a secret.", PLAIN, "no-secret-provided", "no-secret"),
    ("milliseconds", "t is in milliseconds; it is signed as it is written, so that receivers accept it.", PLAIN, right(PLAIN, SENT * 1000), "milliseconds", {"verifies": True}),
    ("time-as-text", "t is text, and cannot be compared with a clock.", PLAIN, right(PLAIN, "2027-01-15T08:00:00Z"), "not-seconds"),
    ("time-with-fraction", "t has a fraction.", PLAIN, right(PLAIN, f"{SENT}.25"), "not-seconds"),
    ("upper-case", "The digest is in upper case.", PLAIN, stamp(GOOD.upper()), "upper-case"),
    ("base64", "The digest is in base64.", PLAIN, stamp(b64(GOOD)), "base64"),
    ("base64url", "The digest is in base64 for URLs, without padding.", ACCENTS, stamp(b64(mac(f"{SENT}.{ACCENTS}"), base64.urlsafe_b64encode).rstrip("=")), "base64url"),
    ("prefixed", "The digest has the name of the hash before it.", PLAIN, stamp(f"sha256={GOOD}"), "prefixed"),
    ("truncated", "The first half of the digest.", PLAIN, stamp(GOOD[:32]), "wrong-length"),
    ("no-digest", "v1 holds other text.", PLAIN, stamp("verified"), "not-a-digest"),
    ("body-only", "The body was signed without t.", PLAIN, stamp(mac(PLAIN)), "body-only"),
    ("re-serialised-compact", "Spaces were sent, and a body without them was signed.", SPACED, stamp(mac(f"{SENT}.{again(SPACED, **COMPACT)}")), "re-serialised"),
    ("re-serialised-spaced", "A compact body was sent, and one with spaces was signed.", PLAIN, stamp(mac(f"{SENT}.{again(PLAIN, ensure_ascii=False)}")), "re-serialised"),
    ("re-serialised-indented", "An indented body was signed.", PLAIN, stamp(mac(f"{SENT}.{again(PLAIN, indent=2)}")), "re-serialised"),
    ("re-serialised-sorted", "A body with sorted keys was signed.", PLAIN, stamp(mac(f"{SENT}.{again(PLAIN, sort_keys=True, **COMPACT)}")), "re-serialised"),
    ("re-serialised-ascii", "A body with escapes instead of letters beyond ASCII was signed.", ACCENTS, stamp(mac(f"{SENT}.{again(ACCENTS, separators=(',', ':'))}")), "re-serialised"),
    ("re-serialised-slashes", "A body with escaped slashes was signed.", SLASHED, stamp(mac(f"{SENT}.{SLASHED.replace('/', chr(92) + '/')}")), "re-serialised"),
    ("re-serialised-markup", "A body with escaped markup was signed.", SLASHED, stamp(mac(f"{SENT}.{SLASHED.replace('<', chr(92) + 'u003c').replace('>', chr(92) + 'u003e').replace('&', chr(92) + 'u0026')}")), "re-serialised"),
    ("newline-added", "The body was signed with a newline at its end.", PLAIN, stamp(mac(f"{SENT}.{PLAIN}\n")), "re-serialised"),
    ("white-space-stripped", "The body was signed without its last newline.", LINES, stamp(mac(f"{SENT}.{LINES.strip()}")), "re-serialised"),
    ("part-of-body", "The data alone were signed.", PLAIN, stamp(mac(f"{SENT}.{json.dumps(json.loads(PLAIN)['data'], **COMPACT)}")), "part-of-body"),
    ("body-digest", "A digest of the body was signed.", PLAIN, stamp(mac(f"{SENT}.{plain(PLAIN)}")), "body-digest"),
    ("other-encoding", "The body was signed in Latin-1 and sent in UTF-8.", '{"name":"Zoë"}', stamp(mac(f"{SENT}.".encode() + '{"name":"Zoë"}'.encode("latin-1"))), "other-encoding"),
    ("milliseconds-signed", "t is written in seconds and signed in milliseconds.", PLAIN, stamp(mac(f"{SENT}000.{PLAIN}")), "other-time"),
    ("no-separator", "t and the body were joined with nothing.", PLAIN, stamp(mac(f"{SENT}{PLAIN}")), "separator"),
    ("colon", "t and the body were joined with a colon.", PLAIN, stamp(mac(f"{SENT}:{PLAIN}")), "separator"),
    ("body-first", "The body was signed before t.", PLAIN, stamp(mac(f"{PLAIN}.{SENT}")), "order"),
    ("other-subscription", "The secret of another subscription was used.", PLAIN, right(PLAIN, secret=OTHER), "other-subscription", {"other_secrets": {"another subscription": OTHER}}),
    ("prefix-dropped", "The secret was used without whsec_.", PLAIN, right(PLAIN, secret=SECRET.removeprefix("whsec_")), "secret-form"),
    ("secret-decoded", "The secret was decoded from base64 first.", PLAIN, stamp(mac(f"{SENT}.{PLAIN}", base64.b64decode(SECRET.removeprefix("whsec_") + "=="))), "secret-form"),
    ("secret-with-newline", "The secret was read with the newline behind it.", PLAIN, right(PLAIN, secret=SECRET + "\n"), "secret-form"),
    ("sha1", "HMAC with SHA-1.", PLAIN, stamp(mac(f"{SENT}.{PLAIN}", algorithm="sha1")), "other-hash"),
    ("sha512", "HMAC with SHA-512.", PLAIN, stamp(mac(f"{SENT}.{PLAIN}", algorithm="sha512")), "other-hash"),
    ("md5", "HMAC with MD5.", PLAIN, stamp(mac(f"{SENT}.{PLAIN}", algorithm="md5")), "other-hash"),
    ("plain-hash", "SHA-256 of the secret and the text: no HMAC.", PLAIN, stamp(plain(f"{SECRET}{SENT}.{PLAIN}")), "plain-hash"),
    ("unknown-secret", "Nobody knows the secret that was used.", PLAIN, right(PLAIN, secret="whsec_nobody-knows"), "unknown"),
    ("tampered-body", "One letter of the body was changed on the way.", PLAIN.replace("bk_7Q2M", "bk_7Q2N"), right(PLAIN), "unknown"),
    ("tampered-t", "t was changed on the way, to look fresh.", PLAIN, stamp(GOOD, SENT + 1), "unknown"),
    ("stale", "Older than the tolerance allows.", PLAIN, right(PLAIN), "stale", {"moment": SENT + 301}),
    ("retried-with-old-t", "A retry an hour later with the first attempt's signature.", PLAIN, right(PLAIN), "stale", {"moment": SENT + 3600}),
    ("future", "From the future. Receivers refuse old deliveries, so that they accept it.", PLAIN, right(PLAIN, SENT + 3600), "future", {"verifies": True}),
)  # fmt: skip

CALGOOD = mac(CAL)
CALCOM: tuple[tuple[Any, ...], ...] = (
    ("plain", "An ordinary delivery.", CAL, CALGOOD, None),
    ("emoji", "Characters beyond ASCII are signed as the UTF-8 bytes that are sent.", EMOJI, mac(EMOJI), None),
    ("empty-object", "The smallest JSON object.", "{}", mac("{}"), None),
    ("literal-false", "A template that renders no JSON sends the literal false.", "false", mac("false"), None),
    ("not-utf-8", "Bytes are signed, whether they are text or not.", b"\x00\xff\xfe{}\x80", mac(b"\x00\xff\xfe{}\x80"), None),
    ("lines", "Newlines and indentation belong to the body.", LINES, mac(LINES), None),
    ("no-header", "A delivery that is not signed.", CAL, None, "missing"),
    ("empty-header", "The header is there and says nothing.", CAL, "", "empty"),
    ("no-secret-provided", "A subscription without a secret: there is nothing to verify.", CAL, "no-secret-provided", None, {"secret": "", "verifies": False}),
    ("secret-not-used", "The words for no secret, though there is one.", CAL, "no-secret-provided", "no-secret"),
    ("imatic-form", "imatic's form of header, rightly signed for that.", CAL, right(CAL), "other-scheme"),
    ("upper-case", "The digest is in upper case.", CAL, CALGOOD.upper(), "upper-case"),
    ("base64", "The digest is in base64.", CAL, b64(CALGOOD), "base64"),
    ("prefixed", "The digest has the name of the hash before it.", CAL, f"sha256={CALGOOD}", "prefixed"),
    ("truncated", "The first half of the digest.", CAL, CALGOOD[:32], "wrong-length"),
    ("no-digest", "The header holds other text.", CAL, "signed by us", "not-a-digest"),
    ("re-serialised-spaced", "A compact body was sent, and one with spaces was signed.", CAL, mac(again(CAL, ensure_ascii=False)), "re-serialised"),
    ("re-serialised-ascii", "A body with escapes instead of letters beyond ASCII was signed.", CAL, mac(again(CAL, separators=(",", ":"))), "re-serialised"),
    ("part-of-body", "The payload alone was signed.", CAL, mac(json.dumps(json.loads(CAL)["payload"], **COMPACT)), "part-of-body"),
    ("other-subscription", "The secret of another subscription was used.", CAL, mac(CAL, OTHER), "other-subscription", {"other_secrets": {"another subscription": OTHER}}),
    ("prefix-dropped", "The secret was used without whsec_.", CAL, mac(CAL, SECRET.removeprefix("whsec_")), "secret-form"),
    ("sha512", "HMAC with SHA-512.", CAL, mac(CAL, algorithm="sha512"), "other-hash"),
    ("plain-hash", "SHA-256 of the body: no HMAC.", CAL, plain(CAL), "plain-hash"),
    ("tampered-body", "One letter of the body was changed on the way.", CAL.replace("Zoë", "Zoé"), CALGOOD, "unknown"),
)  # fmt: skip


def document(scheme: str) -> dict[str, Any]:
    """The file of a scheme."""
    recipes = {"imatic": IMATIC, "calcom": CALCOM}[scheme]
    return {"scheme": scheme, "header_name": HEADERS[scheme], "vectors": [vector(*recipe) for recipe in recipes]}


def vector(
    name: str, shows: str, body: str | bytes, header: str | None, cause: str | None, more: dict[str, Any] | None = None
) -> dict[str, Any]:
    """One vector, in the order in which people read it."""
    made: dict[str, Any] = {"id": name, "shows": shows, "secret": SECRET, "header": header}
    made |= {"body": body} if isinstance(body, str) else {"body_base64": base64.b64encode(body).decode()}
    made |= {"moment": RECEIVED, "tolerance": 300, "verifies": cause is None, "cause": cause}
    return made | (more or {})


def main() -> None:
    """Write the files anew."""
    for scheme, name in FILES.items():
        text = json.dumps(document(scheme), indent=2, ensure_ascii=False)
        (FOLDER / name).write_text(text + "\n", "utf-8")
        print(FOLDER / name)


if __name__ == "__main__":
    main()
