"""Signs recorded deliveries again, so that other bodies and secrets get signatures made in the same way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bookproof.judge.signature_headers import ANY_SEPARATOR, fields, read_digest, written_as
from bookproof.judge.signature_makings import construction_of, is_documented


def sign_again(
    header: str, body: bytes, secrets: Sequence[str], likely: int, other_body: bytes, other_secrets: Mapping[str, str]
) -> str | None:
    """The header of a delivery, as its sender would have made it of another body with other secrets.

    Whatever it did wrong it does wrong again. A digest that nothing explains stays as it is. The two alphabets of
    base64 can only be told apart by some digests, so words about that may change.

    Args:
        header: as it arrived, of any scheme.
        body: the raw body that came with it.
        secrets: those that it may have been signed with.
        likely: so many of them, from the first, are tried in odd forms, too.
        other_body: the body that is to be signed.
        other_secrets: secret to what takes its place.

    Returns:
        the header, or None if it holds no digest that can be explained.
    """
    times, digests = fields(header, ",")
    if not (times or digests):
        times, digests = fields(header, ANY_SEPARATOR)
    seconds = times[-1] if times else None
    known = {secret: secret for secret in secrets}
    again = header
    for written in dict.fromkeys(digests or [header.strip()]):
        raw = read_digest(written)[0] or b""
        # Who has signed as documented is found before anything odd is tried, which takes a hundred times as long.
        right = [secret for secret in secrets if is_documented(raw, seconds, body, secret)]
        for secret in right or secrets[:likely]:
            made = construction_of(raw, seconds, body, secret, known)
            digest = made.digest(seconds, other_body, other_secrets[secret], other_secrets) if made else None
            if digest:
                again = again.replace(written, written_as(written, digest))
                break
    return None if again == header else again
