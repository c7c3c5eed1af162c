"""Codes and keys that are wrong, made out of right ones.

A recording holds stand-ins for keys; what is made of a stand-in by one of these must be what stands in for what was
made of the key itself. That holds, for each character is turned by itself.
"""

from __future__ import annotations

import string

# Letters a to f stay among themselves, so that a hexadecimal code stays one.
_CYCLES = (string.digits, "abcdef", "ghijklmnopqrstuvwxyz", "ABCDEF", "GHIJKLMNOPQRSTUVWXYZ")


def unlike(code: str) -> str:
    """A code of the same shape that nothing has: its last six letters and digits are other ones.

    Letters a to f stay among themselves, so that a hexadecimal code stays one.
    """
    turned: list[str] = []
    changes = 0
    for char in reversed(code):
        cycle = next((cycle for cycle in _CYCLES if char in cycle), None)
        if cycle and changes < 6:
            changes += 1
            turned.append(cycle[(cycle.index(char) + 1 + changes % 3) % len(cycle)])
        else:
            turned.append(char)
    return "".join(reversed(turned))


def another_secret(secret: str) -> str:
    """A secret of the same length and alphabet that differs in every letter and digit."""
    return "".join(unlike(char) for char in secret)
