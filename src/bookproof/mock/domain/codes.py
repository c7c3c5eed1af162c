"""Short url-safe codes and secrets, drawn from a seeded generator so that the same seed makes the same data."""

from random import Random
from uuid import UUID

# No vowels and no look-alikes: codes stay readable and never spell a word.
_ALPHABET = "bcdfghjkmnpqrstvwxz23456789"


def draw(random: Random, length: int) -> str:
    """Draw `length` characters of the code alphabet from `random`."""
    return "".join(random.choices(_ALPHABET, k=length))


class Codes:
    """Generator of codes such as `bk_7hq2…`.

    Parameters:
        seed: the data seed.
        boot: how often the store was opened before, so that a reopened file does not repeat its codes.
    """

    def __init__(self, seed: int, boot: int = 0) -> None:
        # Repeatable on purpose: nothing here protects anybody, the mock serves loopback.
        self._random = Random(f"{seed}:codes:{boot}")  # noqa: S311

    def new(self, kind: str, length: int = 12) -> str:
        """A fresh code `<kind>_<length characters>`."""
        return f"{kind}_{draw(self._random, length)}"

    def suffix(self, length: int = 5) -> str:
        """Bare characters, for names derived from another name."""
        return draw(self._random, length)

    def uuid(self) -> str:
        """A fresh random UUID as text."""
        return str(UUID(bytes=self.bytes(16), version=4))

    def bytes(self, count: int) -> bytes:
        """`count` bytes, for salts."""
        return self._random.randbytes(count)


def derived(seed: int, purpose: str, length: int) -> str:
    """Characters that depend on seed and purpose only, so that they can be told again without being stored."""
    return draw(Random(f"{seed}:derived:{purpose}"), length)  # noqa: S311
