"""The dates that pin a request to a version. Source: Cal.com API v2, Versioning; behaviour of a running server."""

from collections.abc import Mapping

V2024_04_15 = "2024-04-15"
V2024_06_11 = "2024-06-11"
V2024_06_14 = "2024-06-14"
V2024_08_13 = "2024-08-13"
V2024_09_04 = "2024-09-04"
V2026_02_25 = "2026-02-25"
V2026_05_01 = "2026-05-01"
KNOWN = (V2024_04_15, V2024_06_11, V2024_06_14, V2024_08_13, V2024_09_04, V2026_02_25, V2026_05_01)
DEFAULT = V2024_04_15
HEADER = "cal-api-version"


class Versions:
    """Reads the version that a request asks for."""

    def known(self) -> tuple[str, ...]:
        """The dates that mean something."""
        return KNOWN

    def fallback(self) -> str:
        """The date of a request that names none, or none that is known."""
        return DEFAULT

    def requested(self, headers: Mapping[str, str]) -> str:
        """The date that a request is answered at; an unknown one is never an error."""
        given = headers.get(HEADER, "").strip()
        return given if given in self.known() else self.fallback()
