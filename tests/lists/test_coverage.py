from __future__ import annotations

import json

import pytest
from tests.backends import BOTH

from tidebreak.lists.coverage import NO_SIGNAL
from tidebreak.lists.labels import NON_PERTINENT
from tidebreak.lists.writing import NOT_COMPARABLE
from tidebreak.model import ListKind, Thresholds

BACKENDS = BOTH

PDNA = "00" * 144


def types(found):
    return {row.type: (row.values, row.matchable) for row in found.types}


def test_every_type_is_counted_with_what_cannot_be_matched(imported, catalogue, digest):
    """One entry with only SHA-1 and one with an MD5 count (defect 1 of the incumbents)."""
    imported(
        "id,md5,sha1,pdq,quality,photodna,foo\n"
        f"a,,{digest('sha1', 1)},,,,\n"
        f"b,{digest('md5', 2)},,,,,\n"
        f"c,,,{'1' * 64},80,,\n"
        f"d,,,{'2' * 64},49,,\n"
        f"e,,,{'3' * 64},,,\n"
        f"f,,,,,{PDNA},\n"
        "g,,,,,,unknown\n"
    )
    found = catalogue.coverage("list")
    assert types(found) == {
        "md5": (1, 1), "sha1": (1, 1), "pdq": (3, 2), "photodna": (1, 0)
    }  # fmt: skip
    assert (found.entries, found.unmatchable) == (7, 3)
    assert dict(found.why) == {"quality below 50": 1, NOT_COMPARABLE: 1, NO_SIGNAL: 1}
    why = {row.type: row.why for row in found.types}
    assert why == {"md5": "", "sha1": "", "pdq": "1 quality below 50",
                   "photodna": f"1 {NOT_COMPARABLE}"}  # fmt: skip


def test_the_list_decides_what_quality_is_enough(imported, catalogue):
    imported(f"pdq,quality\n{'1' * 64},60\n{'2' * 64},40\n")
    assert catalogue.coverage("list").unmatchable == 1
    catalogue.set_thresholds("list", Thresholds(quality=30))
    assert catalogue.coverage("list").unmatchable == 0
    catalogue.set_thresholds("list", Thresholds(quality=90))
    assert catalogue.coverage("list").unmatchable == 2


def test_only_what_is_on_the_list_now_counts(imported, catalogue, digest):
    imported(f"id,md5\na,{digest('md5', 1)}\nb,{digest('md5', 2)}\n")
    imported(f"id,md5\nb,{digest('md5', 2)}\nc,{digest('md5', 3)}\n")
    found = catalogue.coverage("list")
    assert types(found) == {"md5": (2, 2)}
    assert (found.entries, found.unmatchable) == (2, 0)


@pytest.mark.parametrize(
    ("kind", "silent"), [(ListKind.CONTRABAND, 1), (ListKind.WATCH, 1), (ListKind.ALLOW, 0)]
)
def test_non_pertinent_is_never_a_hit_and_said(imported, catalogue, digest, kind, silent):
    """VICS hazard 1: 0 is never a hit; 5, null and absent are never benign."""
    records = [{"MD5": digest("md5", n), "Category": n} for n in range(6)]
    records += [{"MD5": digest("md5", 6), "Category": None}, {"MD5": digest("md5", 7)}]
    imported(json.dumps({"value": records}), kind=kind, known_good_statement="made for a test")
    found = catalogue.coverage("list")
    assert (found.entries, found.unmatchable) == (8, silent)
    assert dict(found.why) == ({NON_PERTINENT: 1} if silent else {})


def test_a_zero_of_another_scheme_means_nothing(imported, catalogue, digest):
    imported(f"md5,category\n{digest('md5', 1)},0\n")
    assert catalogue.coverage("list").unmatchable == 0
    imported(f"md5,category\n{digest('md5', 1)},0\n", name="other", scheme="vics-us-2.0")
    assert catalogue.coverage("other").unmatchable == 1
