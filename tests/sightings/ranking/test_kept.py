from __future__ import annotations

from pathlib import Path

import pytest
from tests.sightings.made import ranking

from tidebreak.errors import Damaged, UsageError
from tidebreak.sightings.ranking.kept import keep, last
from tidebreak.store.vault import Vault

VAULT = Vault(bytes(range(32)))


def test_what_is_kept_comes_back_the_same_and_the_newest_counts(tmp_path: Path):
    for count in (0, 3, 7):
        keep(tmp_path / "sightings", VAULT, ranking(count))
        assert last(tmp_path / "sightings", VAULT) == ranking(count)
    assert [path.name for path in (tmp_path / "sightings").iterdir()] == ["ranking.sealed"]


def test_it_cannot_be_read_at_rest_and_a_change_shows(tmp_path: Path):
    keep(tmp_path, VAULT, ranking(2))
    path = tmp_path / "ranking.sealed"
    sealed = bytearray(path.read_bytes())
    assert b"hypothesis" not in sealed
    sealed[50] ^= 1
    path.write_bytes(sealed)
    with pytest.raises(Damaged):
        last(tmp_path, VAULT)


def test_another_version_is_said_to_be_ranked_anew(tmp_path: Path):
    content = VAULT.seal("sightings:ranking", b'{"version": 0}')
    (tmp_path / "ranking.sealed").write_bytes(content)
    with pytest.raises(Damaged, match="run: tidebreak sightings rank"):
        last(tmp_path, VAULT)


def test_nothing_kept_is_said_with_the_way_out(tmp_path: Path):
    with pytest.raises(UsageError, match="run: tidebreak sightings rank"):
        last(tmp_path, VAULT)
