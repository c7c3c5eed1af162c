"""Secrets on the command line: the name of an environment variable, never the secret itself."""

from __future__ import annotations

import os

import click

from bookproof.errors import UsageError

#: Where a signing secret is looked for unless an option says otherwise.
WEBHOOK_SECRET = "BOOKPROOF_WEBHOOK_SECRET"  # noqa: S105  the name of a variable


def variable_name(_: click.Context, option: click.Parameter, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
    """Take the name of a variable; anything else may be a secret, and is refused without being repeated."""
    for name in (value,) if isinstance(value, str) else value:
        if not (name.isascii() and name.isupper() and name.isidentifier()):
            raise click.BadParameter(
                f"what {option.opts[0]} was given is not the name of an environment variable (it is not repeated "
                "here). Put the secret into a variable and give the name of that, in capitals"
            )
    return value


def secret_in(variable: str) -> str:
    """The secret that an environment variable holds.

    Raises:
        UsageError: the variable is not set, or is empty.
    """
    value = os.environ.get(variable)
    if not value:
        state = "is not set" if value is None else "is empty"
        raise UsageError(
            f"environment variable {variable} {state}; put the signing secret of the webhook into it, or name another "
            "variable with --secret"
        )
    return value
