from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from tests.backends import BOTH

from tidebreak.errors import Damaged
from tidebreak.hashing.seals import Sealer
from tidebreak.lists.catalogue import Catalogue, ImportResult
from tidebreak.lists.derived import Finding, Parent
from tidebreak.lists.live import LiveSeals, distinct, live_seals, live_values
from tidebreak.model import Level, ListKind, Signal
from tidebreak.signals import signal_type
from tidebreak.store.database import Database
from tidebreak.store.keys import Keys
from tidebreak.store.vault import Vault

BACKENDS = BOTH

Imported = Callable[..., ImportResult]
Digest = Callable[..., str]


def live(database: Database) -> dict[bytes, bool]:
    return {
        seal.tobytes(): bool(certain)
        for one in live_seals(database)
        for seal, certain in zip(one.seals, one.certain, strict=True)
    }


def seals(keys: Keys, digest: Digest, kind: str, numbers: range) -> set[bytes]:
    sealer, chosen = Sealer(keys.seal_key), signal_type(kind)
    return {sealer.seal(chosen, bytes.fromhex(digest(kind, n))) for n in numbers}


def lines(digest: Digest, kind: str, numbers: range) -> str:
    return "".join(f"{digest(kind, n)}\n" for n in numbers)


def test_strong_digests_decide_and_weak_ones_do_not(
    database: Database, keys: Keys, imported: Imported, digest: Digest
):
    imported(lines(digest, "sha256", range(5)), format="sha256", name="strong")
    imported(lines(digest, "md5", range(5)), format="md5", name="weak")
    found = live(database)
    assert {s for s, certain in found.items() if certain} == seals(keys, digest, "sha256", range(5))
    assert {s for s, certain in found.items() if not certain} == seals(
        keys, digest, "md5", range(5)
    )


def test_only_what_would_be_a_hit_is_live(
    database: Database, catalogue: Catalogue, keys: Keys, imported: Imported, digest: Digest
):
    imported(lines(digest, "md5", range(10)), format="md5", name="list")
    imported(lines(digest, "md5", range(20, 25)), format="md5", name="good", kind=ListKind.ALLOW,
             known_good_statement="made here")  # fmt: skip
    imported(lines(digest, "md5", range(30, 35)), format="md5", name="off")
    imported(lines(digest, "md5", range(40, 45)), format="md5", name="gone")
    catalogue.disable("off")
    catalogue.remove("gone", "test")
    catalogue.withdraw("list", "#1", "test")
    imported(lines(digest, "md5", range(9)), format="md5", name="list")  # one left out
    expected = seals(keys, digest, "md5", range(9))
    found = set(live(database))
    assert found < expected
    assert len(found) == 8
    catalogue.enable("off")
    assert set(live(database)) == found | seals(keys, digest, "md5", range(30, 35))


def test_what_was_derived_is_as_certain_as_what_it_came_from(
    database: Database, catalogue: Catalogue, keys: Keys, imported: Imported, digest: Digest
):
    imported(f"id,sha1\na,{digest('sha1', 1)}\nb,{digest('sha1', 2)}\n")
    torrent = Signal.parse("btmh", "22" * 32)
    seal = Sealer(keys.seal_key).seal(torrent.type, torrent.value)

    def derive(number: int, grade: Level) -> bool:
        parent = Parent(catalogue.entries([number])[number], bytes(16), grade)
        catalogue.derive([Finding((torrent,), (parent,))])
        return live(database)[seal]

    assert derive(1, Level.EXACT_WEAK) is False
    assert derive(2, Level.EXACT) is True
    catalogue.withdraw("list", "b", "test")
    assert live(database)[seal] is False
    catalogue.withdraw("list", "a", "test")
    assert seal not in live(database)


def test_what_is_compared_by_distance_is_left_out(
    database: Database, imported: Imported, digest: Digest
):
    imported(lines(digest, "sha256", range(3)), format="pdq", name="near")
    assert live(database) == {}
    assert all(one.seals.dtype == np.uint8 for one in live_seals(database))


def test_values_come_once_with_their_seals_from_whatever_blocks(
    database: Database, keys: Keys, imported: Imported, digest: Digest
):
    sealer, vault = Sealer(keys.seal_key), Vault(keys.vault_key)
    imported(lines(digest, "sha256", range(6)), format="sha256", name="one")
    imported(lines(digest, "sha256", range(3, 9)), format="sha256", name="two")
    imported(lines(digest, "md5", range(4)), format="md5", name="weak")
    found: list[str] = []
    for one in live_values(database, vault, sealer, live_seals(database)):
        assert (sealer.seal_many(one.of.type, one.values) == one.of.seals).all()
        assert (one.of.certain == one.of.type.strong).all()
        found += [value.tobytes().hex() for value in one.values]
    expected = [digest("sha256", n) for n in range(9)] + [digest("md5", n) for n in range(4)]
    assert sorted(found) == sorted(expected)


def test_a_value_that_the_vault_lacks_is_no_silent_miss(
    database: Database, keys: Keys, imported: Imported, digest: Digest
):
    imported(lines(digest, "sha256", range(3)), format="sha256")
    sealer, vault = Sealer(keys.seal_key), Vault(keys.vault_key)
    (there,) = live_seals(database)
    seals = np.concatenate([there.seals, np.zeros((2, 16), np.uint8)])
    wanted = LiveSeals(there.type, seals, np.ones(5, np.bool_))
    with pytest.raises(Damaged, match="lacks 2 values"):
        list(live_values(database, vault, sealer, [wanted]))
    assert list(live_values(database, vault, sealer, [wanted.where(np.zeros(5, np.bool_))])) == []


def test_distinct_digests_are_as_certain_as_the_best_of_them():
    rows = np.arange(48, dtype=np.uint8).reshape(3, 16)
    once, certain = distinct(rows[[2, 0, 2, 1]], np.array([False, False, True, False]))
    assert (once == rows).all()
    assert certain.tolist() == [False, False, True]
