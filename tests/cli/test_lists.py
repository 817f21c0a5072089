from __future__ import annotations

import json
from pathlib import Path

import pytest

from tidebreak.errors import BadList, UsageError

ROWS = "id,sha256,classification\n" + "".join(f"E{n},{n:064x},c\n" for n in range(1, 4))


@pytest.fixture
def listed(run, tmp_path: Path):
    (tmp_path / "list.csv").write_text(ROWS)
    run("init")
    run("lists", "import", "list.csv", "--name", "my list", "--kind", "contraband", "--owner", "me")
    return run


def test_no_lists_says_what_to_do(run):
    run("init")
    assert "Import one" in run("lists").output


def test_lists_are_shown(listed):
    for arguments in (["lists"], ["lists", "list"]):
        said = listed(*arguments).output
        assert "my list" in said
        assert "31/40/60" in said
    (record,) = map(json.loads, listed("lists", "list", "--json").output.splitlines())
    assert (record["name"], record["entries"], record["enabled"]) == ("my list", 3, True)
    assert json.loads(listed("lists", "show", "my list", "--json").output)["owner"] == "me"
    assert "defaults" in listed("lists", "show", "my list").output


def test_importing_again_prints_the_difference(listed, tmp_path: Path):
    changed = ROWS.replace("E1,", "E9,").replace(f"{2:064x},c", f"{2:064x},d")
    (tmp_path / "newer.csv").write_text(changed)
    arguments = ["lists", "import", "newer.csv", "--name", "my list", "--kind", "contraband"]
    result = json.loads(listed(*arguments, "--json").output)
    assert {k: result[k] for k in ("added", "updated", "withdrawn", "unchanged")} == {
        "added": 1, "updated": 1, "withdrawn": 1, "unchanged": 1,
    }  # fmt: skip
    said = listed(*arguments).output
    assert "3  unchanged" in said


def test_bad_lines_refuse_the_import_or_are_written_aside(listed, tmp_path: Path):
    (tmp_path / "bad.csv").write_text(ROWS + "E4,nonsense,c\n")
    arguments = ["lists", "import", "bad.csv", "--name", "other", "--kind", "watch"]
    with pytest.raises(BadList, match="5"):
        listed(*arguments)
    assert "other" not in listed("lists").output
    said = listed(*arguments, "--skip-bad").output
    assert "1  bad lines left out" in said
    assert (tmp_path / "bad.csv.rejects").exists()


def test_coverage(listed, tmp_path: Path):
    (tmp_path / "mixed.csv").write_text("id,sha512,md5\nA," + "ab" * 64 + f",\nB,,{5:032x}\n")
    listed("lists", "import", "mixed.csv", "--name", "mixed", "--kind", "watch")
    said = listed("lists", "coverage", "mixed").output
    assert "sha512" in said
    assert "2 entries, 1 with nothing to match by" in said
    found = json.loads(listed("lists", "coverage", "mixed", "--json").output)
    assert found["unmatchable"] == 1


def test_a_list_is_switched_and_removed(listed):
    signal = f"sha256:{1:064x}"
    listed("match", signal, code=1)
    listed("lists", "disable", "my list")
    listed("match", signal, code=0)
    listed("lists", "enable", "my list")
    listed("match", signal, code=1)
    listed("lists", "remove", "my list", "--reason", "superseded")
    listed("match", signal, code=0)
    with pytest.raises(UsageError, match="no list called 'my list'"):
        listed("lists", "show", "my list")


def test_a_version_that_withdraws_most_needs_the_word(listed, tmp_path: Path):
    (tmp_path / "big.csv").write_text("md5\n" + "".join(f"{n:032x}\n" for n in range(1, 1001)))
    (tmp_path / "cut.csv").write_text("md5\n" + "".join(f"{n:032x}\n" for n in range(1, 101)))
    options = ["--name", "big", "--kind", "watch"]
    listed("lists", "import", "big.csv", *options)
    with pytest.raises(UsageError, match="--shrink"):
        listed("lists", "import", "cut.csv", *options)
    listed("match", f"md5:{900:032x}", code=1)
    assert "900  withdrawn" in listed("lists", "import", "cut.csv", *options, "--shrink").output
    listed("match", f"md5:{900:032x}", code=0)


def test_a_removed_list_is_purged(listed, tmp_path: Path):
    with pytest.raises(UsageError, match="remove it before purging"):
        listed("lists", "purge", "my list", "--reason", "expired")
    listed("lists", "remove", "my list", "--reason", "expired")
    assert "3 entries" in listed("lists", "purge", "my list", "--reason", "expired").output
    assert len([p for p in (tmp_path / "home/snapshots").iterdir() if p.is_dir()]) == 1
    listed("match", f"sha256:{1:064x}", code=0)


def test_an_entry_is_disputed_and_withdrawn(listed):
    signal = f"sha256:{1:064x}"
    listed("lists", "dispute", "my list", "E1", "--reason", "doubtful")
    assert "disputed" in listed("match", signal, code=1).output
    listed("lists", "withdraw", "my list", "E1", "--reason", "wrong")
    listed("match", signal, code=0)
    with pytest.raises(UsageError, match="no entry of that id"):
        listed("lists", "withdraw", "my list", "E77", "--reason", "wrong")


def test_thresholds(listed):
    listed("lists", "thresholds", "my list", "--near", 20, "--author", "A", "--reason", "noisy")
    assert "20/40/60" in listed("lists").output
    with pytest.raises(UsageError, match="must grow"):
        listed("lists", "thresholds", "my list", "--near", 50, "--author", "A", "--reason", "x")
