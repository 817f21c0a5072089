from __future__ import annotations

import time

import pytest
from tests.gates.hma.conftest import ONE, Site

from tidebreak.errors import CannotAsk, Damaged
from tidebreak.installation import Tidebreak
from tidebreak.model import ListKind


def test_what_others_change_is_followed(site: Site):
    site.bank("A")
    site.add("A", pdq=ONE)
    with Tidebreak.open(site.opened.home) as other:
        file = other.home / "other.csv"
        file.write_text(f"pdq\n{ONE}\n")
        other.import_list(file, name="B", kind=ListKind.CONTRABAND)
        other.catalogue.disable("A")
    deadline = time.monotonic() + 5
    while site.hma.view.banks.by_name.keys() != {"A", "B"}:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert site.lookup(ONE).keys() == {"B"}


@pytest.mark.parametrize("fault", [Damaged, ValueError])
def test_lookups_fail_while_the_stores_cannot_be_read(
    site: Site, monkeypatch: pytest.MonkeyPatch, fault: type[Exception]
):
    site.bank("A")
    site.add("A", pdq=ONE)

    def broken() -> None:
        raise fault("broken")

    with monkeypatch.context() as during:
        during.setattr(site.hma.kept, "version", broken)
        with pytest.raises(fault):
            site.portal.call(site.hma.refresh)
        with pytest.raises(CannotAsk):
            _ = site.hma.view
        assert site.get("/m/lookup", signal=ONE, signal_type="pdq").status_code == 503
    site.portal.call(site.hma.refresh)
    assert site.lookup(ONE)


def test_warnings_are_of_a_fixed_few_kinds(site: Site):
    before = set(site.hma.warned)
    site.get("/m/lookup", signal="", signal_type="pdq")
    site.send("POST", "/h/hash", files={"photo": ("a", b"x")})
    assert set(site.hma.warned) == before
