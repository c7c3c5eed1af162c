"""Vendors who read the same documents and chose otherwise are judged after a target file only, and as sharply."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from selftest_runs import Ran
from selftest_vendor_runs import judge_vendors, name_of
from selftest_vendors import VENDORS

from bookproof.mock.defects import all_defects

HERE = Path(__file__).parent
DEFECTS = all_defects()

#: Planted behind the renaming layer, among them some that only an answer read through the bindings gives away.
PLANTED = {
    "nested": (
        "cancel-leaves-slot-blocked",
        "buffers-ignored-on-reschedule",
        "page-two-skips-one",
        "dst-autumn-only",
        "refused-booking-burns-link",
        "status-filter-ignored",
        "webhook-update-ignored",
        "event-type-deletable",
        "booking-without-end",
    ),
    "plain": (
        "reschedule-keeps-old-slot",
        "sibling-slots-still-listed",
        "secret-compared-by-prefix",
        "naive-bad-date",
        "minimum-notice-ignored-in-slots",
        "second-cancel-restores",
        "create-answers-other-start",
        "limit-ignored",
        "me-same-for-everyone",
    ),
    "sparse": (
        "double-booking-accepted",
        "booked-slot-still-listed",
        "reschedule-onto-taken",
        "slots-listed-twice",
        "list-shows-all-accounts",
        "invalid-booking-stored",
        "stats-stale",
        "last-page-repeated",
    ),
}

#: What cannot be judged on a vendor whose file gives, or whose API shows, too little for it. Nothing else may be.
UNTESTABLE = {
    "nested": {"deliveries.data.agrees"},  # what is delivered has not passed the renaming layer
    "plain": {
        "slots.length.right",  # slots are bare starts
        "slots.zone.presentation",  # they cannot be asked for in another zone
        "slots.durations.selectable",  # nor in another length
        "deliveries.data.agrees",  # what is delivered has not passed the renaming layer
    },
    "sparse": {
        # No key
        "auth.key.revoked",
        "scopes.slots-read.required",
        "scopes.bookings-read.required",
        "scopes.bookings-write.required",
        "scopes.other-resources.required",
        "scopes.slots-read.grants",
        "scopes.bookings-read.grants",
        "scopes.bookings-write.grants",
        "scopes.mcp.umbrella",
        "scopes.me.any-key",
        # No such event type, or no rules of one
        "slots.length.right",
        "slots.hours.honoured",
        "slots.interval.aligned",
        "slots.durations.selectable",
        "slots.overrides.win",
        "slots.notice.minimum",
        "slots.notice.maximum",
        "slots.dst.spring",
        "slots.dst.autumn",
        "slots.zones.half-hour",
        "slots.unlisted.refused",
        "slots.host.shared",
        "slots.cap.kept",
        "slots.buffers.kept",
        "bookings.create.cap",
        "bookings.create.buffers",
        "bookings.create.minimum-notice",
        "bookings.create.maximum-notice",
        "bookings.create.overlap",
        "bookings.create.required-answer",
        "bookings.reschedule.buffers",
        "bookings.reschedule.unlisted",
        # The API does not take or show it
        "errors.validation.unknown-zone",
        "errors.unicode.round-trip",
        "slots.zone.presentation",
        "bookings.create.refused-stores-nothing",
        "bookings.list.filters",
        "envelopes.other-lists.shape",
        # No control door
        "bookings.no-show.shown",
    },
}


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """One run over the vendors as they are."""
    return judge_vendors([(vendor, "") for vendor in VENDORS], tmp_path_factory.mktemp("vendors"), "-n", "2")


@pytest.fixture(scope="session")
def defective(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """One run over each vendor with each of its defects."""
    planted = [(vendor, defect) for vendor, defects in PLANTED.items() for defect in defects]
    return judge_vendors(planted, tmp_path_factory.mktemp("defective-vendors"), "-n", "2")


def test_vendors_conform(sound: Ran) -> None:
    """After a target file only, with nothing found against them and nothing left behind."""
    assert sound.code == 0, sound.out + sound.err
    assert {target["name"]: target["left_behind"] for target in sound.record["targets"]} == {v: [] for v in VENDORS}


@pytest.mark.parametrize("vendor", sorted(VENDORS))
def test_nothing_is_found_against_a_sound_vendor(sound: Ran, vendor: str) -> None:
    """Not even as information: where the documents are silent, every legitimate choice is accepted."""
    findings = {
        row: [(finding["subject"], finding["expected"], finding["seen"]) for finding in verdict["findings"]]
        for (target, row), verdict in sound.verdicts.items()
        if target == vendor and verdict["findings"]
    }
    assert not findings


@pytest.mark.parametrize("vendor", sorted(VENDORS))
def test_only_what_is_missing_is_untestable(sound: Ran, vendor: str) -> None:
    """Other names and shapes cost no requirement; only what the file or the API does not have does."""
    outcomes = sound.outcomes(vendor)
    untestable = {row for row, outcome in outcomes.items() if outcome == "untestable"}
    assert untestable == UNTESTABLE[vendor]
    assert set(outcomes.values()) <= {"pass", "untestable", "not-applicable"}
    not_applicable = {row for row, outcome in outcomes.items() if outcome == "not-applicable"}
    assert all(row.startswith(("mcp.", "parity.", "fuzz.")) for row in not_applicable) or vendor == "sparse"


@pytest.mark.parametrize(("vendor", "defect"), [(v, defect) for v, planted in PLANTED.items() for defect in planted])
def test_defects_are_found_behind_bindings(sound: Ran, defective: Ran, vendor: str, defect: str) -> None:
    """A defect breaks what it declares, as far as that can be judged on the vendor, and nothing else."""
    testable = {row for row, outcome in sound.outcomes(vendor).items() if outcome == "pass"}
    expected = set(DEFECTS[defect].breaks) & testable
    assert expected, f"{defect} shows nothing on {vendor}"
    assert defective.broken(name_of(vendor, defect)) == expected


def test_no_check_errs(sound: Ran, defective: Ran) -> None:
    """Whatever a vendor answers, the suite itself does not break."""
    verdicts = {**sound.verdicts, **defective.verdicts}
    errors = {key: verdict["reason"] for key, verdict in verdicts.items() if verdict["outcome"] == "error"}
    assert not errors


@pytest.mark.parametrize("vendor", sorted(VENDORS))
def test_target_files_hold_no_more_than_bindings(vendor: str) -> None:
    """A file for another vendor is data: credentials by name, what the account holds, and how things are called."""
    document = tomllib.loads((HERE / f"{vendor}.toml").read_text("utf-8"))
    allowed = {"name", "dialect", "base_url_env", "safety", "credentials", "capabilities", "limits", "door"}
    assert set(document) <= allowed | {"data", "bindings"}
