"""``bookproof doctor``: check a target without judging it, and show the plan of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import click

from bookproof.cli.run import SAFETY_CLASSES
from bookproof.errors import ExitCode, UsageError
from bookproof.options import DEFAULT_TARGET, WEBHOOK_URL_VARIABLE

if TYPE_CHECKING:
    from bookproof.plan import Plan
    from bookproof.sessions import OpenTarget
    from bookproof.targets.specs import TargetSpec
    from bookproof.targets.target import Target

#: A clock that is off by more seconds than this gets a remark: slots and notice periods are judged by the clock.
MUCH_SKEW = 30

EPILOG = """\b
Examples:
  bookproof doctor --target imatic
      is everything there, and what would a run do?
  bookproof doctor --target imatic --allow read
      the same for a run that changes nothing

\b
Exit codes:
  0  ready     2  usage or configuration     3  unreachable
"""


@click.command(epilog=EPILOG)
@click.option("--target", "targets", multiple=True, metavar="TARGET", help=f"As for run.  [default: {DEFAULT_TARGET}]")
@click.option("--allow", type=click.Choice(SAFETY_CLASSES), help="Plan for this ceiling instead of the file's.")
@click.option("--webhook-url", metavar="URL", envvar=WEBHOOK_URL_VARIABLE, help="As for run.")
@click.option("--inbox-port", type=click.IntRange(1, 65535), metavar="PORT", help="As for run.")
@click.pass_context
def doctor(
    ctx: click.Context, targets: tuple[str, ...], allow: str | None, webhook_url: str | None, inbox_port: int | None
) -> None:
    """Check targets without judging them, and show what a run would do.

    Reads the target file, says which credentials are there, asks the server once who the key is, compares clocks, and
    shows the plan: requests, minutes, what will be created, what cannot be tested and how to make it testable.
    """
    from bookproof.targets.specs import resolve_targets

    code = ExitCode.CONFORMS
    for text in dict.fromkeys(targets or (DEFAULT_TARGET,)):
        try:
            for spec in resolve_targets([text]):
                if not examine(spec, allow, webhook_url, inbox_port):
                    code = code or ExitCode.UNREACHABLE
        except UsageError as why:
            click.echo(f"{text}\n  no    {why}\n")
            code = ExitCode.USAGE
    ctx.exit(int(code))


def examine(spec: TargetSpec, allow: str | None, webhook_url: str | None = None, inbox_port: int | None = None) -> bool:
    """Print what there is to say about one target; returns whether it answers."""
    from bookproof.plan import plan
    from bookproof.sessions import OpenTarget
    from bookproof.targets.target import Safety

    opened = OpenTarget(spec, None, allow=allow, webhook_url=webhook_url, inbox_port=inbox_port)
    try:
        target = opened.target
        click.echo(f"{target.name}  {target.dialect}  {target.base_url}")
        for line in (*_configuration(target, spec), *_connection(opened), _inbox(opened)):
            click.echo(f"  {line}")
        for line in _plan(target, plan(target, Safety.parse(allow) if allow else None), allow):
            click.echo(line and f"  {line}")
        reachable = not opened.session.unreachable
    finally:
        opened.close()
    named = f"--target {spec.text}" + (f" --allow {allow}" if allow else "")
    named += f" --webhook-url {webhook_url}" if webhook_url else ""
    named += f" --inbox-port {inbox_port}" if inbox_port else ""
    click.echo(f"\n  {'ready: ' if reachable else 'once it answers: '}bookproof run {named}\n")
    return reachable


def _configuration(target: Target, spec: TargetSpec) -> Iterator[str]:
    source = "embedded; the run starts it" if spec.embedded else f"file {spec.document_path} is right"
    yield f"ok    {source}"
    yield f"ok    keys for {', '.join(sorted(target.credentials))}"
    for role, reason in target.missing_credentials.items():
        yield f"--    no key for {role}: {reason}"
    if target.door:
        yield f"ok    control door at {target.door.base_url}: {', '.join(sorted(target.door.supports))}"
    else:
        yield "--    no control door"


def _connection(opened: OpenTarget) -> Iterator[str]:
    if opened.session.unreachable:
        yield f"no    {opened.session.unreachable}"
        return
    first = opened.session.client.exchanges[0]
    yield f"ok    answers {first.method} {first.url} with {first.status} after {first.elapsed * 1000:.0f} ms"
    if not first.ok:
        yield f"--    {first.status} is not what a valid key gets here: is the key of role full right?"
    skew = _skew(first.response_headers.get("date", ""), first.started + first.elapsed)
    if skew is None:
        yield "--    its answers carry no Date header, so clocks cannot be compared"
    elif abs(skew) > MUCH_SKEW:
        yield f"--    its clock is {abs(skew):.0f} s {'ahead' if skew > 0 else 'behind'}; slots are judged by its clock"
    else:
        yield "ok    its clock agrees with ours"


def _inbox(opened: OpenTarget) -> str:
    from bookproof.targets.inbox import no_inbox

    reason = no_inbox(opened.target)
    if reason:
        return f"--    {reason}"
    url = opened.session.inbox.open_box("doctor")
    return f"ok    webhooks are received at {url.partition('/hooks/')[0]}; whether the target reaches it, a run shows"


def _skew(shown: str, received: float) -> float | None:
    """Seconds by which a Date header is ahead of the time at which it came; None if there is none."""
    try:
        moment = parsedate_to_datetime(shown)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - datetime.fromtimestamp(received, UTC)).total_seconds()


def _plan(target: Target, plan: Plan, allow: str | None) -> Iterator[str]:
    from bookproof.render.advice import remedy
    from bookproof.render.text import counted, listed

    running = [probe for probe in plan.probes if not probe.excluded]
    yield ""
    yield f"safety ceiling {allow or target.safety}" + (" (from --allow)" if allow else "")
    # Every role has a budget of its own, and nearly every request is of role full.
    minutes = plan.requests / max(target.requests_per_minute, 1)
    yield (
        f"{len(running)} probes, at most {counted(plan.requests, 'request')}, "
        f"about {max(minutes, 0.1):.1f} minutes at {target.requests_per_minute} a minute"
    )
    if plan.creates:
        yield "creates, and removes again as far as the API can:"
        yield from (f"  {line}" for line in plan.creates)
    left_out = Counter(probe.excluded for probe in plan.probes if probe.excluded)
    if left_out:
        yield "left out:"
        for reason, count in left_out.most_common():
            yield f"  {counted(count, 'probe')}: {reason}"
            if advice := remedy(reason):
                yield f"    → {advice}"
    grouped: dict[str, list[str]] = {}
    for identity, reason in plan.untestable:
        grouped.setdefault(reason, []).append(identity)
    if grouped:
        yield "untestable:"
        for reason, ids in grouped.items():
            yield f"  {counted(len(ids), 'requirement')}: {reason}  ({listed(ids, 3)})"
            if advice := remedy(reason):
                yield f"    → {advice}"
