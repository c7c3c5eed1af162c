"""The ways a run can go wrong that are not a verdict about the target, each with its exit code."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process says when it ends."""

    CONFORMS = 0
    VIOLATIONS = 1
    USAGE = 2
    UNREACHABLE = 3
    NOT_JUDGED = 4
    OWN_ERROR = 5
    WAIVERS = 6


class BookproofError(Exception):
    """Base of our own errors: a sentence for the user and the exit code it leads to."""

    exit_code = ExitCode.OWN_ERROR


class UsageError(BookproofError):
    """A wrong file, option or environment: names the place and the remedy."""

    exit_code = ExitCode.USAGE


class Unreachable(BookproofError):
    """The target does not answer, or what answers is not an API."""

    exit_code = ExitCode.UNREACHABLE
