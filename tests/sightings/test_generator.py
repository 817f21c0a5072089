from __future__ import annotations

from pathlib import Path

import pytest

from tidebreak.errors import UsageError
from tidebreak.installation import Tidebreak
from tidebreak.sightings.generator import fill_store, write_logs
from tidebreak.sightings.kept_logs.store import Sightings


def test_logs_are_the_same_for_the_same_seed(tmp_path: Path):
    one = write_logs(tmp_path / "one", 1_000, seed=4)
    two = write_logs(tmp_path / "two", 1_000, seed=4)
    other = write_logs(tmp_path / "other", 1_000, seed=5)
    assert [path.name for path in one] == [
        "client.csv", "tracker.log", "server.jsonl", "client.toml", "server.toml", "list.csv",
        "exclude.txt", "seen.csv", "truth.json",
    ]  # fmt: skip
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]
    assert one[0].read_bytes() != other[0].read_bytes()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path):
    (tmp_path / "mine.csv").write_text("mine")
    with pytest.raises(UsageError, match="is not empty; name a new folder"):
        write_logs(tmp_path, 1_000)
    with pytest.raises(UsageError, match=r"cannot be written to .*; name another folder"):
        write_logs(tmp_path / "mine.csv", 1_000)


@pytest.mark.parametrize("rows", [0, 999, 20_000_001])
def test_numbers_of_rows_out_of_range_are_refused(tmp_path: Path, rows: int):
    with pytest.raises(UsageError, match="From 1,000 to 20,000,000 rows can be made"):
        write_logs(tmp_path / "new", rows)


def test_a_store_is_filled_and_its_truth_returned(installation: Tidebreak):
    store = Sightings.open(installation.home, installation.vault, installation.sealer)
    truth = fill_store(store, 2_000)
    store = Sightings.open(installation.home, installation.vault, installation.sealer)
    assert sum(source.kept for source in store.sources()) == 2_000
    assert len(truth.planted) == 50
