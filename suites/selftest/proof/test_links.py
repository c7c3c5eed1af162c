"""Rows and checks belong together: no row without a check or a reason, no check without a row."""

from __future__ import annotations

from collections import Counter

from bookproof.catalogue import Catalogue
from bookproof.plan import check_sources
from bookproof.probes.base import all_probes


def test_every_row_has_one_check_or_a_reason() -> None:
    """Exactly one check for each judged row, none for an excluded one."""
    checked = Counter(check.requirement for check in check_sources())
    catalogue = Catalogue.load("imatic-v1")
    assert checked == Counter(row.id for row in catalogue.judged)


def test_every_check_says_what_it_judges() -> None:
    """The docstring of a check is its row in other words."""
    assert not [check.node for check in check_sources() if not check.docstring]


def test_every_probe_is_judged_or_shared() -> None:
    """A probe whose evidence nobody judges would spend requests for nothing."""
    judged = {check.probe for check in check_sources()}
    assert {probe.id for probe in all_probes().values() if not probe.shared} == judged


def test_rows_name_the_safety_of_their_probe() -> None:
    """What a row says about its safety is what its probe does."""
    catalogue, probes = Catalogue.load("imatic-v1"), all_probes()
    wrong = {
        check.requirement: (catalogue.get(check.requirement).safety, str(probes[check.probe].safety))
        for check in check_sources()
        if catalogue.get(check.requirement).safety != str(probes[check.probe].safety)
    }
    assert not wrong
