"""Options: one place for what the command line and pytest both understand."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

DEFAULT_TARGET = "mock"
#: Where one target is needed that speaks imatic v1.
DEFAULT_IMATIC_TARGET = "mock-imatic"
DEFAULT_REQUIRE_JUDGED = 50
DEFAULT_RACE_BATCHES = 2
#: Reports that a run can write beside run.json, which it always writes.
FORMATS = ("html", "junit")
#: Environment variables that stand in for options.
WEBHOOK_URL_VARIABLE = "BOOKPROOF_WEBHOOK_URL"
INBOX_TOKEN_VARIABLE = "BOOKPROOF_INBOX_TOKEN"  # noqa: S105  a name


@dataclass(frozen=True)
class RunOptions:
    """What a run is asked to do.

    Attributes:
        targets: target names, files or ``mock:…`` specifications.
        allow: a safety class that lowers or raises the ceiling of the target files, or None.
        select: patterns of requirement ids; empty selects all.
        reports: the folder in which the run's folder is made.
        formats: the reports that are written there beside run.json, out of ``FORMATS``.
        waivers: a waiver file, or None.
        require_judged: per cent of the applicable requirements that must be judged.
        max_requests: the most requests per target, or None.
        seed: chooses which free slots are booked.
        race_batches: how often callers race for one slot.
        fuzz: how much is fuzzed; None for a little on the embedded mock and nothing elsewhere.
        fuzz_save: whether what fuzzing finds is saved, to be tried first next time.
        webhook_url: where targets can reach the inbox, instead of what their files say, or None.
        inbox_port: the port of the run's own inbox, to which a tunnel leads from that URL, or None.
        workers: processes; 0 runs in this one.
        verbosity: -1 quiet, 0, 1 verbose.
        pytest_args: handed on to pytest.
        judge: folder of a run whose recorded targets are judged again without a request, or None; ``targets`` names
            those of them that are wanted then, or none for all.
        offline: whether targets are judged from their cassettes, without a request.
        record: whether the run is kept as cassettes.
        cassettes: where the folders of cassettes are; None for the usual places.
    """

    targets: tuple[str, ...] = (DEFAULT_TARGET,)
    allow: str | None = None
    select: tuple[str, ...] = ()
    reports: Path = field(default_factory=lambda: Path("reports"))
    formats: tuple[str, ...] = FORMATS
    waivers: Path | None = None
    require_judged: int = DEFAULT_REQUIRE_JUDGED
    max_requests: int | None = None
    seed: int = 0
    race_batches: int = DEFAULT_RACE_BATCHES
    fuzz: str | None = None
    fuzz_save: bool = False
    webhook_url: str | None = None
    inbox_port: int | None = None
    workers: int = 0
    verbosity: int = 0
    pytest_args: tuple[str, ...] = ()
    judge: Path | None = None
    offline: bool = False
    record: bool = False
    cassettes: Path | None = None
