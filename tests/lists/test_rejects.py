from __future__ import annotations

import csv

import pytest

from tidebreak.errors import BadList, UsageError
from tidebreak.lists.batch import BadRow
from tidebreak.lists.rejects import Rejects


def test_without_a_file_they_are_counted_and_described(tmp_path):
    rejects = Rejects(None, "record")
    rejects.refuse(tmp_path)
    rejects.add(BadRow(number, f"reason {number}", "text") for number in range(3, 20))
    with pytest.raises(BadList, match=r"17 bad records.*record 3: reason 3.*and 12 more") as error:
        rejects.refuse(tmp_path)
    assert error.value.line == 3
    assert "reason 9" not in str(error.value)
    assert rejects.keep() is None


def test_with_a_file_every_text_is_kept(tmp_path):
    path = tmp_path / "rejects"
    rejects = Rejects(path)
    texts = ["a,b", 'quo"te', "two\nlines", "caf\udce9", ""]
    rejects.add(BadRow(number, "why", text) for number, text in enumerate(texts, 1))
    rejects.refuse(tmp_path)
    assert not path.exists()  # until the import is certain
    assert rejects.keep() == path
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["line", "reason", "text"]
    assert [row[2] for row in rows[1:]] == [*texts[:3], "caf\\udce9", ""]
    with pytest.raises(UsageError, match="exists"):
        Rejects(path)


def test_discarding_leaves_nothing(tmp_path):
    rejects = Rejects(tmp_path / "rejects")
    rejects.add([BadRow(1, "why")])
    rejects.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    rejects = Rejects(tmp_path / "missing" / "rejects")
    with pytest.raises(UsageError, match="name another file"):
        rejects.add([BadRow(1, "why")])


def test_a_link_laid_in_the_way_is_not_followed(tmp_path):
    (tmp_path / "rejects.partial").symlink_to(tmp_path / "elsewhere")
    rejects = Rejects(tmp_path / "rejects")
    with pytest.raises(UsageError):
        rejects.add([BadRow(1, "why")])
    assert not (tmp_path / "elsewhere").exists()
