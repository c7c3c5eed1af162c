"""``bookproof verify-signature``: is a captured delivery signed as documented, and if not, why."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bookproof.cli.variables import WEBHOOK_SECRET, secret_in, variable_name
from bookproof.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from bookproof.judge.signature import Examination, Scheme
    from bookproof.wire.captured import Captured

EPILOG = """\b
Examples:
  export BOOKPROOF_WEBHOOK_SECRET=…      # never on a command line
  bookproof verify-signature request.http
      headers, an empty line and the body, as they arrived
  bookproof verify-signature body.json --header "$SIGNATURE"
      the body in a file, the signature by itself
  bookproof verify-signature reports/run/exchanges-mock.jsonl --exchange 212
      a delivery of a run
  pbpaste | bookproof verify-signature - --at now
      also ask whether it is fresh
  bookproof verify-signature fixtures/vectors/imatic-signatures.json --vector re-serialised-sorted
      an example of a mistake

\b
Exit codes:
  0  signed as documented     1  not     2  usage
"""


@dataclass
class _Question:
    """What is to be examined."""

    delivery: Captured
    source: str
    scheme: Scheme | None
    secret: str | None = None
    secret_name: str = ""
    moment: float | None = None
    tolerance: float | None = None
    other_secrets: Mapping[str, str] = field(default_factory=dict[str, str])


def read_moment(_: click.Context, __: click.Parameter, value: str | None) -> float | None:
    """Read ``now``, unix seconds, or an ISO-8601 instant with its zone."""
    if value is None:
        return None
    if value == "now":
        return datetime.now(UTC).timestamp()
    if re.fullmatch(r"[0-9]{1,11}(\.[0-9]+)?", value):
        return float(value)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise click.BadParameter(f"{value!r} is no moment; write now, unix seconds, or one like 2027-01-13T10:00:00Z")
    return moment.timestamp()


@click.command("verify-signature", epilog=EPILOG, short_help="Check the signature of a captured delivery.")
@click.argument("file", type=click.Path(allow_dash=True, path_type=Path))
@click.option(
    "--secret",
    "variable",
    metavar="VARIABLE",
    default=WEBHOOK_SECRET,
    show_default=True,
    callback=variable_name,
    help="The environment variable that holds the signing secret.",
)
@click.option(
    "--other-secret",
    "other_variables",
    metavar="VARIABLE",
    multiple=True,
    callback=variable_name,
    help="One that holds the secret of another subscription, to find a mix-up. May be given several times.",
)
@click.option("--scheme", type=click.Choice(("imatic", "calcom")), help="Whose signature; by default what is there.")
@click.option("--header", metavar="VALUE", help="The value of the signature header; FILE is the body alone then.")
@click.option("--exchange", type=click.IntRange(min=1), metavar="N", help="FILE has the exchanges of a run; take N.")
@click.option("--vector", metavar="ID", help="FILE has golden signatures; take this one, with its secret and moment.")
@click.option("--at", "moment", metavar="MOMENT", callback=read_moment, help="Judge the age of t: now, or when.")
@click.option("--tolerance", type=click.FloatRange(min=0), metavar="S", help="Seconds of age allowed; 300 with --at.")
@click.option("--json", "as_json", is_flag=True, help="Say it as JSON.")
@click.pass_context
def verify_signature(
    ctx: click.Context,
    file: Path,
    variable: str,
    other_variables: tuple[str, ...],
    scheme: str | None,
    header: str | None,
    exchange: int | None,
    vector: str | None,
    moment: float | None,
    tolerance: float | None,
    as_json: bool,
) -> None:
    """Check the signature of a captured delivery, and name the cause if it does not match.

    FILE is a raw HTTP request, byte by byte as it arrived (- reads it from standard input), the exchanges of a run, or
    a file of golden signatures. The age of t is judged with --at only: a captured delivery is old.
    """
    from bookproof.judge.signature import TOLERANCE, examine

    if sum(given is not None for given in (header, exchange, vector)) > 1:
        raise UsageError("--header, --exchange and --vector exclude each other: each says what FILE is")
    if vector is None and tolerance is not None and moment is None:
        raise UsageError("--tolerance says how old t may be, and --at when it is looked at; give both, or --at alone")
    raw, name = read_file(file)
    question = _read(raw, name, scheme, header, exchange, vector)
    asked_for = question.scheme or _scheme_of(question.delivery, name)
    if question.secret is None:
        question.secret, question.secret_name = secret_in(variable), f"${variable}"
        question.other_secrets = {other: secret_in(other) for other in other_variables}
    question.moment = question.moment if moment is None else moment
    found = examine(
        question.delivery.headers.get(asked_for.header.lower()),
        question.delivery.body,
        question.secret,
        scheme=asked_for,
        moment=question.moment,
        tolerance=tolerance if tolerance is not None else question.tolerance or TOLERANCE,
        other_secrets=question.other_secrets,
    )
    if as_json:
        click.echo(json.dumps(_as_data(question, asked_for, found), indent=2, ensure_ascii=False))
    else:
        for line in lines(question, asked_for, found):
            click.echo(line)
    ctx.exit(ExitCode.CONFORMS if found.right else ExitCode.VIOLATIONS)


def read_file(file: Path) -> tuple[bytes, str]:
    """The bytes of a file or of standard input, and its name for messages.

    Raises:
        UsageError: it cannot be read.
    """
    if str(file) == "-":
        return sys.stdin.buffer.read(), "standard input"
    try:
        return file.read_bytes(), str(file)
    except OSError as why:
        raise UsageError(f"{file} cannot be read: {why.strerror or why}") from why


def _read(
    raw: bytes, name: str, scheme: str | None, header: str | None, exchange: int | None, vector: str | None
) -> _Question:
    from bookproof.judge.signature import NO_SECRET, Scheme
    from bookproof.wire.captured import Captured, from_exchanges, from_request, from_vectors

    chosen = Scheme(scheme) if scheme else None
    if vector is not None:
        golden = from_vectors(raw, vector, name)
        return _Question(
            golden.delivery,
            f"vector {vector}",
            chosen or Scheme(golden.scheme),
            golden.secret,
            "the vector",
            golden.moment,
            golden.tolerance,
            golden.other_secrets,
        )
    if header is not None:
        given, colon, value = header.partition(":")
        named = {known.header.lower(): known for known in Scheme}.get(given.strip().lower()) if colon else None
        value = value.strip() if named else header
        bare = re.fullmatch(r"[0-9a-fA-F]{64}", value) or value == NO_SECRET
        chosen = chosen or named or (Scheme.CALCOM if bare else Scheme.IMATIC)
        return _Question(Captured({chosen.header.lower(): value}, raw), f"{name} with --header", chosen)
    if exchange is not None or _is_jsonl(raw):
        names = tuple(known.header.lower() for known in Scheme)
        return _Question(from_exchanges(raw, exchange, names, name), f"exchange {exchange} of {name}", chosen)
    return _Question(from_request(raw, name), name, chosen)


def _is_jsonl(raw: bytes) -> bool:
    return raw.lstrip().startswith(b'{"number":')


def _scheme_of(delivery: Captured, name: str) -> Scheme:
    from bookproof.judge.signature import Scheme

    there = [scheme for scheme in Scheme if scheme.header.lower() in delivery.headers]
    if len(there) == 1:
        return there[0]
    headers = " and ".join(scheme.header for scheme in there or Scheme)
    state = "both are there," if there else "neither is there,"
    raise UsageError(f"{name}: of {headers} {state} so that the scheme is not known; say --scheme imatic or calcom")


def lines(question: _Question, scheme: Scheme, found: Examination) -> Iterator[str]:
    """What was found, for the console."""
    from bookproof.judge.signature_causes import REMEDIES
    from bookproof.render.text import counted, one_line

    size = counted(len(question.delivery.body), "byte")
    yield f"{scheme.header} of {question.source}: {size} of body, secret from {question.secret_name}"
    for note in question.delivery.notes:
        yield f"  ! {note}"
    for part, fault, right in _parts(question, scheme, found):
        mark = "x" if fault else "-" if right is None else "ok"
        yield f"  {mark:<2} {part:<7} {one_line(fault or right or _not_judged(part, question, scheme))}"
    if found.right:
        yield "right: signed as documented"
    else:
        yield f"wrong: {', '.join(found.causes)}"
        for cause in found.causes:
            yield f"  {cause}: {REMEDIES[cause]}"
    decides = "accepts" if found.verifies else "refuses"
    yield f"a receiver that does what the documents say {decides} it"


def _parts(question: _Question, scheme: Scheme, found: Examination) -> Iterator[tuple[str, str, str | None]]:
    """Name of a judgement, its fault, and what is right about it; None where there was nothing to judge."""
    timed = scheme.value == "imatic"
    form = "t=…,v1=…" if timed else "a bare digest"
    yield "header", found.header_fault, f"of the form {form}"
    yield "t", found.seconds_fault, None if found.seconds is None else f"{found.seconds}, {_shown(found.seconds)}"
    yield "digest", found.hex_fault, None if found.digest is None else "64 lower-case hexadecimal digits"
    judged = found.digest is not None and (not timed or found.seconds is not None)
    covers = "t, a dot and the raw body" if timed else "the raw body"
    yield "match", found.match_fault, f"the HMAC-SHA256 of {covers}" if judged else None
    aged = question.moment is not None and found.seconds is not None and not found.seconds_fault
    yield "age", found.age_fault, "within the tolerance" if aged else None


def _shown(seconds: str) -> str:
    try:
        return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return "beyond any calendar"


def _not_judged(part: str, question: _Question, scheme: Scheme) -> str:
    if part in ("t", "age") and scheme.value == "calcom":
        return "the scheme has no time"
    if part == "age" and question.moment is None:
        return "not judged without --at"
    return "there is nothing to judge"


def _as_data(question: _Question, scheme: Scheme, found: Examination) -> dict[str, Any]:
    from bookproof.judge.signature_causes import REMEDIES

    return {
        "scheme": scheme,
        "header_name": scheme.header,
        "source": question.source,
        "secret_from": question.secret_name,
        "body_bytes": len(question.delivery.body),
        "notes": list(question.delivery.notes),
        "right": found.right,
        "verifies": found.verifies,
        "cause": found.cause,
        "causes": [{"cause": cause, "remedy": REMEDIES[cause]} for cause in found.causes],
        "judgements": {
            part: {"judged": bool(fault) or right is not None, "fault": fault}
            for part, fault, right in _parts(question, scheme, found)
        },
    }
