"""The command line. Nothing heavy is imported before a command needs it, so that ``--help`` is quick."""

from __future__ import annotations

from bookproof.cli.group import main

__all__ = ["main"]
