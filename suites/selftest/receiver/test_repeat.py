"""The curl lines of a trial send the same again, byte by byte."""

from __future__ import annotations

import shutil
import subprocess
from email.message import Message

import pytest
from receiver.consumers import SECRET, serving

from bookproof.judge.signature import Scheme
from bookproof.receiver.cases import Case, cases_of
from bookproof.receiver.letters import Letter, Writer
from bookproof.receiver.repeat import repeat_line
from bookproof.receiver.samples import Samples

pytestmark = pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
OWN = {
    "our sample": None,
    "lines": b'{ "event": "booking.created",\r\n\t"note": "100 % \\"it\'s\\" \\\\ here", "name": "Zo\xc3\xab" }\n',
    "bytes": bytes(range(256)),
    "long": b'{"event":"booking.created",\n"note":"' + b"abc " * 1500 + b'"}',
}


def arrives(letter: Letter) -> tuple[list[tuple[str, str]], bytes]:
    """What a consumer gets from the line: the signature headers and the body."""
    arrived: list[tuple[list[tuple[str, str]], bytes]] = []

    def keep(headers: Message, body: bytes) -> int:
        shown = [(name, value) for name, value in headers.items() if name.lower().startswith("x-")]
        arrived.append((shown, body))
        return 200

    with serving(keep) as url:
        line = repeat_line(url, letter)
        assert "\n" not in line
        assert SECRET not in line
        subprocess.run(["sh", "-c", line], capture_output=True, timeout=30, check=True)
    headers, body = arrived[0]
    # Headers are handed on as Latin-1.
    return [(name, value.encode("latin-1").decode("utf-8")) for name, value in headers], body


@pytest.mark.parametrize("case", cases_of(Scheme.IMATIC), ids=lambda case: case.id)
def test_line_of_each_case_sends_the_same_again(case: Case) -> None:
    """The signature headers as they are written, and every byte of the body."""
    samples = Samples(Scheme.IMATIC, "booking.created")
    letter = case.write(Writer(Scheme.IMATIC, SECRET, 1_800_000_000, samples), case.id)
    assert arrives(letter) == (list(letter.headers), letter.body)


@pytest.mark.parametrize("own", OWN.values(), ids=OWN)
@pytest.mark.parametrize("scheme", Scheme)
def test_line_holds_any_payload(scheme: Scheme, own: bytes | None) -> None:
    """Newlines, quotes, backslashes, percent signs, bytes that are no text, and the same filled up with spaces."""
    samples = Samples(scheme, "booking.created", own)
    writer = Writer(scheme, SECRET, 1_800_000_000, samples)
    texts = own is None or b"\0" not in own
    for body in (samples.body("x"), *((samples.large("x"),) if texts else ())):
        letter = writer.signed(body)
        assert arrives(letter) == (list(letter.headers), body)
