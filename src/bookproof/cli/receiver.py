"""``bookproof receiver``: does a consumer of webhooks verify what it is sent."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from bookproof.cli.variables import WEBHOOK_SECRET, secret_in, variable_name
from bookproof.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from bookproof.judge.signature import Scheme
    from bookproof.receiver.cases import Case
    from bookproof.receiver.samples import Samples

EPILOG = """\b
Examples:
  export BOOKPROOF_WEBHOOK_SECRET=…      # the secret that your endpoint holds
  bookproof receiver --url http://127.0.0.1:3000/hooks
      try your endpoint with every case
  bookproof receiver --url http://127.0.0.1:3000/hooks --only 'valid*' --only stale
      with some of them
  bookproof receiver --url https://staging.example.com/hooks --body booking-created.json --junit receiver.xml
      with a payload of yours
  bookproof receiver --list
      what would be sent, and how it should be answered

\b
Exit codes:
  0  it verifies what it is sent     2  usage
  1  violations                      3  nobody answers at the URL
"""


@click.command(epilog=EPILOG, short_help="Try a consumer of webhooks with right and wrong deliveries.")
@click.option("--url", metavar="URL", help="Where the consumer takes deliveries: http or https.")
@click.option(
    "--secret",
    "variable",
    metavar="VARIABLE",
    default=WEBHOOK_SECRET,
    show_default=True,
    callback=variable_name,
    help="The environment variable that holds the signing secret.",
)
@click.option("--scheme", type=click.Choice(("imatic", "calcom")), default="imatic", show_default=True)
@click.option("--event", metavar="NAME", help="The event of the sample payload; by default a new booking's.")
@click.option(
    "--body",
    "body_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A payload of yours to send instead of the sample.",
)
@click.option(
    "--timeout", type=click.FloatRange(min=0.1, max=600), default=10.0, show_default=True, help="Seconds for an answer."
)
@click.option("--only", "patterns", multiple=True, metavar="PATTERN", help="Only cases that match; `valid` goes first.")
@click.option("--json", "as_json", is_flag=True, help="Say it as JSON.")
@click.option(
    "--junit",
    "junit_file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE",
    help="Also write JUnit XML.",
)
@click.option("--list", "only_list", is_flag=True, help="Show the cases and send nothing.")
@click.pass_context
def receiver(
    ctx: click.Context,
    url: str | None,
    variable: str,
    scheme: str,
    event: str | None,
    body_file: Path | None,
    timeout: float,
    patterns: tuple[str, ...],
    as_json: bool,
    junit_file: Path | None,
    only_list: bool,
) -> None:
    """Play the sender of webhooks against a consumer: what it must accept, what it must refuse, what must not crash it.

    The consumer sees sample events, rightly signed ones among them: use a test instance. What the documents leave open
    is never a violation.
    """
    from bookproof.judge.signature import Scheme
    from bookproof.receiver import report

    chosen = Scheme(scheme)
    cases = select(chosen, patterns)
    if only_list:
        for line in report.listing(cases):
            click.echo(line)
        return
    checked = check_url(url)
    secret = secret_in(variable)
    samples = _samples(chosen, event, body_file)
    if junit_file and not junit_file.absolute().parent.is_dir():
        raise UsageError(f"--junit: there is no folder {junit_file.absolute().parent}")

    from bookproof.receiver.session import Trial
    from bookproof.wire.redaction import Redactor

    shown = Redactor({"signing secret": secret}).text(checked)
    what = "your payload" if samples.own is not None else f"sample events ({samples.event}, bookings bookproof-…)"
    # Where standard output is for a program, people read the other one.
    click.echo(report.plan(cases, shown, what), err=as_json)
    trial = Trial(checked, chosen, secret, samples, timeout)
    trial.run(cases)
    violations = report.counts(trial.results)["violation"]
    code = ExitCode.VIOLATIONS if violations or trial.stopped else ExitCode.CONFORMS
    if junit_file:
        junit_file.write_bytes(report.render_junit(trial, shown))
    if as_json:
        click.echo(json.dumps(report.as_data(trial, shown, int(code)), indent=2, ensure_ascii=False))
    else:
        from rich.console import Console

        console = Console(highlight=False, emoji=False)
        if not console.is_terminal:
            console.width = 160
        report.print_report(console, trial)
    ctx.exit(code)


def select(scheme: Scheme, patterns: tuple[str, ...]) -> tuple[Case, ...]:
    """The cases whose ids match; the first one, an ordinary delivery, is always there.

    Raises:
        UsageError: a pattern matches nothing; names near matches.
    """
    from difflib import get_close_matches

    from bookproof.receiver.cases import cases_of

    known = cases_of(scheme)
    ids = [case.id for case in known]
    for pattern in patterns:
        if not any(fnmatchcase(identity, pattern) for identity in ids):
            near = get_close_matches(pattern, ids, n=3, cutoff=0.5)
            remedy = f"did you mean {' or '.join(near)}?" if near else "see bookproof receiver --list"
            raise UsageError(f"--only {pattern}: there is no such case; {remedy}")
    return known[:1] + tuple(
        case for case in known[1:] if not patterns or any(fnmatchcase(case.id, pattern) for pattern in patterns)
    )


def check_url(url: str | None) -> str:
    """The URL of a consumer, if it is one.

    Raises:
        UsageError: it is missing, or is no http or https URL; credentials in it are not repeated.
    """
    if not url:
        raise UsageError("--url is missing: where does the consumer take deliveries?")
    try:
        parts = urlsplit(url)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        parts, fine = None, False
    if parts and ("@" in parts.netloc):
        raise UsageError("--url holds a name or a password (not repeated here); secrets do not go on a command line")
    if not fine or any(letter.isspace() or not letter.isprintable() for letter in url):
        raise UsageError(f"--url {url!r} is no http or https URL, such as http://127.0.0.1:3000/hooks")
    return url


def _samples(scheme: Scheme, event: str | None, body_file: Path | None) -> Samples:
    from bookproof.receiver.samples import EVENTS, Samples

    if body_file is None:
        return Samples(scheme, event or EVENTS[scheme])
    if event is not None:
        raise UsageError("--event and --body exclude each other: the payload in the file names its own event")
    try:
        own = body_file.read_bytes()
    except OSError as why:
        raise UsageError(f"--body {body_file} cannot be read: {why.strerror or why}") from why
    if not own.strip():
        raise UsageError(f"--body {body_file} is empty")
    return Samples(scheme, "", own)
