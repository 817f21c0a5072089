from __future__ import annotations

import pytest
from tests.gates.hma.conftest import MakeSite, Site

from tidebreak.model import ListKind
from tidebreak.web.requests import Refused

WHO = "key one"


def test_a_list_that_is_no_bank_keeps_its_name(site: Site):
    site.import_list("A", ListKind.ALLOW, f"sha256\n{'7' * 64}\n")
    bank = site.hma.curator.create(WHO, "A", 1)
    assert bank.list.name == "A 2"
    assert site.hma.curator.bank("A").list.name == "A 2"
    assert site.opened.catalogue.get("A").kind is ListKind.ALLOW


def test_a_bank_is_of_the_first_kind_that_is_shown(make_site: MakeSite):
    site = make_site(kinds=("watch",))
    assert site.hma.curator.create(WHO, "A", 1).list.kind is ListKind.WATCH


def test_what_is_changed_to_what_it_is_is_no_conflict(site: Site):
    curator = site.hma.curator
    curator.create(WHO, "A", 0.5)
    changed = curator.change(WHO, "A", "A", None)
    assert (changed.name, changed.ratio) == ("A", 0.5)
    with pytest.raises(Refused):
        curator.change(WHO, "B", None, 1)


def test_deleting_what_is_not_there_does_nothing(site: Site):
    before = len(list(site.opened.audit.events()))
    site.hma.curator.delete(WHO, "A")
    assert len(list(site.opened.audit.events())) == before
