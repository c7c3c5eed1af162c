"""Rows and checks belong together: no row without a check or a reason, no check without a row."""

from __future__ import annotations

from collections import Counter

import pytest

from bookproof.catalogue import Catalogue, dialects
from bookproof.plan import check_sources
from bookproof.probes.base import all_probes

each_dialect = pytest.mark.parametrize("dialect", dialects())


@each_dialect
def test_every_row_has_one_check_or_a_reason(dialect: str) -> None:
    """Exactly one check for each judged row, none for an excluded one."""
    checked = Counter(check.requirement for check in check_sources() if check.dialect == dialect)
    assert checked == Counter(row.id for row in Catalogue.load(dialect).judged)


def test_every_check_says_what_it_judges() -> None:
    """The docstring of a check is its row in other words."""
    assert not [check.node for check in check_sources() if not check.docstring]


@each_dialect
def test_every_probe_is_judged_or_shared(dialect: str) -> None:
    """A probe whose evidence nobody judges would spend requests for nothing."""
    judged = {check.probe for check in check_sources() if check.dialect == dialect}
    assert {probe.id for probe in all_probes(dialect).values() if not probe.shared} == judged


@each_dialect
def test_rows_name_the_safety_of_their_probe(dialect: str) -> None:
    """What a row says about its safety is what its probe does."""
    catalogue, probes = Catalogue.load(dialect), all_probes(dialect)
    wrong = {
        check.requirement: (catalogue.get(check.requirement).safety, str(probes[check.probe].safety))
        for check in check_sources()
        if check.dialect == dialect and catalogue.get(check.requirement).safety != str(probes[check.probe].safety)
    }
    assert not wrong


def test_core_rows_are_judged_in_every_dialect() -> None:
    """What vendors share is one row, judged through the dialect of each."""
    catalogues = [Catalogue.load(dialect) for dialect in dialects()]
    core = [{row.id for row in catalogue.judged if row.core} for catalogue in catalogues]
    assert core[0]
    assert all(rows == core[0] for rows in core)
