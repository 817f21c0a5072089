from __future__ import annotations

import json

import pytest

from tidebreak.errors import Damaged
from tidebreak.sightings.kept_logs import sources
from tidebreak.sightings.records import Custody, Grade, Network, Source

SOURCE = Source(
    1, "a.log", "ab", 9, "csv", Custody("holder", "warrant", "note"), "UTC", -3,
    Network.EDONKEY, Grade.B, "now", "me", 3, 2, {"no time": 1}, {"x": 1}, 5, 6, "text",
)  # fmt: skip


def write(home, name: str) -> None:
    path = home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(name.encode())


def test_a_manifest_gives_back_its_source_and_its_files(tmp_path):
    for name in (
        "rows/000001/2026-01-0001.parquet",
        "contents/000001.tide",
        "clients/000001.sealed",
    ):
        write(tmp_path, name)
    sources.commit(tmp_path, SOURCE)
    (found,) = sources.read_manifests(tmp_path)
    assert found.source == SOURCE
    assert len(found.files) == 3
    assert sources.parts([found], tmp_path, "contents") == [tmp_path / "contents/000001.tide"]
    assert sources.parts([found], tmp_path, "clients") == []
    assert sources.verify(tmp_path) == 3


def test_what_no_manifest_names_is_swept_away_and_nothing_else(tmp_path):
    counted = ["rows/000001/2026-01-0001.parquet", "contents/000001.tide"]
    left = [
        "rows/000002/2026-01-0001.parquet",
        "contents/000002.tide",
        "clients/.000002.tide.partial-9",
        "addresses/000002.sealed",
    ]
    for name in counted:
        write(tmp_path, name)
    sources.commit(tmp_path, SOURCE)
    for name in (*left, "sources/.000002.partial"):
        write(tmp_path, name)
    assert sources.sweep(tmp_path) == 2
    assert all((tmp_path / name).exists() for name in counted)
    assert not any((tmp_path / name).exists() for name in left)
    assert not (tmp_path / "sources/.000002.partial").exists()
    assert len(sources.read_manifests(tmp_path)) == 1


@pytest.mark.parametrize("change", [
    lambda given: given.pop("custody"), lambda given: given.update(version=2),
    lambda given: given.update(network=99), lambda given: given.update(new=1),
])  # fmt: skip
def test_a_manifest_that_was_changed_is_damaged(tmp_path, change):
    sources.commit(tmp_path, SOURCE)
    path = tmp_path / "sources" / "000001.json"
    given = json.loads(path.read_text())
    change(given)
    path.write_text(json.dumps(given))
    with pytest.raises(Damaged, match="restore"):
        sources.read_manifests(tmp_path)


def test_files_that_changed_or_are_missing_are_found(tmp_path):
    write(tmp_path, "contents/000001.tide")
    sources.commit(tmp_path, SOURCE)
    (tmp_path / "contents/000001.tide").write_bytes(b"else")
    with pytest.raises(Damaged, match="not what was imported"):
        sources.verify(tmp_path)
    (tmp_path / "contents/000001.tide").unlink()
    with pytest.raises(Damaged, match="not what was imported"):
        sources.verify(tmp_path)
