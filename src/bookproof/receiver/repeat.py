"""The curl line that sends a delivery again, byte by byte: one line, whatever the body holds."""

from __future__ import annotations

import re
import shlex

from bookproof.receiver.letters import Letter
from bookproof.wire.curl import LONGEST_FOLDED, curl_line
from bookproof.wire.exchange import Exchange

_MARK = "x-the-signature-belongs-here"
_MARK_AS_WRITTEN = " -H 'X-The-Signature-Belongs-Here: 1'"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def repeat_line(url: str, letter: Letter) -> str:
    """The command line that sends a letter again.

    Args:
        url: where to.
        letter: what; its signature is written out, which is no secret.
    """
    words = [f" -H {shlex.quote(f'{name}: {value}' if value else f'{name};')}" for name, value in letter.headers]
    producer = _producer(letter.body)
    # A body too long for a line stays a file, which whoever repeats it has to make.
    line = curl_line(_exchange(url, b"" if producer else letter.body), {}).replace("@body-of-exchange-1", "@payload")
    if not letter.body:
        line = line.replace(" -X POST", "", 1) + " --data-raw ''"
    elif producer:
        line = f"{producer} | {line.replace(' -X POST', '', 1)} --data-binary @-"
    return line.replace(_MARK_AS_WRITTEN, "".join(words), 1)


def _exchange(url: str, body: bytes) -> Exchange:
    return Exchange(
        number=1,
        probe="",
        operation="",
        role="",
        note="",
        method="POST",
        url=url,
        request_headers={"content-type": "application/json", _MARK: "1"},
        request_body=body,
        status=0,
        response_headers={},
        response_body=b"",
        started=0.0,
        elapsed=0.0,
    )


def _producer(body: bytes) -> str:
    """A command that prints a text with newlines or other control characters; empty if it is not needed, or too long.

    Inside a quoted word such characters would stand as they are, and would not survive a terminal or a report.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return ""
    bare = text.rstrip(" ")
    if not _CONTROL.search(text) or len(bare) > LONGEST_FOLDED:
        return ""
    written = bare.replace("\\", "\\\\").replace("%", "%%").replace("'", "\\047")
    written = _CONTROL.sub(lambda found: f"\\{ord(found[0]):03o}", written)
    command = f"printf '{written}'"
    filled = len(text) - len(bare)
    return f"{{ {command}; head -c {filled} /dev/zero | tr '\\0' ' '; }}" if filled else command
