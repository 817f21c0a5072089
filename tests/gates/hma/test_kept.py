from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.backends import BOTH
from tests.gates.hma.conftest import ONE

from tidebreak.errors import Damaged
from tidebreak.gates.hma.hma_types import HMA_TYPES
from tidebreak.gates.hma.kept import About, BankRow, ContentRow, Kept
from tidebreak.store.stores import Stores
from tidebreak.store.vault import Vault

ROW = ContentRow(
    7, 3, disable_until=50, withdrawn=True, about=About({"json": {"ä": [1, None]}}, "note"),
    signals=(HMA_TYPES["pdq"].read(ONE),),
)  # fmt: skip


BACKENDS = BOTH


@pytest.fixture
def kept(stores: Stores) -> Iterator[Kept]:
    made = Kept(stores, Vault(bytes(range(32))))
    yield made
    made.close()


def test_banks_come_back_and_a_name_is_one_banks(kept: Kept):
    kept.put_bank(BankRow(1, "A", 0.5, made=True))
    kept.put_bank(BankRow(2, "B", 1))
    kept.put_bank(BankRow(1, "B", 0.25))
    assert kept.banks() == [BankRow(1, "B", 0.25, made=True)]
    kept.forget_bank(1)
    assert kept.banks() == []


def test_contents_come_back(kept: Kept):
    assert kept.content(7) is None
    kept.put_content(ROW)
    kept.put_content(ContentRow(8, 3, about=About({}, "other")))
    assert kept.content(7) == ROW
    assert kept.abouts([7, 9]) == {7: ROW.about}
    kept.put_content(replace(ROW, deleted=True))
    assert kept.content(7) == replace(ROW, deleted=True)


def test_what_is_disabled_and_what_is_due(kept: Kept):
    rows = [replace(ROW, number=n, disable_until=until) for n, until in ((1, 0), (2, 50), (3, 90))]
    for row in (*rows, replace(ROW, number=4, deleted=True), ContentRow(5, 3, disable_until=40)):
        kept.put_content(row)
    assert kept.disabled() == rows
    assert kept.due(49) == []
    assert kept.due(50) == [rows[1]]


def test_ratios_are_1_until_they_are_set(kept: Kept):
    assert set(kept.ratios().values()) == {1.0}
    kept.put_ratio("pdq", 0.5)
    kept.put_ratio("pdq", 0)
    assert kept.ratios()["pdq"] == 0


def test_the_version_changes_with_every_change(kept: Kept):
    before = kept.version()
    kept.put_content(ROW)
    assert kept.version() != before == before


def test_what_is_kept_cannot_be_read_with_another_key(kept: Kept, stores: Stores):
    kept.put_content(ROW)
    other = Kept(stores, Vault(bytes(32)))
    with pytest.raises(Damaged):
        other.content(7)
    other.close()
