from __future__ import annotations

import pytest

from tidebreak.policy.places import (
    SurfaceOff,
    Terms,
    check_terms,
    code_of,
    is_code,
    lineage,
    terms_at,
)
from tidebreak.screens import Origin, Surface

PRIVATE = Surface.PRIVATE_MESSAGE


def test_a_place_lies_in_what_contains_it():
    assert lineage("de-by") == ("DE-BY", "DE", "EU")
    assert lineage("UK") == ("GB",)
    assert lineage("us_ca") == ("US-CA", "US")
    assert lineage(" eu ") == ("EU",)
    assert lineage("") == ()
    assert code_of("el-a") == "GR-A"


def test_what_is_no_code_may_lie_in_the_eu():
    assert lineage("Germany") == ("GERMANY", "EU")
    assert lineage("EU27")[-1] == "EU"
    assert is_code("EU")
    assert is_code("DE-BY")
    assert not any(map(is_code, ("", "D", "Germany", "GERMANY", "de", "DE-")))


def test_every_country_of_the_eu_is_in_it():
    # The 27 by ISO 3166, and the three of the EEA.
    members = ["AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE",
               "IT", "LV", "LT", "LU", "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE",
               "IS", "LI", "NO", "EL"]  # fmt: skip
    assert all(lineage(code)[-1] == "EU" for code in members)
    assert not any("EU" in lineage(code) for code in ("GB", "CH", "US", "UA", "RS", "TR"))


def test_private_messages_are_off_until_somebody_states_terms():
    assert terms_at({}, Surface.PUBLIC, ()).enabled
    assert terms_at({}, Surface.HOSTING, ("DE", "EU")).enabled
    assert not terms_at({}, PRIVATE, ()).enabled


def test_what_is_right_elsewhere_is_no_basis_in_the_eu():
    stated = {("", PRIVATE): Terms(enabled=True, legal_basis="a law")}
    assert terms_at(stated, PRIVATE, lineage("US")).enabled
    for place in ("EU", "DE", "FR-75", "NO", "Germany", "EEA"):
        assert not terms_at(stated, PRIVATE, lineage(place)).enabled
    stated["DE", PRIVATE] = Terms(enabled=True, legal_basis="another")
    assert terms_at(stated, PRIVATE, lineage("DE-BY")).legal_basis == "another"
    assert not terms_at(stated, PRIVATE, lineage("FR")).enabled
    stated["EU", PRIVATE] = Terms(enabled=True, legal_basis="a third")
    assert terms_at(stated, PRIVATE, lineage("FR")).legal_basis == "a third"


def test_the_nearest_terms_count():
    stated = {("GB", PRIVATE): Terms(enabled=False), ("", PRIVATE): Terms(True, "a law")}
    assert not terms_at(stated, PRIVATE, lineage("UK")).enabled
    assert terms_at(stated, PRIVATE, ()).enabled


@pytest.mark.parametrize("surface", Surface)
def test_what_is_off_is_an_error_that_says_what_to_do(surface: Surface):
    check_terms(Origin(surface), Terms(enabled=True))
    for place in ("", "DE"):
        with pytest.raises(SurfaceOff, match=f"'{surface}' is not examined here"):
            check_terms(Origin(surface, place), Terms(enabled=False))
