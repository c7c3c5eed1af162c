"""Vendors who chose otherwise are fuzzed in their own words: nothing is found against sound ones, and defects are."""

from __future__ import annotations

import pytest
from selftest_runs import Ran
from selftest_vendor_runs import judge_vendors, name_of
from selftest_vendors import VENDORS

#: A defect, and what fuzzing alone finds of it.
PLANTED = {
    ("nested", "no-show-not-subscribable"): "fuzz.valid.accepted",
    ("plain", "double-booking-accepted"): "fuzz.sequences.no-overlap",
    ("sparse", "cancel-leaves-slot-blocked"): "fuzz.sequences.cancelled-free",
}


@pytest.fixture(scope="session")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The vendors as they are and with a defect each, fuzzed and nothing else."""
    which = [*((vendor, "") for vendor in VENDORS), *PLANTED]
    options = (
        "--fuzz",
        "200",
        "--seed",
        "1",
        "--select",
        "fuzz.*",
        "--",
        "-k",
        "createBooking or createWebhook or sequences",
    )
    return judge_vendors(which, tmp_path_factory.mktemp("fuzzed-vendors"), *options)


@pytest.mark.parametrize("vendor", sorted(VENDORS))
def test_nothing_is_found_against_a_sound_vendor(fuzzed: Ran, vendor: str) -> None:
    """And all is judged, by requests that the vendor takes."""
    assert {row: outcome for row, outcome in fuzzed.outcomes(vendor).items() if row.startswith("fuzz.")} == {
        "fuzz.valid.accepted": "pass",
        "fuzz.invalid.refused": "pass",
        "fuzz.sequences.no-overlap": "pass",
        "fuzz.sequences.cancelled-free": "pass",
    }
    assert not fuzzed.broken(vendor)


@pytest.mark.parametrize(("vendor", "defect"), PLANTED)
def test_a_defect_is_found_behind_other_names(fuzzed: Ran, vendor: str, defect: str) -> None:
    """Though no other check has looked."""
    assert PLANTED[vendor, defect] in fuzzed.broken(name_of(vendor, defect))
