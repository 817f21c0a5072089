from __future__ import annotations

import numpy as np
import pytest
from tests.backends import BOTH

from tidebreak.errors import Damaged
from tidebreak.hashing.seals import Sealer
from tidebreak.lists import writing
from tidebreak.lists.blocks import (
    data_of,
    kept,
    kept_values,
    live_digests,
    retired,
    retired_mask,
    signal_blocks,
    signal_blocks_of,
)
from tidebreak.signals import SIGNAL_TYPES
from tidebreak.store.vault import Vault

BACKENDS = BOTH


@pytest.fixture
def two_versions(imported, digest):
    """Entries 1 to 3, of which a newer version changed the second (4) and left out the third."""
    rows = [f"n{n},{digest('md5', n)},A\n" for n in range(3)]
    imported("id,md5,classification\n" + "".join(rows))
    changed = rows[1].replace(",A", ",B")
    imported("id,md5,classification\n" + rows[0] + changed)


def test_blocks_hold_what_was_sealed(imported, database, keys, digest):
    imported(f"id,md5,pdq,quality\na,{digest('md5', 1)},{'1' * 64},70\nb,{digest('md5', 2)},,\n")
    blocks = {block.type: block for block in signal_blocks(database)}
    assert blocks["md5"].entries.tolist() == [1, 2]
    seal = Sealer(keys.seal_key).seal(SIGNAL_TYPES["md5"], bytes.fromhex(digest("md5", 2)))
    data = data_of(database, blocks["md5"])
    assert data.shape == (2, 16)
    assert data[1].tobytes() == seal
    assert data_of(database, blocks["pdq"]).tobytes() == b"\x11" * 32
    assert blocks["pdq"].quality.tolist() == [70]


def test_blocks_are_chosen_by_number_and_by_list(imported, database, digest):
    imported(digest("md5", 1), name="one")
    imported(digest("md5", 2), name="two")
    assert [b.entries.tolist() for b in signal_blocks(database, after=1)] == [[2]]
    (first,) = signal_blocks_of(database, 1)
    assert (first.list, first.entries.tolist()) == (1, [1])


@pytest.mark.usefixtures("two_versions")
def test_what_a_newer_version_replaced_or_left_out_is_retired(database):
    assert retired(database).tolist() == [2, 3]
    assert np.flatnonzero(retired_mask(database)).tolist() == [2, 3]
    keys, contents, numbers = live_digests(database, 1)
    assert numbers.tolist() == [1, 4]
    assert len(keys) == len(contents) == 2


def test_an_empty_store_has_nothing(database):
    assert list(signal_blocks(database)) == []
    assert [len(part) for part in live_digests(database, 1)] == [0, 0, 0]


@pytest.mark.usefixtures("two_versions")
def test_the_vault_is_asked_by_number(database, keys):
    vault = Vault(keys.vault_key)
    assert [kept(database, vault, number).line for number in (1, 2, 3, 4)] == [2, 3, 4, 3]
    for number in (0, 5):
        with pytest.raises(Damaged, match=f"nothing of entry {number}"):
            kept(database, vault, number)


def test_values_that_only_the_vault_has_are_gathered(imported, catalogue, database, keys, digest):
    """Entries of three lists: a newer version replaced one, and one list was removed."""
    a, b, c, d = (digest("sha512", n) for n in range(4))
    imported(f"id,sha512,md5\none,{a},{digest('md5', 1)}\ntwo,{b},\nthree,,{digest('md5', 2)}\n")
    imported(digest("md5", 9), name="without")
    imported(f"id,sha512\nx,{d}\n", name="removed")
    imported(f"id,sha512,md5\none,{a},{digest('md5', 1)}\ntwo,{c},\nthree,,{digest('md5', 2)}\n")
    catalogue.remove("removed", "over")
    found = {
        (int(entry), value.tobytes().hex())
        for entries, values in kept_values(database, Vault(keys.vault_key), "sha512")
        for entry, value in zip(entries, values, strict=True)
    }
    assert found == {(1, a), (6, c)}
    assert list(kept_values(database, Vault(keys.vault_key), "photodna")) == []


def test_values_of_what_never_may_be_a_hit_are_not_gathered(
    imported, database, keys, digest, monkeypatch
):
    monkeypatch.setattr(writing, "no_hits", lambda hash_list, schemes, codes: [1])
    imported(f"id,sha512\nbad,{digest('sha512', 1)}\nharmless,{digest('sha512', 2)}\n")
    gathered = list(kept_values(database, Vault(keys.vault_key), "sha512"))
    assert [entries.tolist() for entries, _ in gathered] == [[1]]
